//! AuthorizationPolicies: for services with access policies, and for meshes that refuse requests by default.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::discover::defaults::TRUST_DOMAIN;
use crate::discover::{Gateway, GatewayPods};
use crate::ids::{ClusterObjectRef, Provenance, Text};
use crate::objects::istio::{
    AuthorizationPolicy, Condition, From, LabelMap, Operation, PodSelector, Rule, ServiceRef, Source, To,
};
use crate::objects::names;
use crate::plan::{self, AccessId, Callers, DefaultAccess, Identity, MeshId, Plan, TargetId};

use super::Sink;
use super::sources;

/// The policies of a service: the rules of each access policy on it. Before a service with a waypoint the waypoint applies them, and
/// the pods let it in, and those who may call whatever the request is.
pub(super) fn of_target<'p>(plan: &'p Plan<'p>, target: TargetId, sink: &mut impl Sink<'p>) {
    let ClusterObjectRef { cluster: _, namespace, name } = plan.service(target);
    let by = || -> Vec<AccessId> { plan.rules(target).map(|rule| rule.by).collect() };
    match plan.waypoint_identity(target) {
        None => sink.put(namespace, &**name, || {
            let policy = of_pods(plan, target, rules_of(plan, target, |_| true));
            (policy, sources::access(plan, &by()).into())
        }),
        Some(waypoint) => {
            sink.put(namespace, names::waypoint_access(name), || {
                let service = ServiceRef { group: "", kind: "Service", name };
                let rules = at_waypoint(plan, target);
                (
                    AuthorizationPolicy { rules, selector: None, target_refs: Some([service]) },
                    sources::access(plan, &by()).into(),
                )
            });
            sink.put(namespace, &**name, || {
                let source = Source { namespaces: &[], principals: vec![waypoint.name()].into() };
                let mut rules = vec![Rule { from: vec![From { source }], ..Rule::default() }];
                let is_for_all =
                    |operation: &plan::Operation<'_>| operation.methods.is_empty() && operation.paths.is_empty();
                rules.extend(rules_of(plan, target, is_for_all));
                (of_pods(plan, target, rules), sources::access(plan, &by()).into())
            });
        }
    }
}

/// The rules of the access policies on a service with operations of some kind.
fn rules_of<'p>(
    plan: &'p Plan<'p>,
    target: TargetId,
    is_meant: impl Fn(&plan::Operation<'_>) -> bool,
) -> Vec<Rule<'p>> {
    let mut out = Vec::new();
    for rule in plan.rules(target).filter(|rule| is_meant(rule.operation)) {
        push_rules(rule, &plan.pod_ports(target, rule.operation), domain(plan, target), &mut out);
    }
    out
}

/// The rules of the access policies on a service at its waypoint, which takes requests at the service's own ports.
fn at_waypoint<'p>(plan: &'p Plan<'p>, target: TargetId) -> Vec<Rule<'p>> {
    let mut out = Vec::new();
    for rule in plan.rules(target) {
        push_rules(rule, rule.operation.ports, domain(plan, target), &mut out);
    }
    out
}

/// The trust domain of the pods behind a service.
fn domain<'p>(plan: &'p Plan<'p>, target: TargetId) -> &'p str {
    plan[target].mesh.map_or(TRUST_DOMAIN, |mesh| &plan[mesh].istio.trust_domain)
}

/// A policy for the pods behind a service.
fn of_pods<'p>(plan: &'p Plan<'p>, target: TargetId, rules: Vec<Rule<'p>>) -> AuthorizationPolicy<'p> {
    let match_labels = plan[target].known.selector.iter().map(|(key, value)| (&**key, &**value)).collect();
    AuthorizationPolicy { rules, selector: Some(PodSelector { match_labels }), target_refs: None }
}

/// Adds the rules of one access policy for a server of a trust domain: one for the callers that can be named in full, and one for
/// each namespace whose accounts cannot. Without `from` a rule allows every caller, without `to` every request.
fn push_rules<'p>(rule: plan::Rule<'p, 'p>, ports: &[u32], domain: &str, out: &mut Vec<Rule<'p>>) {
    let plan::Rule { by: _, callers, operation } = rule;
    let to = (!operation.is_everything()).then(|| [To { operation: to(operation, ports) }]);
    let mut accounts = Accounts::new();
    let from: Vec<From<'p>> = callers
        .iter()
        .filter_map(|callers| source(callers, domain, &mut accounts))
        .map(|source| From { source })
        .collect();
    let exact: Vec<Rule<'p>> =
        accounts.into_iter().map(|(namespace, accounts)| exactly(namespace, &accounts, to.clone())).collect();
    if !from.is_empty() || callers.is_empty() {
        out.push(Rule { from, to, when: Vec::new() });
    }
    out.extend(exact);
}

/// Accounts of the trust domain `cluster.local`, by namespace.
type Accounts<'p> = BTreeMap<&'p str, BTreeSet<&'p str>>;

/// The rule for accounts of the trust domain `cluster.local` at a server of another one. Istio would read a full principal as
/// the server's own account of that name; the beginning and the end of a principal it leaves alone.
fn exactly<'p>(namespace: &str, accounts: &BTreeSet<&str>, to: Option<[To<'p>; 1]>) -> Rule<'p> {
    let principals = vec![[TRUST_DOMAIN, "/ns/", namespace, "/*"].concat()].into();
    let ends = accounts.iter().map(|account| ["*/ns/", namespace, "/sa/", account].concat());
    let when = vec![Condition { key: "source.principal", values: ends.collect() }];
    Rule { from: vec![From { source: Source { namespaces: &[], principals } }], to, when }
}

/// What is allowed. Istio compares the ports with those of the pods.
fn to<'p>(operation: &'p plan::Operation<'p>, ports: &[u32]) -> Operation<'p> {
    let plan::Operation { methods, paths, ports: _ } = operation;
    Operation { methods, paths, ports: ports.iter().map(u32::to_string).collect() }
}

/// The callers that a server of a trust domain can name in full, if there are any; the others are added to `accounts`.
fn source<'p>(callers: &'p Callers<'p>, server: &str, accounts: &mut Accounts<'p>) -> Option<Source<'p>> {
    let identities = match callers {
        Callers::Namespaces(namespaces) => return Some(Source { namespaces, principals: Cow::default() }),
        Callers::Identities(identities) => identities,
    };
    if !identities.iter().any(|(identity, _)| identity.is_read_as_local(server)) {
        return Some(Source { namespaces: &[], principals: Cow::Borrowed(identities.names()) });
    }
    let mut principals = Vec::new();
    for (identity, name) in identities.iter() {
        match (identity, identity.is_read_as_local(server)) {
            (Identity::Account { domain: _, namespace, account }, true) => {
                accounts.entry(namespace).or_default().insert(account);
            }
            // Without the account it is no full principal, and means the same.
            (Identity::Namespace { domain, namespace }, true) => {
                principals.push([domain, "/ns/", namespace, "/*"].concat());
            }
            _ => principals.push(name.to_owned()),
        }
    }
    (!principals.is_empty()).then_some(Source { namespaces: &[], principals: principals.into() })
}

/// The policies of a mesh that refuses requests by default: the refusal, and an exception for its gateways.
pub(super) fn of_mesh<'p>(plan: &'p Plan<'p>, mesh: MeshId, sink: &mut impl Sink<'p>) {
    let DefaultAccess::Deny { by, gateways, others } = plan.default_access(mesh) else { return };
    let bound = &plan[mesh];
    let sources: Provenance = [plan[by].policy.named.clone()].into();
    let nothing = AuthorizationPolicy { rules: Vec::new(), selector: None, target_refs: None };
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
    AuthorizationPolicy {
        rules: vec![Rule::default()],
        selector: Some(PodSelector { match_labels }),
        target_refs: None,
    }
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
