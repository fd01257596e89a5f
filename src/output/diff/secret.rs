//! Compares Secrets without showing their content: only which fields changed, and the caller's facts about certificates.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_yaml::Value;

use super::{Change, View};
use crate::diag::secrets;
use crate::load::strict;

/// The part of a Secret's difference that may be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecretDiff {
    /// The fields that differ, sorted by path.
    pub fields: Vec<FieldChange>,
    /// The facts that differ.
    pub facts: Vec<FactChange>,
    /// A side is not valid YAML, so its fields are unknown.
    pub unreadable: bool,
}

/// A field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// The field: `stringData.ca-cert.pem`.
    pub field: String,
    pub change: Change,
}

/// A fact about a Secret that differs, such as when a certificate expires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FactChange {
    pub name: String,
    /// Its value on the old side.
    pub old: Option<String>,
    /// Its value on the new side.
    pub new: Option<String>,
}

/// Whether a file is to be treated as a Secret: the lock or the content says that it is one, or it holds a key, whatever it says.
/// Each may be wrong, so one is enough.
pub(super) fn is_secret(view: &View<'_>) -> bool {
    let kind = view.object.split([' ', '.']).next();
    let text = view.content.text();
    kind == Some("Secret") || has_secret(&text) || secrets::holds_key(&text)
}

/// Whether one of the objects that share a file is a Secret.
fn has_secret(text: &str) -> bool {
    text.split("\n---\n").any(declares_secret)
}

/// Whether a text has the words of a Secret with content, in whatever style they are written, or the field that only Secrets have.
fn declares_secret(text: &str) -> bool {
    let word = |wanted: &str| {
        text.match_indices(wanted).any(|(at, _)| {
            let part = |c: char| c.is_alphanumeric() || c == '_';
            !text[..at].ends_with(part) && !text[at + wanted.len()..].starts_with(part)
        })
    };
    word("stringData") || (word("Secret") && word("kind") && word("data"))
}

/// A name that the file has, unless it is itself something secret.
fn shown(name: &str) -> &str {
    if secrets::in_line(name) { "[not shown]" } else { name }
}

/// Compares two Secrets.
pub(super) fn diff(
    old: Option<&str>,
    new: Option<&str>,
    describe: &impl Fn(&str) -> Vec<(String, String)>,
) -> SecretDiff {
    let parse = |side: Option<&str>| side.map(strict::yaml::<Value>).transpose();
    let facts = facts(old.map(describe).unwrap_or_default(), new.map(describe).unwrap_or_default());
    match (parse(old), parse(new)) {
        (Ok(old), Ok(new)) => SecretDiff { fields: fields(old.as_ref(), new.as_ref()), facts, unreadable: false },
        _ => SecretDiff { fields: Vec::new(), facts, unreadable: true },
    }
}

/// The fields that differ.
fn fields(old: Option<&Value>, new: Option<&Value>) -> Vec<FieldChange> {
    compare(leaves(old), leaves(new))
        .map(|(field, old, new)| {
            let change = match (old, new) {
                (None, _) => Change::Added,
                (_, None) => Change::Removed,
                _ => Change::Changed,
            };
            FieldChange { field, change }
        })
        .collect()
}

/// The scalars of a side by path. They must not leave this module; only their comparison does.
fn leaves(side: Option<&Value>) -> BTreeMap<String, &Value> {
    let mut leaves = BTreeMap::new();
    if let Some(value) = side {
        collect(String::new(), value, &mut leaves);
    }
    leaves
}

/// The facts that differ.
fn facts(old: Vec<(String, String)>, new: Vec<(String, String)>) -> Vec<FactChange> {
    compare(old.into_iter().collect(), new.into_iter().collect())
        .map(|(name, old, new)| FactChange { name: shown(&name).to_owned(), old, new })
        .collect()
}

/// The keys whose values differ, sorted.
fn compare<V: PartialEq>(
    old: BTreeMap<String, V>,
    mut new: BTreeMap<String, V>,
) -> impl Iterator<Item = (String, Option<V>, Option<V>)> {
    let mut pairs: BTreeMap<String, (Option<V>, Option<V>)> = BTreeMap::new();
    for (key, value) in old {
        let other = new.remove(&key);
        pairs.insert(key, (Some(value), other));
    }
    pairs.extend(new.into_iter().map(|(key, value)| (key, (None, Some(value)))));
    pairs.into_iter().filter(|(_, (old, new))| old != new).map(|(key, (old, new))| (key, old, new))
}

/// Collects the scalars below a value under their paths; an empty list or mapping counts as one.
fn collect<'a>(path: String, value: &'a Value, leaves: &mut BTreeMap<String, &'a Value>) {
    match value {
        Value::Mapping(map) if !map.is_empty() => {
            for (key, value) in map {
                let key = key.as_str().map_or("?", shown);
                let dot = if path.is_empty() { "" } else { "." };
                collect(format!("{path}{dot}{key}"), value, leaves);
            }
        }
        Value::Sequence(list) if !list.is_empty() => {
            for (i, value) in list.iter().enumerate() {
                collect(format!("{path}[{i}]"), value, leaves);
            }
        }
        _ => drop(leaves.insert(path, value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_secret_are_looked_for_in_each_object_of_a_file() {
        let map = "kind: ConfigMap\ndata: {a: b}\n";
        let policy = "kind: TrafficPolicy\nmetadata: {annotations: {about: the Secret cacerts}}\n";
        assert!(!has_secret(map) && !has_secret(&format!("{map}---\n{policy}")));
        assert!(has_secret(&format!("{map}---\nkind: Secret\ndata: {{a: b}}\n")));
        assert!(has_secret("kind: Secret\nmetadata: {name: a}\nstringData: {a: b}\n"));
    }
}
