//! What is around a line: its object and its cluster.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::tree::{Node, Value};
use super::{Document, Files, LARGEST_TREE};
use crate::diag::show::{FileFacts, Object};

/// The objects of a document, each with the line at which it begins.
type Objects = Vec<(usize, Object)>;

impl Files {
    /// What is around the places of diagnostics. Each document is read at most once.
    pub fn file_facts(&self, is_policy: fn(&str) -> bool) -> FileFacts<'_> {
        let known: RefCell<BTreeMap<(&str, usize), Objects>> = RefCell::default();
        let object = move |shown: &str, line: usize| {
            let file = self.file(shown)?;
            let after = file.documents.partition_point(|span| span.first_line <= line);
            let nth = after.checked_sub(1)?;
            let document = file.documents().nth(nth)?;
            if document.text().len() > LARGEST_TREE {
                return in_pieces(&document, line);
            }
            let mut known = known.borrow_mut();
            let objects = known.entry((&*file.relative, nth)).or_insert_with(|| objects(&document));
            let before = objects.partition_point(|(first, _)| *first <= line);
            objects.get(before.saturating_sub(1)).map(|(_, object)| object.clone())
        };
        FileFacts {
            line: Box::new(self.lines()),
            object: Box::new(object),
            is_policy,
            cluster: Box::new(|shown| Some(self.file(shown)?.cluster.as_ref()?.to_string())),
        }
    }
}

/// The objects of a document; none if it cannot be read.
fn objects(document: &Document<'_>) -> Objects {
    let Ok(node) = document.node() else { return Vec::new() };
    match node.get("items").map(|items| &items.value) {
        Some(Value::List(items)) => items.iter().filter_map(|item| Some((item.pos().line, object(item)?))).collect(),
        _ => object(&node).into_iter().map(|object| (document.span.first_line, object)).collect(),
    }
}

/// The object at a line of a List that is too large for a tree.
fn in_pieces(document: &Document<'_>, line: usize) -> Option<Object> {
    let pieces = document.pieces_by_lines()?;
    let after = pieces.partition_point(|piece| piece.first_line <= line);
    object(&pieces.get(after.checked_sub(1)?)?.node().ok()?)
}

fn object(node: &Node) -> Option<Object> {
    let metadata = node.get("metadata")?;
    let text = |node: Option<&Node>| node.and_then(Node::text).map(str::to_owned);
    let kind = text(node.get("kind"))?;
    Some(Object { kind, namespace: text(metadata.get("namespace")), name: text(metadata.get("name"))? })
}
