//! A file of the store as a manifest that Kubernetes takes, with the lines of what is in it.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_yaml::Value;

use super::secret::CRLS;
use super::secret::ENTRIES;
use super::sops::SEALED;
use super::stored::Fault;
use crate::diag::{FieldPath, Pos};
use crate::load::tree::{self, Node};
use crate::load::yaml::parse;
use crate::path;

/// The Secret in a file.
pub(super) struct Manifest {
    /// As values: what SOPS computes its MAC of.
    pub(super) document: Value,
    /// As text with positions.
    tree: Node,
}

impl Manifest {
    /// Reads the only document of a file, which must be a Secret. What is wrong is described without its content.
    pub(super) fn read(text: &str) -> Result<Self, Fault> {
        let unread = |pos| Fault { pos, what: "is not a YAML document".to_owned() };
        let tree = parse(text, 1).map_err(|errors| unread(errors.first().map(|error| error.pos)))?;
        let document = serde_yaml::from_str(text)
            .map_err(|error| unread(error.location().map(|at| Pos { line: at.line(), column: at.column() })))?;
        let manifest = Self { document, tree };
        if manifest.text(&["kind"]) != Some("Secret") || manifest.text(&["apiVersion"]) != Some("v1") {
            return Err(manifest.fault(&path!["kind"], "is not a Secret"));
        }
        manifest.check_types()?;
        Ok(manifest)
    }

    /// The types that the API server decodes a Secret with. A Secret that it refuses would be reported by nobody until then.
    fn check_types(&self) -> Result<(), Fault> {
        for path in [&["metadata", "name"][..], &["metadata", "namespace"], &["type"]] {
            if let Some(node) = self.node(path) {
                self.check_text(path, node)?;
            }
        }
        for path in [&["metadata", "labels"][..], &["metadata", "annotations"], &["data"], &["stringData"]] {
            match self.node(path).map(|node| &node.value) {
                None | Some(tree::Value::Null) => {}
                Some(tree::Value::Map(entries)) => {
                    for entry in entries {
                        self.check_text(&[path, &[&*entry.key]].concat(), &entry.value)?;
                    }
                }
                Some(_) => {
                    return Err(self.fault(&field(path), format!("has `{}` that is not a mapping", path.join("."))));
                }
            }
        }
        Ok(())
    }

    fn check_text(&self, path: &[&str], node: &Node) -> Result<(), Fault> {
        let is_text = match &node.value {
            tree::Value::Quoted(_) => true,
            tree::Value::Plain(text) => is_text_everywhere(text),
            tree::Value::Null | tree::Value::List(_) | tree::Value::Map(_) => false,
        };
        let what = || format!("has `{}` that is not a text, so Kubernetes refuses it as a Secret", path.join("."));
        if is_text { Ok(()) } else { Err(self.fault(&field(path), what())) }
    }

    fn node(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(&self.tree, |node, key| node.get(key))
    }

    /// The text of a field.
    pub(super) fn text(&self, path: &[&str]) -> Option<&str> {
        self.node(path)?.text()
    }

    /// The entries of a mapping, sorted.
    pub(super) fn entries(&self, path: &[&str]) -> Vec<(String, String)> {
        let Some(tree::Value::Map(entries)) = self.node(path).map(|node| &node.value) else { return Vec::new() };
        let text = |node: &Node| node.text().unwrap_or_default().to_owned();
        let mut entries: Vec<_> = entries.iter().map(|entry| (entry.key.to_string(), text(&entry.value))).collect();
        entries.sort();
        entries
    }

    /// Whom the data key is encrypted to, as SOPS' metadata say.
    pub(super) fn sealed_to(&self) -> Vec<String> {
        let entries = self.document["sops"]["age"].as_sequence().into_iter().flatten();
        entries.filter_map(|entry| entry["recipient"].as_str()).map(str::to_owned).collect()
    }

    /// An entry of the Secret: of `stringData`, or of `data`, where it is in Base64 unless it is encrypted.
    pub(super) fn entry(&self, key: &str) -> Result<Cow<'_, str>, Fault> {
        if let Some(text) = self.text(&["stringData", key]) {
            return Ok(Cow::Borrowed(text));
        }
        let Some(text) = self.text(&["data", key]) else {
            return Err(self.fault(&path!["stringData"], format!("has no `stringData.{key}`")));
        };
        if text.starts_with(SEALED) {
            return Ok(Cow::Borrowed(text));
        }
        let bytes = STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let not_text = || self.fault(&path!["data", key], format!("has a `data.{key}` that is not text in Base64"));
        bytes.map(Cow::Owned).ok_or_else(not_text)
    }

    /// The first of these entries that the Secret has, with the field that it is in.
    pub(super) fn first_of<'k>(&self, keys: &[&'k str]) -> Option<(&'static str, &'k str)> {
        let fields = ["data", "stringData"].into_iter();
        fields
            .flat_map(|field| keys.iter().map(move |key| (field, *key)))
            .find(|(field, key)| self.node(&[field, key]).is_some())
    }

    /// A fault of an entry of the Secret.
    pub(super) fn wrong(&self, key: &str, what: &str) -> Fault {
        let map = if self.node(&["stringData", key]).is_some() { "stringData" } else { "data" };
        self.fault(&path![map, key], format!("`{map}.{key}` {what}"))
    }

    /// A fault at a field.
    pub(super) fn fault(&self, path: &FieldPath, what: impl Into<String>) -> Fault {
        Fault { pos: tree::find(&self.tree, path), what: what.into() }
    }
}

/// The values of a text that somebody may have edited; nothing if it is not YAML. Nesting without end is refused before a reader that
/// has no bounds sees it.
pub(super) fn values(text: &str) -> Option<Value> {
    parse(text, 1).ok()?;
    serde_yaml::from_str(text).ok()
}

/// The entries of a `cacerts`: with CRLs, if it has any.
pub(super) fn entries(manifest: &Manifest) -> impl Iterator<Item = &'static str> + use<> {
    ENTRIES.into_iter().chain(manifest.entry(CRLS).is_ok().then_some(CRLS))
}

fn field(path: &[&str]) -> FieldPath {
    FieldPath(path.iter().map(|key| (*key).into()).collect())
}

/// Whether a plain scalar is text to every reader: kubectl and Flux read YAML 1.1, where `yes` is a truth value.
fn is_text_everywhere(text: &str) -> bool {
    const WORDS: [&str; 8] = ["y", "n", "yes", "no", "on", "off", "true", "false"];
    let lower = text.to_ascii_lowercase();
    let digits = lower.trim_start_matches(['+', '-']).replace('_', "");
    let based = ["0x", "0o", "0b"].iter().find_map(|base| digits.strip_prefix(base));
    let is_based =
        based.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let begins = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let is_sexagesimal = begins
        && digits.contains(':')
        && digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'));
    let is_float = begins && (digits.parse::<f64>().is_ok() || matches!(&*digits, ".inf" | ".nan"));
    !(WORDS.contains(&&*lower) || is_based || is_sexagesimal || is_float)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> (String, Option<usize>) {
        let Err(Fault { pos, what }) = Manifest::read(text) else { return ("ok".to_owned(), None) };
        (what, pos.map(|pos| pos.line))
    }

    #[test]
    fn only_what_kubernetes_takes_is_a_secret() {
        const HEAD: &str = "apiVersion: v1\nkind: Secret\n";
        for (rest, expected, line) in [
            ("metadata: {name: cacerts, labels: {a: b}, annotations: null}\ntype: Opaque\n", "ok", None),
            ("metadata:\n  labels: 5\n", "has `metadata.labels` that is not a mapping", Some(4)),
            (
                "metadata:\n  annotations:\n    a: b\n    c: [x]\n",
                "has `metadata.annotations.c` that is not a text",
                Some(6),
            ),
            ("metadata:\n  annotations:\n    a: yes\n", "has `metadata.annotations.a` that is not a text", Some(5)),
            ("metadata:\n  name: 5\n", "has `metadata.name` that is not a text", Some(4)),
            ("metadata:\n  labels:\n    ? {a: b}\n    : c\n", "is not a YAML document", Some(5)),
            ("stringData: [a]\n", "has `stringData` that is not a mapping", Some(3)),
            ("stringData: {a: 'yes', b: 'ENC[x]'}\ntype: 7\n", "has `type` that is not a text", Some(4)),
        ] {
            let (what, at) = said(&format!("{HEAD}{rest}"));
            assert!(what.starts_with(expected), "{rest}: {what}");
            assert_eq!(at, line, "{rest}");
        }
        assert_eq!(said("apiVersion: v2\nkind: Secret\n").0, "is not a Secret");
        assert_eq!(said("").0, "is not a Secret");
    }

    #[test]
    fn plain_texts() {
        for text in ["Prune=false", "disabled", "cacerts", "1.2.3", "v1", "2026-01-01", "0x", "a:b", "-", "x.y/z"] {
            assert!(is_text_everywhere(text), "{text}");
        }
        for text in ["yes", "Off", "5", "-1_000", "1e3", ".5", "0x1F", "1:30", ".inf", "TRUE"] {
            assert!(!is_text_everywhere(text), "{text}");
        }
    }
}
