//! What is known of the fleet, bound: clusters, meshes, services, workloads.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use super::{
    AccessId, ClusterId, FailoverId, MeshId, Owners, ServicePlane, SmiService, Subsets, TargetId, TrafficId,
    VirtualMeshId,
};
use crate::discover;
use crate::ids::{ClusterName, ObjectRef, Text};
use crate::version::{Entry, Facts};

/// A cluster.
#[derive(Debug)]
pub struct Cluster<'a> {
    pub name: &'a ClusterName,
    /// The domain of its services.
    pub domain: &'a Text,
    /// Whether services of it may be federated.
    pub registered: bool,
    pub meshes: Vec<MeshId>,
    /// What its Istios read.
    pub facts: Facts,
    /// In key order.
    pub targets: Vec<TargetId>,
    /// Whether an Open Service Mesh is installed in it.
    pub osm: bool,
    /// Whether the inventory knows the hub's namespace in it.
    pub has_hub_namespace: bool,
}

/// An Istio mesh.
#[derive(Debug)]
pub struct Mesh<'a> {
    pub key: &'a ObjectRef,
    /// The cluster it is installed in.
    pub cluster: ClusterId,
    /// The namespace of its control plane.
    pub namespace: &'a Text,
    pub istio: &'a discover::Istio,
    /// How its gateway lets requests from other clusters in.
    pub entry: Entry,
    /// What Gateways in the cluster's own files let in at its gateways' pods.
    pub served: Vec<Served<'a>>,
    /// The virtual mesh that groups it.
    pub virtual_mesh: Option<VirtualMeshId>,
    /// In key order.
    pub targets: Vec<TargetId>,
    /// The failover services that can be called from it, in key order.
    pub failovers: Vec<FailoverId>,
}

/// Requests from other clusters that a Gateway in the cluster's own files lets in already.
#[derive(Debug)]
pub struct Served<'a> {
    /// At the pods of this gateway.
    pub gateway: &'a discover::Gateway,
    /// For these hosts, of those for which they have to be let in.
    pub hosts: BTreeSet<String>,
}

/// A service of a mesh.
#[derive(Debug)]
pub struct Target<'a> {
    pub key: &'a ObjectRef,
    pub known: &'a discover::Target,
    pub cluster: ClusterId,
    /// The mesh it is part of; none when that is not an Istio.
    pub mesh: Option<MeshId>,
    /// How requests get to its pods.
    pub plane: ServicePlane,
    /// Whether it is the service of a gateway through which its mesh is reached from other clusters.
    pub is_gateway: bool,
    /// What is bound for it alone when an Open Service Mesh serves it.
    pub smi: Option<SmiService<'a>>,
    /// Its host in its own cluster.
    pub local_host: String,
    /// Its host in every other cluster.
    pub global_host: String,
    /// Its virtual address in every other cluster.
    pub address: Ipv4Addr,
    /// The named parts of its endpoints that policies ask for.
    pub subsets: Subsets<'a>,
    /// The traffic policies that are applied, in order.
    pub traffic: Vec<TrafficId>,
    /// What they make of requests, before ports and order: [`super::Plan::routes`] has these. One without policies takes the
    /// requests that no other takes, to the service itself.
    pub routes: Vec<Owners>,
    /// The same for callers in other clusters, where it differs: a policy may be for callers in some clusters only.
    pub routes_elsewhere: BTreeMap<ClusterId, Vec<Owners>>,
    /// Which of them own the features of the whole service.
    pub owners: Owners,
    /// The access policies that are applied, in order.
    pub access: Vec<AccessId>,
    /// The service accounts of the workloads behind it, sorted, where callers in other clusters check them; empty if these are
    /// not known.
    pub accounts: Box<[&'a str]>,
}

impl Target<'_> {
    /// What policies make of requests of callers in a cluster.
    pub fn routes_in(&self, client: ClusterId) -> &[Owners] {
        self.routes_elsewhere.get(&client).unwrap_or(&self.routes)
    }

    /// Whether its mesh is of a kind for which nothing is rendered.
    pub fn is_untranslated(&self) -> bool {
        self.mesh.is_none() && self.smi.is_none()
    }
}

/// A workload of a mesh.
#[derive(Debug)]
pub struct Workload<'a> {
    pub key: &'a ObjectRef,
    pub known: &'a discover::Workload,
    pub cluster: ClusterId,
    /// The mesh it is part of; none when that is not an Istio.
    pub mesh: Option<MeshId>,
}

impl<'a> Workload<'a> {
    /// The service account as which it runs: `default` where none is given, as Kubernetes has it.
    pub fn account(&self) -> &'a str {
        let account: &'a str = &self.known.service_account;
        if account.is_empty() { "default" } else { account }
    }
}
