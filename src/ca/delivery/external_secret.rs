//! An ExternalSecret of the External Secrets Operator: references to entries of a store of secrets, into which `meshtree ca export`
//! has its output put. Nothing private is in the tree.

use std::borrow::Cow;

use serde::Serialize;

use super::super::manifest::{Manifest, entries};
use super::super::secret::{CA_CERT, ROOT_CERT};
use super::super::tree_object::{INTERMEDIATE, ROOTS, hash, roots_of};
use super::object::{Metadata, Object, OfSecret};
use super::{Form, Wanted};
use crate::model::settings::{SecretStore, Settings};
use crate::objects::names::CACERTS;
use crate::plan::MeshCa;

pub(super) const FORM: Form = Form {
    is_kept: true,
    kind: Some("ExternalSecret.external-secrets.io"),
    text,
    leaves: "`delivery` is external-secret",
    then: "put the output of `meshtree ca export` into the store of secrets before the ExternalSecret is applied: the Secret in the cluster is then replaced by it",
};

/// How keys in the store begin unless the settings say otherwise.
const PREFIX: &str = "cacerts";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Spec<'m> {
    data: Vec<Entry<'m>>,
    refresh_policy: &'static str,
    secret_store_ref: StoreRef<'m>,
    target: Target<'m>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'m> {
    remote_ref: RemoteRef<'m>,
    secret_key: &'static str,
}

#[derive(Serialize)]
struct RemoteRef<'m> {
    key: &'m str,
    property: &'static str,
}

#[derive(Serialize)]
struct StoreRef<'m> {
    kind: &'static str,
    name: &'m str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Target<'m> {
    creation_policy: &'static str,
    deletion_policy: &'static str,
    name: &'static str,
    template: Template<'m>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Template<'m> {
    engine_version: &'static str,
    metadata: OfSecret<'m>,
    r#type: &'m str,
}

/// The key under which the store has the entries of a mesh.
pub(in crate::ca) fn remote_key(mesh: &MeshCa, settings: &Settings) -> String {
    let external = settings.ca.as_ref().and_then(|ca| ca.external_secret.as_ref());
    let prefix = external.and_then(|external| external.key_prefix.as_deref()).unwrap_or(PREFIX);
    format!("{prefix}/{}/{}", mesh.cluster, mesh.namespace)
}

fn text<'m>(wanted: &Wanted<'m>, settings: &Settings) -> Option<Cow<'m, str>> {
    let Wanted { virtual_mesh, root: _, mesh, material } = wanted;
    let manifest = Manifest::read(&(*material)?.manifest).ok()?;
    let fingerprint = hash(manifest.entry(CA_CERT).ok()?.as_bytes());
    // A phase of a rotation may change the roots alone, and the operator must read the store again then, too.
    let roots = manifest.entry(ROOT_CERT).ok().and_then(|bundle| roots_of(&bundle));
    let ca = settings.ca.as_ref()?;
    let SecretStore { name, kind } = ca.external_secret.as_ref()?.store.as_ref()?;
    let key = remote_key(mesh, settings);
    let entry = |property| Entry { remote_ref: RemoteRef { key: &key, property }, secret_key: property };
    let spec = Spec {
        data: entries(&manifest).map(entry).collect(),
        // What is in the store may be changed at any time; istiod gets it with a commit, as everything else.
        refresh_policy: "OnChange",
        secret_store_ref: StoreRef { kind: kind.as_str(), name },
        target: Target {
            // With an owner, the Secret would be deleted with the ExternalSecret.
            creation_policy: "Orphan",
            deletion_policy: "Retain",
            name: CACERTS,
            template: Template {
                engine_version: "v2",
                metadata: OfSecret::of(mesh),
                r#type: ca.secret_type.as_deref().unwrap_or("Opaque"),
            },
        },
    };
    let roots = roots.map(|roots| (ROOTS, Cow::Owned(roots)));
    let metadata = Metadata::of(mesh, roots.into_iter().chain([(INTERMEDIATE, fingerprint.into())]));
    let object = Object { api_version: "external-secrets.io/v1", kind: "ExternalSecret", metadata, spec };
    object.text(virtual_mesh).map(Cow::Owned)
}
