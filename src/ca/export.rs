//! What a store of secrets has to be given for one mesh: the only place where a private key leaves in clear.

use std::fmt;

use serde::Serializer as _;
use serde_json::Serializer;
use serde_json::ser::PrettyFormatter;
use zeroize::Zeroizing;

use super::delivery::remote_key;
use super::document::{Entries, Node, map};
use super::error::CaError;
use super::identities::Identities;
use super::manifest::{self, Manifest};
use super::material::CaMaterial;
use super::refusals;
use super::sealing::private_key;
use super::secret::{CA_KEY, IN_CLUSTER, KEY_IS};
use super::stored::Fault;
use crate::diag::{Code, Diag, Place};
use crate::model::settings::{Delivery, Settings};
use crate::objects::names::CACERTS;
use crate::plan::MeshCa;
use crate::yaml_writer;

/// The entries of one mesh's `cacerts`, in clear.
pub struct Exported {
    /// The key under which an ExternalSecret looks for them.
    pub key: String,
    namespace: String,
    entries: Vec<(&'static str, Zeroizing<String>)>,
}

/// Says whose entries they are, never what they are.
impl fmt::Debug for Exported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exported").field("key", &self.key).finish_non_exhaustive()
    }
}

/// Opens the entries of a mesh's Secret.
///
/// # Errors
/// Material that is not there, or that no identity opens.
pub fn export(
    mesh: &MeshCa,
    material: &CaMaterial,
    identities: &Identities,
    settings: &Settings,
) -> Result<Exported, Box<Diag>> {
    let missing = |why: &str, hint: &str| {
        let message = format!("cacerts of mesh {} cannot be exported: {why}", mesh.mesh);
        Box::new(Diag::new(Code::CaMissing, Place::Nowhere, message).hint(hint))
    };
    let Some(material) = material.of(&mesh.mesh) else {
        let (why, hint) = not_kept(settings.delivery(&mesh.cluster));
        return Err(missing(why, hint));
    };
    let is_elsewhere =
        manifest::values(&material.manifest).is_some_and(|file| file["metadata"]["annotations"][KEY_IS] == IN_CLUSTER);
    if is_elsewhere {
        return Err(missing(
            "its private key is in its cluster alone",
            "the cluster has the Secret already, and nothing else needs it",
        ));
    }
    const WITH_IDENTITY: &str = "run `meshtree ca export` where an age identity that decrypts the mesh's file is in SOPS_AGE_KEY, SOPS_AGE_KEY_FILE or the key file of sops";
    let found = identities.load().map_err(|error| missing(&error.to_string(), WITH_IDENTITY))?;
    if found.is_empty() {
        return Err(missing("no age identity is available", WITH_IDENTITY));
    }
    let key = private_key(&material.manifest, &found)
        .map_err(|error| missing(&format!("its file {error}"), WITH_IDENTITY))?;
    let fault = |fault: Fault| missing(&fault.what, refusals::KEEP_MESH);
    let manifest = Manifest::read(&material.manifest).map_err(fault)?;
    let value = |entry| {
        let value = if entry == CA_KEY { key.clone() } else { Zeroizing::new(manifest.entry(entry)?.into_owned()) };
        Ok((entry, value))
    };
    let entries = manifest::entries(&manifest).map(value).collect::<Result<_, _>>().map_err(fault)?;
    Ok(Exported { key: remote_key(mesh, settings), namespace: mesh.namespace.clone(), entries })
}

/// Why the store does not have the material of a mesh, and what to do, by how its cluster gets it.
fn not_kept(delivery: Delivery) -> (&'static str, &'static str) {
    match delivery {
        Delivery::Sops | Delivery::SealedSecret | Delivery::ExternalSecret => {
            ("the CA store does not have it", "run `meshtree ca issue` first, and commit")
        }
        Delivery::CertManager => (
            "cert-manager issues it in the cluster, and the CA store does not have it",
            "nothing has to be exported: the Certificate in the tree makes the Secret. To issue it here, set `spec.clusters.*.ca.delivery` of the cluster to another form",
        ),
        Delivery::IstioCsr => (
            "istio-csr signs in the place of istiod, and there is no cacerts",
            "nothing has to be exported. To issue it here, set `spec.clusters.*.ca.delivery` of the cluster to another form",
        ),
        Delivery::None => (
            "`delivery` is none, so somebody else issues it, and the CA store does not have it",
            "to issue it here, set `spec.clusters.*.ca.delivery` of the cluster to external-secret or another form",
        ),
    }
}

impl Exported {
    /// One JSON object, as stores of secrets take it.
    ///
    /// # Errors
    /// A text that cannot be written, which no text is.
    pub fn json(&self) -> Result<Zeroizing<Vec<u8>>, CaError> {
        const FAILED: CaError = CaError::Crypto("write the entries as JSON");
        let mut out = Zeroizing::new(Vec::with_capacity(self.room()));
        let mut serializer = Serializer::with_formatter(&mut *out, PrettyFormatter::new());
        let entries = self.entries.iter().map(|(name, value)| (*name, value.as_str()));
        serializer.collect_map(entries).map_err(|_| FAILED)?;
        out.push(b'\n');
        Ok(out)
    }

    /// The Secret itself, for `kubectl apply`.
    ///
    /// # Errors
    /// A text that cannot be written, which no text is.
    pub fn secret(&self, secret_type: &str) -> Result<Zeroizing<String>, CaError> {
        let metadata = map([("name", Node::text(CACERTS)), ("namespace", Node::text(&*self.namespace))]);
        let entries = self.entries.iter().map(|(name, value)| ((*name).to_owned(), Node::Text(value.clone())));
        let secret = map([
            ("apiVersion", Node::text("v1")),
            ("kind", Node::text("Secret")),
            ("metadata", Node::Map(metadata)),
            ("type", Node::text(secret_type)),
            ("stringData", Node::Map(entries.collect())),
        ]);
        let mut out = Zeroizing::new(String::with_capacity(self.room()));
        yaml_writer::write(&Entries(&secret), &mut out).map_err(|_| CaError::Crypto("write a Secret"))?;
        Ok(out)
    }

    /// More bytes than any of the texts has: a buffer that grows leaves copies behind.
    fn room(&self) -> usize {
        self.entries.iter().map(|(_, value)| 2 * value.len() + 100).sum::<usize>() + 1000
    }
}
