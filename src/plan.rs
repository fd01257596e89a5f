//! The bound model: every reference a handle, every policy on the services that it is applied to, in its order, every
//! derived name computed.
//!
//! `resolve` writes the plan; every other stage reads it. Its types hold nothing as it was written, and its methods are
//! questions: they compute answers and change nothing.

pub mod access;
pub mod ambient;
pub mod authority;
pub mod failover;
pub mod features;
pub mod grants;
pub mod handles;
pub mod hosts;
pub mod index;
mod lookup;
pub mod policy;
pub mod ports;
pub mod reach;
pub mod request;
pub mod restarts;
pub mod route;
pub mod source;
pub mod subsets;
pub mod target;
pub mod traffic;
mod unmatched;
pub mod verdict;
pub mod virtual_mesh;
mod waves;

use crate::ids::{ClusterName, ClusterObjectRef, ObjectRef, Text};

pub use access::{AccessPolicy, Callers, CallersByGroup, DefaultAccess, Group, Identities, Identity, Operation, Rule};
pub use ambient::ServicePlane;
pub use authority::{Authority, CaPlan, GeneratedRoot, MeshCa, RootSource};
pub use failover::{AggregateReason, FailoverChoice, FailoverEndpoints, FailoverService};
// All of it: a new feature brings types of its own.
pub use features::*;
pub use grants::{Account, Grant, SmiService};
pub use handles::{AccessId, ClusterId, FailoverId, MeshId, RequestId, TargetId, TrafficId, VirtualMeshId, WorkloadId};
pub use index::Index;
pub use policy::Policy;
pub use ports::{RoutePorts, Spoken, stated_protocol};
pub use reach::{Exposed, Reach, Restriction};
pub use request::{HeaderCounts, Method, NO_PATH, Request, RequestConditions, Requests, ValueMatch};
pub use restarts::{Restarted, Restarts};
pub use route::{Route, When};
pub use source::{SourceMatch, SourceSelector, sources_in};
pub use subsets::{Subset, Subsets};
pub use target::{Cluster, Mesh, Served, Target, Workload};
pub use traffic::TrafficPolicy;
pub use verdict::{FailoverVerdict, Part, Problem, Verdict, VirtualMeshVerdict, status_texts};
pub use virtual_mesh::VirtualMesh;

/// Everything that is to be translated, and what was found about each policy.
#[derive(Debug, Default)]
pub struct Plan<'a> {
    /// The namespace of the hub.
    pub hub: Text,
    /// The labels of every object; a value may hold `{cluster}` and `{hub}`.
    pub labels: Vec<(Text, Text)>,
    /// Whether objects have the annotation by which Argo CD orders them.
    pub has_sync_waves: bool,
    /// Whether requests that meet no condition of a service's routes go to the service itself.
    pub passes_unmatched: bool,
    /// By name.
    pub clusters: Vec<Cluster<'a>>,
    /// The Istio meshes, in key order like all lists below.
    pub meshes: Vec<Mesh<'a>>,
    pub targets: Vec<Target<'a>>,
    pub workloads: Vec<Workload<'a>>,
    pub virtual_meshes: Vec<VirtualMesh<'a>>,
    pub failovers: Vec<FailoverService<'a>>,
    pub traffic: Vec<TrafficPolicy<'a>>,
    pub access: Vec<AccessPolicy<'a>>,
    /// The conditions on requests that policies have, each once.
    pub requests: Vec<Request<'a>>,
}

impl Plan<'_> {
    /// The clusters, by name.
    pub fn cluster_ids(&self) -> impl Iterator<Item = ClusterId> {
        ClusterId::all(self.clusters.len())
    }

    /// Whether policies can render anything for a cluster: it has an Istio or an Open Service Mesh.
    pub fn is_rendered(&self, cluster: ClusterId) -> bool {
        !self[cluster].meshes.is_empty() || self[cluster].osm
    }

    /// The cluster of that name.
    pub fn cluster(&self, name: &ClusterName) -> Option<ClusterId> {
        self.clusters.binary_search_by(|cluster| cluster.name.cmp(name)).ok().map(ClusterId::at)
    }

    /// The mesh of that key.
    pub fn mesh(&self, key: &ObjectRef) -> Option<MeshId> {
        self.meshes.binary_search_by(|mesh| mesh.key.cmp(key)).ok().map(MeshId::at)
    }

    /// The failover service of that key, whatever its state.
    pub fn failover(&self, key: &ObjectRef) -> Option<FailoverId> {
        self.failovers.binary_search_by(|failover| failover.policy.key.cmp(key)).ok().map(FailoverId::at)
    }

    /// The host of a target as callers in a cluster know it.
    pub fn host(&self, target: TargetId, from: ClusterId) -> &str {
        let target = &self[target];
        if target.cluster == from { &target.local_host } else { &target.global_host }
    }

    /// The server name by which the gateway of a target's mesh is asked for one of its ports and a subset.
    pub fn sni(&self, target: TargetId, port: u32, subset: &str) -> String {
        hosts::sni(&self[target].local_host, port, subset)
    }

    /// The identities that the pods behind a target may have; none if their accounts are not known.
    pub fn identities(&self, target: TargetId) -> Vec<String> {
        let bound = &self[target];
        let domain = bound.mesh.map(|mesh| &*self[mesh].istio.trust_domain).unwrap_or_default();
        let namespace = &bound.known.service.namespace;
        bound.accounts.iter().map(|account| hosts::identity(domain, namespace, account)).collect()
    }

    /// The service of a target.
    pub fn service(&self, target: TargetId) -> &ClusterObjectRef {
        &self[target].known.service
    }
}

#[cfg(test)]
pub(crate) mod tests;
