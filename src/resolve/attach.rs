//! Attaches policies to targets in their order, and decides what falls: the only owner of precedence.
//!
//! Conflicts are decided once, in key order. What falls later for another reason only removes: it revives no loser.

mod claims;
mod conditions;
mod settle;

use std::collections::BTreeMap;

use claims::Claims;
use conditions::number_requests;
pub(super) use settle::settle;

use super::failover::FailoverVerdict;
use super::verdict::Verdict;
use crate::ids::ObjectRef;
use crate::plan::{AccessId, DestinationKind, Plan, TargetId, TrafficId};

/// Verdicts of the policies, in the order of the plan's lists.
#[derive(Debug, Default)]
pub struct Attached {
    /// Of the traffic policies.
    pub traffic: Vec<Verdict>,
    /// Of the access policies.
    pub access: Vec<Verdict>,
    /// Of the failover services, by key.
    pub failovers: BTreeMap<ObjectRef, FailoverVerdict>,
}

/// Puts every policy on the targets that it selects, in key order of the policies.
pub(super) fn attach(plan: &mut Plan<'_>, attached: &Attached) {
    for (i, verdict) in attached.traffic.iter().enumerate() {
        for target in &verdict.selected {
            plan.targets[target.index()].traffic.push(TrafficId::at(i));
        }
    }
    for (i, verdict) in attached.access.iter().enumerate() {
        for target in verdict.selected.iter().filter(|target| verdict.accepts(**target)) {
            plan.targets[target.index()].access.push(AccessId::at(i));
        }
    }
}

/// Finds the policies that set a field which an earlier one has set otherwise.
pub(super) fn find_conflicts(plan: &Plan<'_>, attached: &mut Attached) {
    let requests = number_requests(plan);
    let shared = |target: &crate::plan::Target<'_>| target.mesh.is_some() && target.traffic.len() > 1;
    for (i, target) in plan.targets.iter().enumerate().filter(|(_, target)| shared(target)) {
        let mut claims = Claims::new(plan, &requests, &plan[target.cluster].name.0, target.traffic.len());
        for id in &target.traffic {
            let problems = claims.add(*id);
            if !problems.is_empty() {
                attached.traffic[id.index()].at.entry(TargetId::at(i)).or_default().extend(problems);
            }
        }
    }
}

/// Fills in what the applied policies make of each target: routes, outlier detection, subsets.
pub(super) fn apply(plan: &mut Plan<'_>, attached: &Attached) {
    let requests = number_requests(plan);
    for i in 0..plan.targets.len() {
        let id = TargetId::at(i);
        let all = std::mem::take(&mut plan.targets[i].traffic);
        let applied: Vec<TrafficId> =
            all.into_iter().filter(|policy| attached.traffic[policy.index()].accepts(id)).collect();
        let cluster = plan[plan.targets[i].cluster].name.0.clone();
        let mut claims = Claims::new(plan, &requests, &cluster, applied.len());
        applied.iter().for_each(|policy| drop(claims.add(*policy)));
        let routes = claims.routes();
        let outlier = applied.iter().copied().filter(|policy| plan[*policy].outlier.is_some()).collect();
        let tls = applied.iter().copied().filter(|policy| plan[*policy].tls.is_some()).collect();
        let target = &mut plan.targets[i];
        (target.traffic, target.routes, target.outlier, target.tls) = (applied, routes, outlier, tls);
        // There are as many of these as policies on services.
        target.routes.shrink_to_fit();
        target.traffic.shrink_to_fit();
        target.access.shrink_to_fit();
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
        for destination in plan.traffic[policy.index()].shift.clone() {
            match destination.to {
                DestinationKind::Service { target, port: _, subset: Some(labels) } => {
                    plan.targets[target.index()].subsets.request(labels, policy);
                }
                DestinationKind::Failover { key, host: _, port: _, subset: Some(labels) } => {
                    // What is asked of a failover service is asked of every service behind it.
                    let Some(id) = plan.failover(key) else { continue };
                    let failover = &mut plan.failovers[id.index()];
                    failover.subsets.request(labels, policy);
                    for (target, _) in &failover.backing {
                        plan.targets[target.index()].subsets.request(labels, policy);
                    }
                }
                DestinationKind::Service { target: _, port: _, subset: None }
                | DestinationKind::Failover { key: _, host: _, port: _, subset: None } => {}
            }
        }
    }
}
