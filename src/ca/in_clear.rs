//! The Secret with its private key in clear, for a tree that nobody decrypts: only where the user asks for it by a flag of that name.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_yaml::Value;

use super::identities::Identities;
use super::manifest::values;
use super::material::{CaMaterial, MeshMaterial};
use super::sealing::private_key;
use super::secret::{CA_KEY, IN_CLUSTER, KEY_IS};
use crate::diag::listing::clusters;
use crate::diag::{Code, Diag, Place};
use crate::ids::ClusterName;
use crate::model::settings::{Delivery, Settings};
use crate::objects::names::CACERTS;
use crate::yaml_writer;

/// Puts the private keys of the meshes in these clusters into their Secrets in clear, where a cluster gets the Secret itself. Gives the warning that says so.
///
/// # Errors
/// A key that no identity opens.
pub fn in_clear(
    material: &mut CaMaterial,
    rendered: &[ClusterName],
    settings: &Settings,
    identities: &Identities,
) -> Result<Option<Diag>, Box<Diag>> {
    let found = identities.load().map_err(|error| closed(None, &error.to_string()))?;
    let mut names = Vec::new();
    for mesh in &mut material.meshes {
        let is_plain = values(&mesh.manifest).is_some_and(|file| file["metadata"]["annotations"][KEY_IS] == IN_CLUSTER);
        if !rendered.contains(&mesh.cluster) || settings.delivery(&mesh.cluster) != Delivery::Sops || is_plain {
            continue;
        }
        if found.is_empty() {
            return Err(closed(Some(mesh), "no age identity is available").into());
        }
        let key =
            private_key(&mesh.manifest, &found).map_err(|error| closed(Some(mesh), &format!("its file {error}")))?;
        mesh.manifest = opened(&mesh.manifest, &key).ok_or_else(|| closed(Some(mesh), "its file is not a Secret"))?;
        names.push(mesh.cluster.to_string());
    }
    let message = || format!("Secret {CACERTS} is rendered with its private key in clear for {}", clusters(&names));
    let hint = "whoever can read the tree can act as any workload of the fleet: keep it out of Git, and delete it once it is applied";
    Ok((!names.is_empty()).then(|| Diag::new(Code::PlaintextKeys, Place::Nowhere, message()).hint(hint)))
}

/// A file of the store with this key in place of the encrypted one, and without what belongs to the encryption.
fn opened(text: &str, key: &str) -> Option<String> {
    let Value::Mapping(mut top) = values(text)? else { return None };
    top.shift_remove("sops");
    let mut document = Value::Mapping(top);
    let is_coded = document["data"].get(CA_KEY).is_some();
    let (field, key) = if is_coded { ("data", STANDARD.encode(key)) } else { ("stringData", key.to_owned()) };
    *document[field].get_mut(CA_KEY)? = key.into();
    let comments = text.lines().take_while(|line| line.starts_with('#'));
    let mut out: String = comments.map(|line| format!("{line}\n")).collect();
    yaml_writer::write(&document, &mut out).ok()?;
    Some(out)
}

fn closed(mesh: Option<&MeshMaterial>, why: &str) -> Diag {
    let whose = mesh.map_or_else(|| "the meshes".to_owned(), |mesh| format!("mesh {}", mesh.mesh));
    let message = format!("the private key of {whose} cannot be rendered in clear: {why}");
    let hint = "run this where an age identity that decrypts the CA store is in SOPS_AGE_KEY, SOPS_AGE_KEY_FILE or the key file of sops, or without --plaintext-private-keys";
    Diag::new(Code::CaMissing, Place::Nowhere, message).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_the_encryption_goes() {
        let text = "# A comment.\nkind: Secret\nstringData:\n  ca-cert.pem: |\n    one\n  ca-key.pem: 'ENC[x]'\nsops:\n  mac: x\n";
        let expected = "# A comment.\nkind: Secret\nstringData:\n  ca-cert.pem: |\n    one\n  ca-key.pem: |\n    key\n";
        assert_eq!(opened(text, "key\n").as_deref(), Some(expected));
        let coded = "kind: Secret\ndata:\n  ca-key.pem: ENC[x]\n";
        assert_eq!(opened(coded, "key\n").as_deref(), Some("kind: Secret\ndata:\n  ca-key.pem: a2V5Cg==\n"));
        assert_eq!(opened("kind: Secret\n", "key"), None);
    }
}
