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
pub(super) struct Asked {
    policies: Vec<Vec<TrafficId>>,
    /// What all of them together make of requests of callers in the target's own cluster, if that had to be known to find conflicts.
    /// It stands unless one of them is not applied.
    made: Vec<Option<Made>>,
}

/// The routes of a target, and who owns the features of the whole service.
type Made = (Vec<Owners>, Owners);

impl Asked {
    /// The policies that ask for a target.
    pub(super) fn of(&self, target: TargetId) -> &[TrafficId] {
        &self.policies[target.index()]
    }
}

/// Puts every access policy on the targets that it is applied to, and returns which traffic policies ask for each.
pub(super) fn attach(plan: &mut Plan<'_>) -> Asked {
    let mut pairs: Vec<(TargetId, TrafficId)> = Vec::new();
    for (id, policy) in TrafficId::all(plan.traffic.len()).zip(&plan.traffic) {
        pairs.extend(policy.verdict.selected.iter().map(|target| (*target, id)));
    }
    let policies = by_target(plan.targets.len(), &pairs);
    let mut pairs: Vec<(TargetId, AccessId)> = Vec::new();
    for (id, policy) in AccessId::all(plan.access.len()).zip(&plan.access) {
        let accepted = policy.verdict.selected.iter().filter(|target| policy.verdict.accepts(**target));
        pairs.extend(accepted.map(|target| (*target, id)));
    }
    let access = by_target(plan.targets.len(), &pairs);
    plan.targets.iter_mut().zip(access).for_each(|(target, access)| target.access = access);
    Asked { made: vec![None; policies.len()], policies }
}

/// Finds the policies that set a field which an earlier one sets to another value.
pub(super) fn find_conflicts(plan: &mut Plan<'_>, asked: &mut Asked) {
    let mut found: Vec<(TrafficId, TargetId, Vec<Problem>)> = Vec::new();
    for id in TargetId::all(plan.targets.len()) {
        let policies = &asked.policies[id.index()];
        if plan[id].mesh.is_none() || policies.len() < 2 {
            continue;
        }
        let own = plan[id].cluster;
        for client in std::iter::once(own).chain(clients_elsewhere(plan, id, policies)) {
            let mut claims = Claims::new(plan, client, policies.len());
            for policy in policies {
                let problems = claims.add(*policy);
                if !problems.is_empty() {
                    found.push((*policy, id, problems));
                }
            }
            if client == own {
                asked.made[id.index()] = Some(claims.made());
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
    let Asked { policies, made } = asked;
    for ((id, mut policies), made) in TargetId::all(plan.targets.len()).zip(policies).zip(made) {
        let all = policies.len();
        policies.retain(|policy| plan[*policy].verdict.accepts(id));
        policies.shrink_to_fit();
        let own = plan[id].cluster;
        let made = made.filter(|_| policies.len() == all).unwrap_or_else(|| made_in(plan, own, &policies));
        let (routes, owners) = complete(plan, own, made);
        let elsewhere = |client| complete(plan, client, made_in(plan, client, &policies)).0;
        let routes_elsewhere = clients_elsewhere(plan, id, &policies)
            .into_iter()
            .map(|client| (client, elsewhere(client)))
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
fn made_in(plan: &Plan<'_>, client: ClusterId, policies: &[TrafficId]) -> Made {
    let mut claims = Claims::new(plan, client, policies.len());
    policies.iter().for_each(|policy| drop(claims.add(*policy)));
    claims.made()
}

/// The same with the route for requests that no policy has a route for, if there is one.
fn complete(plan: &Plan<'_>, client: ClusterId, (mut routes, owners): Made) -> Made {
    if plan.passes_unmatched && !plan.unmatched_of(&routes, client).is_empty() {
        routes.push(Owners::default());
    }
    // There are as many of these as policies on services.
    routes.shrink_to_fit();
    (routes, owners)
}

/// The policies of each target, in their order. There are many such lists, and most are short, so each is made in its length.
fn by_target<P: Copy>(targets: usize, pairs: &[(TargetId, P)]) -> Vec<Vec<P>> {
    let mut lengths = vec![0; targets];
    pairs.iter().for_each(|(target, _)| lengths[target.index()] += 1);
    let mut out: Vec<Vec<P>> = lengths.into_iter().map(Vec::with_capacity).collect();
    pairs.iter().for_each(|(target, policy)| out[target.index()].push(*policy));
    out
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
