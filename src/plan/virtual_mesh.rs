//! Virtual meshes.

use super::{MeshId, Policy, Restriction, RootSource, VirtualMeshVerdict};

/// A virtual mesh. One that is not applied groups no meshes and has no effect.
#[derive(Debug)]
pub struct VirtualMesh<'a> {
    pub policy: Policy<'a>,
    /// What it lists, and what is wrong with it.
    pub verdict: VirtualMeshVerdict,
    /// The meshes that it groups, in the order in which it lists them.
    pub meshes: Vec<MeshId>,
    /// Whether its services are federated: it groups at least two meshes.
    pub federated: bool,
    /// Which services are federated, if not all of them.
    pub restriction: Option<Restriction>,
    /// Whether requests that no access policy allows are refused.
    pub deny_by_default: bool,
    /// Whether pods are restarted when certificates change.
    pub restarts: bool,
    /// Where its root comes from, if certificates are issued.
    pub root: Option<RootSource>,
}
