//! Which kinds of objects are read, and in which API versions.

use crate::ids::{ObjectRef, Text};

/// A kind of object that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Compact inventory.
    Cluster,
    /// A registered cluster.
    KubernetesCluster,
    /// A mesh.
    Mesh,
    /// A workload.
    Workload,
    /// A traffic target.
    TrafficTarget,
    /// A virtual mesh.
    VirtualMesh,
    /// A traffic policy.
    TrafficPolicy,
    /// An access policy.
    AccessPolicy,
    /// A failover service.
    FailoverService,
}

const NETWORKING: &str = "networking.smh.solo.io/v1alpha2";
const DISCOVERY: &str = "discovery.smh.solo.io/v1alpha2";
/// The group that took the policies over, in the version that has the same form.
const LATER_SAME: &str = "networking.mesh.gloo.solo.io/v1alpha2";
/// The same group in the version that has a form of its own.
pub(super) const LATER: &str = "networking.mesh.gloo.solo.io/v1";

impl Kind {
    /// Every kind with the API versions under which it is known, its own first.
    pub(super) const VERSIONS: [(Self, &'static str); 16] = [
        (Self::Cluster, "meshtree.io/v1alpha1"),
        (Self::KubernetesCluster, "multicluster.solo.io/v1alpha1"),
        (Self::Mesh, DISCOVERY),
        (Self::Workload, DISCOVERY),
        (Self::TrafficTarget, DISCOVERY),
        (Self::VirtualMesh, NETWORKING),
        (Self::TrafficPolicy, NETWORKING),
        (Self::AccessPolicy, NETWORKING),
        (Self::FailoverService, NETWORKING),
        (Self::VirtualMesh, LATER_SAME),
        (Self::TrafficPolicy, LATER_SAME),
        (Self::AccessPolicy, LATER_SAME),
        (Self::FailoverService, LATER_SAME),
        (Self::VirtualMesh, LATER),
        (Self::TrafficPolicy, LATER),
        (Self::AccessPolicy, LATER),
    ];

    /// Every kind once.
    pub(super) const ALL: [Self; 9] = [
        Self::Cluster,
        Self::KubernetesCluster,
        Self::Mesh,
        Self::Workload,
        Self::TrafficTarget,
        Self::VirtualMesh,
        Self::TrafficPolicy,
        Self::AccessPolicy,
        Self::FailoverService,
    ];

    /// Whether it is a policy, and not something about the clusters.
    pub fn is_policy(self) -> bool {
        matches!(self, Self::VirtualMesh | Self::TrafficPolicy | Self::AccessPolicy | Self::FailoverService)
    }

    /// Whether objects of a kind with this name are policies.
    pub fn is_policy_name(name: &str) -> bool {
        Self::ALL.iter().any(|kind| kind.is_policy() && kind.as_str() == name)
    }

    /// An object of this kind as headers, the lock and diffs name it: `TrafficPolicy shop/web`.
    pub fn named(self, key: &ObjectRef) -> Text {
        format!("{} {key}", self.as_str()).into()
    }

    /// The kind's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cluster => "Cluster",
            Self::KubernetesCluster => "KubernetesCluster",
            Self::Mesh => "Mesh",
            Self::Workload => "Workload",
            Self::TrafficTarget => "TrafficTarget",
            Self::VirtualMesh => "VirtualMesh",
            Self::TrafficPolicy => "TrafficPolicy",
            Self::AccessPolicy => "AccessPolicy",
            Self::FailoverService => "FailoverService",
        }
    }

    /// The API version under which the kind is known.
    pub fn api_version(self) -> &'static str {
        Self::VERSIONS.iter().find(|(kind, _)| *kind == self).map_or("", |(_, version)| version)
    }
}
