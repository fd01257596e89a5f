//! What the objects that make `cacerts` in a cluster have in common.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use super::super::secret::{KEPT, Kept, header};
use crate::ids::ObjectRef;
use crate::objects::names::CACERTS;
use crate::plan::MeshCa;
use crate::yaml_writer;

/// An object, in the order in which it is written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Object<'m, S> {
    pub(super) api_version: &'static str,
    pub(super) kind: &'static str,
    pub(super) metadata: Metadata<'m>,
    pub(super) spec: S,
}

/// Its metadata: named and labelled as the Secret.
#[derive(Serialize)]
pub(super) struct Metadata<'m> {
    name: &'static str,
    namespace: &'m str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<&'m str, &'m str>,
    annotations: BTreeMap<&'m str, Cow<'m, str>>,
}

/// The metadata of the Secret that is made.
#[derive(Serialize)]
pub(super) struct OfSecret<'m> {
    annotations: BTreeMap<&'m str, Cow<'m, str>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<&'m str, &'m str>,
}

impl<'m> Metadata<'m> {
    /// Those of a mesh's object, with more annotations.
    pub(super) fn of(mesh: &'m MeshCa, more: impl IntoIterator<Item = (&'m str, Cow<'m, str>)>) -> Self {
        let OfSecret { mut annotations, labels } = OfSecret::of(mesh);
        annotations.extend(more);
        Self { name: CACERTS, namespace: &mesh.namespace, labels, annotations }
    }
}

impl<'m> OfSecret<'m> {
    /// Those of a mesh's Secret: whatever makes it, pruning must not take it away.
    pub(super) fn of(mesh: &'m MeshCa) -> Self {
        let annotations = KEPT.iter().map(|Kept { key, value }| (*key, Cow::Borrowed(*value))).collect();
        Self { annotations, labels: mesh.labels.iter().map(|(key, value)| (&**key, &**value)).collect() }
    }
}

impl<S: Serialize> Object<'_, S> {
    /// The whole text, below the first line that every file has.
    pub(super) fn text(&self, virtual_mesh: &ObjectRef) -> Option<String> {
        let mut out = format!("# {}\n", header(virtual_mesh));
        yaml_writer::write(self, &mut out).ok()?;
        Some(out)
    }
}
