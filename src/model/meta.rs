//! What every object has: identity, origin, and what was found wrong in it while decoding.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::diag::{FieldPath, Origin, Place};
use crate::ids::{ClusterObjectRef, ObjectRef, Text};
use crate::load::tree::{Node, Value};

use super::decode::schema::{Defs, text, texts as texts_schema};
use super::decode::{Cx, Decode, Fault, Field, is_spelling, join};

/// An object as written.
#[derive(Clone, Debug, PartialEq)]
pub struct Object<T> {
    /// Its namespace and name.
    pub key: ObjectRef,
    /// Where it is.
    pub origin: Origin,
    /// The API version under which it is written.
    pub api_version: &'static str,
    /// `metadata.generation`, 0 when the object comes from a file that does not say.
    pub generation: i64,
    /// Decodable mistakes: they make a policy INVALID.
    pub faults: Vec<Fault>,
    /// The specification.
    pub spec: T,
}

impl<T> Object<T> {
    /// A field of this object, by its path in the model, as the place of a diagnostic.
    pub fn place(&self, path: FieldPath) -> Place {
        place_of(&self.origin, self.api_version, path)
    }
}

/// A field of an object, by its path in the model, as the place of a diagnostic.
pub fn place_of(origin: &Origin, api_version: &'static str, path: FieldPath) -> Place {
    Place::Field(origin.clone(), super::written::path_as_written(api_version, path))
}

/// The metadata fields that are read; others are Kubernetes' own and are ignored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    pub name: Option<Text>,
    pub namespace: Option<Text>,
    /// The generation that the API server counted.
    pub generation: i64,
    pub labels: BTreeMap<Text, Text>,
}

impl Decode for Metadata {
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        let mut out = Self::default();
        for entry in cx.map(node)? {
            match &*entry.key {
                "name" => cx.at("name", |cx| out.name.set(&entry.value, cx)),
                "namespace" => cx.at("namespace", |cx| out.namespace.set(&entry.value, cx)),
                "labels" => cx.at("labels", |cx| out.labels.set(&entry.value, cx)),
                "generation" => {
                    if let Value::Plain(text) | Value::Quoted(text) = &entry.value.value {
                        out.generation = text.parse().unwrap_or_default();
                    }
                }
                _ => {}
            }
        }
        Some(out)
    }

    fn schema(defs: &mut Defs) -> Json {
        let labels = <BTreeMap<Text, Text> as Field>::schema(defs);
        json!({"type": "object", "properties": {"name": text(), "namespace": text(), "labels": labels}})
    }
}

/// Reads a reference's fields: a fixed set of texts, each empty when absent.
fn texts<const N: usize>(node: &Node, cx: &mut Cx<'_>, names: [&'static str; N]) -> Option<[Text; N]> {
    let found = cx.fields(node, names, |_, _| {})?;
    let mut out: [Text; N] = std::array::from_fn(|_| Text::from(""));
    for ((text, node), name) in out.iter_mut().zip(found).zip(names) {
        if let Some(node) = node {
            cx.at(name, |cx| text.set(node, cx));
        }
    }
    Some(out)
}

impl Decode for ObjectRef {
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        let [name, namespace] = texts(node, cx, ["name", "namespace"])?;
        Some(Self { namespace, name })
    }

    fn paths(at: &str, out: &mut Vec<String>) {
        out.extend(["name", "namespace"].map(|field| join(at, field)));
    }

    fn schema(_: &mut Defs) -> Json {
        texts_schema(&["name", "namespace"])
    }
}

impl Decode for ClusterObjectRef {
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        let [name, namespace, cluster] = texts(node, cx, ["name", "namespace", "clusterName"])?;
        Some(Self { cluster, namespace, name })
    }

    fn paths(at: &str, out: &mut Vec<String>) {
        out.extend(["name", "namespace", "clusterName"].map(|field| join(at, field)));
    }

    fn schema(_: &mut Defs) -> Json {
        texts_schema(&["name", "namespace", "clusterName"])
    }
}

/// The value of a field of a mapping, in either spelling, without any reporting.
pub fn peek<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    match &node.value {
        Value::Map(entries) => entries.iter().find(|entry| is_spelling(name, &entry.key)).map(|entry| &entry.value),
        _ => None,
    }
}

/// The text of a scalar field of a mapping, without any reporting.
pub fn peek_text<'n>(node: &'n Node, name: &str) -> Option<&'n str> {
    match &peek(node, name)?.value {
        Value::Plain(text) | Value::Quoted(text) => Some(text),
        _ => None,
    }
}

/// The texts of a document's `apiVersion` and `kind`.
pub(super) fn header(node: &Node) -> (&str, &str) {
    (peek_text(node, "apiVersion").unwrap_or_default(), peek_text(node, "kind").unwrap_or_default())
}
