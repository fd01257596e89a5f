//! What one document is decoded into.

use crate::diag::Origin;
use crate::ids::ClusterName;

use super::meta::Object;
use super::unread::Unread;
use super::{access_policy, compact, existing, failover_service, inventory, kubernetes, traffic_policy, virtual_mesh};

/// One decoded object.
#[derive(Debug)]
pub(super) enum Decoded {
    Compact(ClusterName, Object<compact::Cluster>),
    KubernetesCluster(Object<inventory::KubernetesCluster>),
    Mesh(Object<inventory::Mesh>),
    Workload(Object<inventory::Workload>),
    TrafficTarget(Object<inventory::TrafficTarget>),
    VirtualMesh(Object<virtual_mesh::VirtualMesh>),
    TrafficPolicy(Box<Object<traffic_policy::TrafficPolicy>>),
    AccessPolicy(Object<access_policy::AccessPolicy>),
    FailoverService(Object<failover_service::FailoverService>),
    Kubernetes(ClusterName, Box<kubernetes::AnyRaw>),
    /// One of a kind that is rendered.
    Existing(ClusterName, Box<existing::Existing>),
    /// A PolicyTest.
    Test(Origin),
    /// What was not understood.
    Unread(Unread),
    Ignored(String),
}
