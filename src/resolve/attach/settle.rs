//! What falls with something else: failover services without outlier detection, rivals for a name or a host, and what is
//! routed to them.

use std::collections::{BTreeMap, BTreeSet};

use super::Attached;
use crate::diag::FieldPath;
use crate::ids::ObjectRef;
use crate::model::Snapshot;
use crate::path;
use crate::resolve::failover::{Claim, no_outlier_detection, taken};
use crate::resolve::plan::{ClusterId, DestinationKind, Plan, TargetId, TrafficId};
use crate::resolve::verdict::{Part, Problem};

/// Lets fall, until nothing changes any more, the failover services whose backing services have lost their outlier detection,
/// those whose name or host an earlier one has, and the policies that shift to an INVALID failover service.
pub(in crate::resolve) fn settle(snapshot: &Snapshot, plan: &Plan<'_>, attached: &mut Attached) {
    let detection = outlier_detection(plan, attached);
    loop {
        let fallen_failovers = let_failovers_fall(plan, &detection, attached);
        let fallen_policies = let_policies_fall(plan, attached);
        // Last, since what has fallen for another reason takes nothing.
        if !fallen_failovers && !fallen_policies && !let_rivals_fall(snapshot, plan, attached) {
            return;
        }
    }
}

/// In one cluster, failover services of one name would have one ServiceEntry, and those of one host two addresses: the first in
/// key order has name and host.
fn let_rivals_fall(snapshot: &Snapshot, plan: &Plan<'_>, attached: &mut Attached) -> bool {
    let mut changed = false;
    let mut owners: BTreeMap<(ClusterId, Claim<'_>), &ObjectRef> = BTreeMap::new();
    for (object, verdict) in snapshot.failover_services.values().zip(attached.failovers.values_mut()) {
        if !verdict.is_accepted() {
            continue;
        }
        let clusters: BTreeSet<ClusterId> =
            verdict.known.iter().filter_map(|key| Some(plan[plan.mesh(key)?].cluster)).collect();
        let claims = [Claim::Name(&object.key.name), Claim::Host(&object.spec.hostname)];
        let taken_by = |claim: Claim<'_>| clusters.iter().find_map(|cluster| owners.get(&(*cluster, claim)).copied());
        let lost: Vec<Problem> = claims.into_iter().filter_map(|claim| Some(taken(claim, taken_by(claim)?))).collect();
        if lost.is_empty() {
            let places = claims.into_iter().flat_map(|claim| clusters.iter().map(move |cluster| (*cluster, claim)));
            owners.extend(places.map(|place| (place, &object.key)));
        } else {
            verdict.problems.extend(lost);
            changed = true;
        }
    }
    changed
}

/// The policies that give outlier detection to the services behind failover services.
fn outlier_detection(plan: &Plan<'_>, attached: &Attached) -> BTreeMap<TargetId, Vec<TrafficId>> {
    let backing = attached.failovers.values().flat_map(|verdict| &verdict.backing).map(|(_, target)| *target);
    let backing: BTreeSet<TargetId> = backing.collect();
    let givers =
        |target: TargetId| plan[target].traffic.iter().copied().filter(|id| plan[*id].outlier.is_some()).collect();
    backing.into_iter().map(|target| (target, givers(target))).collect()
}

fn let_failovers_fall(
    plan: &Plan<'_>,
    detection: &BTreeMap<TargetId, Vec<TrafficId>>,
    attached: &mut Attached,
) -> bool {
    let mut changed = false;
    for verdict in attached.failovers.values_mut() {
        for (index, target) in &verdict.backing {
            let gives = |id: &TrafficId| attached.traffic[id.index()].accepts(*target);
            if !detection.get(target).is_some_and(|policies| policies.iter().any(gives)) {
                let problem = no_outlier_detection(*index, plan.service(*target));
                if !verdict.problems.contains(&problem) {
                    verdict.problems.push(problem);
                    changed = true;
                }
            }
        }
    }
    changed
}

fn let_policies_fall(plan: &Plan<'_>, attached: &mut Attached) -> bool {
    let mut changed = false;
    for (i, verdict) in attached.traffic.iter_mut().enumerate() {
        let policy = &plan[TrafficId::at(i)];
        for (j, destination) in policy.shift.iter().enumerate() {
            let DestinationKind::Failover { key, host: _, port: _, subset: _ } = destination.to else { continue };
            let Some(failover) = attached.failovers.get(key).filter(|failover| !failover.is_accepted()) else {
                continue;
            };
            let at: FieldPath = path!["spec", "trafficShift", "destinations", j, "failoverServiceRef"];
            let text = format!(
                "invalid traffic shift destination {}.{}., FailoverService is INVALID",
                key.name, key.namespace
            );
            let why = failover.problems.first();
            let plain = format!("traffic shift to FailoverService {key}, which is INVALID");
            let problem = Problem::new(Part::TrafficShift, at, text).plain(plain);
            let problem = problem.maybe_hint(
                why.map(|why| format!("the failover service: {}", why.plain.as_ref().unwrap_or(&why.text))),
            );
            if !verdict.everywhere.iter().any(|known| known.text == problem.text) {
                verdict.everywhere.push(problem);
                changed = true;
            }
        }
    }
    changed
}
