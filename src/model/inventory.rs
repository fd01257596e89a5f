//! Service Mesh Hub's own discovery objects as written (`discovery.smh.solo.io/v1alpha2`, `multicluster.solo.io/v1alpha1`).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ids::{ClusterObjectRef, ObjectRef, Text};
use crate::message;

message! {
    /// The specification of a KubernetesCluster.
    KubernetesCluster {
        /// The secret with the cluster's kubeconfig; of no use offline.
        secret_name: Text = "secretName",
        /// The domain of its services; `cluster.local`.
        cluster_domain: Text = "clusterDomain",
    }
}

message! {
    /// The specification of a Mesh.
    Mesh {
        /// The agent that handles certificates.
        agent_info: Option<AgentInfo> = "agentInfo",
        ;
        /// What kind of mesh it is.
        oneof mesh_type: MeshType {
            /// Istio.
            "istio" => Istio(IstioMesh),
            /// Open Service Mesh.
            "osm" => Osm(OsmMesh),
            /// Linkerd.
            "linkerd" => Linkerd(LinkerdMesh),
            /// Consul Connect.
            "consulConnect" => ConsulConnect(OsmMesh),
            /// AWS App Mesh.
            "awsAppMesh" => AwsAppMesh(AwsAppMesh),
        }
    }
}

message! {
    /// The agent that handles certificates in a cluster.
    AgentInfo {
        agent_namespace: Text = "agentNamespace",
    }
}

message! {
    /// Where a mesh is installed.
    Installation {
        /// The namespace of its control plane.
        namespace: Text = "namespace",
        cluster: Text = "cluster",
        /// Labels of its control plane's pods.
        pod_labels: BTreeMap<Text, Text> = "podLabels",
        version: Text = "version",
    }
}

message! {
    /// An Istio mesh.
    IstioMesh {
        /// Where it is installed.
        installation: Option<Installation> = "installation",
        /// Its certificate authority.
        citadel_info: Option<CitadelInfo> = "citadelInfo",
        /// The gateways through which it is reached.
        ingress_gateways: Vec<IngressGateway> = "ingressGateways",
    }
}

message! {
    /// An Istio mesh's certificate authority.
    CitadelInfo {
        /// The trust domain; empty means `cluster.local`.
        trust_domain: Text = "trustDomain",
        /// The service account it runs as.
        citadel_service_account: Text = "citadelServiceAccount",
    }
}

message! {
    /// A gateway through which a mesh is reached.
    IngressGateway {
        /// Labels of its pods.
        workload_labels: BTreeMap<Text, Text> = "workloadLabels",
        /// The address by which other clusters reach it.
        external_address: Text = "externalAddress",
        /// The TLS port at that address.
        external_tls_port: u32 = "externalTlsPort",
        tls_container_port: u32 = "tlsContainerPort",
    }
}

message! {
    /// A mesh of which only the installation is read.
    OsmMesh {
        /// Where it is installed.
        installation: Option<Installation> = "installation",
    }
}

message! {
    /// A Linkerd mesh.
    LinkerdMesh {
        /// Where it is installed.
        installation: Option<Installation> = "installation",
        /// The domain of its services.
        cluster_domain: Text = "clusterDomain",
    }
}

message! {
    /// An AWS App Mesh.
    AwsAppMesh {
        name: Text = "name",
        region: Text = "region",
        /// The account it belongs to.
        aws_account_id: Text = "awsAccountId",
        clusters: Vec<Text> = "clusters",
    }
}

message! {
    /// The specification of a Workload.
    Workload {
        /// The mesh it is part of.
        mesh: Option<ObjectRef> = "mesh",
        /// What App Mesh knows about it; unused.
        app_mesh: Option<AppMeshWorkload> = "appMesh",
        ;
        /// What kind of workload it is.
        oneof workload_type: WorkloadType {
            /// One of Kubernetes.
            "kubernetes" => Kubernetes(KubernetesWorkload),
        }
    }
}

message! {
    /// What App Mesh knows of a workload.
    AppMeshWorkload {
        virtual_node_name: Text = "virtualNodeName",
        ports: Vec<AppMeshPort> = "ports",
    }
}

message! {
    /// A port of an App Mesh workload.
    AppMeshPort {
        /// The number.
        port: u32 = "port",
        protocol: Text = "protocol",
    }
}

message! {
    /// A workload of Kubernetes.
    KubernetesWorkload {
        /// The Deployment, DaemonSet or StatefulSet.
        controller: Option<ClusterObjectRef> = "controller",
        /// Labels of its pod template.
        pod_labels: Arc<BTreeMap<Text, Text>> = "podLabels",
        /// The service account of its pod template.
        service_account_name: Text = "serviceAccountName",
    }
}

message! {
    /// The specification of a TrafficTarget.
    TrafficTarget {
        /// The mesh it is part of.
        mesh: Option<ObjectRef> = "mesh",
        ;
        /// What kind of target it is.
        oneof target_type: TargetType {
            /// A service of Kubernetes.
            "kubeService" => KubeService(KubeService),
        }
    }
}

message! {
    /// A service of Kubernetes as a traffic target.
    KubeService {
        reference: Option<ClusterObjectRef> = "ref",
        workload_selector_labels: Arc<BTreeMap<Text, Text>> = "workloadSelectorLabels",
        labels: Arc<BTreeMap<Text, Text>> = "labels",
        ports: Vec<ServicePort> = "ports",
        /// Label values that distinguish its workloads.
        subsets: BTreeMap<Text, SubsetValues> = "subsets",
    }
}

message! {
    /// A port of a service.
    ServicePort {
        /// The number.
        port: u32 = "port",
        /// The name; empty when it has none.
        name: Text = "name",
        /// The transport protocol.
        protocol: Text = "protocol",
    }
}

message! {
    /// The values that a label has among a target's workloads.
    SubsetValues {
        values: Vec<Text> = "values",
    }
}
