//! Warns of what meshes and services lack, without which the rendered objects do not work as intended.

use std::collections::{BTreeMap, BTreeSet};

use super::routes::warn_unless_known;
use crate::diag::{Code, Diag, Ground, Report};
use crate::ids::Text;
use crate::model::failover_service::{BackingServiceType, FailoverService};
use crate::model::{Object, Snapshot};
use crate::path;
use crate::plan::{AccessPolicy, FailoverId, MeshId, Plan, TargetId, Workload};
use crate::resolve::access::gateways::includes;
use crate::resolve::meant::{describe_service, describe_services};

/// Warns about meshes, failover services and services.
pub(super) fn report(snapshot: &Snapshot, plan: &Plan<'_>, report: &mut Report) {
    for id in MeshId::all(plan.meshes.len()) {
        warn_of_gateways(id, plan, report);
    }
    warn_of_hub_namespace(plan, report);
    snapshot.failover_services.values().for_each(|object| warn_of_lists(object, report));
    warn_of_failovers(plan, report);
    warn_of_repeated_ports(plan, report);
    warn_of_open_namespaces(plan, report);
}

/// Warns of a mesh in a virtual mesh that the other meshes cannot reach.
fn warn_of_gateways(id: MeshId, plan: &Plan<'_>, report: &mut Report) {
    let mesh = &plan[id];
    let Some(parent) = mesh.virtual_mesh.filter(|parent| plan[*parent].federated) else { return };
    let place = plan[parent].policy.place(path!["spec", "meshes"]);
    if mesh.istio.gateways.is_empty() && !mesh.targets.is_empty() {
        let message = format!("mesh {} has no ingress gateway, so its services are not federated", mesh.key);
        let hint = format!(
            "set its address in meshtree.yaml: spec: {{clusters: {{{}: {{gateways: [{{address: …}}]}}}}}}",
            plan[mesh.cluster].name
        );
        let mut diag = Diag::new(Code::NoGateway, place.clone(), message).hint(hint);
        for nearly in &mesh.istio.nearly_gateways {
            diag = diag.related(nearly.place.clone(), format!("nearly a gateway: {}", nearly.lacks));
        }
        report.push(diag.on(Ground::Inventory));
    }
    if !plan[mesh.cluster].registered {
        let cluster = plan[mesh.cluster].name;
        let message = format!(
            "cluster {cluster} has no KubernetesCluster in namespace {}, so its services are not federated",
            plan.hub
        );
        let diag = Diag::new(Code::NoGateway, place, message).hint(format!("add a KubernetesCluster named {cluster}"));
        report.push(diag.on(Ground::Inventory));
    }
}

fn warn_of_hub_namespace(plan: &Plan<'_>, report: &mut Report) {
    for mesh in plan.meshes.iter().filter(|mesh| !plan[mesh.cluster].has_hub_namespace) {
        for failover in &mesh.failovers {
            let policy = &plan[*failover].policy;
            let cluster = plan[mesh.cluster].name;
            let message = format!(
                "the ServiceEntry of {} is rendered into namespace {}, which is not in the inventory of cluster {cluster}",
                policy.named, plan.hub
            );
            let hint =
                "create the namespace in that cluster, or set spec.hubNamespace in meshtree.yaml to an existing one";
            let diag = Diag::new(Code::HubNamespace, policy.place(path!["metadata", "name"]), message).hint(hint);
            report.push(diag.on(Ground::Inventory));
        }
    }
}

/// Warns of services behind failover services that are not federated to a mesh that calls them.
fn warn_of_failovers(plan: &Plan<'_>, report: &mut Report) {
    let mut clients: BTreeMap<FailoverId, BTreeSet<MeshId>> = BTreeMap::new();
    for (id, mesh) in MeshId::all(plan.meshes.len()).zip(&plan.meshes) {
        for failover in &mesh.failovers {
            clients.entry(*failover).or_default().insert(id);
        }
    }
    for (failover, clients) in clients {
        let failover = &plan[failover];
        for (index, target) in &failover.verdict.backing {
            let at = path!["spec", "backingServices", *index, "kubeService"];
            warn_unless_known(*target, &clients, failover.policy.place(at), plan, report);
        }
    }
}

/// Warns of a failover service without meshes, and of duplicates in its lists.
fn warn_of_lists(object: &Object<FailoverService>, report: &mut Report) {
    let FailoverService { hostname: _, port: _, meshes, backing_services } = &object.spec;
    if meshes.is_empty() {
        let message = format!("FailoverService {} lists no meshes, so nothing is rendered for it", object.key);
        report.push(Diag::new(Code::SelectsNothing, object.place(path!["spec", "meshes"]), message));
    }
    let mut seen = BTreeSet::new();
    for (i, mesh) in meshes.iter().enumerate().filter(|(_, mesh)| !seen.insert(*mesh)) {
        let message = format!("mesh {mesh} is listed twice in spec.meshes");
        report.push(
            Diag::new(Code::MeshTwice, object.place(path!["spec", "meshes", i]), message).hint("remove the duplicate"),
        );
    }
    let mut seen = BTreeSet::new();
    for (i, backing) in backing_services.iter().enumerate() {
        let Some(BackingServiceType::KubeService(service)) = &backing.service else { continue };
        if seen.insert(service) {
            continue;
        }
        let message = format!("{} is listed twice, so it is tried again after it failed", describe_service(service));
        let at = path!["spec", "backingServices", i];
        report.push(Diag::new(Code::BackingTwice, object.place(at), message).hint("remove the duplicate"));
    }
}

/// Warns of federated services that use a port number twice: a ServiceEntry can list it once.
fn warn_of_repeated_ports(plan: &Plan<'_>, report: &mut Report) {
    for (i, target) in plan.targets.iter().enumerate() {
        let parent = target.mesh.and_then(|mesh| plan[mesh].virtual_mesh);
        let meshes = || parent.iter().flat_map(|parent| &plan[*parent].meshes);
        for port in target.known.repeated_ports() {
            if meshes().any(|client| plan.is_known(TargetId::at(i), *client)) {
                let service = describe_service(&target.known.service);
                let message = format!(
                    "{service} uses port {} twice; a ServiceEntry can list it once, so {} is dropped for other clusters",
                    port.number, port.protocol
                );
                report.push(Diag::new(Code::PortTwice, target.known.place.clone(), message));
            }
        }
    }
}

/// Warns of access policies on services that select no pods: the AuthorizationPolicy of such a service applies to every pod of
/// its namespace, and in the namespace of the control plane to every pod of the mesh.
fn warn_of_open_namespaces(plan: &Plan<'_>, report: &mut Report) {
    let in_root = |target: &TargetId| {
        plan[*target].mesh.is_some_and(|mesh| plan[mesh].namespace == &plan.service(*target).namespace)
    };
    for access in &plan.access {
        let opens = |target: &TargetId| {
            let bound = &plan[*target];
            bound.mesh.is_some() && bound.known.selector.is_empty() && access.verdict.accepts(*target)
        };
        let (mesh_wide, others): (Vec<TargetId>, Vec<TargetId>) =
            access.verdict.selected.iter().copied().filter(opens).partition(in_root);
        for (services, whose) in [(mesh_wide, "mesh"), (others, "namespace")] {
            let Some(first) = services.first() else { continue };
            let message = format!(
                "{} applies to every pod of the {whose}, because no pods are selected by {}: {}",
                access.policy.named,
                describe_services(&services, plan),
                effect(access, *first, plan)
            );
            let place = access.policy.place(path!["spec", "destinationSelector"]);
            report.push(Diag::new(Code::OpensMore, place, message).hint("select services that have a pod selector"));
        }
    }
}

/// What an access policy does to pods that are not those of its service.
fn effect(access: &AccessPolicy<'_>, target: TargetId, plan: &Plan<'_>) -> &'static str {
    match (plan.is_open_to_all(access, target), access.operation.is_everything()) {
        (true, true) => "it opens them to every request",
        (false, _) if reaches_gateways(target, plan) => {
            "it opens them to its callers, and those without a policy of their own refuse everyone else: gateways refuse \
             requests from other clusters, which show no caller"
        }
        _ => "it opens them to what it allows, and those without a policy of their own refuse everything else",
    }
}

/// Whether pods of a gateway are among those of a service without a selector.
fn reaches_gateways(target: TargetId, plan: &Plan<'_>) -> bool {
    let (bound, namespace) = (&plan[target], &plan.service(target).namespace);
    let Some(mesh) = bound.mesh.map(|mesh| &plan[mesh]) else { return false };
    let is_gateway = |workload: &Workload<'_>| {
        let is_of = |labels: &BTreeMap<Text, Text>| !labels.is_empty() && includes(&workload.known.labels, labels);
        let is_there = workload.cluster == bound.cluster && workload.known.controller.namespace == *namespace;
        is_there && mesh.istio.gateways.iter().any(|gateway| is_of(&gateway.labels))
    };
    mesh.namespace == namespace && !mesh.istio.gateways.is_empty() || plan.workloads.iter().any(is_gateway)
}
