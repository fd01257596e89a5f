//! Discovery: from the inventory in any of its forms to clusters, meshes, workloads and traffic targets.
//!
//! Every form ends in the same [`Inventory`], with the names that Service Mesh Hub's discovery gives, so that policies
//! written for it keep working.

mod compact;
mod data_plane;
pub mod defaults;
mod difference;
mod domain;
mod fact;
mod gateway_pods;
mod labels;
mod mesh_kind;
mod names;
mod parts;
mod passed_over;
mod raw;
mod same_name;
mod settings;
mod smh;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

pub use data_plane::{DataPlane, DataPlaneMode};
pub use difference::{Change, differences};
pub use gateway_pods::{GatewayPods, GatewayRole};
pub use labels::LabelIndex;
pub use mesh_kind::{Foreign, MeshKind};
pub use names::{controller_of, deployment_of, revision_of};
pub use passed_over::{NoTarget, PassedOver};
pub use raw::{Installed, installed};

use crate::diag::{Code, Diag, FieldPath, Origin, Place, Report, Severity};
use crate::ids::{ClusterName, ClusterObjectRef, ObjectRef, Text};
use crate::model::Snapshot;
pub use crate::model::compact::TargetPort;

/// Everything that is known about the clusters.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    pub clusters: BTreeMap<ClusterName, Cluster>,
    pub meshes: BTreeMap<ObjectRef, Mesh>,
    pub workloads: BTreeMap<ObjectRef, Workload>,
    /// The traffic targets.
    pub targets: BTreeMap<ObjectRef, Target>,
    /// The services that are not traffic targets.
    pub passed_over: BTreeMap<ClusterObjectRef, PassedOver>,
    /// The workloads in the files that are in no mesh, by the names that they would have in one.
    pub outside: BTreeMap<ObjectRef, OutsideWorkload>,
}

/// A workload that is in no mesh.
#[derive(Clone, Debug)]
pub struct OutsideWorkload {
    /// What controls its pods.
    pub controller: ClusterObjectRef,
    pub data_plane: DataPlane,
}

/// A cluster.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// The domain of its services.
    pub domain: Text,
    /// Whether it is registered; one that is only mentioned is not federated.
    pub registered: bool,
    /// Namespaces that the inventory knows in it.
    pub namespaces: BTreeSet<Text>,
    /// Where it is described.
    pub place: Place,
}

/// A mesh.
#[derive(Clone, Debug)]
pub struct Mesh {
    /// Where it is described: the field of its version.
    pub place: Place,
    /// The cluster it is installed in.
    pub cluster: ClusterName,
    /// The namespace of its control plane.
    pub namespace: Text,
    pub kind: MeshKind,
}

/// What is known about an Istio mesh.
#[derive(Clone, Debug)]
pub struct Istio {
    /// The version as written.
    pub version: Text,
    /// The trust domain; never empty.
    pub trust_domain: Text,
    /// The service account of its control plane; never empty.
    pub service_account: Text,
    /// The gateways through which it is reached.
    pub gateways: Vec<Gateway>,
    /// The pods of its other ingress gateways, through which no other cluster reaches it.
    pub other_gateways: Vec<GatewayPods>,
    /// What would be a gateway through which it is reached but for something; empty if there is one.
    pub nearly_gateways: Vec<NearlyGateway>,
}

impl Istio {
    /// The gateways that have an IPv6 address while another one has a name. All addresses of a service are resolved in one way, and
    /// by DNS most proxies ask for IPv4 alone, also of an IPv6 address; those of earlier versions refuse it.
    pub fn unresolved_gateways(&self) -> Vec<&Gateway> {
        let ip = |gateway: &Gateway| gateway.address.parse::<IpAddr>();
        match self.gateways.iter().all(|gateway| ip(gateway).is_ok()) {
            true => Vec::new(),
            false => self.gateways.iter().filter(|gateway| ip(gateway).is_ok_and(|ip| ip.is_ipv6())).collect(),
        }
    }
}

/// A Service in front of a gateway's pods by which no other cluster can reach them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearlyGateway {
    pub place: Place,
    /// What it lacks, as a sentence.
    pub lacks: String,
}

/// A gateway through which a mesh is reached.
#[derive(Clone, Debug, PartialEq)]
pub struct Gateway {
    /// The address by which other clusters reach it.
    pub address: Text,
    /// The TLS port at that address.
    pub port: u32,
    /// The TLS port of its container.
    pub container_port: u32,
    /// Labels of its pods.
    pub labels: BTreeMap<Text, Text>,
    /// The namespace of its pods; the control plane's where no form of inventory states one.
    pub namespace: Option<Text>,
}

/// A workload of a mesh.
#[derive(Clone, Debug)]
pub struct Workload {
    /// What controls its pods.
    pub controller: ClusterObjectRef,
    /// The labels of its pods.
    pub labels: Arc<BTreeMap<Text, Text>>,
    /// The service account of its pods; may be empty.
    pub service_account: Text,
    /// The mesh it is part of.
    pub mesh: ObjectRef,
    /// What its pods are if they are a gateway's.
    pub gateway: Option<GatewayRole>,
    /// How its traffic gets into the mesh.
    pub data_plane: DataPlane,
}

/// A service in a mesh.
#[derive(Clone, Debug)]
pub struct Target {
    /// Where it is described.
    pub place: Place,
    pub service: ClusterObjectRef,
    /// Labels of the pods behind it.
    pub selector: Arc<BTreeMap<Text, Text>>,
    /// The service's labels.
    pub labels: Arc<BTreeMap<Text, Text>>,
    /// The service's ports.
    pub ports: Vec<Port>,
    /// Its address in its own cluster.
    pub address: ServiceAddress,
    /// The mesh it is part of.
    pub mesh: ObjectRef,
    /// Whether it takes requests from outside of its cluster. Never set for an ingress gateway: every one is opened anyway.
    pub external: bool,
    /// The waypoint through which ambient mode leads requests to it.
    pub waypoint: Option<ObjectRef>,
}

impl Target {
    /// The ports that other clusters can know, one for each number: if several have the same number, the first that
    /// a gateway passes on.
    pub fn distinct_ports(&self) -> impl Iterator<Item = &Port> {
        self.ports.iter().enumerate().filter(|(i, _)| self.is_first(*i)).map(|(_, port)| port)
    }

    /// The other ports, whose numbers are duplicates.
    pub fn repeated_ports(&self) -> impl Iterator<Item = &Port> {
        self.ports.iter().enumerate().filter(|(i, _)| !self.is_first(*i)).map(|(_, port)| port)
    }

    fn is_first(&self, index: usize) -> bool {
        let alike = || self.ports.iter().enumerate().filter(|(_, port)| port.number == self.ports[index].number);
        let first = alike().find(|(_, port)| port.is_passed_on()).or_else(|| alike().next());
        first.is_none_or(|(first, _)| first == index)
    }
}

/// The address of a service in its own cluster.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ServiceAddress {
    /// No form of inventory states it.
    #[default]
    Unknown,
    /// It has none: names lead to its pods.
    Headless,
    Ip(Text),
}

impl ServiceAddress {
    /// Reads `clusterIP` of a Service.
    pub fn of(cluster_ip: &Text) -> Self {
        match &**cluster_ip {
            "" => Self::Unknown,
            "None" => Self::Headless,
            _ => Self::Ip(cluster_ip.clone()),
        }
    }

    /// The address, or `None` for what has none, as a Service states it.
    pub fn cluster_ip(&self) -> Option<&str> {
        match self {
            Self::Unknown => None,
            Self::Headless => Some("None"),
            Self::Ip(address) => Some(address),
        }
    }
}

/// A port of a service.
#[derive(Clone, Debug, PartialEq)]
pub struct Port {
    pub number: u32,
    /// The name; empty when it has none.
    pub name: Text,
    /// The transport protocol.
    pub protocol: Text,
    /// The application protocol that the Service states beside the name; empty when it states none.
    pub app_protocol: Text,
    /// The port of the pods to which it leads; `None` where no form of inventory states it.
    pub target: Option<TargetPort>,
}

impl Port {
    /// Whether a gateway passes on what is sent to it: a gateway knows connections alone.
    pub fn is_passed_on(&self) -> bool {
        &*self.protocol != "UDP" && !self.is_sctp()
    }

    /// Whether it is SCTP, for which Istio has no protocol: it refuses a ServiceEntry that says so.
    pub fn is_sctp(&self) -> bool {
        &*self.protocol == "SCTP"
    }
}

/// Builds the inventory from everything that was read.
pub fn discover(snapshot: &Snapshot, report: &mut Report) -> Inventory {
    let mut inventory = Inventory::default();
    smh::take_over(snapshot, &mut inventory, report);
    let discovered = inventory.clusters_with_objects();
    raw::take_over(snapshot, &discovered, &mut inventory, report);
    compact::take_over(snapshot, &discovered, &mut inventory, report);
    smh::check_meshes(snapshot, &inventory, report);
    settings::apply(snapshot, &mut inventory, report);
    smh::check_gateways(snapshot, &mut inventory, report);
    gateway_pods::find(snapshot, &mut inventory);
    check_cluster_names(&inventory, report);
    check_policies_have_inventory(snapshot, &inventory, report);
    check_services(&inventory, report);
    check_control_planes(&inventory, report);
    inventory
}

/// Whether an error of discovery removed something from the inventory. Of duplicates one is kept, and without any inventory
/// there is nothing to lose.
#[must_use]
pub fn has_lost(findings: &Report) -> bool {
    use Code::{Contradiction, DuplicateObject, NoInventory, TwoControlPlanes};
    let is_there = |code| matches!(code, Contradiction | DuplicateObject | NoInventory | TwoControlPlanes);
    findings.diags().iter().any(|diag| diag.severity == Severity::Error && !is_there(diag.code))
}

/// Reports clusters with names that are not valid: in Service Mesh Hub a registered cluster is an object of that name.
fn check_cluster_names(inventory: &Inventory, report: &mut Report) {
    for (name, cluster) in inventory.clusters.iter().filter(|(name, _)| !name.is_valid()) {
        let message = format!("{:?} is not a valid cluster name", name.as_str());
        report.push(Diag::new(Code::BadValue, cluster.place.clone(), message).hint(ClusterName::RULE));
    }
}

/// Reports policies in a fleet without clusters.
fn check_policies_have_inventory(snapshot: &Snapshot, inventory: &Inventory, report: &mut Report) {
    let policies = snapshot.virtual_meshes.len()
        + snapshot.traffic_policies.len()
        + snapshot.access_policies.len()
        + snapshot.failover_services.len();
    if policies > 0 && inventory.clusters.is_empty() && !snapshot.unread.inventory && !report.has_errors() {
        let message = match policies {
            1 => "the fleet has a policy but no cluster".to_owned(),
            _ => format!("the fleet has {policies} policies but no cluster"),
        };
        let hint = "describe each cluster below clusters/<name>/ or in clusters/<name>.yaml";
        report.push(Diag::new(Code::NoInventory, Place::Nowhere, message).hint(hint));
    }
}

/// Reports a service with two targets.
fn check_services(inventory: &Inventory, report: &mut Report) {
    // They are almost in the order of services, so sorting is cheap.
    let mut targets: Vec<&Target> = inventory.targets.values().collect();
    targets.sort_by_key(|target| &target.service);
    for pair in targets.windows(2).filter(|pair| pair[0].service == pair[1].service) {
        let message = format!("duplicate service {}", pair[1].service);
        report.push(
            Diag::new(Code::DuplicateObject, pair[1].place.clone(), message)
                .related(pair[0].place.clone(), "the first is here"),
        );
    }
}

/// Reports two control planes that would share the names of what is rendered for them.
fn check_control_planes(inventory: &Inventory, report: &mut Report) {
    let mut seen: BTreeMap<(&ClusterName, &Text), &Mesh> = BTreeMap::new();
    for mesh in inventory.meshes.values().filter(|mesh| matches!(mesh.kind, MeshKind::Istio(_))) {
        if let Some(first) = seen.insert((&mesh.cluster, &mesh.namespace), mesh) {
            let message = format!(
                "namespace {} of cluster {} has more than one Istio control plane",
                mesh.namespace, mesh.cluster
            );
            report.push(
                Diag::new(Code::TwoControlPlanes, mesh.place.clone(), message)
                    .related(first.place.clone(), "the first is here")
                    .hint(format!(
                        "choose one by its revision in meshtree.yaml: spec: {{clusters: {{{}: {{revision: …}}}}}}, \
                         where default is istiod without a revision",
                        mesh.cluster
                    )),
            );
        }
    }
}

/// The place of a field of an object.
fn place(origin: &Origin, path: FieldPath) -> Place {
    Place::Field(origin.clone(), path)
}
