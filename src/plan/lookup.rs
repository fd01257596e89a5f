//! Indexes the plan by handles: `plan[target]`.

use std::ops::Index;

use super::{
    AccessId, AccessPolicy, Cluster, ClusterId, FailoverId, FailoverService, Mesh, MeshId, Plan, Request, RequestId,
    Target, TargetId, TrafficId, TrafficPolicy, VirtualMesh, VirtualMeshId, Workload, WorkloadId,
};

macro_rules! lookup {
    ($($handle:ident => $field:ident : $type:ident;)*) => { $(
        impl<'a> Index<$handle> for Plan<'a> {
            type Output = $type<'a>;

            fn index(&self, handle: $handle) -> &$type<'a> {
                &self.$field[handle.index()]
            }
        }
    )* };
}

lookup! {
    ClusterId => clusters: Cluster;
    MeshId => meshes: Mesh;
    TargetId => targets: Target;
    WorkloadId => workloads: Workload;
    VirtualMeshId => virtual_meshes: VirtualMesh;
    FailoverId => failovers: FailoverService;
    TrafficId => traffic: TrafficPolicy;
    AccessId => access: AccessPolicy;
    RequestId => requests: Request;
}
