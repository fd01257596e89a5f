//! The inventory as tables, and the changes of a new dump.

use serde::Serialize;

use super::table::table;
use crate::discover::{
    Change, DataPlane, DataPlaneMode, Gateway, Inventory, Istio, LabelIndex, Mesh, MeshKind, PassedOver, Port, Target,
};
use crate::ids::{ClusterName, ClusterObjectRef};

/// A table of the clusters and a table of their services, for one cluster or all.
pub fn tables(inventory: &Inventory, only: Option<&ClusterName>) -> String {
    let clusters: Vec<_> = inventory.clusters.keys().filter(|name| only.is_none_or(|only| only == *name)).collect();
    let head = ["CLUSTER", "DOMAIN", "MESH", "VERSION", "TRUST DOMAIN", "GATEWAYS", "SERVICES", "WORKLOADS"];
    let mut out = headed(head, clusters.iter().flat_map(|name| cluster(inventory, name)));
    let services: Vec<_> = clusters.iter().flat_map(|name| services(inventory, name)).collect();
    if !services.is_empty() {
        out.push('\n');
        out += &headed(["CLUSTER", "NAMESPACE", "SERVICE", "PORTS", "WORKLOADS"], services.into_iter());
    }
    let data_planes: Vec<_> = clusters.iter().flat_map(|name| data_planes(inventory, name)).collect();
    if !data_planes.is_empty() {
        out.push('\n');
        out += &headed(["CLUSTER", "NAMESPACE", "WORKLOAD", "DATA PLANE", "WHY"], data_planes.into_iter());
    }
    let passed_over: Vec<_> = clusters.iter().flat_map(|name| passed_over(inventory, name)).collect();
    if !passed_over.is_empty() {
        out.push('\n');
        out += &headed(["CLUSTER", "NAMESPACE", "IN NO MESH", "WHY"], passed_over.into_iter());
    }
    out
}

/// One row for each mesh of a cluster, or one row for a cluster without a mesh.
fn cluster(inventory: &Inventory, name: &ClusterName) -> Vec<[String; 8]> {
    let domain = inventory.clusters.get(name).map(|cluster| cluster.domain.to_string()).unwrap_or_default();
    let meshes = inventory.meshes.iter().filter(|(_, mesh)| mesh.cluster == *name);
    let row = |key: String, cells: [String; 3], services: usize, workloads: usize| {
        let [version, trust_domain, gateways] = cells;
        let (services, workloads) = (services.to_string(), workloads.to_string());
        [name.to_string(), domain.clone(), key, version, trust_domain, gateways, services, workloads]
    };
    let mut rows: Vec<_> = meshes
        .map(|(key, mesh)| {
            let services = inventory.targets.values().filter(|target| target.mesh == *key).count();
            let workloads = inventory.workloads.values().filter(|workload| workload.mesh == *key).count();
            row(key.to_string(), mesh_cells(mesh), services, workloads)
        })
        .collect();
    if rows.is_empty() {
        rows.push(row(String::new(), Default::default(), 0, 0));
    }
    rows
}

fn mesh_cells(mesh: &Mesh) -> [String; 3] {
    match &mesh.kind {
        MeshKind::Istio(Istio {
            version,
            trust_domain,
            service_account: _,
            gateways,
            other_gateways: _,
            nearly_gateways: _,
        }) => {
            let address = |gateway: &Gateway| format!("{}:{}", gateway.address, gateway.port);
            let gateways: Vec<_> = gateways.iter().map(address).collect();
            [version.to_string(), trust_domain.to_string(), gateways.join(",")]
        }
        kind @ (MeshKind::Osm(_) | MeshKind::Other(_)) => {
            [format!("{} {}", kind.product(), kind.version()).trim_end().to_owned(), String::new(), String::new()]
        }
    }
}

/// The rows of a cluster's services, by namespace and name.
fn services(inventory: &Inventory, name: &ClusterName) -> Vec<[String; 5]> {
    let mut targets: Vec<&Target> =
        inventory.targets.values().filter(|target| target.service.cluster == name.0).collect();
    targets.sort_by_key(|target| (&target.service.namespace, &target.service.name));
    let mut workloads = LabelIndex::default();
    for workload in inventory.workloads.values().filter(|workload| workload.controller.cluster == name.0) {
        workloads.add(&workload.controller.namespace, &workload.labels, &workload.controller.name);
    }
    let row = |target: &Target| {
        let Target { place: _, service, selector, labels: _, ports, address: _, mesh: _, external: _, waypoint: _ } =
            target;
        let ports: Vec<_> = ports.iter().map(port).collect();
        let behind = workloads.picked(&service.namespace, selector);
        let behind: Vec<_> = behind.map(ToString::to_string).collect();
        [name.to_string(), service.namespace.to_string(), service.name.to_string(), ports.join(","), behind.join(",")]
    };
    targets.into_iter().map(row).collect()
}

/// The rows of the workloads of a cluster that has some in ambient mode, by namespace and name. In any other, a workload is in the
/// mesh by its sidecars or not at all.
fn data_planes(inventory: &Inventory, name: &ClusterName) -> Vec<[String; 5]> {
    let inside = inventory.workloads.values().filter(|workload| workload.controller.cluster == name.0);
    let inside: Vec<_> = inside.map(|workload| (&workload.controller, &workload.data_plane)).collect();
    if inside.iter().all(|(_, data_plane)| data_plane.mode != DataPlaneMode::Ambient) {
        return Vec::new();
    }
    let outside = inventory.outside.values().filter(|workload| workload.controller.cluster == name.0);
    let outside = outside.map(|workload| (&workload.controller, &workload.data_plane));
    let mut all: Vec<_> = inside.into_iter().chain(outside).collect();
    all.sort_by_key(|(controller, _)| (&controller.namespace, &controller.name));
    let row = |(controller, data_plane): (&ClusterObjectRef, &DataPlane)| {
        let ClusterObjectRef { cluster, namespace, name } = controller;
        let (mode, why) = (data_plane.mode.to_string(), data_plane.reason.to_string());
        [cluster.to_string(), namespace.to_string(), name.to_string(), mode, why]
    };
    all.into_iter().map(row).collect()
}

/// The rows of a cluster's services that are not targets, by namespace and name.
fn passed_over(inventory: &Inventory, name: &ClusterName) -> Vec<[String; 4]> {
    let mut services: Vec<_> = inventory.passed_over.iter().filter(|(service, _)| service.cluster == name.0).collect();
    services.sort_by_key(|(service, _)| (&service.namespace, &service.name));
    let row = |(ClusterObjectRef { cluster, namespace, name }, passed_over): (&ClusterObjectRef, &PassedOver)| {
        [cluster.to_string(), namespace.to_string(), name.to_string(), passed_over.why.to_string()]
    };
    services.into_iter().map(row).collect()
}

fn port(port: &Port) -> String {
    let Port { number, name, protocol, app_protocol: _, target: _ } = port;
    let name = if name.is_empty() { String::new() } else { format!("{name}:") };
    let protocol = if &**protocol == "TCP" { String::new() } else { format!("/{protocol}") };
    format!("{name}{number}{protocol}")
}

/// A table with a header row; an empty cell is shown as a dash.
fn headed<const N: usize>(head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut lines = vec![head.map(str::to_owned)];
    lines.extend(rows.map(|row| row.map(|cell| if cell.is_empty() { "-".into() } else { cell })));
    table(&lines).into_iter().map(|line| line + "\n").collect()
}

/// The differences of two inventories.
#[derive(Debug, Serialize)]
pub struct InventoryDiff {
    pub changes: Vec<Change>,
}

impl InventoryDiff {
    /// The kind of its document.
    pub const KIND: &'static str = "InventoryDiff";

    /// A line for each change.
    pub fn text(&self) -> String {
        self.changes.iter().map(|change| format!("{change}\n")).collect()
    }
}
