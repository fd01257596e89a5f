//! Restricted federation: which services selectors federate, and which policies refer to a service that they leave out.

use std::collections::{BTreeMap, BTreeSet};

use super::meant::{Names, describe_service, why_nothing};
use crate::diag::{Code, Diag, FieldPath, Ground, Report};
use crate::ids::ObjectRef;
use crate::model::refused::Refused;
use crate::model::virtual_mesh::{Federation, FederationMode, FederationSelector, Permissive, VirtualMesh};
use crate::model::{Object, Snapshot};
use crate::path;
use crate::plan::{
    DestinationKind, Feature, MeshId, Part, Plan, Problem, Reach, Restriction, TargetId, TrafficPolicy, VirtualMeshId,
};

/// What is wrong with a virtual mesh's federation selectors.
pub(super) fn problems(object: &Object<VirtualMesh>, names: &Names<'_, '_>, report: &mut Report) -> Vec<Problem> {
    let Some(Federation { selectors: Some(selectors), hostname_suffix: Refused, flat_network: Refused, mode }) =
        &object.spec.federation
    else {
        return Vec::new();
    };
    let mut problems = Vec::new();
    if let Some(FederationMode::Permissive(Permissive {})) = mode {
        let text = "federation.permissive and federation.selectors exclude each other";
        let problem = Problem::new(Part::Policy, path!["spec", "federation", "permissive"], text);
        let plain = "federation.permissive and federation.selectors cannot both be set";
        problems.push(problem.plain(plain).hint("remove one of them"));
    }
    if selectors.is_empty() {
        let at = object.place(path!["spec", "federation", "selectors"]);
        report.push(Diag::new(Code::SelectsNothing, at, "federation.selectors is empty, so no service is federated"));
    }
    let members: BTreeSet<&ObjectRef> = object.spec.meshes.iter().collect();
    for (i, FederationSelector { destination_selectors, meshes }) in selectors.iter().enumerate() {
        let at = path!["spec", "federation", "selectors", i];
        let selectors_at = at.with("destinationSelectors");
        problems.extend(names.check_selectors(destination_selectors, &selectors_at, |path| object.place(path), report));
        for (j, key) in meshes.iter().enumerate().filter(|(_, key)| !members.contains(key)) {
            let text = format!("mesh {key} is not one of the virtual mesh's");
            let problem = Problem::unknown(Part::Policy, at.with("meshes").with(j), text).on(Ground::Itself);
            let problem = problem.plain(format!("mesh {key} is not in spec.meshes of the VirtualMesh"));
            problems.push(problem.maybe_hint(names.near_object(key, object.spec.meshes.iter())));
        }
    }
    problems
}

/// Binds the federation selectors of every applied virtual mesh.
pub(super) fn bind<'a>(snapshot: &Snapshot, names: &Names<'_, 'a>, plan: &mut Plan<'a>, report: &mut Report) {
    for i in 0..plan.virtual_meshes.len() {
        let Some(object) = snapshot.virtual_meshes.get(plan.virtual_meshes[i].policy.key) else { continue };
        // One that is not applied restricts nothing.
        let federation = object.spec.federation.as_ref().filter(|_| !plan.virtual_meshes[i].meshes.is_empty());
        let Some(selectors) = federation.and_then(|federation| federation.selectors.as_deref()) else { continue };
        let restriction = restrict(selectors, VirtualMeshId::at(i), names, plan);
        if restriction.servers.is_empty() && !selectors.is_empty() {
            let message =
                "federation.selectors select no service of one mesh for another mesh, so no service is federated";
            let at = object.place(path!["spec", "federation", "selectors"]);
            let why = why_nothing_is_picked(selectors, names, plan);
            report.push(Diag::new(Code::SelectsNothing, at, message).maybe_hint(why).on(Ground::Inventory));
        }
        plan.virtual_meshes[i].restriction = Some(restriction);
    }
}

/// Why the first of some selectors picks no service at all; `None` if each picks some, of which none is federated.
fn why_nothing_is_picked<'a>(
    selectors: &[FederationSelector],
    names: &Names<'_, 'a>,
    plan: &Plan<'a>,
) -> Option<String> {
    let mut all = selectors.iter().map(|selector| &*selector.destination_selectors);
    all.find(|selectors| names.select(selectors).is_empty()).and_then(|selectors| why_nothing(selectors, names, plan))
}

fn restrict(
    selectors: &[FederationSelector],
    id: VirtualMeshId,
    names: &Names<'_, '_>,
    plan: &Plan<'_>,
) -> Restriction {
    let is_member = |mesh: &MeshId| plan[*mesh].virtual_mesh == Some(id);
    let mut out = Restriction::default();
    for FederationSelector { destination_selectors, meshes } in selectors {
        let listed = meshes.iter().filter_map(|key| plan.mesh(key)).filter(is_member);
        let reach = if meshes.is_empty() { Reach::Every } else { Reach::Meshes(listed.collect()) };
        for target in names.select(destination_selectors) {
            if plan[target].mesh.filter(is_member).is_none() {
                continue;
            }
            widen(out.reach.entry(target).or_insert_with(|| Reach::Meshes(BTreeSet::new())), &reach);
        }
    }
    for (target, reach) in &out.reach {
        // Callers of its own mesh know a service anyway.
        let others = |server: &MeshId| match reach {
            Reach::Every => true,
            Reach::Meshes(meshes) => meshes.iter().any(|mesh| mesh != server),
        };
        let Some(server) = plan[*target].mesh.filter(others) else { continue };
        let exposed = out.servers.entry(server).or_default();
        match reach {
            Reach::Every => exposed.to_every.push(*target),
            Reach::Meshes(meshes) => {
                meshes.iter().for_each(|mesh| exposed.to_one.entry(*mesh).or_default().push(*target));
            }
        }
    }
    out
}

/// Adds meshes to those a service is known to.
fn widen(reach: &mut Reach, by: &Reach) {
    match (&mut *reach, by) {
        (Reach::Meshes(known), Reach::Meshes(more)) => known.extend(more),
        (Reach::Meshes(_), Reach::Every) => *reach = Reach::Every,
        (Reach::Every, _) => {}
    }
}

/// Finds policies that send requests to a service of another cluster that selectors leave out.
pub(super) fn check(snapshot: &Snapshot, plan: &mut Plan<'_>) {
    if plan.virtual_meshes.iter().all(|virtual_mesh| virtual_mesh.restriction.is_none()) {
        return;
    }
    for i in 0..plan.traffic.len() {
        let found = of_policy(plan, &plan.traffic[i]);
        for (target, problems) in found {
            plan.traffic[i].verdict.at.entry(target).or_default().extend(problems);
        }
    }
    for i in 0..plan.failovers.len() {
        let Some(object) = snapshot.failover_services.get(plan.failovers[i].policy.key) else { continue };
        let listed: BTreeSet<MeshId> = object.spec.meshes.iter().filter_map(|key| plan.mesh(key)).collect();
        let verdict = &plan.failovers[i].verdict;
        let mut found: Vec<Problem> = Vec::new();
        for (mesh, (index, target)) in listed.iter().flat_map(|m| verdict.backing.iter().map(move |b| (*m, b))) {
            if is_left_out(plan, *target, mesh) {
                let at = path!["spec", "backingServices", *index];
                found.push(left_out(plan, Part::Policy, at, *target, mesh));
            }
        }
        plan.failovers[i].verdict.problems.extend(found);
    }
}

/// The problems of one policy, for each target that has some.
fn of_policy(plan: &Plan<'_>, policy: &TrafficPolicy<'_>) -> Vec<(TargetId, Vec<Problem>)> {
    let shifted = policy.destinations().iter().enumerate().filter_map(|(j, destination)| match destination.to {
        DestinationKind::Service { target, port: _ } => {
            let at = path!["spec", "trafficShift", "destinations", j];
            Some((Part::Feature(Feature::TrafficShift), at, target))
        }
        DestinationKind::Failover(_) => None,
    });
    let mirrored = policy.features.mirror.iter();
    let mirrored = mirrored.map(|mirror| (Part::Feature(Feature::Mirror), path!["spec", "mirror"], mirror.target));
    let destinations: Vec<(Part, FieldPath, TargetId)> = shifted.chain(mirrored).collect();
    if destinations.is_empty() {
        return Vec::new();
    }
    let problems = |client: MeshId| -> Vec<Problem> {
        let left_out_there = destinations.iter().filter(|(_, _, to)| is_left_out(plan, *to, client));
        left_out_there.map(|(part, at, to)| left_out(plan, *part, at.clone(), *to, client)).collect()
    };
    let mut by_client: BTreeMap<MeshId, Vec<Problem>> = BTreeMap::new();
    let mut out = Vec::new();
    for target in &policy.verdict.selected {
        let Some(client) = plan[*target].mesh else { continue };
        let problems = by_client.entry(client).or_insert_with(|| problems(client));
        if !problems.is_empty() {
            out.push((*target, problems.clone()));
        }
    }
    out
}

/// Whether a service of another cluster is not federated to a mesh, only because no selector picks it.
fn is_left_out(plan: &Plan<'_>, target: TargetId, client: MeshId) -> bool {
    let server = plan[target].mesh.filter(|server| plan.are_federated(*server, client));
    server.is_some() && plan[target].cluster != plan[client].cluster && !plan.reaches(target, client)
}

fn left_out(plan: &Plan<'_>, part: Part, at: FieldPath, target: TargetId, client: MeshId) -> Problem {
    let service = plan.service(target);
    let text = format!("kube service {} is not federated to Mesh {}", service.key(), plan[client].key);
    let plain = format!("{} is not federated to mesh {}", describe_service(service), plan[client].key);
    let parent = plan[client].virtual_mesh.map(|parent| plan[parent].policy.key.to_string()).unwrap_or_default();
    Problem { code: Code::NotSelected, ground: Ground::Inventory, ..Problem::new(part, at, text) }
        .plain(plain)
        .hint(format!("add the service to spec.federation.selectors of VirtualMesh {parent}"))
}
