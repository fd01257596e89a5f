//! Handles: positions in the plan's lists. A handle that exists is found, so no question about the plan can miss.

use std::ops::Index;

use super::{
    AccessPolicy, Cluster, FailoverService, Mesh, Plan, Request, Target, TrafficPolicy, VirtualMesh, Workload,
};

macro_rules! handles {
    ($($(#[$meta:meta])* $handle:ident => $field:ident : $type:ident;)*) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $handle(pub u32);

        impl $handle {
            /// The position in the plan's list.
            pub fn index(self) -> usize {
                self.0 as usize
            }

            /// The handle of a position.
            pub fn at(position: usize) -> Self {
                Self(u32::try_from(position).unwrap_or(u32::MAX))
            }

            /// The handles of a list's positions, in order.
            pub fn all(length: usize) -> impl Iterator<Item = Self> + use<> {
                (0..length).map(Self::at)
            }
        }

        impl<'a> Index<$handle> for Plan<'a> {
            type Output = $type<'a>;

            fn index(&self, handle: $handle) -> &$type<'a> {
                &self.$field[handle.index()]
            }
        }
    )* };
}

handles! {
    /// A cluster of the plan.
    ClusterId => clusters: Cluster;
    /// An Istio mesh of the plan.
    MeshId => meshes: Mesh;
    /// A traffic target of the plan.
    TargetId => targets: Target;
    /// A workload of the plan.
    WorkloadId => workloads: Workload;
    /// A virtual mesh of the plan.
    VirtualMeshId => virtual_meshes: VirtualMesh;
    /// A failover service of the plan.
    FailoverId => failovers: FailoverService;
    /// A traffic policy of the plan.
    TrafficId => traffic: TrafficPolicy;
    /// An access policy of the plan.
    AccessId => access: AccessPolicy;
    /// A condition on requests that some policy has.
    RequestId => requests: Request;
}
