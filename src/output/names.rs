//! The names of what the program writes for itself. None ends in `.yaml` or `.json`, since GitOps tools would read it.

use crate::ids::ClusterName;

/// The lock's name in a cluster's directory.
pub const LOCK: &str = ".meshtree.lock";

/// The journal's name in a cluster's directory.
pub const JOURNAL: &str = ".meshtree.journal";

/// What files are called until they are complete, before a number or a word.
///
/// The name does not hold the file's own, which may be as long as a name can be.
pub(super) const TEMP: &str = ".meshtree-tmp-";

/// What a cluster's directory is called until its first files are complete.
pub(super) const NEW: &str = ".meshtree-new-";

/// What a cluster's directory is called when only the program's own files are left in it.
pub(super) const OLD: &str = ".meshtree-old-";

/// The directory part and the name of a relative path.
pub(super) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// A name in a relative directory, which is empty for the root.
pub(super) fn join(dir: &str, name: &str) -> String {
    if dir.is_empty() { name.to_owned() } else { format!("{dir}/{name}") }
}

/// The directories above a relative path, the nearest first, without the root.
pub(super) fn parents(path: &str) -> impl Iterator<Item = &str> {
    path.rmatch_indices('/').map(|(at, _)| &path[..at])
}

/// Serialises a cluster's name.
pub(super) fn as_text<S: serde::Serializer>(cluster: &ClusterName, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(cluster.as_str())
}
