//! Warns of routes that will probably not work as meant.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::diag::{Code, Diag, Place, Report, Severity};
use crate::ids::ObjectRef;
use crate::model::traffic_policy::TrafficPolicy;
use crate::model::{Object, Snapshot};
use crate::path;
use crate::plan::{DestinationKind, MeshId, Plan, Route, SourceMatch, Target, TargetId, Traffic, TrafficId};
use crate::resolve::attach::Attached;
use crate::resolve::matchers::{Canonical, canonical};
use crate::resolve::refs::{describe_service, describe_services};
use crate::resolve::traffic::sources_in;
use crate::resolve::verdict::Verdict;

/// Warns about the routes of every policy.
pub(super) fn report(snapshot: &Snapshot, plan: &Plan<'_>, attached: &Attached, report: &mut Report) {
    for (i, (object, verdict)) in snapshot.traffic_policies.values().zip(&attached.traffic).enumerate() {
        warn_of_routes(TrafficId::at(i), object, verdict, plan, report);
        warn_of_sources(&plan[TrafficId::at(i)], object, verdict, plan, report);
    }
    warn_of_shadows(snapshot, plan, report);
}

/// The conditions on requests of each policy, by number: equal ones have one number, and none is what every request fulfils.
fn numbered<'p>(plan: &'p Plan<'_>) -> Vec<Vec<Option<usize>>> {
    let mut numbers: BTreeMap<Canonical<'p>, usize> = BTreeMap::new();
    let mut number = |condition: Canonical<'p>| {
        let next = numbers.len();
        (!condition.is_empty()).then(|| *numbers.entry(condition).or_insert(next))
    };
    let of = |policy: &'p Traffic<'_>| match policy.requests {
        None | Some([]) => vec![None],
        Some(requests) => requests.iter().map(|request| number(canonical(request))).collect(),
    };
    plan.traffic.iter().map(of).collect()
}

/// Warns of routes that stand behind another one for the same requests, so that they are never taken.
fn warn_of_shadows(snapshot: &Snapshot, plan: &Plan<'_>, report: &mut Report) {
    let requests = numbered(plan);
    let mut shadows: BTreeMap<(TrafficId, TrafficId), Vec<TargetId>> = BTreeMap::new();
    let has_several = |target: &Target<'_>| target.mesh.is_some() && target.routes.len() > 1;
    for (i, target) in plan.targets.iter().enumerate().filter(|(_, target)| has_several(target)) {
        let mut first: BTreeMap<Condition<'_>, TrafficId> = BTreeMap::new();
        let (last, before): (Vec<&Route<'_>>, Vec<&Route<'_>>) = match target.known.ports.as_slice() {
            [] => continue,
            // A route that has no conditions at all comes last, even after one that every request fulfils.
            [_] => target.routes.iter().partition(|route| is_bare(route, plan)),
            // Each is for a port, which is a condition.
            _ => (Vec::new(), target.routes.iter().collect()),
        };
        for route in before.into_iter().chain(last) {
            for (policy, condition) in conditions(route, &requests, plan) {
                let winner = *first.entry(condition).or_insert(policy);
                if winner != policy {
                    let shadowed = shadows.entry((policy, winner)).or_default();
                    if shadowed.last() != Some(&TargetId::at(i)) {
                        shadowed.push(TargetId::at(i));
                    }
                }
            }
        }
    }
    let objects: Vec<&Object<TrafficPolicy>> = snapshot.traffic_policies.values().collect();
    for ((loser, winner), targets) in shadows {
        let message = format!(
            "for {} a route of TrafficPolicy {} is never taken: that of {} comes first and is for the same requests",
            describe_services(&targets, plan),
            plan[loser].key,
            plan[winner].key,
        );
        let (place, other) =
            (objects[loser.index()].place(path!["spec"]), objects[winner.index()].place(path!["spec"]));
        let diag = Diag::new(Code::NoEffect, place, message).related(other, "the other policy is here");
        report
            .push(diag.hint("give both policies the same conditions, so that they share a route, or tell them apart"));
    }
}

/// A condition on the source of a request and one on the request; none is what everyone fulfils.
type Condition<'p> = (Option<SourceMatch<'p>>, Option<usize>);

/// Whether a route has no conditions at all.
fn is_bare(route: &Route<'_>, plan: &Plan<'_>) -> bool {
    let requests = route.policies.first().and_then(|policy| plan[*policy].requests);
    match requests {
        Some([]) => true,
        Some(_) => false,
        None => route.sources.is_empty(),
    }
}

/// The conditions under which a route is taken, each with the policy that it is of.
fn conditions<'r, 'p>(
    route: &'r Route<'p>,
    requests: &'r [Vec<Option<usize>>],
    plan: &Plan<'_>,
) -> Vec<(TrafficId, Condition<'p>)> {
    let Some(policy) = route.policies.first().copied() else { return Vec::new() };
    // An empty list of matchers drops the sources too; so does a source that everyone fulfils.
    let dropped = plan[policy].requests.is_some_and(<[_]>::is_empty);
    let sources: Vec<Option<SourceMatch<'p>>> = match dropped || route.sources.is_empty() {
        true => vec![None],
        false => route.sources.iter().map(|source| Some(*source).filter(|source| !source.is_everyone())).collect(),
    };
    let requests = &requests[policy.index()];
    sources.into_iter().flat_map(|source| requests.iter().map(move |request| (policy, (source, *request)))).collect()
}

/// Warns of an applied policy's destinations that callers will not reach, and of targets without ports.
fn warn_of_routes<T>(id: TrafficId, object: &Object<T>, verdict: &Verdict, plan: &Plan<'_>, report: &mut Report) {
    let mut clients: BTreeSet<MeshId> = BTreeSet::new();
    let mut portless: Vec<TargetId> = Vec::new();
    for id_of_target in verdict.selected.iter().filter(|target| verdict.accepts(**target)) {
        let target = &plan[*id_of_target];
        let Some(mesh) = target.mesh else { continue };
        clients.insert(mesh);
        if target.known.ports.is_empty() && target.routes.iter().any(|route| route.policies.contains(&id)) {
            portless.push(*id_of_target);
        }
    }
    if !portless.is_empty() {
        let services = describe_services(&portless, plan);
        let message = match portless.as_slice() {
            [_] => format!("{services} has no ports, so no route is rendered for it"),
            _ => format!("{services} have no ports, so no routes are rendered for them"),
        };
        report.push(Diag::new(Code::NoEffect, object.place(path!["spec"]), message));
    }
    let policy = &plan[id];
    for (j, destination) in policy.shift.iter().enumerate() {
        let place = object.place(path!["spec", "trafficShift", "destinations", j]);
        match destination.to {
            DestinationKind::Service { target, port: _, subset: _ } => {
                warn_unless_known(target, &clients, place, plan, report);
            }
            DestinationKind::Failover { key, host: _, port: _, subset: _ } => {
                warn_unless_applied(key, &clients, place, plan, report);
            }
        }
    }
    if let Some(mirror) = policy.mirror {
        warn_unless_known(mirror.target, &clients, object.place(path!["spec", "mirror"]), plan, report);
    }
}

/// Tells of services for which a policy renders no route, since no source that it selects can be in their cluster. That is a
/// warning when it is all of them.
fn warn_of_sources<T>(
    policy: &Traffic<'_>,
    object: &Object<T>,
    verdict: &Verdict,
    plan: &Plan<'_>,
    report: &mut Report,
) {
    if !policy.makes_route() || policy.sources.iter().all(|selector| selector.clusters.is_empty()) {
        return;
    }
    let is_route = |target: &TargetId| verdict.accepts(*target) && plan[*target].mesh.is_some();
    let reached = |target: &TargetId| sources_in(policy.sources, &plan[plan[*target].cluster].name.0).is_some();
    let (some, none): (Vec<TargetId>, Vec<TargetId>) =
        verdict.selected.iter().copied().filter(is_route).partition(reached);
    if none.is_empty() {
        return;
    }
    let mut clusters: Vec<&str> = none.iter().map(|target| plan[plan[*target].cluster].name.as_str()).collect();
    clusters.sort_unstable();
    clusters.dedup();
    let message = format!(
        "no route is rendered for {}: no source that is selected can be in cluster {}",
        describe_services(&none, plan),
        clusters.join(", ")
    );
    let diag = Diag::new(Code::NoEffect, object.place(path!["spec", "sourceSelector"]), message)
        .hint("a route is for callers in the service's own cluster; callers in another one are not routed by it");
    report.push(if some.is_empty() { diag } else { Diag { severity: Severity::Note, ..diag } });
}

/// Warns if a service is not known to callers of other clusters.
pub(super) fn warn_unless_known(
    id: TargetId,
    clients: &BTreeSet<MeshId>,
    place: Place,
    plan: &Plan<'_>,
    report: &mut Report,
) {
    let target = &plan[id];
    let others = clients.iter().filter(|client| plan[**client].cluster != target.cluster);
    let unaware: BTreeSet<&str> = others
        .filter(|client| !plan.is_known(id, **client))
        .map(|client| plan[plan[*client].cluster].name.as_str())
        .collect();
    if let Some(clusters) = one_and_more("cluster", &unaware) {
        let service = describe_service(&target.known.service);
        let message = format!("{service} is not federated to {clusters}: requests to it would fail there");
        let hint = "put both meshes into one VirtualMesh, and give the server's mesh an ingress gateway";
        report.push(Diag::new(Code::NotFederated, place, message).hint(hint));
    }
}

/// Warns if a failover service is not there for callers.
fn warn_unless_applied(
    key: &ObjectRef,
    clients: &BTreeSet<MeshId>,
    place: Place,
    plan: &Plan<'_>,
    report: &mut Report,
) {
    let id = plan.failover(key);
    let is_there = |client: MeshId| id.is_some_and(|id| plan[client].failovers.binary_search(&id).is_ok());
    let without = clients.iter().filter(|client| !is_there(**client));
    let without: BTreeSet<String> = without.map(|client| plan[*client].key.to_string()).collect();
    if let Some(meshes) = one_and_more("mesh", &without) {
        let message = format!("FailoverService {key} is not applied to {meshes}: requests to it would fail there");
        let hint = "list that mesh in the FailoverService's meshes";
        report.push(Diag::new(Code::NotFederated, place, message).hint(hint));
    }
}

/// The first of several things in words, and how many more there are; none if there are none.
fn one_and_more<T: fmt::Display + Ord>(what: &str, names: &BTreeSet<T>) -> Option<String> {
    let first = names.first()?;
    Some(match names.len() {
        1 => format!("{what} {first}"),
        several => format!("{what} {first} and {} more", several - 1),
    })
}
