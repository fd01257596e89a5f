//! What is kept: CA material as the store has it. `delivery` decides which part of it a cluster gets.

use crate::ids::{ClusterName, ObjectRef};
use crate::plan::MeshCa;

/// The CA material of every mesh that is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaMaterial {
    /// In the order of their VirtualMesh, then of their mesh.
    pub meshes: Vec<MeshMaterial>,
}

/// One mesh's `cacerts`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeshMaterial {
    /// The VirtualMesh whose root signed it.
    pub virtual_mesh: ObjectRef,
    pub mesh: ObjectRef,
    /// The cluster it is for.
    pub cluster: ClusterName,
    /// The namespace it is for.
    pub namespace: String,
    /// The Secret's manifest: the store's file, byte for byte.
    pub manifest: String,
    /// Its sealed copy as a manifest, if the cluster gets one.
    pub sealed: Option<String>,
    /// Whether this run made it.
    pub issued: bool,
}

impl CaMaterial {
    /// What there is for a mesh.
    pub fn of(&self, mesh: &ObjectRef) -> Option<&MeshMaterial> {
        self.meshes.iter().find(|material| material.mesh == *mesh)
    }
}

impl MeshMaterial {
    /// A mesh's material, from the text of its file.
    pub(super) fn new(virtual_mesh: &ObjectRef, mesh: &MeshCa, manifest: String, issued: bool) -> Self {
        Self {
            virtual_mesh: virtual_mesh.clone(),
            mesh: mesh.mesh.clone(),
            cluster: mesh.cluster.clone(),
            namespace: mesh.namespace.clone(),
            manifest,
            sealed: None,
            issued,
        }
    }
}
