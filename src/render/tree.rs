//! The rendered files of one cluster, in a few large buffers.
//!
//! Clusters are rendered one after the other, so a tree is built, compared or written, and dropped. Thousands of files share
//! a buffer that never grows, since growing would copy it and leave it half empty. Lists of sources that files share are
//! reference-counted, and so is the text that a file has at its end in common with files of other clusters.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::ids::{ClusterName, Provenance};
use crate::model::settings::OutputLayout;

/// The size of a shared buffer, in bytes.
const BUFFER: usize = 256 << 10;

/// A file of this size has a buffer of its own, which limits the unused space at the end of a shared buffer.
const LARGE: usize = BUFFER / 16;

/// What is wrong with a tree. Each is a mistake of the stage that built it, which decides paths before it renders.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// Two objects have the same path, at least on a case-insensitive file system.
    #[error("cluster {cluster}: {first} and {second} would both be written to {path}")]
    SamePath {
        cluster: ClusterName,
        /// The path of the second.
        path: String,
        /// The first object.
        first: String,
        /// The second object.
        second: String,
    },
    /// A file has the path of a directory that another file needs.
    #[error("cluster {cluster}: {path} would be both a file and a directory")]
    FileAndDirectory { cluster: ClusterName, path: String },
    /// A path that could be outside the cluster's directory, or that is not valid on every system.
    #[error("cluster {cluster}: {object} has the path `{}`, which {fault}", path.escape_debug())]
    BadPath {
        cluster: ClusterName,
        object: String,
        path: String,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// A name that cannot be a field of the lock.
    #[error("cluster {cluster}: the name `{}` cannot be recorded in the lock", name.escape_debug())]
    BadName {
        cluster: ClusterName,
        /// The name of the object or of one of its sources.
        name: String,
    },
}

/// One rendered file.
#[derive(Debug, Clone)]
pub struct RenderedFile {
    /// The path relative to the cluster's directory, with `/`: `default/virtualservice-reviews.yaml`.
    pub path: String,
    /// The object in it: `VirtualService default/reviews`, with the group behind the kind when it is not core or Istio's.
    pub object: String,
    /// The policies it comes from.
    pub sources: Provenance,
    /// The objects that come after the first in the same file, each with the policies it comes from.
    pub more: Vec<(String, Provenance)>,
    /// The buffer that holds what is in it, and where.
    buffer: usize,
    range: Range<usize>,
    /// What follows it, which files of other clusters may have as well.
    rest: Vec<Arc<str>>,
}

/// One cluster's rendered files, sorted by path; paths are unique.
#[derive(Debug, Clone)]
pub struct ClusterTree {
    pub cluster: ClusterName,
    /// The layout in which its objects are to be written. Each of its files has one object until [`ClusterTree::grouped`] has put
    /// those together that share a file.
    pub layout: OutputLayout,
    buffers: Vec<String>,
    files: Vec<RenderedFile>,
}

impl RenderedFile {
    /// The objects in it, in order, each with the policies it comes from.
    pub fn objects(&self) -> impl Iterator<Item = (&str, &Provenance)> {
        let more = self.more.iter().map(|(object, sources)| (object.as_str(), sources));
        std::iter::once((self.object.as_str(), &self.sources)).chain(more)
    }

    /// Its size, in bytes.
    fn size(&self) -> usize {
        self.range.len() + self.rest.iter().map(|piece| piece.len()).sum::<usize>()
    }
}

impl ClusterTree {
    /// A tree without files.
    pub fn empty(cluster: ClusterName) -> Self {
        Self { cluster, layout: OutputLayout::Object, buffers: Vec::new(), files: Vec::new() }
    }

    /// The files, sorted by path.
    pub fn files(&self) -> &[RenderedFile] {
        &self.files
    }

    /// The content of one of this tree's files, in pieces.
    pub fn pieces<'t>(&'t self, file: &'t RenderedFile) -> impl Iterator<Item = &'t str> {
        let first = &self.buffers[file.buffer][file.range.clone()];
        std::iter::once(first).chain(file.rest.iter().map(|piece| &**piece))
    }

    /// The content of one of this tree's files.
    pub fn text(&self, file: &RenderedFile) -> Cow<'_, str> {
        let first = &self.buffers[file.buffer][file.range.clone()];
        if file.rest.is_empty() {
            return Cow::Borrowed(first);
        }
        let mut whole = String::with_capacity(file.size());
        self.pieces(file).for_each(|piece| whole.push_str(piece));
        Cow::Owned(whole)
    }

    /// Whether a file has the same content as one of another tree.
    pub fn has_same(&self, file: &RenderedFile, (others, other): (&Self, &RenderedFile)) -> bool {
        // Nearly always the pieces are the same too.
        file.size() == other.size()
            && (self.pieces(file).eq(others.pieces(other)) || self.text(file) == others.text(other))
    }

    /// The files with their content, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&RenderedFile, Cow<'_, str>)> {
        self.files.iter().map(|file| (file, self.text(file)))
    }

    /// The file at a path.
    pub fn get(&self, path: &str) -> Option<&RenderedFile> {
        self.files.binary_search_by(|file| file.path.as_str().cmp(path)).ok().map(|i| &self.files[i])
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether it has no files.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// How many objects there are.
    pub fn objects(&self) -> usize {
        self.files.iter().map(|file| 1 + file.more.len()).sum()
    }

    /// Whether another tree has the same files.
    pub fn is(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self
                .files
                .iter()
                .zip(&other.files)
                .all(|(file, others)| file.path == others.path && self.has_same(file, (other, others)))
    }

    /// The total size of all files, in bytes.
    pub fn bytes(&self) -> usize {
        self.files.iter().map(RenderedFile::size).sum()
    }
}

/// Collects the files of a cluster in any order.
#[derive(Debug)]
pub struct TreeBuilder {
    tree: ClusterTree,
    /// The buffer that is being filled.
    shared: usize,
    /// The file that is being written, whose size is not known in advance.
    file: String,
}

impl TreeBuilder {
    /// A builder without files.
    pub fn new(cluster: ClusterName) -> Self {
        Self { tree: ClusterTree::empty(cluster), shared: 0, file: String::new() }
    }

    /// Adds a file; `write` appends its content to an empty text.
    pub fn push(
        &mut self,
        path: impl Into<String>,
        object: impl Into<String>,
        sources: Provenance,
        write: impl FnOnce(&mut String),
    ) {
        self.file.clear();
        write(&mut self.file);
        let (buffer, range) = self.keep();
        let (path, object) = (path.into(), object.into());
        let (more, rest) = (Vec::new(), Vec::new());
        self.tree.files.push(RenderedFile { path, object, sources, more, buffer, range, rest });
    }

    /// Appends pieces to the file that was added last. They are not copied, so that trees that share them are small.
    pub(super) fn append(&mut self, pieces: Vec<Arc<str>>) {
        if let Some(file) = self.tree.files.last_mut() {
            file.rest = pieces;
        }
    }

    /// Adds the objects of a file that has several, after the first.
    pub(super) fn with_more(&mut self, more: Vec<(String, Provenance)>) {
        if let Some(file) = self.tree.files.last_mut() {
            file.more = more;
        }
    }

    /// Copies the file that was written into a buffer.
    fn keep(&mut self) -> (usize, Range<usize>) {
        let (buffers, file) = (&mut self.tree.buffers, &self.file);
        if file.len() >= LARGE {
            buffers.push(file.as_str().to_owned());
            return (buffers.len() - 1, 0..file.len());
        }
        if buffers.get(self.shared).is_none_or(|shared| shared.len() + file.len() > shared.capacity()) {
            self.shared = buffers.len();
            buffers.push(String::with_capacity(BUFFER));
        }
        let shared = &mut buffers[self.shared];
        let start = shared.len();
        shared.push_str(file);
        (self.shared, start..shared.len())
    }

    /// The tree, sorted and checked.
    pub fn finish(self) -> Result<ClusterTree, TreeError> {
        let mut tree = self.tree;
        tree.files.sort_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
        tree.files.iter().try_for_each(|file| check_names(&tree.cluster, file))?;
        check_collisions(&tree)?;
        Ok(tree)
    }
}

/// Checks the path and the names of one file.
fn check_names(cluster: &ClusterName, file: &RenderedFile) -> Result<(), TreeError> {
    if let Some(fault) = path_fault(&file.path) {
        let (object, path) = (file.object.clone(), file.path.clone());
        return Err(TreeError::BadPath { cluster: cluster.clone(), object, path, fault });
    }
    // A source that contains the separator would be read back as two.
    let bad = |name: &&str| !is_recordable(name);
    match std::iter::once(file.object.as_str()).chain(file.sources.iter().map(|s| &**s)).find(bad) {
        Some(name) => Err(TreeError::BadName { cluster: cluster.clone(), name: name.to_owned() }),
        None => Ok(()),
    }
}

/// Checks that no two files have the same path, even on case-insensitive file systems.
fn check_collisions(tree: &ClusterTree) -> Result<(), TreeError> {
    let cluster = || tree.cluster.clone();
    let same = |a: &RenderedFile, b: &RenderedFile| TreeError::SamePath {
        cluster: cluster(),
        path: b.path.clone(),
        first: a.object.clone(),
        second: b.object.clone(),
    };
    if let Some(pair) = tree.files.windows(2).find(|pair| pair[0].path == pair[1].path) {
        return Err(same(&pair[0], &pair[1]));
    }
    let mut last = None;
    for file in &tree.files {
        let directory = file.path.rsplit_once('/').map(|(directory, _)| directory);
        // Files come sorted, thousands to a directory.
        if std::mem::replace(&mut last, directory) == directory {
            continue;
        }
        for (at, _) in file.path.match_indices('/') {
            if let Some(parent) = tree.get(&file.path[..at]) {
                return Err(TreeError::FileAndDirectory { cluster: cluster(), path: parent.path.clone() });
            }
        }
    }
    // Few names have upper-case letters; without any, the check above is sufficient.
    if tree.files.iter().any(|file| file.path.bytes().any(|b| b.is_ascii_uppercase())) {
        let mut folded: BTreeMap<String, &RenderedFile> = BTreeMap::new();
        for file in &tree.files {
            if let Some(first) = folded.insert(file.path.to_ascii_lowercase(), file) {
                return Err(same(first, file));
            }
        }
    }
    Ok(())
}

/// Whether a name can be a field of the lock: printed to a terminal and read back as one name.
pub(super) fn is_recordable(name: &str) -> bool {
    !name.is_empty() && !has_control(name) && !name.contains(", ")
}

/// Whether a text has a control character, with a fast path for ASCII.
fn has_control(text: &str) -> bool {
    if text.is_ascii() { text.bytes().any(|byte| byte.is_ascii_control()) } else { text.chars().any(char::is_control) }
}

/// Why a path is not a plain relative path, if so. Such a path is never written, overwritten or deleted.
///
/// Components that begin with a dot are refused as well, since the program's own files and `.git` do.
pub fn path_fault(path: &str) -> Option<&'static str> {
    if path.starts_with('/') || path.as_bytes().get(1) == Some(&b':') {
        return Some("is absolute");
    }
    if path.contains('\\') {
        return Some("has a backslash");
    }
    if has_control(path) {
        return Some("has a control character");
    }
    path.split('/').find_map(|component| match component {
        "" => Some("has an empty component"),
        "." | ".." => Some("has a component that is `.` or `..`"),
        _ if component.starts_with('.') => Some("has a hidden component"),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(files: &[(&str, &str)]) -> Result<ClusterTree, TreeError> {
        let mut builder = TreeBuilder::new("kind1".into());
        for (path, object) in files {
            builder.push(*path, *object, ["TrafficPolicy shop/web".into()].into(), |buf| buf.push_str(path));
        }
        builder.finish()
    }

    #[test]
    fn files_are_sorted_and_keep_their_text() {
        let tree = build(&[("b/y.yaml", "Y b/y"), ("a/z.yaml", "Z a/z"), ("a/x.yaml", "X a/x")]).expect("a good tree");
        let paths: Vec<_> = tree.files().iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["a/x.yaml", "a/z.yaml", "b/y.yaml"]);
        assert!(tree.iter().all(|(file, text)| file.path == text));
        assert_eq!(tree.get("a/z.yaml").map(|file| file.object.as_str()), Some("Z a/z"));
        assert!(tree.get("a/z").is_none());
    }

    #[test]
    fn files_of_any_size_keep_their_text() {
        let mut builder = TreeBuilder::new("kind1".into());
        let texts: Vec<String> =
            (0..64).map(|i| format!("{i:02}").repeat([10, LARGE, 3000, BUFFER][i % 4] / 2)).collect();
        for (i, text) in texts.iter().enumerate() {
            builder.push(format!("a/{i:02}.yaml"), "X a/x", [].into(), |out| out.push_str(text));
        }
        let tree = builder.finish().expect("a good tree");
        assert!(tree.iter().map(|(_, text)| text).eq(texts.iter().map(String::as_str)));
        assert_eq!(tree.bytes(), texts.iter().map(String::len).sum::<usize>());
        assert!(
            tree.buffers
                .iter()
                .all(|buffer| buffer.capacity() == buffer.len().max(LARGE) || buffer.capacity() == BUFFER)
        );
    }

    #[test]
    fn pieces_follow_what_was_written() {
        let mut builder = TreeBuilder::new("kind1".into());
        let pieces: [Arc<str>; 2] = ["b".into(), "cd".into()];
        for path in ["y", "x"] {
            builder.push(path, "X a/x", [].into(), |out| out.push_str(path));
            builder.append(if path == "x" { pieces.to_vec() } else { Vec::new() });
        }
        let tree = builder.finish().expect("a good tree");
        assert!(tree.iter().map(|(_, text)| text).eq(["xbcd", "y"]));
        assert_eq!(tree.bytes(), 5);
        assert_eq!(tree.pieces(&tree.files()[0]).collect::<Vec<_>>(), ["x", "b", "cd"]);
    }

    #[test]
    fn collisions_are_refused() {
        let same = build(&[("a/x.yaml", "X a/x"), ("a/x.yaml", "Y a/x")]);
        assert!(
            matches!(same, Err(TreeError::SamePath { first, second, .. }) if first == "X a/x" && second == "Y a/x")
        );
        let folded = build(&[("a/X.yaml", "X a/X"), ("a/y.yaml", "Y a/y"), ("a/x.yaml", "X a/x")]);
        assert!(
            matches!(folded, Err(TreeError::SamePath { first, second, .. }) if first == "X a/X" && second == "X a/x")
        );
        let nested = build(&[("a", "X a"), ("a-b", "Y a"), ("a/b", "Z a")]);
        assert!(matches!(nested, Err(TreeError::FileAndDirectory { path, .. }) if path == "a"));
    }

    #[test]
    fn bad_names_are_refused() {
        for path in ["/a", "C:/a", "../a", "a/../b", "a//b", "a/", "", "a\\b", "a\nb", "./a", ".git/config", "a/.x"] {
            assert!(matches!(build(&[(path, "X a")]), Err(TreeError::BadPath { .. })), "{path:?}");
        }
        for object in ["", "X a\tb", "X a, Y b"] {
            assert!(matches!(build(&[("a/x", object)]), Err(TreeError::BadName { .. })), "{object:?}");
        }
        assert!(build(&[("a/x..y-1_2.yaml", "X a/x"), ("_cluster/é.yaml", "X é")]).is_ok());
    }
}
