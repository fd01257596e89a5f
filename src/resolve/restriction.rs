//! Restricted federation: which services selectors make known to other meshes, and what relies on one they leave out.

use std::collections::{BTreeMap, BTreeSet};

use super::attach::Attached;
use super::refs::{Names, describe_service};
use super::verdict::{Ground, Part, Problem};
use crate::diag::{Code, Diag, FieldPath, Report};
use crate::ids::ObjectRef;
use crate::model::refused::Refused;
use crate::model::virtual_mesh::{Federation, FederationMode, FederationSelector, Permissive, VirtualMesh};
use crate::model::{Object, Snapshot};
use crate::path;
use crate::plan::{DestinationKind, MeshId, Plan, Reach, Restriction, TargetId, TrafficId, VirtualMeshId};

/// What is wrong with a virtual mesh's federation selectors.
pub(super) fn problems(object: &Object<VirtualMesh>, names: &Names<'_>, report: &mut Report) -> Vec<Problem> {
    let Some(Federation { selectors: Some(selectors), hostname_suffix: Refused, flat_network: Refused, mode }) =
        &object.spec.federation
    else {
        return Vec::new();
    };
    let mut problems = Vec::new();
    if let Some(FederationMode::Permissive(Permissive {})) = mode {
        let text = "federation.permissive and federation.selectors exclude each other";
        problems.push(Problem::new(Part::Policy, path!["spec", "federation", "permissive"], text).hint("keep one"));
    }
    if selectors.is_empty() {
        let at = object.place(path!["spec", "federation", "selectors"]);
        report.push(Diag::new(Code::SelectsNothing, at, "an empty list of selectors: no service is federated"));
    }
    let members: BTreeSet<&ObjectRef> = object.spec.meshes.iter().collect();
    for (i, FederationSelector { destination_selectors, meshes }) in selectors.iter().enumerate() {
        let at = path!["spec", "federation", "selectors", i];
        let selectors_at = at.with("destinationSelectors");
        problems.extend(names.check_selectors(destination_selectors, &selectors_at, |path| object.place(path), report));
        for (j, key) in meshes.iter().enumerate().filter(|(_, key)| !members.contains(key)) {
            let text = format!("mesh {key} is not one of the virtual mesh's");
            let problem = Problem::unknown(Part::Policy, at.with("meshes").with(j), text).on(Ground::Itself);
            problems.push(problem.maybe_hint(names.near_object(key, object.spec.meshes.iter())));
        }
    }
    problems
}

/// Binds the federation selectors of every applied virtual mesh.
pub(super) fn bind(snapshot: &Snapshot, names: &Names<'_>, plan: &mut Plan<'_>, report: &mut Report) {
    for i in 0..plan.virtual_meshes.len() {
        let Some(object) = snapshot.virtual_meshes.get(plan.virtual_meshes[i].key) else { continue };
        let federation = object.spec.federation.as_ref();
        let Some(selectors) = federation.and_then(|federation| federation.selectors.as_deref()) else { continue };
        let restriction = restrict(selectors, VirtualMeshId::at(i), names, plan);
        if restriction.servers.is_empty() && !selectors.is_empty() {
            let message = "no service is federated: the selectors pick none of these meshes for another one";
            let at = object.place(path!["spec", "federation", "selectors"]);
            report.push(Diag::new(Code::SelectsNothing, at, message));
        }
        plan.virtual_meshes[i].restriction = Some(restriction);
    }
}

fn restrict(selectors: &[FederationSelector], id: VirtualMeshId, names: &Names<'_>, plan: &Plan<'_>) -> Restriction {
    let is_member = |mesh: &MeshId| plan[*mesh].virtual_mesh == Some(id);
    let mut out = Restriction::default();
    for FederationSelector { destination_selectors, meshes } in selectors {
        let listed = meshes.iter().filter_map(|key| plan.mesh(key)).filter(is_member);
        let reach = if meshes.is_empty() { Reach::Every } else { Reach::Meshes(listed.collect()) };
        for target in names.targets.select(destination_selectors) {
            if plan[target].mesh.filter(is_member).is_none() {
                continue;
            }
            widen(out.reach.entry(target).or_insert_with(|| Reach::Meshes(BTreeSet::new())), &reach);
        }
    }
    for (target, reach) in &out.reach {
        // To its own mesh a service is known anyway.
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
pub(super) fn check(snapshot: &Snapshot, plan: &Plan<'_>, attached: &mut Attached) {
    if plan.virtual_meshes.iter().all(|virtual_mesh| virtual_mesh.restriction.is_none()) {
        return;
    }
    for (i, verdict) in attached.traffic.iter_mut().enumerate() {
        let policy = &plan[TrafficId::at(i)];
        let shifted = policy.shift.iter().enumerate().filter_map(|(j, destination)| match destination.to {
            DestinationKind::Service { target, port: _, subset: _ } => {
                Some((Part::TrafficShift, path!["spec", "trafficShift", "destinations", j], target))
            }
            DestinationKind::Failover { key: _, host: _, port: _, subset: _ } => None,
        });
        let mirrored = policy.mirror.iter().map(|mirror| (Part::Mirror, path!["spec", "mirror"], mirror.target));
        let destinations: Vec<(Part, FieldPath, TargetId)> = shifted.chain(mirrored).collect();
        if destinations.is_empty() {
            continue;
        }
        let problems = |client: MeshId| -> Vec<Problem> {
            let left_out_there = destinations.iter().filter(|(_, _, to)| is_left_out(plan, *to, client));
            left_out_there.map(|(part, at, to)| left_out(plan, *part, at.clone(), *to, client)).collect()
        };
        let mut by_client: BTreeMap<MeshId, Vec<Problem>> = BTreeMap::new();
        for target in &verdict.selected {
            let Some(client) = plan[*target].mesh else { continue };
            let problems = by_client.entry(client).or_insert_with(|| problems(client));
            if !problems.is_empty() {
                verdict.at.entry(*target).or_default().extend(problems.iter().cloned());
            }
        }
    }
    for (key, verdict) in &mut attached.failovers {
        let Some(object) = snapshot.failover_services.get(key) else { continue };
        let listed: BTreeSet<MeshId> = object.spec.meshes.iter().filter_map(|key| plan.mesh(key)).collect();
        for mesh in listed {
            for (index, target) in &verdict.backing {
                if is_left_out(plan, *target, mesh) {
                    let at = path!["spec", "backingServices", *index];
                    let problem = left_out(plan, Part::Policy, at, *target, mesh);
                    if !verdict.problems.contains(&problem) {
                        verdict.problems.push(problem);
                    }
                }
            }
        }
    }
}

/// Whether a service of another cluster could be known to a mesh and is not, because no selector picks it.
fn is_left_out(plan: &Plan<'_>, target: TargetId, client: MeshId) -> bool {
    let server = plan[target].mesh.filter(|server| *server != client && plan.are_federated(*server, client));
    server.is_some() && plan[target].cluster != plan[client].cluster && !plan.reaches(target, client)
}

fn left_out(plan: &Plan<'_>, part: Part, at: FieldPath, target: TargetId, client: MeshId) -> Problem {
    let service = plan.service(target);
    let text = format!("kube service {} is not federated to Mesh {}", service.key(), plan[client].key);
    let plain = format!("{} is not federated to mesh {}", describe_service(service), plan[client].key);
    let parent = plan[client].virtual_mesh.map(|parent| plan[parent].key.to_string()).unwrap_or_default();
    Problem { code: Code::NotSelected, ground: Ground::Inventory, ..Problem::new(part, at, text) }
        .plain(plain)
        .hint(format!("add it to spec.federation.selectors of VirtualMesh {parent}"))
}
