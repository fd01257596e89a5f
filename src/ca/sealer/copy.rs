//! The sealed copy of a mesh's Secret: what it is made of, and whether it is still that.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::super::error::CaError;
use super::super::manifest::{Manifest, entries, values};
use super::super::secret::{CA_KEY, KEPT, Kept, ROOT_CERT, header};
use super::super::stored::Fault;
use super::super::tree_object::{ROOTS, roots_of};
use super::{Sealer, blob};
use crate::ids::ObjectRef;
use crate::model::settings::SealingScope;
use crate::objects::names::CACERTS;
use crate::yaml_writer;

/// What the copy was made of, as a digest.
const CONTENT: &str = "meshtree.io/sealed-content-sha256";
/// The certificate that it was sealed to.
const CERTIFICATE: &str = "meshtree.io/sealing-certificate-sha256";
/// Copies all that a Secret has, and would disclose it.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What of a Secret is sealed, apart from its private key: that one follows from its certificate.
pub(in crate::ca) struct Content {
    namespace: String,
    secret_type: String,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    /// The entries that are not private.
    public: BTreeMap<&'static str, String>,
}

/// A SealedSecret, in the order in which it is written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Object<'c> {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata<'c>,
    spec: Spec<'c>,
}

#[derive(Serialize)]
struct Metadata<'c> {
    name: &'static str,
    namespace: &'c str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: &'c BTreeMap<String, String>,
    annotations: BTreeMap<&'c str, Cow<'c, str>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Spec<'c> {
    encrypted_data: BTreeMap<&'static str, String>,
    template: Template<'c>,
}

#[derive(Serialize)]
struct Template<'c> {
    metadata: Metadata<'c>,
    r#type: &'c str,
}

impl Content {
    /// What a mesh's file has.
    pub(in crate::ca) fn of(manifest: &str) -> Result<Self, Fault> {
        let manifest = Manifest::read(manifest)?;
        let map =
            |field| manifest.entries(&["metadata", field]).into_iter().filter(|(key, _)| key != LAST_APPLIED).collect();
        let public = entries(&manifest).filter(|entry| *entry != CA_KEY);
        Ok(Self {
            namespace: manifest.text(&["metadata", "namespace"]).unwrap_or_default().to_owned(),
            secret_type: manifest.text(&["type"]).unwrap_or("Opaque").to_owned(),
            labels: map("labels"),
            annotations: map("annotations"),
            public: public
                .map(|entry| Ok((entry, manifest.entry(entry)?.into_owned())))
                .collect::<Result<_, Fault>>()?,
        })
    }

    /// All of it in one number. Lengths keep one text from running into the next.
    fn digest(&self, scope: SealingScope) -> String {
        let Self { namespace, secret_type, labels, annotations, public } = self;
        let mut hash = Sha256::new();
        let mut add = |text: &str| {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        };
        [scope.as_str(), namespace, secret_type].into_iter().for_each(&mut add);
        for map in [labels, annotations] {
            add(&map.len().to_string());
            map.iter().flat_map(|(key, value)| [key, value]).for_each(|text| add(text));
        }
        public.iter().for_each(|(key, value)| [*key, value].into_iter().for_each(&mut add));
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether a copy is of this, sealed by this sealer.
    pub(in crate::ca) fn is_in(&self, copy: &str, sealer: &Sealer) -> bool {
        let Some(copy) = values(copy) else { return false };
        let annotations = &copy["metadata"]["annotations"];
        let mut entries = self.public.keys().chain([&CA_KEY]);
        let has_all = entries.all(|entry| copy["spec"]["encryptedData"][*entry].is_string());
        has_all
            && annotations[CONTENT].as_str() == Some(&self.digest(sealer.scope))
            && annotations[CERTIFICATE].as_str() == Some(&sealer.certificate.fingerprint)
    }

    /// Whether a copy is of this, whatever it was sealed to.
    pub(in crate::ca) fn is_digest_of(&self, copy: &str) -> bool {
        let Some(copy) = values(copy) else { return false };
        let digest = copy["metadata"]["annotations"][CONTENT].as_str();
        SealingScope::ALL.iter().any(|scope| digest == Some(&*self.digest(*scope)))
    }

    /// The text of a copy that says which roots it is for; nothing if it does, or is of something else.
    pub(in crate::ca) fn saying_roots(&self, copy: &str) -> Option<String> {
        let roots = roots_of(self.public.get(ROOT_CERT)?)?;
        let mut document = values(copy)?;
        let annotations = document.get_mut("metadata")?.get_mut("annotations")?.as_mapping_mut()?;
        if annotations.contains_key(ROOTS) || !self.is_digest_of(copy) {
            return None;
        }
        annotations.insert(ROOTS.into(), roots.into());
        let mut sorted: Vec<_> = std::mem::take(annotations).into_iter().collect();
        sorted.sort_by(|(one, _), (other, _)| one.as_str().cmp(&other.as_str()));
        *annotations = sorted.into_iter().collect();
        let comments = copy.lines().take_while(|line| line.starts_with('#'));
        let mut out: String = comments.map(|line| format!("{line}\n")).collect();
        yaml_writer::write(&document, &mut out).ok()?;
        Some(out)
    }

    /// The sealed copy as a manifest, with the private key.
    pub(super) fn sealed(&self, sealer: &Sealer, virtual_mesh: &ObjectRef, key: &str) -> Result<String, CaError> {
        const FAILED: CaError = CaError::Crypto("write a SealedSecret");
        let public_key = blob::public_key(&sealer.certificate.public_key).ok_or(FAILED)?;
        let label = match sealer.scope {
            SealingScope::Strict => format!("{}/{CACERTS}", self.namespace),
            SealingScope::NamespaceWide => self.namespace.clone(),
            SealingScope::ClusterWide => String::new(),
        };
        let entries = self.public.iter().map(|(name, value)| (*name, value.as_str())).chain([(CA_KEY, key)]);
        let sealed = entries.map(|(name, value)| Ok((name, blob::seal(&public_key, &label, value.as_bytes())?)));
        let object = Object {
            api_version: "bitnami.com/v1alpha1",
            kind: "SealedSecret",
            metadata: Metadata { annotations: self.of_copy(sealer), ..self.metadata(sealer.scope) },
            spec: Spec {
                encrypted_data: sealed.collect::<Result<_, CaError>>()?,
                template: Template { metadata: self.metadata(sealer.scope), r#type: &self.secret_type },
            },
        };
        let mut out = format!("# {}\n", header(virtual_mesh));
        yaml_writer::write(&object, &mut out).map_err(|_| FAILED)?;
        Ok(out)
    }

    /// The metadata of the Secret that the controller makes.
    fn metadata(&self, scope: SealingScope) -> Metadata<'_> {
        let own = self.annotations.iter().map(|(key, value)| (&**key, Cow::Borrowed(&**value)));
        Metadata {
            name: CACERTS,
            namespace: &self.namespace,
            labels: &self.labels,
            annotations: own.chain(scope_annotation(scope)).collect(),
        }
    }

    /// The annotations of the copy: the Secret is the SealedSecret's and would be deleted with it.
    fn of_copy<'c>(&self, sealer: &'c Sealer) -> BTreeMap<&'c str, Cow<'c, str>> {
        let kept = KEPT.iter().map(|Kept { key, value }| (*key, Cow::Borrowed(*value)));
        let made_of = [
            (CONTENT, self.digest(sealer.scope).into()),
            (CERTIFICATE, Cow::Borrowed(&*sealer.certificate.fingerprint)),
        ];
        let roots = self.public.get(ROOT_CERT).and_then(|bundle| roots_of(bundle));
        let roots = roots.map(|roots| (ROOTS, Cow::Owned(roots)));
        kept.chain(made_of).chain(roots).chain(scope_annotation(sealer.scope)).collect()
    }
}

/// What the controller reads the scope from.
fn scope_annotation(scope: SealingScope) -> Option<(&'static str, Cow<'static, str>)> {
    let key = match scope {
        SealingScope::Strict => return None,
        SealingScope::NamespaceWide => "sealedsecrets.bitnami.com/namespace-wide",
        SealingScope::ClusterWide => "sealedsecrets.bitnami.com/cluster-wide",
    };
    Some((key, Cow::Borrowed("true")))
}
