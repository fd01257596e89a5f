//! Where the store keeps what. Names have been checked before they become paths.

use std::path::{Path, PathBuf};

use crate::ids::ObjectRef;

/// The directory of an authority.
pub(super) fn directory(store: &Path, virtual_mesh: &ObjectRef) -> PathBuf {
    store.join(format!("{}.{}", virtual_mesh.namespace, virtual_mesh.name))
}

/// The root's file in an authority's directory.
pub(super) fn root_file(directory: &Path) -> PathBuf {
    directory.join("root.yaml")
}

/// A mesh's file in an authority's directory.
pub(super) fn mesh_file(directory: &Path, mesh: &ObjectRef) -> PathBuf {
    directory.join("meshes").join(format!("{}.yaml", mesh.name))
}
