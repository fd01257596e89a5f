//! Kustomizations: which files of a directory are not objects by themselves, and what is made of the others.

use std::collections::BTreeSet;

use crate::load::tree::{Node, Value};
use crate::load::{Files, SourceFile};

/// Fields that change the objects which a kustomization includes, or add some that no file has.
const CHANGES: [&str; 24] = [
    "namespace",
    "namePrefix",
    "nameSuffix",
    "commonLabels",
    "labels",
    "commonAnnotations",
    "patches",
    "patchesStrategicMerge",
    "patchesJson6902",
    "images",
    "replicas",
    "replacements",
    "vars",
    "components",
    "transformers",
    "generators",
    "configurations",
    "configMapGenerator",
    "secretGenerator",
    "helmCharts",
    "helmChartInflationGenerator",
    "imageTags",
    "inventory",
    "validators",
];

/// Fields that include other directories and files as they are.
const INCLUDES: [&str; 2] = ["resources", "bases"];

/// Whether a document is a kustomization, which needs no header in a file of that name.
pub(super) fn is_kustomization(relative: &str, node: &Node) -> bool {
    let text = |key| node.get(key).and_then(Node::text).unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let is_named = matches!(relative.rsplit('/').next(), Some("kustomization.yaml" | "kustomization.yml"));
    // Kustomize completes either.
    let is_partial = is_named && (kind.is_empty() || api_version.is_empty() && is_kind(kind));
    is_partial && matches!(node.value, Value::Map(_))
        || is_header(api_version, kind)
        || kind.is_empty() && is_group(api_version)
}

/// Whether these are the apiVersion and the kind of a kustomization.
pub(super) fn is_header(api_version: &str, kind: &str) -> bool {
    is_group(api_version) && is_kind(kind)
}

fn is_kind(kind: &str) -> bool {
    matches!(kind, "Kustomization" | "Component")
}

fn is_group(api_version: &str) -> bool {
    api_version.starts_with("kustomize.config.k8s.io/")
}

/// The fields of a kustomization that change what it includes.
pub(super) fn check(node: &Node) -> Vec<&str> {
    let Value::Map(entries) = &node.value else { return Vec::new() };
    let is_filled = |node: &Node| match &node.value {
        Value::List(items) => !items.is_empty(),
        Value::Map(entries) => !entries.is_empty(),
        value => *value != Value::Null,
    };
    let changes = |key: &str, value: &Node| match INCLUDES.contains(&key) {
        true => items(value).iter().filter_map(Node::text).any(is_remote),
        false => CHANGES.contains(&key) && is_filled(value),
    };
    entries.iter().filter(|entry| changes(&entry.key, &entry.value)).map(|entry| &*entry.key).collect()
}

/// Whether what is included is not in a directory beside the file.
fn is_remote(path: &str) -> bool {
    path.contains("://") || path.contains("?ref=") || path.starts_with("git@") || path.starts_with("github.com/")
}

/// Whether a document is a list of operations as in RFC 6902.
pub(super) fn is_patch(node: &Node) -> bool {
    let operations = items(node);
    !operations.is_empty() && operations.iter().all(|item| item.get("op").is_some() && item.get("path").is_some())
}

/// The files that the kustomizations of a fleet use as patches, configuration or data, by their paths from the fleet.
pub(super) fn used_files(sources: &Files) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let is_named = |file: &&SourceFile| {
        matches!(file.relative.rsplit('/').next(), Some("kustomization.yaml" | "kustomization.yml"))
    };
    for file in sources.files.iter().filter(is_named) {
        let directory = file.relative.rsplit_once('/').map_or("", |(directory, _)| directory);
        for node in file.documents().filter_map(|document| document.node().ok()) {
            found.extend(used(&node).into_iter().filter_map(|path| below(directory, path)));
        }
    }
    found
}

/// The files that a kustomization uses, by their paths from it.
fn used(node: &Node) -> Vec<&str> {
    let field = |key: &str| node.get(key).map(items).unwrap_or_default();
    let mut found: Vec<&str> = Vec::new();
    for key in ["patches", "patchesJson6902", "replacements"] {
        found.extend(field(key).iter().filter_map(|item| item.get("path")?.text()));
    }
    for key in
        ["patches", "patchesStrategicMerge", "configurations", "transformers", "generators", "validators", "crds"]
    {
        found.extend(field(key).iter().filter_map(Node::text));
    }
    for key in ["configMapGenerator", "secretGenerator"] {
        let files = field(key).iter().filter_map(|item| item.get("files")).flat_map(items).filter_map(Node::text);
        found.extend(files.map(|file| file.split_once('=').map_or(file, |(_, path)| path)));
    }
    let charts = field("helmCharts").iter().filter_map(|item| item.get("valuesFile")?.text());
    found.extend(charts);
    found.extend(node.get("openapi").and_then(|openapi| openapi.get("path")?.text()));
    found
}

fn items(node: &Node) -> &[Node] {
    match &node.value {
        Value::List(items) => items,
        Value::Null | Value::Plain(_) | Value::Quoted(_) | Value::Map(_) => &[],
    }
}

/// A path from a directory of the fleet as a path from the fleet; none if it leads out of it.
fn below(directory: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_in_the_fleet() {
        assert_eq!(below("a/b", "../c/./d.yaml").as_deref(), Some("a/c/d.yaml"));
        assert_eq!(below("", "x.yaml").as_deref(), Some("x.yaml"));
        assert_eq!(below("a", "../../x.yaml"), None);
    }
}
