//! Warns of routes that will probably not work as intended.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::diag::{Code, Diag, Ground, Place, Report, Severity, listing};
use crate::ids::ObjectRef;
use crate::path;
use crate::plan::{DestinationKind, FailoverId, MeshId, Plan, Target, TargetId, TrafficId, TrafficPolicy, VirtualMesh};
use crate::resolve::meant::{describe_service, describe_services};
use crate::version::Style;

/// Warns about the routes of every policy.
pub(super) fn report(plan: &Plan<'_>, report: &mut Report) {
    for id in TrafficId::all(plan.traffic.len()) {
        warn_of_routes(id, plan, report);
        warn_of_sources(&plan[id], plan, report);
    }
    warn_of_shadows(plan, report);
}

/// Warns of routes that are never taken, because an earlier one matches the same requests.
fn warn_of_shadows(plan: &Plan<'_>, report: &mut Report) {
    let mut shadows: BTreeMap<(TrafficId, TrafficId), Vec<TargetId>> = BTreeMap::new();
    for id in TargetId::all(plan.targets.len()).filter(|id| plan[*id].mesh.is_some()) {
        let Target { cluster, routes_elsewhere, .. } = &plan[id];
        let clients = std::iter::once(cluster).chain(routes_elsewhere.keys());
        let several = clients.filter(|client| plan[id].routes_in(**client).len() > 1);
        for (winner, loser) in several.flat_map(|client| plan.shadowed(id, *client)) {
            let shadowed = shadows.entry((loser, winner)).or_default();
            if shadowed.last() != Some(&id) {
                shadowed.push(id);
            }
        }
    }
    for ((loser, winner), targets) in shadows {
        let (loser, winner) = (&plan[loser].policy, &plan[winner].policy);
        let message = format!(
            "a route of TrafficPolicy {} for {} is never taken: TrafficPolicy {} has an earlier route for the same requests",
            loser.key,
            describe_services(&targets, plan),
            winner.key,
        );
        let diag = Diag::new(Code::NeverTaken, loser.place(path!["spec"]), message)
            .related(winner.place(path!["spec"]), "the other policy is defined here");
        report.push(diag.hint("give both policies equal conditions, so that they share a route, or different ones"));
    }
}

/// Warns of an applied policy's destinations that callers will not reach, and of targets without ports.
fn warn_of_routes(id: TrafficId, plan: &Plan<'_>, report: &mut Report) {
    let policy = &plan[id];
    let mut clients: BTreeSet<MeshId> = BTreeSet::new();
    let mut portless: Vec<TargetId> = Vec::new();
    for id_of_target in plan.applied(&policy.verdict) {
        let target = &plan[id_of_target];
        let Some(mesh) = target.mesh else { continue };
        clients.insert(mesh);
        let has_route = |client: &MeshId| policy.sources_in(plan[*client].cluster).is_some();
        clients.extend(plan.meshes_with_routes(id_of_target).filter(has_route));
        if target.known.ports.is_empty() && target.routes.iter().flat_map(|route| route.policies()).any(|by| by == id) {
            portless.push(id_of_target);
        }
    }
    if !portless.is_empty() {
        let services = describe_services(&portless, plan);
        let message = match portless.as_slice() {
            [_] => format!("{services} has no ports, so no route is rendered for it"),
            _ => format!("{services} have no ports, so no routes are rendered for them"),
        };
        report.push(Diag::new(Code::NoPorts, policy.policy.place(path!["spec"]), message));
    }
    for (j, destination) in policy.destinations().iter().enumerate() {
        let place = policy.policy.place(path!["spec", "trafficShift", "destinations", j]);
        match destination.to {
            DestinationKind::Service { target, port: _ } => warn_unless_known(target, &clients, place, plan, report),
            DestinationKind::Failover(failover) => warn_unless_applied(failover, &clients, place, plan, report),
        }
    }
    if let Some(mirror) = policy.features.mirror {
        let place = policy.policy.place(path!["spec", "mirror"]);
        warn_unless_known(mirror.target, &clients, place, plan, report);
    }
}

/// Reports services for which a policy renders no route, since no source that it selects can be in their cluster. If that are all
/// services, it is a warning, otherwise a note.
fn warn_of_sources(policy: &TrafficPolicy<'_>, plan: &Plan<'_>, report: &mut Report) {
    if !policy.makes_route() || policy.sources.iter().all(|selector| selector.clusters.is_none()) {
        return;
    }
    let reached = |target: &TargetId| {
        let mut clients = std::iter::once(plan[*target].cluster).chain(plan.clusters_with_routes(*target));
        clients.any(|client| policy.sources_in(client).is_some())
    };
    let (some, none): (Vec<TargetId>, Vec<TargetId>) = plan.applied(&policy.verdict).partition(reached);
    if none.is_empty() {
        return;
    }
    let mut clusters: Vec<&str> = none.iter().map(|target| plan[plan[*target].cluster].name.as_str()).collect();
    clusters.sort_unstable();
    clusters.dedup();
    let reaches_others = plan.clusters.iter().any(|cluster| cluster.facts.style == Style::Current);
    let where_from = match reaches_others {
        true => "in the same cluster and, with profile sni, in clusters that know the service",
        false => "in the same cluster only",
    };
    let message = format!(
        "no route is rendered for {}: sourceSelector selects no source in {}",
        describe_services(&none, plan),
        listing::clusters(&clusters)
    );
    let diag = Diag::new(Code::NoSource, policy.policy.place(path!["spec", "sourceSelector"]), message)
        .hint(format!("add the cluster of the service to sourceSelector: routes apply to callers {where_from}"));
    report.push(if some.is_empty() { diag } else { Diag { severity: Severity::Note, ..diag } });
}

/// Warns if a service is not federated to callers of other clusters.
pub(super) fn warn_unless_known(
    id: TargetId,
    clients: &BTreeSet<MeshId>,
    place: Place,
    plan: &Plan<'_>,
    report: &mut Report,
) {
    let target = &plan[id];
    let others = clients.iter().filter(|client| plan[**client].cluster != target.cluster);
    let without: Vec<MeshId> = others.copied().filter(|client| !plan.is_known(id, *client)).collect();
    let unaware: BTreeSet<&str> = without.iter().map(|client| plan[plan[*client].cluster].name.as_str()).collect();
    if let Some(clusters) = one_and_more("cluster", &unaware) {
        let service = describe_service(&target.known.service);
        let message = format!("{service} is not federated to {clusters}: requests to it would fail there");
        let restricted = clients.iter().find_map(|client| restricting(id, *client, plan));
        let hint = match &restricted {
            None => what_is_missing(id, &without, plan),
            Some((virtual_mesh, mesh)) => format!(
                "select the service for mesh {mesh} in federation.selectors of {}, which leave it out",
                virtual_mesh.policy.named
            ),
        };
        let diag = Diag::new(Code::NotFederated, place, message).hint(hint).on(Ground::Federation);
        report.push(match restricted {
            None => diag,
            Some((virtual_mesh, _)) => {
                let at = path!["spec", "federation", "selectors"];
                diag.related(virtual_mesh.policy.place(at), "the selectors are here")
            }
        });
    }
}

/// What would make a service known to meshes that do not know it.
fn what_is_missing(id: TargetId, clients: &[MeshId], plan: &Plan<'_>) -> String {
    let cluster = &plan[plan[id].cluster];
    let is_apart = |server: MeshId| clients.iter().any(|client| !plan.are_federated(server, *client));
    let has_gateway = |server: MeshId| !plan[server].istio.gateways.is_empty();
    let parts = [
        plan[id].mesh.is_none_or(is_apart).then(|| "group both meshes in one VirtualMesh".to_owned()),
        (!plan[id].mesh.is_some_and(has_gateway)).then(|| "give the mesh of the service an ingress gateway".to_owned()),
        (!cluster.registered).then(|| format!("add a KubernetesCluster named {}", cluster.name)),
        plan.has_ambient_pods(id).then(|| "give the pods of the service sidecars".to_owned()),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(", and ")
}

/// The virtual mesh whose selectors alone keep a service from being known to a mesh.
fn restricting<'p, 'a>(
    id: TargetId,
    client: MeshId,
    plan: &'p Plan<'a>,
) -> Option<(&'p VirtualMesh<'a>, &'a ObjectRef)> {
    let server = plan[id].mesh.filter(|server| *server != client && plan.are_federated(*server, client))?;
    let has_gateway = !plan[server].istio.gateways.is_empty() && plan[plan[server].cluster].registered;
    let parent = plan[server].virtual_mesh.filter(|_| has_gateway && !plan.reaches(id, client))?;
    Some((&plan[parent], plan[client].key))
}

/// Warns if a failover service is not applied to the meshes of its callers.
fn warn_unless_applied(id: FailoverId, clients: &BTreeSet<MeshId>, place: Place, plan: &Plan<'_>, report: &mut Report) {
    let without = clients.iter().filter(|client| plan[**client].failovers.binary_search(&id).is_err());
    let without: BTreeSet<String> = without.map(|client| plan[*client].key.to_string()).collect();
    if let Some(meshes) = one_and_more("mesh", &without) {
        let failover = &plan[id].policy.named;
        let message = format!("{failover} is not applied to {meshes}: requests to it would fail there");
        let hint = "add the mesh to spec.meshes of the FailoverService";
        report.push(Diag::new(Code::FailoverNotThere, place, message).hint(hint).on(Ground::Federation));
    }
}

/// Describes the first of several things, and how many more there are; `None` for an empty set.
fn one_and_more<T: fmt::Display + Ord>(what: &str, names: &BTreeSet<T>) -> Option<String> {
    let first = names.first()?;
    Some(match names.len() {
        1 => format!("{what} {first}"),
        several => format!("{what} {first} and {} more", several - 1),
    })
}
