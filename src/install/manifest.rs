//! An object of any kind as text.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;

use crate::built::Built;
use crate::diag::Place;
use crate::ids::Text;
use crate::yaml_writer;

/// An object of any kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Manifest {
    pub api_version: String,
    pub kind: String,
    /// Empty for a cluster-scoped object.
    pub namespace: String,
    pub name: String,
    pub labels: BTreeMap<String, String>,
    pub annotations: BTreeMap<String, String>,
    /// All other fields, such as `spec`, in this order.
    pub fields: Vec<(String, Value)>,
}

impl Manifest {
    /// An object without labels.
    pub fn new(api_version: &str, kind: &str, namespace: &str, name: &str) -> Self {
        let [api_version, kind, namespace, name] = [api_version, kind, namespace, name].map(str::to_owned);
        Self { api_version, kind, namespace, name, ..Self::default() }
    }

    /// The same with one more field.
    #[must_use]
    pub fn with(mut self, field: &str, value: Value) -> Self {
        self.fields.push((field.to_owned(), value));
        self
    }

    /// The same with one more annotation.
    #[must_use]
    pub fn annotated(mut self, key: &str, value: &str) -> Self {
        self.annotations.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Its kind, with the group behind a dot unless that is the core group or one of Istio's.
    fn qualified_kind(&self) -> String {
        match self.api_version.split_once('/') {
            Some((group, _)) if !group.ends_with(".istio.io") => format!("{}.{group}", self.kind),
            _ => self.kind.clone(),
        }
    }

    /// It as an object for a tree, with the labels of its owner.
    pub fn built(mut self, labels: &[(String, String)], source: &Text, place: &Place) -> Built {
        self.labels.extend(labels.iter().cloned());
        Built {
            kind: self.qualified_kind().into(),
            namespace: self.namespace.as_str().into(),
            name: self.name.as_str().into(),
            text: text(&self),
            sources: [source.clone()].into(),
            place: place.clone(),
            service: None,
        }
    }
}

/// A value as YAML.
pub(super) fn text(value: &impl Serialize) -> String {
    let mut out = String::new();
    let written = yaml_writer::write(value, &mut out);
    debug_assert!(written.is_ok(), "objects are made of what YAML can hold: {written:?}");
    out
}

impl Serialize for Manifest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { api_version, kind, namespace, name, labels, annotations, fields } = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("apiVersion", api_version)?;
        map.serialize_entry("kind", kind)?;
        map.serialize_entry("metadata", &Metadata { name, namespace, labels, annotations })?;
        for (key, value) in fields {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct Metadata<'m> {
    name: &'m str,
    #[serde(skip_serializing_if = "str::is_empty")]
    namespace: &'m str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: &'m BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: &'m BTreeMap<String, String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_their_group_unless_it_is_istios() {
        for (api_version, kind, wanted) in [
            ("v1", "Namespace", "Namespace"),
            ("apps/v1", "Deployment", "Deployment.apps"),
            ("security.istio.io/v1", "PeerAuthentication", "PeerAuthentication"),
            ("gateway.networking.k8s.io/v1", "Gateway", "Gateway.gateway.networking.k8s.io"),
        ] {
            assert_eq!(Manifest::new(api_version, kind, "", "x").qualified_kind(), wanted);
        }
    }
}
