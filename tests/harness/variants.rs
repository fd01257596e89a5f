//! The same fleet in other files and orders, of which the same has to come.

use std::collections::BTreeMap;

use serde::Deserialize as _;

use crate::support::Tree;

/// Whether a file may go elsewhere in its fleet: inputs, but not the settings and the CA store.
fn holds_documents(path: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|suffix| path.ends_with(suffix))
        && path != "meshtree.yaml"
        && !path.starts_with("ca/")
}

/// The documents of a fleet but its settings, each with the directory that it has to stay in.
fn documents(files: &Tree) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for (path, bytes) in files.iter().filter(|(path, _)| holds_documents(path)) {
        let parts: Vec<&str> = path.split('/').collect();
        // What is said of a raw object's cluster is where it lies.
        let place = match *parts {
            ["clusters", cluster, _, ..] => format!("clusters/{cluster}/"),
            _ => String::new(),
        };
        let text = std::str::from_utf8(bytes).expect("text");
        let mut document = String::new();
        for line in text.lines() {
            if line == "---" {
                out.push((place.clone(), std::mem::take(&mut document)));
            } else {
                document.push_str(line);
                document.push('\n');
            }
        }
        out.push((place, document));
    }
    out.retain(|(_, document)| document.lines().any(|line| !line.is_empty() && !line.starts_with('#')));
    out
}

/// The same inputs in other files and orders.
pub(crate) fn variants(files: &Tree, with_list: bool) -> Vec<(&'static str, Tree)> {
    if files.contains_key(".meshtreeignore") {
        // What is passed over has to stay where it is.
        return Vec::new();
    }
    let documents = documents(files);
    let mut kept = files.clone();
    kept.retain(|path, _| !holds_documents(path));
    let mut out = Vec::new();
    let mut split = kept.clone();
    for (i, (place, document)) in documents.iter().enumerate() {
        split.insert(format!("{place}d/{i:03}.yml"), document.clone().into_bytes());
    }
    out.push(("one document a file", split));
    let mut reversed = kept.clone();
    for (i, (place, document)) in documents.iter().enumerate() {
        reversed.insert(format!("{place}{:03}.yaml", 999 - i), document.clone().into_bytes());
    }
    out.push(("one document a file, in reverse", reversed));
    let mut merged = kept.clone();
    for (place, document) in documents.iter().rev() {
        let text = merged.entry(format!("{place}all.yaml")).or_default();
        text.extend_from_slice(b"---\n");
        text.extend_from_slice(document.as_bytes());
    }
    out.push(("all in one file, in reverse", merged));
    if with_list {
        let mut lists: BTreeMap<String, Vec<serde_json::Value>> = BTreeMap::new();
        for (place, document) in &documents {
            let mut parsed = serde_yaml::Deserializer::from_str(document);
            let value = serde_json::Value::deserialize(parsed.next().expect("a document")).expect("YAML");
            match (value["kind"].as_str(), value["items"].as_array()) {
                (Some("List"), Some(items)) => lists.entry(place.clone()).or_default().extend(items.iter().cloned()),
                (Some("List"), None) => {}
                _ => lists.entry(place.clone()).or_default().push(value),
            }
        }
        let mut list = kept;
        for (place, items) in lists {
            let value = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": items});
            list.insert(format!("{place}list.json"), value.to_string().into_bytes());
        }
        out.push(("a JSON List", list));
    }
    out
}
