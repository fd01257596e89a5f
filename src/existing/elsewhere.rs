//! Objects in a cluster's own files that have the names of objects that no policy asked for: of kinds that nothing else reads.
//!
//! Templates give objects of any kind, and nobody keeps those of all kinds in memory: the files are searched for the names.

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::built::Built;
use crate::diag::{Place, Report};
use crate::ids::ClusterName;
use crate::load::pieces::Piece;
use crate::load::tree::{Node, Value};
use crate::load::{Document, SourceFile};
use crate::model::existing::OWNER;
use crate::objects::scope::{Scope, qualified};

/// An object in a cluster's own files: its name as the lock has it, and where it is.
pub(super) type Found = (String, Place);

/// The key of an object's name.
const NAME: &str = "name";

/// What is searched for.
struct Wanted {
    /// The kinds without their groups, which few files have.
    kinds: BTreeSet<String>,
    names: BTreeSet<String>,
    ids: BTreeSet<String>,
}

/// The objects of a cluster's own files with the names of objects that are built, without those of a rendered tree.
pub(super) fn find(
    files: &[SourceFile],
    cluster: &ClusterName,
    built: &[&Built],
    labels: &[(String, String)],
) -> Vec<Found> {
    if built.is_empty() {
        return Vec::new();
    }
    let kind = |object: &&Built| object.kind.split('.').next().unwrap_or_default().to_owned();
    let wanted = Wanted {
        kinds: built.iter().map(kind).collect(),
        names: built.iter().map(|object| object.name.to_string()).collect(),
        ids: built.iter().map(|object| object.id()).collect(),
    };
    let files: Vec<&SourceFile> = files.iter().filter(|file| file.cluster.as_ref() == Some(cluster)).collect();
    let in_file = |file: &&SourceFile| -> Vec<Found> {
        file.documents().flat_map(|document| wanted.in_document(&document, labels)).collect()
    };
    files.par_iter().map(in_file).collect::<Vec<_>>().into_iter().flatten().collect()
}

impl Wanted {
    fn in_document(&self, document: &Document<'_>, labels: &[(String, String)]) -> Vec<Found> {
        let text = document.text();
        if !self.kinds.iter().any(|kind| text.contains(kind.as_str())) {
            return Vec::new();
        }
        let nodes: Vec<Node> = match document.pieces_by_lines() {
            Some(pieces) => {
                pieces.iter().filter(|piece| self.may_be(piece)).filter_map(|piece| piece.node().ok()).collect()
            }
            // What is wrong with it was reported when it was read.
            None => document.objects(&mut Report::default()).into_iter().map(|(_, node)| node).collect(),
        };
        let place = |node: &Node| Place::Point(document.file.shown.clone(), node.pos());
        let found = nodes.iter().filter_map(|node| Some((id(node)?, node)));
        let found = found.filter(|(id, node)| self.ids.contains(id) && !is_rendered(node, labels));
        found.map(|(id, node)| (id, place(node))).collect()
    }

    /// Whether a piece is of a kind that is searched for, and has one of the names in a line.
    fn may_be(&self, piece: &Piece<'_>) -> bool {
        let is_kind = piece.header.as_ref().is_none_or(|(_, kind)| self.kinds.contains(&**kind));
        is_kind && piece.text.lines().any(|line| self.is_name(line))
    }

    /// Whether a line may have one of the names: it has another one only if nothing but that can be meant.
    fn is_name(&self, line: &str) -> bool {
        line.match_indices(NAME).any(|(at, _)| {
            let (before, rest) = (&line[..at], &line[at + NAME.len()..]);
            let Some(value) = rest.trim_start_matches(['"', '\'']).trim_start().strip_prefix(':') else { return false };
            let is_key = !before.ends_with(|c: char| c.is_alphanumeric() || c == '-' || c == '_' || c == '.');
            let is_alone = before.trim_start_matches([' ', '-', '"', '\'']).is_empty();
            is_key && (!is_alone || self.may_have(value))
        })
    }

    /// Whether what follows the colon may be one of the names: a text on one line is compared, and anything else may be.
    fn may_have(&self, value: &str) -> bool {
        let value = value.trim_end_matches(['\r', ',', ' ']).trim_start();
        let plain = value.trim_matches(['"', '\'']);
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | ':');
        plain.is_empty() || !plain.chars().all(is_plain) || self.names.contains(plain)
    }
}

/// What the lock would call an object.
fn id(node: &Node) -> Option<String> {
    let text = |node: &Node, key: &str| node.get(key).and_then(Node::text).map(str::to_owned);
    let (api_version, kind) = (text(node, "apiVersion")?, text(node, "kind")?);
    let metadata = node.get("metadata")?;
    let namespace = match Scope::of(&api_version, &kind) {
        Scope::Cluster => String::new(),
        Scope::Namespaced => text(metadata, "namespace").unwrap_or_else(|| "default".to_owned()),
        Scope::Unknown => text(metadata, "namespace").unwrap_or_default(),
    };
    Some(format!("{} {namespace}/{}", qualified(&api_version, &kind), text(metadata, "name")?))
}

/// Whether an object is of a rendered tree in a dump. Without labels, it cannot be told from others once a cluster has stored it.
fn is_rendered(node: &Node, labels: &[(String, String)]) -> bool {
    let metadata = node.get("metadata");
    if metadata.and_then(|metadata| metadata.get("labels")).is_some_and(|labels| labels.get(OWNER).is_some()) {
        return true;
    }
    if labels.is_empty() {
        return metadata.and_then(|metadata| metadata.get("uid")).is_some_and(|uid| uid.value != Value::Null);
    }
    let found = metadata.and_then(|metadata| metadata.get("labels"));
    let has = |(key, value): &(String, String)| {
        found.and_then(|labels| labels.get(key)).and_then(Node::text) == Some(value.as_str())
    };
    labels.iter().all(has)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_with_another_name_alone_are_passed_over() {
        let wanted = Wanted { kinds: BTreeSet::new(), names: BTreeSet::from(["x".to_owned()]), ids: BTreeSet::new() };
        for line in [
            "  name: x",
            "  name : x",
            "  \"name\" : \"x\",",
            "  'name': 'x'",
            "  namespace: shop, name: x}",
            "  \"namespace\": \"shop\", \"name\": \"x\"",
            "  name:",
            "  name: >-",
            "  name: &anchor x",
            "  name: !!str x",
            "  name: *alias",
            "  name: y # or x",
            "  name: \"\\x78\"",
            "metadata: {name: y}",
            "- name: x\r",
        ] {
            assert!(wanted.is_name(line), "{line}");
        }
        for line in [
            "  name: y",
            "  \"name\": \"y\",",
            "  namespace: x",
            "  hostname: x",
            "  serviceAccountName: x",
            "  my-name: x",
            "kind: Pod",
        ] {
            assert!(!wanted.is_name(line), "{line}");
        }
    }
}
