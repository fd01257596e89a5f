//! Service Mesh Hub's own discovery objects, exported from a management cluster.

mod ports;

use std::collections::{BTreeMap, BTreeSet};

use super::defaults::{CLUSTER_DOMAIN, TRUST_DOMAIN, gateway_labels};
use super::{
    Cluster, DataPlane, Foreign, Gateway, GatewayRole, Inventory, Istio, Mesh, MeshKind, Port, Target, Workload, place,
};
use crate::diag::{Code, Diag, Ground, Report};
use crate::ids::{ClusterName, Text};
use crate::model::inventory::{self, MeshType, TargetType, WorkloadType};
use crate::model::{Object, Snapshot, hub_namespace};
use crate::path;

/// Takes over the discovery objects.
pub(super) fn take_over(snapshot: &Snapshot, out: &mut Inventory, report: &mut Report) {
    let hub = hub_namespace(&snapshot.settings);
    for object in snapshot.kubernetes_clusters.values() {
        kubernetes_cluster(object, &hub, out, report);
    }
    for object in snapshot.meshes.values() {
        mesh(object, out, report);
    }
    for object in snapshot.workloads.values() {
        workload(object, out, report);
    }
    for object in snapshot.traffic_targets.values() {
        target(object, out, report);
    }
    ports::check(snapshot, report);
}

/// Reports traffic targets of unknown meshes. By now, the meshes of every form of inventory have been added.
pub(super) fn check_meshes(snapshot: &Snapshot, out: &Inventory, report: &mut Report) {
    for object in snapshot.traffic_targets.values().filter(|object| out.targets.contains_key(&object.key)) {
        let mesh = out.targets.get(&object.key).map(|target| target.mesh.clone()).unwrap_or_default();
        if !out.meshes.contains_key(&mesh) {
            let message = format!("TrafficTarget {} is part of unknown Mesh {mesh}", object.key);
            report
                .push(Diag::new(Code::UnknownMesh, object.place(path!["spec", "mesh"]), message).on(Ground::Inventory));
        }
    }
}

/// Removes and reports gateways without an address or port. By now, the other forms of inventory have been added.
pub(super) fn check_gateways(snapshot: &Snapshot, out: &mut Inventory, report: &mut Report) {
    for (key, mesh) in &mut out.meshes {
        let (MeshKind::Istio(istio), Some(object)) = (&mut mesh.kind, snapshot.meshes.get(key)) else { continue };
        let is_known = |gateway: &Gateway| !gateway.address.is_empty() && gateway.port != 0;
        for (i, gateway) in istio.gateways.iter().enumerate().filter(|(_, gateway)| !is_known(gateway)) {
            let what = if gateway.address.is_empty() { "address" } else { "port" };
            let message = format!("gateway {} of Mesh {key} cannot be reached: no file has its {what}", i + 1);
            let hint = format!(
                "describe it in meshtree.yaml: spec: {{clusters: {{{}: {{gateways: [{{address: …}}]}}}}}}",
                mesh.cluster
            );
            let place = object.place(path!["spec", "istio", "ingressGateways", i]);
            report.push(Diag::new(Code::NoAddress, place, message).hint(hint));
        }
        istio.gateways.retain(is_known);
    }
}

/// A registered cluster. Only those in the hub's namespace count.
fn kubernetes_cluster(
    object: &Object<inventory::KubernetesCluster>,
    hub: &Text,
    out: &mut Inventory,
    report: &mut Report,
) {
    let inventory::KubernetesCluster { secret_name: _, cluster_domain } = &object.spec;
    if object.key.namespace != *hub {
        let message = format!("KubernetesCluster {} is not in the hub's namespace {hub}, so it is ignored", object.key);
        report.push(Diag::new(Code::OtherHub, object.place(path!["metadata", "namespace"]), message));
        return;
    }
    let domain = if cluster_domain.is_empty() { CLUSTER_DOMAIN.into() } else { cluster_domain.clone() };
    let name = ClusterName(object.key.name.clone());
    let place = object.place(path!["metadata", "name"]);
    out.clusters.insert(name, Cluster { domain, registered: true, namespaces: BTreeSet::new(), place });
}

/// A cluster that an object mentions, registered or not.
fn mentioned<'i>(name: &Text, at: crate::diag::Place, out: &'i mut Inventory) -> &'i mut Cluster {
    out.clusters.entry(ClusterName(name.clone())).or_insert_with(|| Cluster {
        domain: CLUSTER_DOMAIN.into(),
        registered: false,
        namespaces: BTreeSet::new(),
        place: at,
    })
}

/// A mesh.
fn mesh(object: &Object<inventory::Mesh>, out: &mut Inventory, report: &mut Report) {
    let inventory::Mesh { agent_info, mesh_type } = &object.spec;
    let (installation, kind) = installation_and_kind(mesh_type.as_ref());
    let (field, usual_namespace) = kind.field_and_namespace();
    let Some(installation) = installation.filter(|i| !i.cluster.is_empty()) else {
        if matches!(kind, MeshKind::Istio(_)) {
            let message = format!("Mesh {} does not set the cluster it is installed in", object.key);
            report.push(Diag::new(
                Code::MissingField,
                object.place(path!["spec", field, "installation", "cluster"]),
                message,
            ));
        } else {
            let cluster = ClusterName::from("");
            let place = object.place(path!["spec"]);
            out.meshes.insert(object.key.clone(), Mesh { place, cluster, namespace: "".into(), kind });
        }
        return;
    };
    let namespace =
        if installation.namespace.is_empty() { usual_namespace.into() } else { installation.namespace.clone() };
    let at = place(&object.origin, path!["spec", field, "installation", "version"]);
    let namespaces = &mut mentioned(&installation.cluster, at.clone(), out).namespaces;
    namespaces.insert(namespace.clone());
    namespaces.extend(agent_info.iter().map(|agent| agent.agent_namespace.clone()).filter(|n| !n.is_empty()));
    let cluster = ClusterName(installation.cluster.clone());
    out.meshes.insert(object.key.clone(), Mesh { place: at, cluster, namespace, kind });
}

/// Where a mesh is installed and what it is.
fn installation_and_kind(mesh_type: Option<&MeshType>) -> (Option<&inventory::Installation>, MeshKind) {
    let (installation, type_name, product) = match mesh_type {
        Some(MeshType::Istio(istio)) => return (istio.installation.as_ref(), MeshKind::Istio(istio_of(istio))),
        Some(MeshType::Osm(osm)) => {
            let installation = osm.installation.as_ref();
            return (installation, MeshKind::Osm(version(installation)));
        }
        Some(MeshType::Linkerd(linkerd)) => (linkerd.installation.as_ref(), "*v1alpha2.MeshSpec_Linkerd", "Linkerd"),
        Some(MeshType::ConsulConnect(consul)) => {
            (consul.installation.as_ref(), "*v1alpha2.MeshSpec_ConsulConnect", "Consul Connect")
        }
        Some(MeshType::AwsAppMesh(_)) => (None, "*v1alpha2.MeshSpec_AwsAppMesh_", "AWS App Mesh"),
        None => (None, "<nil>", "a mesh without a type"),
    };
    (installation, MeshKind::Other(Foreign { type_name, product, version: version(installation) }))
}

/// The version of an installation; empty without one.
fn version(installation: Option<&inventory::Installation>) -> Text {
    installation.map(|installation| installation.version.clone()).unwrap_or_default()
}

fn istio_of(istio: &inventory::IstioMesh) -> Istio {
    let inventory::IstioMesh { installation, citadel_info, ingress_gateways } = istio;
    let given = |text: Option<&Text>, default: &str| match text {
        Some(text) if !text.is_empty() => text.clone(),
        _ => default.into(),
    };
    let citadel = citadel_info.as_ref();
    Istio {
        version: version(installation.as_ref()),
        trust_domain: given(citadel.map(|c| &c.trust_domain), TRUST_DOMAIN),
        service_account: given(citadel.map(|c| &c.citadel_service_account), "istio-citadel"),
        gateways: ingress_gateways.iter().map(gateway).collect(),
        other_gateways: Vec::new(),
        nearly_gateways: Vec::new(),
    }
}

fn gateway(gateway: &inventory::IngressGateway) -> Gateway {
    let inventory::IngressGateway { workload_labels, external_address, external_tls_port, tls_container_port } =
        gateway;
    Gateway {
        address: external_address.clone(),
        port: *external_tls_port,
        container_port: if *tls_container_port == 0 { *external_tls_port } else { *tls_container_port },
        labels: pod_labels(workload_labels),
        namespace: None,
    }
}

/// The labels of a gateway's pods. Discovery has only ever written the usual ones, so these are the default:
/// a selector without labels would open every pod.
pub(super) fn pod_labels(stated: &BTreeMap<Text, Text>) -> BTreeMap<Text, Text> {
    if stated.is_empty() { gateway_labels() } else { stated.clone() }
}

/// A workload. One without a controller cannot be behind any service.
fn workload(object: &Object<inventory::Workload>, out: &mut Inventory, report: &mut Report) {
    let inventory::Workload { mesh, app_mesh: _, workload_type } = &object.spec;
    let Some(WorkloadType::Kubernetes(inventory::KubernetesWorkload { controller, pod_labels, service_account_name })) =
        workload_type
    else {
        return;
    };
    let Some(controller) = controller else {
        let message = format!("Workload {} has no controller, so it is skipped", object.key);
        report.push(Diag::new(Code::MissingField, object.place(path!["spec", "kubernetes", "controller"]), message));
        return;
    };
    let at = object.place(path!["spec", "kubernetes", "controller", "clusterName"]);
    mentioned(&controller.cluster, at, out).namespaces.insert(controller.namespace.clone());
    out.workloads.insert(
        object.key.clone(),
        Workload {
            controller: controller.clone(),
            labels: pod_labels.clone(),
            service_account: service_account_name.clone(),
            mesh: mesh.clone().unwrap_or_default(),
            gateway: GatewayRole::of_labels(pod_labels),
            // Service Mesh Hub knows no other one.
            data_plane: DataPlane::sidecar(),
        },
    );
}

/// A traffic target. Its subsets are what discovery saw; what is rendered follows from what policies ask for.
fn target(object: &Object<inventory::TrafficTarget>, out: &mut Inventory, report: &mut Report) {
    let inventory::TrafficTarget { mesh, target_type } = &object.spec;
    let service = match target_type {
        Some(TargetType::KubeService(service)) => service,
        None => {
            let message = format!("TrafficTarget {} has no kubeService, so it is skipped", object.key);
            report.push(Diag::new(Code::TargetWithoutService, object.place(path!["spec"]), message));
            return;
        }
    };
    let inventory::KubeService { reference, workload_selector_labels, labels, ports, subsets: _ } = service;
    let Some(reference) = reference.as_ref().filter(|r| !r.cluster.is_empty() && !r.name.is_empty()) else {
        let message = format!("TrafficTarget {} does not set both name and clusterName of its service", object.key);
        report.push(Diag::new(Code::MissingField, object.place(path!["spec", "kubeService", "ref"]), message));
        return;
    };
    let at = object.place(path!["spec", "kubeService", "ref"]);
    mentioned(&reference.cluster, at.clone(), out).namespaces.insert(reference.namespace.clone());
    let ports = ports.iter().map(port).collect();
    out.targets.insert(
        object.key.clone(),
        Target {
            place: at,
            service: reference.clone(),
            selector: workload_selector_labels.clone(),
            labels: labels.clone(),
            ports,
            address: super::ServiceAddress::Unknown,
            mesh: mesh.clone().unwrap_or_default(),
            external: false,
            waypoint: super::data_plane::waypoint(labels, None, &reference.namespace),
        },
    );
}

fn port(port: &inventory::ServicePort) -> Port {
    let inventory::ServicePort { port, name, protocol } = port;
    let protocol = if protocol.is_empty() { "TCP".into() } else { protocol.clone() };
    Port { number: *port, name: name.clone(), protocol, app_protocol: Text::default(), target: None }
}
