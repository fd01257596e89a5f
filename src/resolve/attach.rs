//! Attaches policies to targets in their order, and decides conflicts: the only owner of precedence.
//!
//! Conflicts are decided once, in key order. A policy that becomes INVALID later for another reason does not make the loser of a
//! conflict valid again.

mod claims;
mod settle;

use claims::Claims;
pub(super) use settle::settle;

use crate::plan::{AccessId, ClusterId, DestinationKind, Feature, Owners, Plan, Problem, TargetId, TrafficId};

/// The traffic policies that ask for each target, in key order, whether they are applied or not.
pub(super) struct Asked(Vec<Vec<TrafficId>>);

impl Asked {
    /// The policies that ask for a target.
    pub(super) fn of(&self, target: TargetId) -> &[TrafficId] {
        &self.0[target.index()]
    }
}

/// Puts every access policy on the targets that it is applied to, and returns which traffic policies ask for each.
pub(super) fn attach(plan: &mut Plan<'_>) -> Asked {
    let mut asked = vec![Vec::new(); plan.targets.len()];
    for (id, policy) in TrafficId::all(plan.traffic.len()).zip(&plan.traffic) {
        policy.verdict.selected.iter().for_each(|target| asked[target.index()].push(id));
    }
    for (id, policy) in AccessId::all(plan.access.len()).zip(&plan.access) {
        for target in policy.verdict.selected.iter().filter(|target| policy.verdict.accepts(**target)) {
            plan.targets[target.index()].access.push(id);
        }
    }
    plan.targets.iter_mut().for_each(|target| target.access.shrink_to_fit());
    Asked(asked)
}

/// Finds the policies that set a field which an earlier one sets to another value.
pub(super) fn find_conflicts(plan: &mut Plan<'_>, asked: &Asked) {
    let mut found: Vec<(TrafficId, TargetId, Vec<Problem>)> = Vec::new();
    for id in TargetId::all(plan.targets.len()) {
        let policies = asked.of(id);
        if plan[id].mesh.is_none() || policies.len() < 2 {
            continue;
        }
        for client in std::iter::once(plan[id].cluster).chain(clients_elsewhere(plan, id, policies)) {
            let mut claims = Claims::new(plan, client, policies.len());
            for policy in policies {
                let problems = claims.add(*policy);
                if !problems.is_empty() {
                    found.push((*policy, id, problems));
                }
            }
        }
    }
    for (policy, target, problems) in found {
        let there = plan.traffic[policy.index()].verdict.at.entry(target).or_default();
        // The same two policies may contradict each other for callers in several clusters.
        there.extend(problems.into_iter().filter(|problem| !there.contains(problem)).collect::<Vec<_>>());
    }
}

/// Fills in the routes, owners and subsets of each target from the policies that are applied.
pub(super) fn apply(plan: &mut Plan<'_>, asked: Asked) {
    for (id, mut policies) in TargetId::all(plan.targets.len()).zip(asked.0) {
        policies.retain(|policy| plan[*policy].verdict.accepts(id));
        policies.shrink_to_fit();
        let (routes, owners) = routes_in(plan, plan[id].cluster, &policies);
        let routes_elsewhere = clients_elsewhere(plan, id, &policies)
            .into_iter()
            .map(|client| (client, routes_in(plan, client, &policies).0))
            .filter(|(_, elsewhere)| *elsewhere != routes)
            .collect();
        let target = &mut plan.targets[id.index()];
        (target.traffic, target.routes, target.owners) = (policies, routes, owners);
        target.routes_elsewhere = routes_elsewhere;
    }
    request_subsets(plan);
}

/// The clusters, other than its own, whose callers may have other routes for a service than those in its own: a policy on it is
/// for callers in some clusters only.
fn clients_elsewhere(plan: &Plan<'_>, target: TargetId, policies: &[TrafficId]) -> Vec<ClusterId> {
    let names_clusters = |id: &TrafficId| plan[*id].sources.iter().any(|selector| selector.clusters.is_some());
    if policies.iter().any(names_clusters) { plan.clusters_with_routes(target) } else { Vec::new() }
}

/// What policies on a service make of requests of callers in a cluster, and who owns the features of the whole service.
fn routes_in(plan: &Plan<'_>, client: ClusterId, policies: &[TrafficId]) -> (Vec<Owners>, Owners) {
    let mut claims = Claims::new(plan, client, policies.len());
    policies.iter().for_each(|policy| drop(claims.add(*policy)));
    let (mut routes, owners) = claims.made();
    if plan.passes_unmatched && !plan.unmatched_of(&routes, client).is_empty() {
        routes.push(Owners::default());
    }
    // There are as many of these as policies on services.
    routes.shrink_to_fit();
    (routes, owners)
}

/// Collects which named parts of which targets' endpoints applied policies ask for: targets, policies and destinations in
/// their orders, each part where it is first asked for.
fn request_subsets(plan: &mut Plan<'_>) {
    let mut order: Vec<TrafficId> = Vec::new();
    let mut seen = vec![false; plan.traffic.len()];
    for policy in plan.targets.iter().flat_map(|target| &target.traffic) {
        if !std::mem::replace(&mut seen[policy.index()], true) {
            order.push(*policy);
        }
    }
    for policy in order {
        let shift = plan.traffic[policy.index()].features.shift.clone();
        for destination in shift.iter().flatten() {
            let Some(labels) = destination.subset else { continue };
            match destination.to {
                DestinationKind::Service { target, port: _ } => {
                    plan.targets[target.index()].subsets.request(labels, policy);
                }
                DestinationKind::Failover(id) => {
                    // Every service behind a failover service needs the subset. One that is not accepted needs none:
                    // policies that shift to it are INVALID as well.
                    let failover = &mut plan.failovers[id.index()];
                    if !failover.verdict.is_accepted() {
                        continue;
                    }
                    failover.subsets.request(labels, policy);
                    for (target, _) in &failover.backing {
                        plan.targets[target.index()].subsets.request(labels, policy);
                    }
                }
            }
        }
    }
}

/// The path of a feature's field.
fn field(feature: Feature) -> crate::diag::FieldPath {
    crate::path!["spec", feature.written()]
}
