//! The names of the program's own files. None ends in `.yaml` or `.json`, since GitOps tools would read it.

use crate::ids::ClusterName;

/// The lock's name in a cluster's directory.
pub const LOCK: &str = ".meshtree.lock";

/// The journal's name in a cluster's directory.
pub const JOURNAL: &str = ".meshtree.journal";

/// The name of the order of clusters, beside their directories.
pub const WAVES: &str = ".meshtree.waves";

/// The prefix of a file's name until the file is complete.
///
/// A number or a word follows, not the file's own name, which may already have the maximum length.
pub(super) const TEMP: &str = ".meshtree-tmp-";

/// The prefix of a cluster's directory until its first files are complete.
pub(super) const NEW: &str = ".meshtree-new-";

/// The prefix of a cluster's directory when only the program's own files remain in it.
pub(super) const OLD: &str = ".meshtree-old-";

/// The directory part and the name of a relative path.
pub(super) fn split(path: &str) -> (&str, &str) {
    memchr::memrchr(b'/', path.as_bytes()).map_or(("", path), |at| (&path[..at], &path[at + 1..]))
}

/// A name in a relative directory, which is empty for the root.
pub(super) fn join(dir: &str, name: &str) -> String {
    if dir.is_empty() { name.to_owned() } else { [dir, "/", name].concat() }
}

/// The name, beside that of a file, that the file has until it is complete; a run writes one file under a number.
pub(super) fn temporary(path: &str, number: usize) -> String {
    let mut digits = itoa::Buffer::new();
    let (_, name) = split(path);
    [&path[..path.len() - name.len()], TEMP, digits.format(number)].concat()
}

/// The directories above a relative path, the nearest first, without the root.
pub(super) fn parents(path: &str) -> impl Iterator<Item = &str> {
    path.rmatch_indices('/').map(|(at, _)| &path[..at])
}

/// Serialises a cluster's name.
pub(super) fn as_text<S: serde::Serializer>(cluster: &ClusterName, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(cluster.as_str())
}
