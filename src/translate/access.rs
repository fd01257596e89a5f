//! AuthorizationPolicies: for services with access policies, and for meshes that refuse requests by default.

use std::collections::BTreeMap;

use crate::discover::{Gateway, GatewayPods};
use crate::ids::{Provenance, Text};
use crate::objects::istio::{AuthorizationPolicy, From, LabelMap, Operation, PodSelector, Rule, Source, To};
use crate::objects::names;
use crate::plan::{self, Callers, DefaultAccess, Identity, MeshId, Plan, TargetId};

use super::Sink;
use super::sources;

/// The policy of a service: a rule for each access policy on it.
pub(super) fn of_target<'p>(plan: &'p Plan<'p>, target: TargetId) -> (AuthorizationPolicy<'p>, Provenance) {
    let bound = &plan[target];
    let rules = plan.rules(target).map(rule).collect();
    let match_labels = bound.known.selector.iter().map(|(key, value)| (&**key, &**value)).collect();
    let policy = AuthorizationPolicy { rules, selector: Some(PodSelector { match_labels }) };
    (policy, sources::access(plan, &bound.access).into())
}

/// The rule of one access policy. Without `from` it allows every caller, without `to` every request.
fn rule<'p>(rule: plan::Rule<'p, 'p>) -> Rule<'p> {
    let plan::Rule { by: _, callers, operation } = rule;
    let from = callers.iter().map(|callers| From { source: source(callers) }).collect();
    Rule { from, to: (!operation.is_everything()).then(|| [To { operation: to(operation) }]) }
}

fn to<'p>(operation: &'p plan::Operation<'p>) -> Operation<'p> {
    let plan::Operation { methods, paths, ports } = operation;
    Operation { methods: methods.clone(), paths, ports: ports.iter().map(u32::to_string).collect() }
}

fn source<'p>(callers: &Callers<'p>) -> Source<'p> {
    match callers {
        Callers::Namespaces(namespaces) => Source { namespaces, principals: Vec::new() },
        Callers::Identities(identities) => {
            Source { namespaces: &[], principals: identities.iter().map(|identity| principal(*identity)).collect() }
        }
    }
}

/// The identity in Istio's format, without `spiffe://`.
fn principal(identity: Identity<'_>) -> String {
    match identity {
        Identity::TrustDomain(domain) => [domain, "/ns/*"].concat(),
        Identity::Namespace { domain, namespace } => [domain, "/ns/", namespace, "/sa/*"].concat(),
        Identity::Account { domain, namespace, account } => [domain, "/ns/", namespace, "/sa/", account].concat(),
    }
}

/// The policies of a mesh that refuses requests by default: the refusal, and an exception for its gateways.
pub(super) fn of_mesh<'p>(plan: &'p Plan<'p>, mesh: MeshId, sink: &mut impl Sink<'p>) {
    let DefaultAccess::Deny { by, gateways, others } = plan.default_access(mesh) else { return };
    let bound = &plan[mesh];
    let sources: Provenance = [plan[by].policy.named.clone()].into();
    let nothing = AuthorizationPolicy { rules: Vec::new(), selector: None };
    sink.put(bound.namespace, names::GLOBAL_ACCESS, || (nothing, sources.clone()));
    for (name, labels) in doors(gateways) {
        sink.put(bound.namespace, name, || (open(labels), sources.clone()));
    }
    // In its own namespace such a policy opens nothing else, whatever its labels.
    for ((namespace, name), labels) in other_doors(others) {
        sink.put(namespace, name, || (open(labels), sources.clone()));
    }
}

/// The policy that allows every request to the pods that have these labels.
fn open(labels: &BTreeMap<Text, Text>) -> AuthorizationPolicy<'_> {
    let match_labels: LabelMap<'_> = labels.iter().map(|(key, value)| (&**key, &**value)).collect();
    AuthorizationPolicy { rules: vec![Rule::default()], selector: Some(PodSelector { match_labels }) }
}

/// The gateway pods, each with the name of the policy that allows calls to them, which contains their address. If several have
/// the same name, the last one gets it, as in the reference; the reference loses the others, which get a hash of their labels here.
fn doors(gateways: &[Gateway]) -> BTreeMap<String, &BTreeMap<Text, Text>> {
    let mut out: BTreeMap<String, &BTreeMap<Text, Text>> = BTreeMap::new();
    for gateway in gateways.iter().rev() {
        let name = names::gateway_access(&gateway.address);
        match out.get(&name) {
            Some(labels) if **labels == gateway.labels => {}
            Some(_) => drop(out.insert(names::gateway_access_of(&gateway.address, &gateway.labels), &gateway.labels)),
            None => drop(out.insert(name, &gateway.labels)),
        }
    }
    out
}

/// The pods of the gateways that other clusters do not use, each with the namespace and name of the policy that allows calls to them.
/// A Service and a workload of one name that are not about the same pods get a hash of their labels.
fn other_doors(others: &[GatewayPods]) -> BTreeMap<(&str, String), &BTreeMap<Text, Text>> {
    let mut out: BTreeMap<(&str, String), &BTreeMap<Text, Text>> = BTreeMap::new();
    for GatewayPods { namespace, name, labels } in others {
        let plain = (&**namespace, names::other_gateway_access(name));
        let key = match out.contains_key(&plain) {
            true => (&**namespace, names::other_gateway_access_of(name, labels)),
            false => plain,
        };
        out.insert(key, labels);
    }
    out
}
