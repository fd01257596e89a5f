//! What templates see of the plan: structs for them alone, each field documented for whoever writes a template.
//!
//! A template of somebody else's fleet relies on each name here, so names stay, whatever the plan becomes.

mod build;
mod page;
mod shape;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;

use crate::ids::Text;
use crate::model::policy_test::Literal;
use crate::model::settings::Settings;
use shape::view;

pub use build::Builder;
pub use page::page;
pub use shape::{Field, Shape, Shaped, View};

/// The values of the settings.
pub fn values(settings: &Settings) -> BTreeMap<Text, Json> {
    let values = settings.templates.iter().flat_map(|templates| &templates.values);
    values.map(|(key, Literal(value))| (key.clone(), value.clone())).collect()
}

/// Every struct that templates see, each before those in it.
pub fn views() -> Vec<&'static View> {
    let mut found: Vec<&'static View> = Vec::new();
    let mut open: Vec<&'static View> = Variables::shape().view().into_iter().collect();
    while let Some(view) = open.pop() {
        if found.iter().any(|known| std::ptr::eq(*known, view)) {
            continue;
        }
        found.push(view);
        open.extend(view.fields.iter().rev().filter_map(|field| field.shape().view()));
    }
    found
}

view! {
    /// What a template sees. `namespace` is there in templates for each namespace and for each service, `service` in those for
    /// each service.
    Variables called "Variables" {
        /// The cluster for which the template is rendered.
        cluster: ClusterView,
        /// The namespace for which the template is rendered.
        namespace: Option<NamespaceView>,
        /// The service for which the template is rendered.
        service: Option<ServiceView>,
        /// The whole fleet.
        fleet: FleetView,
        /// `spec.templates.values` of the settings.
        values: BTreeMap<Text, Json>,
    }
}

view! {
    /// What the clusters of a fleet have in common.
    FleetView called "Fleet" {
        /// The namespace of the hub, `service-mesh-hub` unless the settings have another.
        hub_namespace: Text,
        /// The names of the clusters that are rendered, sorted.
        clusters: Vec<Text>,
    }
}

view! {
    /// A cluster.
    ClusterView called "Cluster" {
        /// Its name.
        name: Text,
        /// The domain of its services, such as `cluster.local`.
        domain: Text,
        /// Whether services of it may be federated.
        registered: bool,
        /// The network of its pods, if the settings render its installation and it has one; null otherwise.
        network: Option<Text>,
        /// Its place in the order in which clusters get a change, from 0.
        wave: usize,
        /// The labels that every rendered object has; they are added to the objects of templates as well.
        labels: BTreeMap<Text, Text>,
        /// The API version under which objects of networking.istio.io are written for it.
        networking_api: Text,
        /// The API version under which objects of security.istio.io are written for it.
        security_api: Text,
        /// Its first Istio mesh; null where an Open Service Mesh is the only mesh.
        mesh: Option<MeshView>,
        /// Its Istio meshes.
        meshes: Vec<MeshView>,
        /// Whether an Open Service Mesh is installed in it.
        osm: bool,
        /// Its namespaces, sorted by name.
        namespaces: Vec<NamespaceView>,
        /// The services of its meshes, sorted by namespace and name.
        services: Vec<ServiceView>,
        /// The workloads of its meshes, sorted by namespace and name.
        workloads: Vec<WorkloadView>,
        /// The services of other clusters that its meshes know.
        remote_services: Vec<RemoteServiceView>,
        /// The failover services that can be called in it.
        failover_services: Vec<FailoverServiceView>,
    }
}

view! {
    /// An Istio mesh.
    MeshView called "Mesh" {
        /// The name of the Mesh object, such as `istiod-istio-system-east`.
        name: Text,
        /// The namespace of its control plane.
        namespace: Text,
        /// The version of Istio.
        version: Text,
        /// The form of what is rendered: `rewrite` or `sni`, as in `spec.clusters.<name>.profile`.
        profile: &'static str,
        /// The trust domain of its workloads.
        trust_domain: Text,
        /// The service account of its control plane.
        service_account: Text,
        /// The gateways through which other clusters reach it.
        gateways: Vec<GatewayView>,
        /// The VirtualMesh that groups it; null without one.
        virtual_mesh: Option<VirtualMeshView>,
    }
}

view! {
    /// A gateway through which a mesh is reached.
    GatewayView called "Gateway" {
        /// The address by which other clusters reach it.
        address: Text,
        /// The TLS port at that address.
        port: u32,
        /// The TLS port of its container.
        container_port: u32,
        /// The labels of its pods.
        labels: BTreeMap<Text, Text>,
        /// The namespace of its pods.
        namespace: Text,
    }
}

view! {
    /// A VirtualMesh.
    VirtualMeshView called "VirtualMesh" {
        /// Its name.
        name: Text,
        /// Its namespace.
        namespace: Text,
        /// Whether services of its meshes are known to each other.
        federated: bool,
        /// Whether requests that no AccessPolicy allows are refused.
        denies_by_default: bool,
        /// Whether its meshes trust one root that meshtree issues or delivers.
        shares_trust: bool,
        /// The meshes that it groups.
        members: Vec<MemberView>,
    }
}

view! {
    /// A mesh of a VirtualMesh.
    MemberView called "Member" {
        /// The name of the Mesh object.
        name: Text,
        /// The cluster that it is installed in.
        cluster: Text,
        /// Its trust domain.
        trust_domain: Text,
    }
}

view! {
    /// A namespace of a cluster.
    NamespaceView called "Namespace" {
        /// Its name.
        name: Text,
        /// The services of meshes in it, sorted by name.
        services: Vec<ServiceView>,
        /// The workloads of meshes in it, sorted by name.
        workloads: Vec<WorkloadView>,
        /// The service accounts as which these workloads run, sorted.
        service_accounts: Vec<Text>,
    }
}

view! {
    /// A service of a mesh.
    ServiceView called "Service" {
        /// Its name.
        name: Text,
        /// Its namespace.
        namespace: Text,
        /// Its cluster.
        cluster: Text,
        /// The name of its Mesh object; null in an Open Service Mesh.
        mesh: Option<Text>,
        /// Its host in its own cluster.
        host: Text,
        /// Its address in its own cluster, `None` if it is headless; null if it is not known.
        cluster_ip: Option<Text>,
        /// Its labels.
        labels: BTreeMap<Text, Text>,
        /// The labels by which it selects its pods.
        selector: BTreeMap<Text, Text>,
        /// Its ports.
        ports: Vec<PortView>,
        /// The workloads behind it.
        workloads: Vec<WorkloadView>,
        /// The service accounts of these workloads, sorted.
        service_accounts: Vec<Text>,
        /// The subsets of its endpoints that policies use.
        subsets: Vec<SubsetView>,
        /// The policies that are applied to it, in the order in which they are applied.
        policies: Vec<PolicyView>,
        /// How it is known in other clusters; null if it is not.
        federation: Option<FederationView>,
        /// Whether it is the service of a gateway through which its mesh is reached.
        gateway: bool,
        /// How requests get to its pods: `sidecar`, `ambient` or `mixed`.
        data_plane: &'static str,
        /// The waypoint through which ambient mode leads requests to it, as `namespace/name`; null without one.
        waypoint: Option<Text>,
    }
}

view! {
    /// A port of a service.
    PortView called "Port" {
        /// Its number.
        number: u32,
        /// Its name; empty without one.
        name: Text,
        /// The transport protocol, such as `TCP`.
        protocol: Text,
        /// The application protocol that the service states; null if it states none.
        app_protocol: Option<Text>,
        /// The port of the pods, a number or a name as text; null if it is not known.
        target_port: Option<Text>,
    }
}

view! {
    /// A subset of the endpoints of a service.
    SubsetView called "Subset" {
        /// Its name in the DestinationRule.
        name: Text,
        /// The labels of its pods.
        labels: BTreeMap<Text, Text>,
    }
}

view! {
    /// A policy.
    PolicyView called "Policy" {
        /// `TrafficPolicy` or `AccessPolicy`.
        kind: &'static str,
        /// Its name.
        name: Text,
        /// Its namespace.
        namespace: Text,
    }
}

view! {
    /// How a service is known in other clusters.
    FederationView called "Federation" {
        /// Its host there.
        host: Text,
        /// Its virtual address there.
        address: Text,
        /// The clusters whose meshes know it, sorted.
        clusters: Vec<Text>,
    }
}

view! {
    /// A workload of a mesh.
    WorkloadView called "Workload" {
        /// Its name, which is that of its Deployment or the like.
        name: Text,
        /// Its namespace.
        namespace: Text,
        /// The name of its Mesh object; null in an Open Service Mesh.
        mesh: Option<Text>,
        /// The labels of its pods.
        labels: BTreeMap<Text, Text>,
        /// The service account as which it runs.
        service_account: Text,
        /// `ingress` or `egress` if its pods are a gateway's; null otherwise.
        gateway: Option<&'static str>,
        /// How its traffic gets into the mesh: `sidecar` or `ambient`.
        data_plane: &'static str,
    }
}

view! {
    /// A service of another cluster.
    RemoteServiceView called "RemoteService" {
        /// Its name.
        name: Text,
        /// Its namespace.
        namespace: Text,
        /// Its cluster.
        cluster: Text,
        /// Its host here.
        host: Text,
        /// Its virtual address here.
        address: Text,
        /// Its ports.
        ports: Vec<PortView>,
        /// Its labels.
        labels: BTreeMap<Text, Text>,
        /// The gateways through which it is called.
        gateways: Vec<GatewayView>,
        /// The identities that its pods may have; empty if they are not known.
        identities: Vec<Text>,
    }
}

view! {
    /// A FailoverService.
    FailoverServiceView called "FailoverService" {
        /// Its name.
        name: Text,
        /// Its namespace.
        namespace: Text,
        /// The host under which it is called.
        host: Text,
        /// Its virtual address.
        address: Option<Text>,
        /// Its port.
        port: u32,
        /// The protocol of its port.
        protocol: Text,
        /// The services behind it, in the order in which they are tried.
        services: Vec<BackingView>,
    }
}

view! {
    /// A service behind a FailoverService.
    BackingView called "Backing" {
        /// Its name.
        name: Text,
        /// Its namespace.
        namespace: Text,
        /// Its cluster.
        cluster: Text,
        /// The port that is called.
        port: u32,
    }
}
