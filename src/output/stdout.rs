//! One cluster as a stream of documents.

use std::io::{self, Write};

use crate::render::layout::is_object;
use crate::render::tree::{ClusterTree, RenderedFile};

/// Writes every file of a cluster, sorted by path, with `---` between them.
///
/// The stream is assembled before it is written: a reader would take half of it for a cluster that lost the other half.
/// The caller must check that it is not empty.
pub fn stream(tree: &ClusterTree, w: &mut impl Write) -> io::Result<()> {
    stream_of(tree, |_| true, w)
}

/// The same of some of the files.
pub fn stream_of(tree: &ClusterTree, is_in: impl Fn(&RenderedFile) -> bool, w: &mut impl Write) -> io::Result<()> {
    let mut text = String::with_capacity(tree.bytes() + tree.len() * 4);
    for (_, content) in tree.iter().filter(|(file, _)| is_object(&file.path) && is_in(file)) {
        if !text.is_empty() {
            text.push_str("---\n");
        }
        text.push_str(&content);
        if !content.ends_with('\n') {
            text.push('\n');
        }
    }
    w.write_all(text.as_bytes())?;
    w.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::tree::TreeBuilder;

    #[test]
    fn documents_have_a_line_between_them() {
        let mut builder = TreeBuilder::new("kind1".into());
        builder.push("b/y.yaml", "Y b/y", [].into(), |buf| buf.push_str("kind: Y"));
        builder.push("a/x.yaml", "X a/x", [].into(), |buf| buf.push_str("kind: X\n"));
        let mut out = Vec::new();
        stream(&builder.finish().expect("a tree"), &mut out).expect("memory to write into");
        assert_eq!(String::from_utf8_lossy(&out), "kind: X\n---\nkind: Y\n");
    }
}
