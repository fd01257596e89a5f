//! The compact inventory of one cluster as written (`meshtree.io/v1alpha1 Cluster`).

pub(super) mod check;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use super::port_number::PortNumber;
pub use super::target_port::TargetPort;
use crate::ids::Text;
use crate::{enumeration, message};

enumeration! {
    /// What controls a workload's pods.
    ControllerKind {
        /// A Deployment.
        Deployment = "Deployment",
        /// A DaemonSet.
        DaemonSet = "DaemonSet",
        /// A StatefulSet.
        StatefulSet = "StatefulSet",
        /// Nothing: a bare Pod.
        Pod = "Pod",
    }
}

enumeration! {
    /// How the traffic of workloads gets into the mesh.
    DataplaneMode {
        /// By a proxy in each pod.
        Sidecar = "sidecar",
        /// By a proxy of each node.
        Ambient = "ambient",
        /// Not at all.
        None = "none",
    }
}

impl ControllerKind {
    /// The suffix that discovery gives to the names of such workloads.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Deployment => "deployment",
            Self::DaemonSet => "daemonset",
            Self::StatefulSet => "statefulset",
            Self::Pod => "pod",
        }
    }
}

message! {
    /// The specification of a compact Cluster.
    Cluster {
        /// The domain of its services; `cluster.local`.
        cluster_domain: Option<Text> = "clusterDomain",
        /// Its Istio; none means that it has no mesh.
        istio: Option<Istio> = "istio",
        /// Its namespaces by name.
        namespaces: BTreeMap<Text, Namespace> = "namespaces",
    }
}

message! {
    /// A cluster's Istio.
    Istio {
        version: Option<Text> = "version",
        /// The namespace of its control plane; `istio-system`.
        namespace: Option<Text> = "namespace",
        /// The revision, part of the control plane's name; none.
        revision: Text = "revision",
        /// The control plane's Deployment; `istiod`, or `istiod-<revision>`.
        deployment: Option<Text> = "deployment",
        /// The trust domain; `cluster.local`.
        trust_domain: Option<Text> = "trustDomain",
        /// The control plane's service account; `istiod-service-account`.
        service_account: Option<Text> = "serviceAccount",
        /// The gateways through which it is reached.
        gateways: Vec<Gateway> = "gateways",
        /// Ingress gateways through which no other cluster reaches it, and whose pods are not among the workloads.
        other_gateways: Vec<OtherGateway> = "otherGateways",
    }
}

message! {
    /// An ingress gateway through which no other cluster reaches a mesh.
    OtherGateway {
        name: Text = "name",
        /// The namespace of its pods; the control plane's.
        namespace: Option<Text> = "namespace",
        /// Labels that its pods have and no others.
        labels: Arc<BTreeMap<Text, Text>> = "labels",
    }
}

message! {
    /// A gateway through which a mesh is reached.
    Gateway {
        /// The address by which other clusters reach it.
        address: Text = "address",
        /// The TLS port at that address; 15443.
        port: Option<PortNumber> = "port",
        /// The TLS port of its container; the port.
        container_port: Option<PortNumber> = "containerPort",
        /// Labels of its pods; `istio: ingressgateway`.
        labels: Option<Labels> = "labels",
        /// The namespace of its pods; the control plane's.
        namespace: Option<Text> = "namespace",
    }
}

/// Labels whose absence differs from being empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Labels(pub BTreeMap<Text, Text>);

impl super::decode::Decode for Labels {
    fn decode(node: &crate::load::tree::Node, cx: &mut super::decode::Cx<'_>) -> Option<Self> {
        let mut out = BTreeMap::new();
        super::decode::Field::set(&mut out, node, cx);
        Some(Self(out))
    }

    fn paths(at: &str, out: &mut Vec<String>) {
        <BTreeMap<Text, Text> as super::decode::Field>::paths(at, out);
    }

    fn schema(defs: &mut super::decode::schema::Defs) -> serde_json::Value {
        <BTreeMap<Text, Text> as super::decode::Field>::schema(defs)
    }
}

message! {
    /// What a namespace holds.
    Namespace {
        /// How the traffic of its workloads gets into the mesh; by sidecars.
        dataplane_mode: Option<DataplaneMode> = "dataplaneMode",
        /// Its services by name.
        services: BTreeMap<Text, Service> = "services",
        /// Its workloads by name.
        workloads: BTreeMap<Text, Workload> = "workloads",
    }
}

message! {
    /// A service.
    Service {
        ports: Vec<Port> = "ports",
        labels: Arc<BTreeMap<Text, Text>> = "labels",
        /// Labels of the pods behind it.
        selector: Arc<BTreeMap<Text, Text>> = "selector",
        /// Its address in the cluster; `None` for a headless service.
        cluster_ip: Text = "clusterIP",
        /// Whether it is in the mesh even without workloads behind it.
        mesh: bool = "mesh",
        /// Whether it takes requests from outside of the cluster.
        external: bool = "external",
        /// The waypoint through which ambient mode leads requests to it, as a name or as `<namespace>/<name>`; the one that its
        /// labels name.
        waypoint: Option<Text> = "waypoint",
    }
}

message! {
    /// A port of a service.
    Port {
        /// The name; may be absent.
        name: Text = "name",
        port: Option<PortNumber> = "port",
        /// The transport protocol; TCP.
        protocol: Option<Text> = "protocol",
        /// The application protocol, which Istio prefers to the one in the name; none.
        app_protocol: Text = "appProtocol",
        /// The port of the pods, by number or name; the port itself.
        target_port: Option<TargetPort> = "targetPort",
    }
}

message! {
    /// A workload.
    Workload {
        /// What controls its pods; Deployment.
        kind: ControllerKind = "kind",
        /// Labels of its pods.
        labels: Arc<BTreeMap<Text, Text>> = "labels",
        /// The service account of its pods.
        service_account: Text = "serviceAccount",
        /// Whether its pods are a gateway's; so where the label `istio` says so.
        gateway: Option<bool> = "gateway",
        /// How its traffic gets into the mesh; its namespace's.
        dataplane_mode: Option<DataplaneMode> = "dataplaneMode",
    }
}
