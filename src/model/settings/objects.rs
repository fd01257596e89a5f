//! The settings of objects that no policy asks for. All are off unless they are set.

use std::collections::BTreeMap;

use super::{EdgeGateway, Settings};
use crate::ids::{ClusterName, Text};
use crate::model::compact::Labels;
use crate::{enumeration, message};

enumeration! {
    /// What the workloads of a mesh accept.
    MutualTls {
        /// Mutual TLS alone.
        Strict = "STRICT",
        /// Plain text as well.
        Permissive = "PERMISSIVE",
        /// No PeerAuthentication is rendered.
        None = "none",
    }
}

enumeration! {
    /// The form in which the installation of Istio is rendered.
    InstallForm {
        /// As an IstioOperator, for istioctl or for the operator in the cluster.
        IstioOperator = "istiooperator",
        /// As the values of Istio's Helm charts.
        HelmValues = "helm-values",
        /// As Applications of Argo CD, which install Istio's Helm charts.
        ArgoCd = "argocd",
        /// As an Istio of Sail Operator.
        Sail = "sail",
        /// Not at all.
        None = "none",
    }
}

enumeration! {
    /// A component that Istio up to 1.7 installs with the control plane.
    Addon {
        Grafana = "grafana",
        Kiali = "kiali",
        Prometheus = "prometheus",
        Tracing = "tracing",
    }
}

message! {
    /// Objects that no policy asks for.
    Objects {
        /// A mesh-wide PeerAuthentication for each mesh; none.
        peer_authentication: Option<MutualTls> = "peerAuthentication",
        /// The Namespaces of each mesh.
        namespaces: Option<Namespaces> = "namespaces",
        /// The installation of Istio.
        istio: Option<Installation> = "istio",
        /// An edge gateway.
        edge_gateway: Option<EdgeGateway> = "edgeGateway",
    }
}

message! {
    /// The Namespaces of the control planes and of the workloads.
    Namespaces {
        /// Whether they are rendered, with the labels by which Istio injects sidecars.
        render: bool = "render",
        /// The revision tag in their labels, instead of the revision of the control plane.
        revision_tag: Option<Text> = "revisionTag",
        /// More labels, by namespace.
        labels: BTreeMap<Text, Labels> = "labels",
    }
}

message! {
    /// The installation of Istio. `{cluster}` in a text stands for the name of the cluster.
    Installation {
        /// Its form.
        form: Option<InstallForm> = "form",
        /// Whether an IstioOperator is applied, for the operator in the cluster, instead of being a file for istioctl.
        in_cluster: bool = "inCluster",
        /// Where proxies log requests; nowhere.
        access_log_file: Option<Text> = "accessLogFile",
        /// Components that Istio up to 1.7 installs with the control plane.
        addons: Vec<Addon> = "addons",
        /// What Istio calls the cluster; for profile `sni` the name of the cluster.
        cluster_name: Option<Text> = "clusterName",
        /// The network of the pods; for profile `sni` the name of the cluster.
        network: Option<Text> = "network",
        /// The ID of the mesh; its trust domain.
        mesh_id: Option<Text> = "meshID",
        /// Where proxies ask istio-csr for certificates, if it delivers CA material; `cert-manager-istio-csr.cert-manager.svc:443`.
        ca_address: Option<Text> = "caAddress",
        /// Where Applications are.
        argocd: Option<ArgoCd> = "argocd",
    }
}

message! {
    /// Where Applications are.
    ArgoCd {
        /// The cluster of the fleet in which Argo CD runs, and in whose tree the Applications are; each cluster itself.
        cluster: Option<Text> = "cluster",
        /// The namespace of Argo CD; `argocd`.
        namespace: Option<Text> = "namespace",
        /// The project of the Applications; `default`.
        project: Option<Text> = "project",
        /// The repository of Istio's charts; `https://istio-release.storage.googleapis.com/charts`.
        repo_url: Option<Text> = "repoURL",
    }
}

impl Objects {
    /// These where they are set, and otherwise those of the fleet.
    fn or<'s>(&'s self, fleet: &'s Self) -> Chosen<'s> {
        let Self { peer_authentication, namespaces, istio, edge_gateway } = self;
        Chosen {
            peer_authentication: (*peer_authentication).or(fleet.peer_authentication),
            namespaces: namespaces.as_ref().or(fleet.namespaces.as_ref()),
            istio: istio.as_ref().or(fleet.istio.as_ref()),
            edge_gateway: edge_gateway.as_ref().or(fleet.edge_gateway.as_ref()),
        }
    }
}

/// What the settings ask for in one cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Chosen<'s> {
    pub peer_authentication: Option<MutualTls>,
    pub namespaces: Option<&'s Namespaces>,
    pub istio: Option<&'s Installation>,
    pub edge_gateway: Option<&'s EdgeGateway>,
}

impl<'s> Chosen<'s> {
    /// The installation and its form, if it is rendered.
    pub fn installation(&self) -> Option<(&'s Installation, InstallForm)> {
        let istio = self.istio?;
        Some((istio, istio.form.filter(|form| *form != InstallForm::None)?))
    }
}

impl Installation {
    /// What Istio calls a cluster, whose name is the default if clusters have such names; none if it has none.
    pub fn cluster_name_of(&self, cluster: &ClusterName, is_named: bool) -> Option<String> {
        filled(self.cluster_name.as_deref(), cluster, is_named)
    }

    /// The network of a cluster's pods, with the same default.
    pub fn network_of(&self, cluster: &ClusterName, is_named: bool) -> Option<String> {
        filled(self.network.as_deref(), cluster, is_named)
    }

    /// The ID of a cluster's mesh.
    pub fn mesh_id_of(&self, cluster: &ClusterName) -> Option<String> {
        filled(self.mesh_id.as_deref(), cluster, false)
    }
}

/// A text with the name of a cluster filled in; none if it is empty.
fn filled(stated: Option<&str>, cluster: &ClusterName, is_named: bool) -> Option<String> {
    let text = stated.unwrap_or(if is_named { "{cluster}" } else { "" });
    Some(text.replace("{cluster}", cluster.as_str())).filter(|text| !text.is_empty())
}

impl Settings {
    /// The objects that no policy asks for in a cluster: each setting of the cluster takes the place of the fleet's as a whole.
    pub fn objects_of(&self, cluster: &ClusterName) -> Chosen<'_> {
        let of_cluster = self.clusters.get(&cluster.0).and_then(|settings| settings.objects.as_ref());
        match (of_cluster, &self.objects) {
            (None, None) => Chosen::default(),
            (Some(one), None) | (None, Some(one)) => one.or(one),
            (Some(own), Some(fleet)) => own.or(fleet),
        }
    }

    /// Where a setting of these objects is, for a cluster: in its own settings or in the fleet's.
    pub fn is_of_cluster(&self, cluster: &ClusterName, is_set: impl Fn(&Objects) -> bool) -> bool {
        self.clusters.get(&cluster.0).and_then(|settings| settings.objects.as_ref()).is_some_and(is_set)
    }
}
