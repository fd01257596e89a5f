//! AuthorizationPolicies: of a service from the access policies on it, of a mesh that refuses by default.

use std::collections::BTreeMap;

use crate::discover::Gateway;
use crate::ids::{Text, sanitize};
use crate::istio::{AuthorizationPolicy, From, LabelMap, Operation, PodSelector, Rule, Source, To};
use crate::model::Kind;
use crate::plan::hosts::hash;
use crate::plan::{Access, AccessId, Group, Identities, MeshId, Plan, TargetId, VirtualMeshId};

use super::Sink;
use super::sources::{self, Sources};

/// The policy of a service: a rule for each access policy on it.
pub(super) fn of_target<'p>(plan: &'p Plan<'p>, target: TargetId) -> (AuthorizationPolicy<'p>, Sources) {
    let bound = &plan[target];
    let rules = bound.access.iter().map(|id| rule(plan, target, *id)).collect();
    let match_labels = bound.known.selector.iter().map(|(key, value)| (&**key, &**value)).collect();
    let policy = AuthorizationPolicy { rules, selector: Some(PodSelector { match_labels }) };
    (policy, sources::access(plan, &bound.access).into())
}

/// What one access policy allows. No `from` is anyone, no `to` is anything.
fn rule<'p>(plan: &'p Plan<'p>, target: TargetId, id: AccessId) -> Rule<'p> {
    let Access { key: _, named: _, from, from_by_group, methods, paths, ports } = &plan[id];
    let group = match plan[target].mesh.and_then(|mesh| plan[mesh].virtual_mesh) {
        Some(virtual_mesh) => Group::VirtualMesh(virtual_mesh),
        None => Group::Cluster(plan[target].cluster),
    };
    let from = from_by_group.get(&group).unwrap_or(from);
    let from =
        from.iter().map(|Identities { namespaces, principals }| From { source: Source { namespaces, principals } });
    let something = !methods.is_empty() || !paths.is_empty() || !ports.is_empty();
    let operation = || Operation { methods: methods.clone(), paths, ports: ports.iter().map(u32::to_string).collect() };
    Rule { from: from.collect(), to: something.then(|| [To { operation: operation() }]) }
}

/// What a mesh needs that refuses what no policy allows: the refusal, and that its gateways may be called.
pub(super) fn of_mesh<'p>(plan: &'p Plan<'p>, mesh: MeshId, virtual_mesh: VirtualMeshId, sink: &mut impl Sink<'p>) {
    if !plan[virtual_mesh].deny_by_default {
        return;
    }
    let bound = &plan[mesh];
    let sources: Sources = [Kind::VirtualMesh.named(plan[virtual_mesh].key)].into();
    let nothing = AuthorizationPolicy { rules: Vec::new(), selector: None };
    sink.put(bound.namespace, "global-access-control", || (nothing, sources.clone()));
    for (name, labels) in doors(&bound.istio.gateways) {
        sink.put(bound.namespace, name, || {
            let match_labels: LabelMap<'p> = labels.iter().map(|(key, value)| (&**key, &**value)).collect();
            let (rules, selector) = (vec![Rule::default()], Some(PodSelector { match_labels }));
            (AuthorizationPolicy { rules, selector }, sources.clone())
        });
    }
}

/// The pods that are gateways, each with the name of the rule that opens them, which is made of their address. Of several pods
/// under one name the last has it, as in the reference; the others, which are lost there, have a hash of their labels as well.
fn doors(gateways: &[Gateway]) -> BTreeMap<String, &BTreeMap<Text, Text>> {
    let mut out: BTreeMap<String, &BTreeMap<Text, Text>> = BTreeMap::new();
    for gateway in gateways.iter().rev() {
        let name = format!("allow-ingress-gateway-{}", sanitize(&gateway.address));
        match out.get(&name) {
            Some(labels) if **labels == gateway.labels => {}
            Some(_) => drop(out.insert(format!("{name}-{}", hash(&gateway.labels)), &gateway.labels)),
            None => drop(out.insert(name, &gateway.labels)),
        }
    }
    out
}
