//! An object that a template gives: what Kubernetes needs to know of it, and its text as it is written.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::library::Template;
use super::spot::Fault;
use crate::built::Built;
use crate::diag::{Code, Place, Pos};
use crate::ids::dns::is_label;
use crate::load::tree::{Entry, Node, Value};
use crate::objects::scope::{Scope, qualified};
use crate::yaml_writer::{self, scalar};

/// What only private keys and what SOPS encrypts contain.
const SECRETS: [&str; 3] = ["PRIVATE KEY-----", "AGE-SECRET-KEY-1", "ENC[AES256_GCM,"];

/// Makes an object of a document, with the position of its name. Everything that is wrong with it is found.
pub(super) fn built(
    node: &Node,
    template: &Template<'_>,
    labels: &[(String, String)],
) -> Result<(Built, Pos), Vec<Fault>> {
    let mut check = Check { faults: Vec::new() };
    let Value::Map(_) = &node.value else {
        check.fault(node.pos(), "a document must be an object: a mapping with apiVersion, kind and metadata", None);
        return Err(check.faults);
    };
    let (api_version, kind) = (check.text(node, &["apiVersion"]), check.text(node, &["kind"]));
    let name = check.text(node, &["metadata", "name"]);
    let namespace = check.namespace(node, api_version, kind);
    check.texts(node, "labels");
    check.texts(node, "annotations");
    check.secret(node, api_version, kind);
    check.keys(node);
    let named = node.get("metadata").and_then(|metadata| metadata.get("name")).map_or(node.pos(), Node::pos);
    let mut text = String::new();
    if let Err(error) = yaml_writer::write(&Manifest { node, labels }, &mut text) {
        check.fault(node.pos(), &format!("the object cannot be written: {error}"), None);
    }
    match (api_version, kind, name, namespace) {
        (Some(api_version), Some(kind), Some(name), Some(namespace)) if check.faults.is_empty() => {
            let built = Built {
                kind: qualified(api_version, kind).into(),
                namespace: namespace.into(),
                name: name.into(),
                text,
                sources: template.sources.clone(),
                place: Place::File(template.file.shown.clone()),
                service: None,
            };
            Ok((built, named))
        }
        _ => Err(check.faults),
    }
}

struct Check {
    faults: Vec<Fault>,
}

impl Check {
    fn fault(&mut self, pos: Pos, message: &str, hint: Option<&str>) {
        let (message, hint) = (message.to_owned(), hint.map(str::to_owned));
        self.faults.push(Fault { pos, code: Code::TemplateObject, message, hint });
    }

    /// A text that has to be there.
    fn text<'n>(&mut self, node: &'n Node, path: &[&str]) -> Option<&'n str> {
        let shown = path.join(".");
        let mut at = node;
        for key in path {
            match at.get(key) {
                Some(next) => at = next,
                None => {
                    self.fault(at.pos(), &format!("the object has no {shown}"), None);
                    return None;
                }
            }
        }
        let text = self.is_text(at, &shown).then(|| at.text()).flatten()?;
        let is_name = !text.is_empty() && !text.contains(|c: char| c.is_control() || c.is_whitespace());
        if !is_name || shown == "metadata.name" && text.contains('/') {
            self.fault(at.pos(), &format!("{shown} has the value {text:?}, which is not a valid name"), None);
            return None;
        }
        Some(text)
    }

    /// Whether a value is text for whoever reads YAML.
    fn is_text(&mut self, node: &Node, shown: &str) -> bool {
        let is_text = match &node.value {
            Value::Quoted(_) => true,
            Value::Plain(text) => {
                let mut written = String::new();
                scalar(text, &mut written);
                written == **text
            }
            Value::Null | Value::List(_) | Value::Map(_) => false,
        };
        if !is_text {
            self.fault(node.pos(), &format!("{shown} must be text"), Some("quote it, as in {{ value | tojson }}"));
        }
        is_text
    }

    /// The namespace, empty for an object of the whole cluster.
    fn namespace<'n>(&mut self, node: &'n Node, api_version: Option<&str>, kind: Option<&str>) -> Option<&'n str> {
        let (kind, scope) = (kind?, Scope::of(api_version?, kind?));
        let metadata = node.get("metadata")?;
        let Some(found) = metadata.get("namespace").filter(|found| found.value != Value::Null) else {
            if scope == Scope::Namespaced {
                let hint = "set metadata.namespace, as in {{ service.namespace }}";
                self.fault(metadata.pos(), &format!("a {kind} needs a namespace"), Some(hint));
                return None;
            }
            return Some("");
        };
        if scope == Scope::Cluster {
            let message = format!("a {kind} is of the whole cluster and has no namespace");
            self.fault(found.pos(), &message, Some("remove metadata.namespace"));
            return None;
        }
        let text = self.is_text(found, "metadata.namespace").then(|| found.text()).flatten()?;
        if !is_label(text) {
            self.fault(found.pos(), &format!("{text:?} is not a valid namespace name"), None);
            return None;
        }
        Some(text)
    }

    /// Labels or annotations, which are all text.
    fn texts(&mut self, node: &Node, field: &str) {
        let Some(found) = node.get("metadata").and_then(|metadata| metadata.get(field)) else { return };
        match &found.value {
            Value::Null => {}
            Value::Map(entries) => {
                for Entry { key, value, .. } in entries {
                    self.is_text(value, &format!("metadata.{field}.{key}"));
                }
            }
            Value::Plain(_) | Value::Quoted(_) | Value::List(_) => {
                self.fault(found.pos(), &format!("metadata.{field} must be a mapping"), None);
            }
        }
    }

    /// A Secret with content.
    fn secret(&mut self, node: &Node, api_version: Option<&str>, kind: Option<&str>) {
        if (api_version, kind) != (Some("v1"), Some("Secret")) {
            return;
        }
        for field in ["data", "stringData"] {
            if let Some(found) =
                node.get(field).filter(|found| matches!(&found.value, Value::Map(all) if !all.is_empty()))
            {
                self.refuse(found.pos(), format!("a Secret with {field} would be in the tree in clear"));
            }
        }
    }

    /// Private keys, wherever they are.
    fn keys(&mut self, node: &Node) {
        match &node.value {
            Value::Null => {}
            Value::Plain(text) | Value::Quoted(text) => {
                if SECRETS.iter().any(|mark| text.contains(mark)) {
                    self.refuse(node.pos(), "the object has a private key, or text encrypted with SOPS".to_owned());
                }
            }
            Value::List(items) => items.iter().for_each(|item| self.keys(item)),
            Value::Map(entries) => entries.iter().for_each(|entry| self.keys(&entry.value)),
        }
    }

    fn refuse(&mut self, pos: Pos, message: String) {
        let hint =
            "use a SealedSecret or an ExternalSecret, or keep a file that is encrypted with SOPS beside the tree";
        self.faults.push(Fault { pos, code: Code::TemplateSecret, message, hint: Some(hint.to_owned()) });
    }
}

/// The keys that come first, in this order.
const HEAD: [&str; 3] = ["apiVersion", "kind", "metadata"];
const METADATA: [&str; 4] = ["name", "namespace", "labels", "annotations"];

/// An object as it is written: the usual head, the labels that all objects have, and the rest in its own order.
struct Manifest<'n> {
    node: &'n Node,
    labels: &'n [(String, String)],
}

impl Serialize for Manifest<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in in_order(self.node, &HEAD) {
            match key {
                "metadata" => map.serialize_entry(key, &Metadata { node: value, labels: self.labels })?,
                _ => map.serialize_entry(key, &AsRead(value))?,
            }
        }
        map.end()
    }
}

struct Metadata<'n> {
    node: &'n Node,
    labels: &'n [(String, String)],
}

impl Serialize for Metadata<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let mut labels: BTreeMap<&str, &str> = BTreeMap::new();
        if let Some(Value::Map(entries)) = self.node.get("labels").map(|labels| &labels.value) {
            labels.extend(entries.iter().filter_map(|entry| Some((&*entry.key, entry.value.text()?))));
        }
        labels.extend(self.labels.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        let mut rest = in_order(self.node, &METADATA).into_iter().filter(|(key, _)| *key != "labels").peekable();
        while let Some((key, value)) = rest.next_if(|(key, _)| *key == "name" || *key == "namespace") {
            map.serialize_entry(key, &AsRead(value))?;
        }
        if !labels.is_empty() {
            map.serialize_entry("labels", &labels)?;
        }
        for (key, value) in rest {
            map.serialize_entry(key, &AsRead(value))?;
        }
        map.end()
    }
}

/// The entries of a mapping, some of them first.
fn in_order<'n>(node: &'n Node, first: &[&str]) -> Vec<(&'n str, &'n Node)> {
    let Value::Map(entries) = &node.value else { return Vec::new() };
    let mut out: Vec<(&str, &Node)> = entries.iter().map(|entry| (&*entry.key, &entry.value)).collect();
    // The sort is stable, so the others stay in their order.
    out.sort_by_key(|(key, _)| first.iter().position(|one| one == key).unwrap_or(first.len()));
    out
}

/// A value that means to the next reader what it meant here: what had no quotes gets none.
struct AsRead<'n>(&'n Node);

impl Serialize for AsRead<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0.value {
            Value::Null => serializer.serialize_unit(),
            Value::Plain(text) => serializer.serialize_newtype_struct(yaml_writer::PLAIN, &format!("{text}\n")),
            Value::Quoted(text) => serializer.serialize_str(text),
            Value::List(items) => serializer.collect_seq(items.iter().map(AsRead)),
            Value::Map(entries) => {
                serializer.collect_map(entries.iter().map(|entry| (&*entry.key, AsRead(&entry.value))))
            }
        }
    }
}
