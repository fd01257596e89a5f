//! The inventory for programs.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::discover::{
    Cluster, Gateway, GatewayPods, GatewayRole, Inventory, Istio, LabelIndex, Mesh, MeshKind, OutsideWorkload,
    PassedOver, Port, Target, TargetPort, Workload,
};
use crate::ids::{ClusterName, ObjectRef, Text};

/// The clusters of an inventory, or one of them.
#[derive(Debug, Serialize)]
pub struct Described {
    pub clusters: Vec<ClusterView>,
}

/// A cluster and everything that is known to be in it.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterView {
    pub name: String,
    pub domain: Text,
    pub registered: bool,
    pub namespaces: Vec<Text>,
    pub meshes: Vec<MeshView>,
    pub services: Vec<ServiceView>,
    pub workloads: Vec<WorkloadView>,
    /// The services that are in no mesh.
    pub outside: Vec<OutsideView>,
    /// The workloads that are in no mesh.
    pub outside_workloads: Vec<OutsideWorkloadView>,
}

/// A mesh.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MeshView {
    pub name: String,
    pub namespace: Text,
    pub product: String,
    pub version: Text,
    pub trust_domain: Option<Text>,
    pub service_account: Option<Text>,
    pub gateways: Vec<GatewayView>,
    pub other_gateways: Vec<GatewayPodsView>,
}

/// The pods of an ingress gateway through which no other cluster reaches the mesh.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GatewayPodsView {
    pub namespace: Text,
    pub name: Text,
    pub labels: BTreeMap<Text, Text>,
}

/// A gateway through which a mesh is reached.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GatewayView {
    pub address: Text,
    pub port: u32,
    pub container_port: u32,
    pub labels: BTreeMap<Text, Text>,
    /// The namespace of its pods; null where only the control plane's is known.
    pub namespace: Option<Text>,
}

/// A service of a mesh.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceView {
    pub namespace: Text,
    pub name: Text,
    pub mesh: String,
    pub ports: Vec<PortView>,
    pub labels: BTreeMap<Text, Text>,
    pub selector: BTreeMap<Text, Text>,
    /// Its address in the cluster, `None` if it is headless; null if it is not known.
    #[serde(rename = "clusterIP")]
    pub cluster_ip: Option<String>,
    /// Whether it takes requests from outside of its cluster.
    pub external: bool,
    /// The waypoint through which ambient mode leads requests to it; null without one.
    pub waypoint: Option<String>,
    /// The names of the workloads behind it.
    pub workloads: Vec<Text>,
}

/// A port of a service.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PortView {
    pub name: Text,
    pub port: u32,
    pub protocol: Text,
    /// The application protocol that the Service states.
    pub app_protocol: Option<Text>,
    /// The port of the pods, as a number or a name; null if it is not known.
    pub target_port: Option<String>,
}

/// A workload of a mesh.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadView {
    pub namespace: Text,
    pub name: Text,
    pub mesh: String,
    pub service_account: Text,
    pub labels: BTreeMap<Text, Text>,
    /// `ingress` or `egress` if its pods are a gateway's.
    pub gateway: Option<&'static str>,
    /// How its traffic gets into the mesh: `sidecar` or `ambient`.
    pub data_plane: &'static str,
    /// Why.
    pub data_plane_reason: Text,
}

/// A workload that is in no mesh.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OutsideWorkloadView {
    pub namespace: Text,
    pub name: Text,
    /// `none`, or `unknown` if no file shows whether it is in the mesh.
    pub data_plane: &'static str,
    /// Why.
    pub data_plane_reason: Text,
}

/// A service that is in no mesh.
#[derive(Debug, Default, Serialize)]
pub struct OutsideView {
    pub namespace: Text,
    pub name: Text,
    /// Why it is in none.
    pub why: String,
}

impl Described {
    /// The kind of its document.
    pub const KIND: &'static str = "Inventory";

    /// The view of an inventory, of one cluster or all.
    pub fn of(inventory: &Inventory, only: Option<&ClusterName>) -> Self {
        let clusters = inventory.clusters.iter().filter(|(name, _)| only.is_none_or(|only| only == *name));
        Self { clusters: clusters.map(|(name, cluster)| view(inventory, name, cluster)).collect() }
    }
}

fn view(inventory: &Inventory, name: &ClusterName, cluster: &Cluster) -> ClusterView {
    let Cluster { domain, registered, namespaces, place: _ } = cluster;
    let of_cluster: Vec<(&ObjectRef, &Workload)> =
        inventory.workloads.iter().filter(|(_, workload)| workload.controller.cluster == name.0).collect();
    let mut behind = LabelIndex::default();
    for (_, workload) in &of_cluster {
        behind.add(&workload.controller.namespace, &workload.labels, &workload.controller.name);
    }
    let targets = inventory.targets.values().filter(|target| target.service.cluster == name.0);
    let outside = inventory.passed_over.iter().filter(|(service, _)| service.cluster == name.0);
    let outside_workloads = inventory.outside.values().filter(|workload| workload.controller.cluster == name.0);
    let outside = outside.map(|(service, PassedOver { place: _, labels: _, why })| OutsideView {
        namespace: service.namespace.clone(),
        name: service.name.clone(),
        why: why.to_string(),
    });
    ClusterView {
        name: name.to_string(),
        domain: domain.clone(),
        registered: *registered,
        namespaces: namespaces.iter().cloned().collect(),
        meshes: inventory.meshes.iter().filter(|(_, mesh)| mesh.cluster == *name).map(mesh).collect(),
        services: targets.map(|target| service(target, &behind)).collect(),
        workloads: of_cluster.into_iter().map(workload).collect(),
        outside: outside.collect(),
        outside_workloads: outside_workloads.map(outside_workload).collect(),
    }
}

fn mesh((key, mesh): (&ObjectRef, &Mesh)) -> MeshView {
    let Mesh { place: _, cluster: _, namespace, kind } = mesh;
    let of = |version: Text, product: &str| MeshView {
        name: key.to_string(),
        namespace: namespace.clone(),
        product: product.to_owned(),
        version,
        ..MeshView::default()
    };
    match kind {
        MeshKind::Istio(Istio {
            version,
            trust_domain,
            service_account,
            gateways,
            other_gateways,
            nearly_gateways: _,
        }) => MeshView {
            trust_domain: Some(trust_domain.clone()),
            service_account: Some(service_account.clone()),
            gateways: gateways.iter().map(gateway).collect(),
            other_gateways: other_gateways.iter().map(gateway_pods).collect(),
            ..of(version.clone(), "Istio")
        },
        kind @ (MeshKind::Osm(_) | MeshKind::Other(_)) => of(kind.version().clone(), kind.product()),
    }
}

fn gateway(Gateway { address, port, container_port, labels, namespace }: &Gateway) -> GatewayView {
    GatewayView {
        address: address.clone(),
        port: *port,
        container_port: *container_port,
        labels: labels.clone(),
        namespace: namespace.clone(),
    }
}

fn gateway_pods(GatewayPods { namespace, name, labels }: &GatewayPods) -> GatewayPodsView {
    GatewayPodsView { namespace: namespace.clone(), name: name.clone(), labels: (**labels).clone() }
}

fn service(target: &Target, behind: &LabelIndex<'_, &Text, &Text>) -> ServiceView {
    let Target { place: _, service, selector, labels, ports, address, mesh, external, waypoint } = target;
    let port = |Port { number, name, protocol, app_protocol, target }: &Port| PortView {
        name: name.clone(),
        port: *number,
        protocol: protocol.clone(),
        app_protocol: Some(app_protocol.clone()).filter(|stated| !stated.is_empty()),
        target_port: target.as_ref().map(|target| match target {
            TargetPort::Number(number) => number.to_string(),
            TargetPort::Name(name) => name.to_string(),
        }),
    };
    ServiceView {
        namespace: service.namespace.clone(),
        name: service.name.clone(),
        mesh: mesh.to_string(),
        ports: ports.iter().map(port).collect(),
        labels: (**labels).clone(),
        selector: (**selector).clone(),
        cluster_ip: address.cluster_ip().map(str::to_owned),
        external: *external,
        waypoint: waypoint.as_ref().map(ToString::to_string),
        workloads: behind.picked(&service.namespace, selector).cloned().collect(),
    }
}

fn workload((_, workload): (&ObjectRef, &Workload)) -> WorkloadView {
    let Workload { controller, labels, service_account, mesh, gateway, data_plane } = workload;
    WorkloadView {
        namespace: controller.namespace.clone(),
        name: controller.name.clone(),
        mesh: mesh.to_string(),
        service_account: service_account.clone(),
        labels: (**labels).clone(),
        gateway: gateway.map(|role| match role {
            GatewayRole::Ingress => "ingress",
            GatewayRole::Egress => "egress",
        }),
        data_plane: data_plane.mode.as_str(),
        data_plane_reason: data_plane.reason.clone(),
    }
}

fn outside_workload(OutsideWorkload { controller, data_plane }: &OutsideWorkload) -> OutsideWorkloadView {
    OutsideWorkloadView {
        namespace: controller.namespace.clone(),
        name: controller.name.clone(),
        data_plane: data_plane.mode.as_str(),
        data_plane_reason: data_plane.reason.clone(),
    }
}
