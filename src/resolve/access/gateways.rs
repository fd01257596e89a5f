//! The services of the gateways through which meshes are reached, whose pods access policies must not shut.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Code, Diag, Ground, Report, Severity};
use crate::discover::Target;
use crate::ids::Text;
use crate::path;
use crate::plan::{AccessPolicy, Mesh, Plan, TargetId, Workload};
use crate::resolve::meant::describe_services;

type Labels = BTreeMap<Text, Text>;

/// Marks the services that select pods of a gateway of their mesh.
pub(in crate::resolve) fn mark(plan: &mut Plan<'_>) {
    let gateways = Gateways::of_meshes(plan);
    for target in &mut plan.targets {
        target.is_gateway = target.mesh.is_some_and(|mesh| gateways[mesh.index()].are_selected(target.known));
    }
}

/// The gateways through which a mesh is reached.
struct Gateways<'a> {
    /// The labels of their pods.
    labels: BTreeSet<&'a Labels>,
    /// The labels of the pods that are known, by namespace.
    pods: BTreeMap<&'a str, Vec<&'a Labels>>,
}

impl<'a> Gateways<'a> {
    /// Those of each mesh.
    fn of_meshes(plan: &Plan<'a>) -> Vec<Self> {
        let of = |mesh: &Mesh<'a>| {
            let labels = mesh.istio.gateways.iter().map(|gateway| &gateway.labels);
            Self { labels: labels.filter(|labels| !labels.is_empty()).collect(), pods: BTreeMap::new() }
        };
        let mut out: Vec<Self> = plan.meshes.iter().map(of).collect();
        for Workload { key: _, known, cluster, mesh: _ } in &plan.workloads {
            for mesh in &plan[*cluster].meshes {
                let gateways = &mut out[mesh.index()];
                if gateways.are_meant(&known.labels) {
                    gateways.pods.entry(&known.controller.namespace).or_default().push(&known.labels);
                }
            }
        }
        out
    }

    /// Whether labels are those of a gateway's pods.
    fn are_meant(&self, labels: &Labels) -> bool {
        self.labels.iter().any(|gateway| includes(labels, gateway))
    }

    /// Whether a service selects pods of a gateway.
    fn are_selected(&self, known: &Target) -> bool {
        let selector = &known.selector;
        let mut behind = self.pods.get(&*known.service.namespace).into_iter().flatten();
        !selector.is_empty() && (self.are_meant(selector) || behind.any(|labels| includes(labels, selector)))
    }
}

/// Whether labels include all of some others.
pub(in crate::resolve) fn includes(labels: &Labels, others: &Labels) -> bool {
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
