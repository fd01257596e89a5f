//! Raw objects of Kubernetes as written, of the fields that discovery reads.
//!
//! They are what `kubectl get` prints or what people keep in Git. Fields that are not read are skipped, null means absent.

mod difference;
mod fields;
mod kept;
mod piece;
mod store;
mod tree;
mod values;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use fields::{flags, list, loose, nullable, shared};

pub use fields::{Labels, PortRef};
pub use install::{
    Application, ApplicationSource, HelmRelease, OciRepository, SailIstio, SailRevision, SailRevisionTag, SailSpec,
    SailStrategy,
};
pub(super) use piece::{Read, listed, pruned, read, read_node};
pub(super) use store::AnyRaw;
pub use store::{ByKey, Kubernetes, Raw};
pub(super) use tree::Tree;
pub use values::Values;

use crate::ids::Text;

macro_rules! wire {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident : $type:ty = $with:literal,)* })*) => { $(
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
        #[serde(default, rename_all = "camelCase")]
        pub struct $name {
            $($(#[$field_meta])* #[serde(deserialize_with = $with)] pub $field: $type,)*
        }
    )* };
}

// Behind the macro, which it uses.
mod install;

wire! {
    /// What every object has.
    Metadata {
        name: Text = "nullable",
        /// The namespace; empty when none is written.
        namespace: Text = "nullable",
        /// What the API server knows the object by; empty in a manifest that it has never seen.
        uid: Text = "nullable",
        labels: Arc<Labels> = "shared",
        /// The annotations that mean something here.
        annotations: Annotations = "nullable",
        /// What the object belongs to.
        owner_references: Vec<Owner> = "list",
    }

    /// Annotations that mean something here.
    Annotations {
        /// Whether a sidecar is to be injected.
        #[serde(rename = "sidecar.istio.io/inject")]
        inject: Option<Text> = "nullable",
        /// Whether a service is in the mesh even without workloads behind it.
        #[serde(rename = "discovery.smh.solo.io/enabled")]
        enabled: Option<Text> = "nullable",
        /// The same by the name that Gloo Mesh gave it.
        #[serde(rename = "discovery.mesh.gloo.solo.io/enabled")]
        enabled_later: Option<Text> = "nullable",
        /// When Helm runs the object and removes it again.
        #[serde(rename = "helm.sh/hook")]
        helm_hook: Option<Text> = "nullable",
        /// When Argo CD runs the object and removes it again.
        #[serde(rename = "argocd.argoproj.io/hook")]
        argo_hook: Option<Text> = "nullable",
        /// Whether a sidecar of Open Service Mesh is to be injected.
        #[serde(rename = "openservicemesh.io/sidecar-injection")]
        osm_injection: Option<Text> = "nullable",
        /// What Istio injects instead of a sidecar.
        #[serde(rename = "inject.istio.io/templates")]
        templates: Option<Text> = "nullable",
        /// `enabled` on a pod whose traffic Istio's node proxy takes over.
        #[serde(rename = "ambient.istio.io/redirection")]
        redirection: Option<Text> = "nullable",
        /// The name of what Istio makes for a Gateway, in place of the usual one.
        #[serde(rename = "gateway.istio.io/name-override")]
        name_override: Option<Text> = "nullable",
        /// The type of the Service that Istio makes for a Gateway.
        #[serde(rename = "networking.istio.io/service-type")]
        service_type: Option<Text> = "nullable",
        /// To which namespaces a Service is visible.
        #[serde(rename = "networking.istio.io/exportTo")]
        export_to: Option<Text> = "nullable",
    }

    /// What an object belongs to.
    Owner {
        kind: Text = "nullable",
        name: Text = "nullable",
        /// Whether the owner controls it.
        controller: bool = "nullable",
    }

    /// A Namespace, or another object of which only the metadata is read.
    Plain {
        metadata: Metadata = "nullable",
    }

    /// A MutatingWebhookConfiguration. Its labels name a revision and a tag.
    Webhook {
        metadata: Metadata = "nullable",
    }

    /// A Deployment, DaemonSet or StatefulSet.
    Controller {
        metadata: Metadata = "nullable",
        /// The specification.
        spec: ControllerSpec = "nullable",
    }

    /// What a controller makes.
    ControllerSpec {
        template: Pod = "nullable",
    }

    /// A workload of a kind of which only the names and labels are read: a Rollout, a Canary, a DeploymentConfig.
    OtherWorkload {
        metadata: Metadata = "nullable",
        /// The specification.
        spec: OtherSpec = "nullable",
    }

    /// What such a workload makes.
    OtherSpec {
        template: Plain = "nullable",
        /// The Deployment that has the template.
        #[serde(alias = "workloadRef")]
        target_ref: TargetRef = "nullable",
    }

    /// A reference to an object of the same namespace.
    TargetRef {
        name: Text = "nullable",
    }

    /// A Pod or the template of one.
    Pod {
        metadata: Metadata = "nullable",
        /// The specification.
        spec: PodSpec = "nullable",
    }

    /// What a pod runs.
    PodSpec {
        containers: Vec<Container> = "list",
        /// What runs before them, or beside them if it restarts always.
        init_containers: Vec<Container> = "list",
        /// The node it runs on.
        node_name: Text = "nullable",
        service_account_name: Text = "nullable",
        /// The same by an old name.
        service_account: Text = "nullable",
        /// Whether it shares the node's network.
        host_network: bool = "nullable",
    }

    /// A container.
    Container {
        name: Text = "nullable",
        image: Text = "nullable",
        /// Arguments of its command, which distinguish a gateway from a sidecar.
        args: Vec<Text> = "list",
        ports: Vec<ContainerPort> = "list",
        /// `Always` makes a sidecar of an init container.
        restart_policy: Text = "nullable",
        /// Istio's flags in its environment, of what makes pods.
        env: Vec<EnvVar> = "flags",
    }

    /// A variable of a container's environment.
    EnvVar {
        name: Text = "nullable",
        /// Its value; empty for one that comes from elsewhere.
        value: Text = "loose",
    }

    /// A port of a container.
    ContainerPort {
        name: Text = "nullable",
        /// Its number.
        container_port: u32 = "nullable",
    }

    /// A Service.
    Service {
        metadata: Metadata = "nullable",
        /// The specification.
        spec: ServiceSpec = "nullable",
        /// The status.
        status: ServiceStatus = "nullable",
    }

    /// What a Service is.
    ServiceSpec {
        /// Its type; `ClusterIP` when none is written.
        #[serde(rename = "type")]
        kind: Text = "nullable",
        /// Labels of the pods behind it.
        selector: Arc<Labels> = "shared",
        ports: Vec<ServicePort> = "list",
        /// Its address in the cluster; `None` for a headless service.
        #[serde(rename = "clusterIP")]
        cluster_ip: Text = "nullable",
        /// The address that was asked for.
        #[serde(rename = "loadBalancerIP")]
        load_balancer_ip: Text = "nullable",
        /// Addresses outside of the cluster that lead to it.
        #[serde(rename = "externalIPs")]
        external_ips: Vec<Text> = "list",
    }

    /// A port of a Service.
    ServicePort {
        /// Its name; empty when it has none.
        name: Text = "nullable",
        /// Its number.
        port: u32 = "nullable",
        /// Its transport protocol; `TCP` when none is written.
        protocol: Text = "nullable",
        /// Its application protocol.
        app_protocol: Text = "nullable",
        /// The port of the container; the port itself when none is written.
        target_port: Option<PortRef> = "nullable",
        node_port: u32 = "nullable",
    }

    /// The status of a Service.
    ServiceStatus {
        load_balancer: LoadBalancer = "nullable",
    }

    /// A load balancer.
    LoadBalancer {
        /// Its addresses.
        ingress: Vec<Ingress> = "list",
    }

    /// An address of a load balancer.
    Ingress {
        /// An IP address.
        ip: Text = "nullable",
        /// A host name.
        hostname: Text = "nullable",
    }

    /// A Node.
    Node {
        metadata: Metadata = "nullable",
        /// The status.
        status: NodeStatus = "nullable",
    }

    /// The status of a Node.
    NodeStatus {
        addresses: Vec<NodeAddress> = "list",
        images: Vec<NodeImage> = "list",
    }

    /// An address of a Node.
    NodeAddress {
        /// `InternalIP`, `ExternalIP`, `Hostname` and the like.
        #[serde(rename = "type")]
        kind: Text = "nullable",
        address: Text = "nullable",
    }

    /// An image that a Node has.
    NodeImage {
        names: Vec<Text> = "list",
    }

    /// A ConfigMap of Istio.
    ConfigMap {
        metadata: Metadata = "nullable",
        /// What it holds.
        data: ConfigData = "nullable",
    }

    /// What a ConfigMap of Istio holds.
    ConfigData {
        /// The mesh's configuration.
        mesh: Option<Text> = "nullable",
        /// The values of the chart from which a control plane comes, since Istio 1.26.
        #[serde(rename = "merged-values")]
        merged_values: Option<Text> = "nullable",
        /// A part of these values, of every version, beside the templates of injection.
        values: Option<Text> = "nullable",
    }

    /// The configuration of a mesh.
    MeshConfig {
        trust_domain: Text = "nullable",
    }

    /// An IstioOperator.
    IstioOperator {
        metadata: Metadata = "nullable",
        /// The specification.
        spec: OperatorSpec = "nullable",
    }

    /// What an IstioOperator installs.
    OperatorSpec {
        /// The profile that it begins with; `empty` and `remote` have no control plane.
        profile: Text = "nullable",
        revision: Text = "nullable",
        namespace: Text = "nullable",
        /// The tag of Istio's images.
        tag: Text = "nullable",
        /// The mesh's configuration.
        mesh_config: Values = "nullable",
        /// Values of Helm charts.
        values: Values = "nullable",
        /// Istio's parts.
        components: OperatorComponents = "nullable",
    }

    /// Istio's parts.
    OperatorComponents {
        /// The control plane.
        pilot: OperatorComponent = "nullable",
        /// Gateways for requests from outside.
        ingress_gateways: Vec<OperatorGateway> = "list",
    }

    /// A gateway that an IstioOperator installs.
    OperatorGateway {
        name: Text = "nullable",
        namespace: Text = "nullable",
        /// Whether it is installed.
        enabled: Option<bool> = "nullable",
        /// Labels of its pods.
        label: Arc<Labels> = "shared",
    }

    /// One of Istio's parts.
    OperatorComponent {
        /// Whether it is installed.
        enabled: Option<bool> = "nullable",
        namespace: Text = "nullable",
        /// Its pods.
        k8s: OperatorPods = "nullable",
    }

    /// The pods of a component.
    OperatorPods {
        /// Istio's flags in their environment.
        env: Vec<EnvVar> = "flags",
    }
}

impl Annotations {
    /// Whether a service is in the mesh even without workloads behind it.
    pub fn is_enabled(&self) -> bool {
        [&self.enabled, &self.enabled_later].into_iter().any(|enabled| enabled.as_deref() == Some("true"))
    }

    /// Whether the object is a hook: it runs at a certain time, and does not stay.
    pub fn is_hook(&self) -> bool {
        self.helm_hook.is_some() || self.argo_hook.is_some()
    }
}

impl PodSpec {
    /// The service account, by whichever name it is given; empty if not given.
    pub fn account(&self) -> &Text {
        if self.service_account_name.is_empty() { &self.service_account } else { &self.service_account_name }
    }
}

impl ServicePort {
    /// The transport protocol as the API server would store it.
    pub fn protocol(&self) -> Text {
        if self.protocol.is_empty() { "TCP".into() } else { self.protocol.clone() }
    }
}

impl ServiceSpec {
    /// The type as the API server would store it.
    pub fn kind(&self) -> &str {
        if self.kind.is_empty() { "ClusterIP" } else { &self.kind }
    }
}
