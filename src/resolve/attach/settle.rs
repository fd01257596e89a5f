//! Policies that become INVALID because of another one: failover services without outlier detection, duplicates of a name or
//! host, and policies that route to them.

use std::collections::{BTreeMap, BTreeSet};

use super::Asked;
use crate::diag::FieldPath;
use crate::ids::ObjectRef;
use crate::model::traffic_policy::{ShiftTarget, TrafficPolicy};
use crate::model::{Kind, Object, Objects, Unread};
use crate::path;
use crate::plan::{ClusterId, DestinationKind, Feature, Part, Plan, Problem, TargetId, TrafficId};
use crate::resolve::failover::{Claim, no_outlier_detection, taken};
use crate::resolve::problems::may_accept;

/// Makes INVALID, until nothing changes any more, the failover services whose backing services have no outlier detection, those
/// whose name or host an earlier one has, and the policies that shift to an INVALID failover service.
pub(in crate::resolve) fn settle(
    objects: &Objects<TrafficPolicy>,
    plan: &mut Plan<'_>,
    asked: &Asked,
    unread: &Unread,
) {
    let detection = outlier_detection(plan, asked);
    loop {
        let fallen_failovers = let_failovers_fall(plan, &detection, unread);
        let fallen_policies = let_policies_fall(objects, plan, unread);
        // Last, since a failover service that is INVALID for another reason claims no name or host.
        if !fallen_failovers && !fallen_policies && !let_rivals_fall(plan) {
            return;
        }
    }
}

/// In one cluster, failover services with the same name would share a ServiceEntry, and those with the same host would have two
/// addresses: the first in key order keeps name and host.
fn let_rivals_fall(plan: &mut Plan<'_>) -> bool {
    let mut found: Vec<(usize, Vec<Problem>)> = Vec::new();
    let mut owners: BTreeMap<(ClusterId, Claim<'_>), &ObjectRef> = BTreeMap::new();
    for (i, failover) in plan.failovers.iter().enumerate().filter(|(_, failover)| failover.verdict.is_accepted()) {
        let key = failover.policy.key;
        let known = &failover.verdict.known;
        let clusters: BTreeSet<ClusterId> =
            known.iter().filter_map(|key| Some(plan[plan.mesh(key)?].cluster)).collect();
        let claims = [Claim::Name(&key.name), Claim::Host(failover.host)];
        let taken_by = |claim: Claim<'_>| clusters.iter().find_map(|cluster| owners.get(&(*cluster, claim)).copied());
        let lost: Vec<Problem> = claims.into_iter().filter_map(|claim| Some(taken(claim, taken_by(claim)?))).collect();
        if lost.is_empty() {
            let places = claims.into_iter().flat_map(|claim| clusters.iter().map(move |cluster| (*cluster, claim)));
            owners.extend(places.map(|place| (place, key)));
        } else {
            found.push((i, lost));
        }
    }
    let changed = !found.is_empty();
    for (i, lost) in found {
        plan.failovers[i].verdict.problems.extend(lost);
    }
    changed
}

/// The policies that configure outlier detection for the services behind failover services.
fn outlier_detection(plan: &Plan<'_>, asked: &Asked) -> BTreeMap<TargetId, Vec<TrafficId>> {
    let backing = plan.failovers.iter().flat_map(|failover| &failover.verdict.backing).map(|(_, target)| *target);
    let backing: BTreeSet<TargetId> = backing.collect();
    let gives = |id: &TrafficId| plan[*id].features.outlier.is_some();
    backing.into_iter().map(|target| (target, asked.of(target).iter().copied().filter(gives).collect())).collect()
}

fn let_failovers_fall(plan: &mut Plan<'_>, detection: &BTreeMap<TargetId, Vec<TrafficId>>, unread: &Unread) -> bool {
    let mut changed = false;
    for i in 0..plan.failovers.len() {
        for j in 0..plan.failovers[i].verdict.backing.len() {
            let (index, target) = plan.failovers[i].verdict.backing[j];
            let policies = detection.get(&target).map_or(&[][..], |policies| policies.as_slice());
            let gives = |id: &TrafficId| plan[*id].verdict.accepts(target);
            if !policies.iter().any(gives) {
                let may_give = |id: &TrafficId| may_accept(&plan[*id].verdict, target, unread);
                let may_have = unread.has(Kind::TrafficPolicy) || policies.iter().any(may_give);
                let problem = no_outlier_detection(index, plan.service(target)).on_unread(may_have);
                changed |= add(&mut plan.failovers[i].verdict.problems, problem);
            }
        }
    }
    changed
}

/// Adds a problem unless it is there already. Returns whether it was added.
fn add(problems: &mut Vec<Problem>, problem: Problem) -> bool {
    let known = |known: &Problem| (&known.text, &known.path) == (&problem.text, &problem.path);
    let is_new = !problems.iter().any(known);
    if is_new {
        problems.push(problem);
    }
    is_new
}

fn let_policies_fall(objects: &Objects<TrafficPolicy>, plan: &mut Plan<'_>, unread: &Unread) -> bool {
    let mut changed = false;
    for i in 0..plan.traffic.len() {
        let policy = &plan.traffic[i];
        let mut found: Vec<Problem> = Vec::new();
        for (j, destination) in policy.destinations().iter().enumerate() {
            let DestinationKind::Failover(failover) = destination.to else { continue };
            let failover = &plan[failover];
            if failover.verdict.is_accepted() {
                continue;
            }
            let key = failover.policy.key;
            let text = format!(
                "invalid traffic shift destination {}.{}., FailoverService is INVALID",
                key.name, key.namespace
            );
            // Two destinations with the same text are one entry of the status.
            if policy.verdict.everywhere.iter().chain(&found).any(|known| known.text == text) {
                continue;
            }
            let Some(object) = objects.get(policy.policy.key) else { continue };
            let why = failover.verdict.problems.iter().find(|problem| !unread.leaves_in_doubt(problem.ground));
            let plain = format!("trafficShift names FailoverService {key}, which is INVALID");
            let part = Part::Feature(Feature::TrafficShift);
            let problem = Problem::new(part, destination_path(object, j), text).plain(plain);
            let hint = why.map(|why| format!("fix FailoverService {key}: {}", why.plain.as_ref().unwrap_or(&why.text)));
            let is_consequence = failover.verdict.problems.iter().all(|problem| problem.is_consequence);
            found.push(Problem { is_consequence, ..problem.maybe_hint(hint).on_unread(why.is_none()) });
        }
        changed |= !found.is_empty();
        plan.traffic[i].verdict.everywhere.extend(found);
    }
    changed
}

/// The field of a traffic shift's destination, in the form in which it is written.
fn destination_path(object: &Object<TrafficPolicy>, index: usize) -> FieldPath {
    let at = path!["spec", "trafficShift", "destinations", index];
    let written = object.spec.traffic_shift.as_ref().and_then(|shift| shift.destinations.get(index));
    match written.and_then(|written| written.destination.as_ref()) {
        Some(ShiftTarget::FailoverService(_)) => at.with("failoverServiceRef"),
        Some(ShiftTarget::FailoverDestination(_)) => at.with("failoverService"),
        Some(ShiftTarget::KubeService(_)) => at.with("kubeService"),
        None => at,
    }
}
