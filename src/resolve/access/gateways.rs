//! The services of the gateways through which meshes are reached, whose pods access policies must not shut.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Code, Diag, Ground, Report, Severity};
use crate::ids::Text;
use crate::path;
use crate::plan::{AccessPolicy, MeshId, Plan, TargetId};
use crate::resolve::meant::describe_services;

type Labels = BTreeMap<Text, Text>;

/// Marks the services that select pods of a gateway of their mesh.
pub(in crate::resolve) fn mark(plan: &mut Plan<'_>) {
    let found: Vec<TargetId> = MeshId::all(plan.meshes.len()).flat_map(|mesh| of_mesh(mesh, plan)).collect();
    found.into_iter().for_each(|target| plan.targets[target.index()].is_gateway = true);
}

fn of_mesh(mesh: MeshId, plan: &Plan<'_>) -> Vec<TargetId> {
    let gateways: BTreeSet<&Labels> =
        plan[mesh].istio.gateways.iter().map(|gateway| &gateway.labels).filter(|labels| !labels.is_empty()).collect();
    let is_gateway = |labels: &Labels| gateways.iter().any(|gateway| includes(labels, gateway));
    let mut pods: BTreeMap<&str, Vec<&Labels>> = BTreeMap::new();
    if !gateways.is_empty() {
        let known = plan.workloads.iter().filter(|workload| workload.cluster == plan[mesh].cluster);
        for workload in known.map(|workload| workload.known).filter(|workload| is_gateway(&workload.labels)) {
            pods.entry(&workload.controller.namespace).or_default().push(&workload.labels);
        }
    }
    let selects = |target: &TargetId| {
        let known = plan[*target].known;
        let behind = pods.get(&*known.service.namespace).into_iter().flatten();
        !known.selector.is_empty()
            && (is_gateway(&known.selector) || behind.into_iter().any(|labels| includes(labels, &known.selector)))
    };
    plan[mesh].targets.iter().copied().filter(selects).collect()
}

/// Whether labels include all of some others.
fn includes(labels: &Labels, others: &Labels) -> bool {
    others.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// Warns of policies that are not applied to a gateway's service as they are written, or that shut it.
pub(in crate::resolve) fn warn(plan: &Plan<'_>, report: &mut Report) {
    for access in &plan.access {
        let AccessPolicy { policy, verdict, callers: _, operation } = access;
        let gateways: Vec<TargetId> = (verdict.selected.iter().copied())
            .filter(|target| plan[*target].is_gateway && verdict.accepts(*target))
            .collect();
        let (left_out, applied): (Vec<TargetId>, Vec<TargetId>) =
            gateways.into_iter().partition(|target| !plan.is_open_to_all(access, *target));
        let place = policy.place(path!["spec", "destinationSelector"]);
        if !left_out.is_empty() {
            let message = format!(
                "{} is not applied to {}: requests from other clusters pass through a gateway without a caller's identity, so sourceSelector would refuse them",
                policy.named,
                describe_services(&left_out, plan)
            );
            let diag = Diag::new(Code::GatewayAccess, place.clone(), message)
                .hint("select the services behind the gateway: their own rules see the callers");
            // A policy for many services is meant for what is behind the gateway.
            let severity = if left_out.len() < verdict.selected.len() { Severity::Note } else { diag.severity };
            report.push(Diag { severity, ..diag }.on(Ground::Inventory));
        }
        if !applied.is_empty() && !operation.is_everything() {
            let message = format!(
                "{} limits requests at {}, so it can refuse requests from other clusters, which pass through the gateway unread",
                policy.named,
                describe_services(&applied, plan)
            );
            let hint = "select the services behind the gateway instead, or leave allowedPaths, allowedMethods and allowedPorts out";
            report.push(Diag::new(Code::GatewayAccess, place, message).hint(hint).on(Ground::Inventory));
        }
    }
}
