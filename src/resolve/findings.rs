//! From verdicts to diagnostics, and warnings about what the plan will not do.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use super::attach::Attached;
use super::plan::{DestinationKind, FailoverId, MeshId, Plan, TargetId, Traffic, TrafficId};
use super::refs::describe_service;
use super::traffic::sources_in;
use super::verdict::{Problem, Verdict};
use super::virtual_mesh::VirtualMeshVerdict;
use crate::diag::{Code, Diag, Place, Report, Severity};
use crate::ids::ObjectRef;
use crate::model::{Kind, Object, Objects, Snapshot};
use crate::path;

/// Notes that an address was taken, so that a service has another one.
pub(super) fn report_moved_address(place: Place, what: &str, address: Ipv4Addr, report: &mut Report) {
    let message = format!("the virtual address of {what} is taken by another service; it gets {address}");
    report.push(Diag::new(Code::AddressCollision, place, message));
}

/// Reports everything that makes a policy INVALID.
pub(super) fn report_verdicts(
    snapshot: &Snapshot,
    plan: &Plan<'_>,
    virtual_meshes: &BTreeMap<ObjectRef, VirtualMeshVerdict>,
    attached: &Attached,
    report: &mut Report,
) {
    for (key, verdict) in virtual_meshes {
        if let Some(object) = snapshot.virtual_meshes.get(key) {
            for problem in verdict.grouping.iter().chain(&verdict.members) {
                push(Kind::VirtualMesh, &snapshot.virtual_meshes, object, problem, None, report);
            }
        }
    }
    for (object, verdict) in snapshot.traffic_policies.values().zip(&attached.traffic) {
        push_verdict(Kind::TrafficPolicy, &snapshot.traffic_policies, object, verdict, plan, report);
    }
    for (object, verdict) in snapshot.access_policies.values().zip(&attached.access) {
        push_verdict(Kind::AccessPolicy, &snapshot.access_policies, object, verdict, plan, report);
    }
    for (key, verdict) in &attached.failovers {
        if let Some(object) = snapshot.failover_services.get(key) {
            for problem in verdict.everywhere.iter().chain(verdict.at.values().flatten()) {
                push(Kind::FailoverService, &snapshot.failover_services, object, problem, None, report);
            }
        }
    }
}

/// Reports what is wrong with one policy: what is wrong for many targets alike is said once, with how many they are.
fn push_verdict<T>(
    kind: Kind,
    objects: &Objects<T>,
    object: &Object<T>,
    verdict: &Verdict,
    plan: &Plan<'_>,
    report: &mut Report,
) {
    for problem in verdict.selection.iter().chain(&verdict.everywhere) {
        push(kind, objects, object, problem, None, report);
    }
    let mut alike: Vec<(&Problem, Vec<TargetId>)> = Vec::new();
    let mut known: BTreeMap<&Problem, usize> = BTreeMap::new();
    for (target, problems) in &verdict.at {
        for problem in problems {
            let index = *known.entry(problem).or_insert(alike.len());
            match alike.get_mut(index) {
                Some((_, targets)) => targets.push(*target),
                None => alike.push((problem, vec![*target])),
            }
        }
    }
    for (problem, targets) in alike {
        let first = describe_service(plan.service(targets[0]));
        let whose = match targets.len() {
            1 => format!("for {first}"),
            n => format!("for {first} and {} more", n - 1),
        };
        push(kind, objects, object, problem, Some(whose), report);
    }
}

fn push<T>(
    kind: Kind,
    objects: &Objects<T>,
    object: &Object<T>,
    problem: &Problem,
    whose: Option<String>,
    report: &mut Report,
) {
    let text = problem.plain.as_ref().unwrap_or(&problem.text).trim_end();
    let whose = whose.map(|whose| format!(" {whose}")).unwrap_or_default();
    let message = format!("{} {} is INVALID{whose}: {text}", kind.as_str(), object.key);
    let mut diag =
        Diag::new(problem.code, object.place(problem.path.clone()), message).maybe_hint(problem.hint.clone());
    if let Some(other) = problem.other.as_ref().and_then(|other| objects.get(other)) {
        diag = diag.related(other.place(problem.path.clone()), format!("{} {} is here", kind.as_str(), other.key));
    }
    report.push(diag);
}

/// Warns about what will be rendered and will probably not work as meant.
pub(super) fn report_plan(snapshot: &Snapshot, plan: &Plan<'_>, attached: &Attached, report: &mut Report) {
    for object in snapshot.failover_services.values().filter(|object| object.spec.meshes.is_empty()) {
        let message = format!("FailoverService {} lists no mesh, so nothing is rendered for it", object.key);
        report.push(Diag::new(Code::SelectsNothing, object.place(path!["spec", "meshes"]), message));
    }
    for (i, (object, verdict)) in snapshot.traffic_policies.values().zip(&attached.traffic).enumerate() {
        warn_of_routes(TrafficId::at(i), object, verdict, plan, report);
        warn_of_sources(&plan[TrafficId::at(i)], object, verdict, plan, report);
    }
    for (i, mesh) in plan.meshes.iter().enumerate() {
        let id = MeshId::at(i);
        let place = plan[id].virtual_mesh.filter(|vm| plan[*vm].federated);
        let Some(parent) = place else { continue };
        let object = snapshot.virtual_meshes.get(plan[parent].key);
        let at = |object: &Object<_>| object.place(path!["spec", "meshes"]);
        let place = object.map_or(Place::Nowhere, at);
        if mesh.istio.gateways.is_empty() && !mesh.targets.is_empty() {
            let message =
                format!("mesh {} has no ingress gateway, so its services are not known to other meshes", mesh.key);
            let hint = format!(
                "name one: spec: {{clusters: {{{}: {{gateways: [{{address: …}}]}}}}}} in meshtree.yaml",
                plan[mesh.cluster].name
            );
            report.push(Diag::new(Code::NoGateway, place.clone(), message).hint(hint));
        }
        if !plan[mesh.cluster].registered {
            let cluster = plan[mesh.cluster].name;
            let message = format!(
                "cluster {cluster} has no KubernetesCluster in {}, so its services are not known to other meshes",
                plan.hub
            );
            report.push(
                Diag::new(Code::NoGateway, place, message).hint(format!("add a KubernetesCluster named {cluster}")),
            );
        }
    }
    warn_of_hub_namespace(snapshot, plan, report);
}

fn warn_of_hub_namespace(snapshot: &Snapshot, plan: &Plan<'_>, report: &mut Report) {
    for mesh in plan.meshes.iter().filter(|mesh| !plan[mesh.cluster].has_hub_namespace) {
        for failover in &mesh.failovers {
            let key = plan[*failover].key;
            let Some(object) = snapshot.failover_services.get(key) else { continue };
            let cluster = plan[mesh.cluster].name;
            let message = format!(
                "the ServiceEntry of FailoverService {key} is written into namespace {} of cluster {cluster}, which no inventory knows",
                plan.hub
            );
            let hint = "create the namespace there, or set spec.hubNamespace in meshtree.yaml to one that exists";
            report.push(Diag::new(Code::HubNamespace, object.place(path!["metadata", "name"]), message).hint(hint));
        }
    }
}

/// Warns of an applied policy's destinations that callers will not reach, and of targets without ports.
fn warn_of_routes<T>(id: TrafficId, object: &Object<T>, verdict: &Verdict, plan: &Plan<'_>, report: &mut Report) {
    let policy = &plan[id];
    let mut clients: BTreeSet<MeshId> = BTreeSet::new();
    for target in verdict.selected.iter().filter(|target| verdict.accepts(**target)) {
        let target = &plan[*target];
        let Some(mesh) = target.mesh else { continue };
        clients.insert(mesh);
        if target.known.ports.is_empty() && target.routes.iter().any(|route| route.policies.contains(&id)) {
            let message =
                format!("{} has no ports, so no route is rendered for it", describe_service(&target.known.service));
            report.push(Diag::new(Code::NoEffect, object.place(path!["spec"]), message));
        }
    }
    for client in clients {
        for (j, destination) in policy.shift.iter().enumerate() {
            let at = path!["spec", "trafficShift", "destinations", j];
            match destination.to {
                DestinationKind::Service { target, port: _, subset: _ } => {
                    warn_unless_known(target, client, object.place(at), plan, report);
                }
                DestinationKind::Failover { key, host: _, port: _, subset: _ } => {
                    let applied = |id: FailoverId| plan[client].failovers.binary_search(&id).is_ok();
                    if !plan.failover(key).is_some_and(applied) {
                        let message = format!(
                            "FailoverService {key} is not applied to mesh {}: requests to it would fail there",
                            plan[client].key
                        );
                        report.push(
                            Diag::new(Code::NotFederated, object.place(at), message)
                                .hint("list that mesh in the FailoverService's meshes"),
                        );
                    }
                }
            }
        }
        if let Some(mirror) = policy.mirror {
            warn_unless_known(mirror.target, client, object.place(path!["spec", "mirror"]), plan, report);
        }
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
    let Some(first) = none.first() else { return };
    let mut clusters: Vec<&str> = none.iter().map(|target| plan[plan[*target].cluster].name.as_str()).collect();
    clusters.sort_unstable();
    clusters.dedup();
    let more = if none.len() > 1 { format!(" and {} more", none.len() - 1) } else { String::new() };
    let message = format!(
        "no route is rendered for {}{more}: no source that is selected can be in cluster {}",
        describe_service(plan.service(*first)),
        clusters.join(", ")
    );
    let diag = Diag::new(Code::NoEffect, object.place(path!["spec", "sourceSelector"]), message)
        .hint("a route is for callers in the service's own cluster; callers in another one are not routed by it");
    report.push(if some.is_empty() { diag } else { Diag { severity: Severity::Note, ..diag } });
}

/// Warns if a service of another cluster is not known to a mesh's callers.
fn warn_unless_known(id: TargetId, client: MeshId, place: Place, plan: &Plan<'_>, report: &mut Report) {
    let target = &plan[id];
    if target.cluster == plan[client].cluster {
        return;
    }
    if !plan.is_known(id, client) {
        let message = format!(
            "{} is not federated to cluster {}: requests to it would fail there",
            describe_service(&target.known.service),
            plan[plan[client].cluster].name
        );
        let hint = "put both meshes into one VirtualMesh, and give the server's mesh an ingress gateway";
        report.push(Diag::new(Code::NotFederated, place, message).hint(hint));
    }
}
