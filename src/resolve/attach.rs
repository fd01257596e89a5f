//! Attaches policies to targets in their order, and decides conflicts: the only owner of precedence.
//!
//! Conflicts are decided once, in key order. A policy that becomes INVALID later for another reason does not make the loser of a
//! conflict valid again.

mod claims;
mod settle;

use claims::Claims;
pub(super) use settle::settle;

use crate::plan::{AccessId, DestinationKind, Feature, Owners, Plan, Problem, TargetId, TrafficId};

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
        let mut claims = Claims::new(plan, plan[id].cluster, policies.len());
        for policy in policies {
            let problems = claims.add(*policy);
            if !problems.is_empty() {
                found.push((*policy, id, problems));
            }
        }
    }
    for (policy, target, problems) in found {
        plan.traffic[policy.index()].verdict.at.entry(target).or_default().extend(problems);
    }
}

/// Fills in the routes, owners and subsets of each target from the policies that are applied.
pub(super) fn apply(plan: &mut Plan<'_>, asked: Asked) {
    for (id, mut policies) in TargetId::all(plan.targets.len()).zip(asked.0) {
        policies.retain(|policy| plan[*policy].verdict.accepts(id));
        policies.shrink_to_fit();
        let mut claims = Claims::new(plan, plan[id].cluster, policies.len());
        policies.iter().for_each(|policy| drop(claims.add(*policy)));
        let (mut routes, owners) = claims.made();
        // There are as many of these as policies on services.
        routes.shrink_to_fit();
        let target = &mut plan.targets[id.index()];
        (target.traffic, target.routes, target.owners) = (policies, routes, owners);
        if plan.passes_unmatched && !plan.unmatched(id).is_empty() {
            plan.targets[id.index()].routes.push(Owners::default());
        }
    }
    request_subsets(plan);
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
