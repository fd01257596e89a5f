//! Where the store keeps what. Names have been checked before they become paths.

use std::path::{Path, PathBuf};

use crate::ids::ObjectRef;

/// The directory of an authority.
pub fn directory(store: &Path, virtual_mesh: &ObjectRef) -> PathBuf {
    store.join(format!("{}.{}", virtual_mesh.namespace, virtual_mesh.name))
}

/// The root's file in an authority's directory.
pub(super) fn root_file(directory: &Path) -> PathBuf {
    directory.join("root.yaml")
}

/// The file of the root that a rotation leads to, while it does not sign yet.
pub(super) fn next_root_file(directory: &Path) -> PathBuf {
    directory.join("next-root.yaml")
}

/// The file of the root that a rotation leads away from, while it is still trusted.
pub(super) fn former_root_file(directory: &Path) -> PathBuf {
    directory.join("former-root.yaml")
}

/// The file that says how far a rotation is.
pub(super) fn rotation_file(directory: &Path) -> PathBuf {
    directory.join("rotation.yaml")
}

/// A mesh's file in an authority's directory.
pub(super) fn mesh_file(directory: &Path, mesh: &ObjectRef) -> PathBuf {
    directory.join("meshes").join(format!("{}.yaml", mesh.name))
}

/// The file of a mesh's sealed copy in an authority's directory.
pub(super) fn sealed_file(directory: &Path, mesh: &ObjectRef) -> PathBuf {
    directory.join("sealed").join(format!("{}.yaml", mesh.name))
}

/// The file of a mesh's request in an authority's directory.
pub(super) fn request_file(directory: &Path, mesh: &ObjectRef) -> PathBuf {
    directory.join("requests").join(format!("{}.yaml", mesh.name))
}

/// The first symbolic link among a file of the store, the directories that it is in, and the store. A link leads what is written
/// elsewhere, and what is read may come from anywhere.
pub(super) fn link(store: &Path, file: &Path) -> Option<PathBuf> {
    let below = file.strip_prefix(store).unwrap_or(Path::new(""));
    let mut path = store.to_path_buf();
    if path.is_symlink() {
        return Some(path);
    }
    for part in below {
        path.push(part);
        if path.is_symlink() {
            return Some(path);
        }
    }
    None
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_found_from_the_store_down() {
        let dir = tempfile::tempdir().expect("a directory");
        let (store, away) = (dir.path().join("fleet/ca"), dir.path().join("away"));
        fs::create_dir_all(store.join("a.b/meshes")).expect("a directory");
        fs::create_dir(&away).expect("a directory");
        symlink(dir.path().join("fleet"), dir.path().join("link")).expect("a link");
        let mesh = "a.b/meshes/m.yaml";
        assert_eq!(link(&store, &store.join(mesh)), None);
        let way = dir.path().join("link/ca");
        assert_eq!(link(&way, &way.join(mesh)), None, "a link on the way to the store is the user's own");
        symlink(dir.path().join("nowhere"), store.join(mesh)).expect("a link");
        assert_eq!(link(&store, &store.join(mesh)), Some(store.join(mesh)), "a link that leads nowhere, too");
        fs::remove_dir_all(store.join("a.b/meshes")).expect("removed");
        symlink(&away, store.join("a.b/meshes")).expect("a link");
        assert_eq!(link(&store, &store.join(mesh)), Some(store.join("a.b/meshes")));
        fs::remove_dir_all(&store).expect("removed");
        symlink(&away, &store).expect("a link");
        assert_eq!(link(&store, &store.join(mesh)), Some(store));
    }
}
