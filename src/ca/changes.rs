//! What the policies ask now and the store was not made with. It is told and changes nothing: rendering rotates no CA.

use serde_yaml::Value;

use super::certificate::root_expiry;
use super::secret::sorted;
use super::store::{Cacerts, Root};
use super::x509::RootCert;
use crate::ids::ObjectRef;
use crate::plan::{GeneratedRoot, MeshCa, RootSource};

/// How the root differs from what is asked.
pub(super) fn of_root(source: &RootSource, root: &Root) -> Vec<String> {
    match source {
        RootSource::Generated(asked) => of_generated(asked, &root.certificate),
        RootSource::Given(asked) => of_given(asked, &root.document).into_iter().collect(),
    }
}

/// How a root differs from the Secret that the policy names.
fn of_given(asked: &ObjectRef, document: &Value) -> Option<String> {
    let text = |field: &str| document["metadata"][field].as_str().unwrap_or_default().to_owned();
    let has = ObjectRef::new(text("namespace"), text("name"));
    (has != *asked).then(|| format!("the root is Secret {has}, the policy asks for {asked}"))
}

/// How a root differs from one that would be made now.
fn of_generated(asked: &GeneratedRoot, root: &RootCert) -> Vec<String> {
    let GeneratedRoot { ttl_days, key_bits, organization } = asked;
    let mut changes = Vec::new();
    let mut compare = |what: &str, has: &str, wants: &str| {
        if has != wants {
            changes.push(format!("the root has {what} {has}, the policy asks for {wants}"));
        }
    };
    compare("the organization", &quoted(&root.organization), &quoted(organization));
    compare("a key of", &format!("{} bits", root.bits), &format!("{key_bits} bits"));
    if root_expiry(root.not_before, *ttl_days) != root.not_after {
        let days = (root.not_after - root.not_before).whole_days();
        compare("a lifetime of", &format!("{days} days"), &format!("{ttl_days} days"));
    }
    changes
}

/// How a mesh's Secret differs from what is asked.
pub(super) fn of_mesh(mesh: &MeshCa, secret_type: &str, stored: &Cacerts) -> Vec<String> {
    let mut changes = Vec::new();
    if stored.uris != [mesh.spiffe.as_str()] {
        let uris = stored.uris.iter().map(|uri| quoted(uri)).collect::<Vec<_>>().join(", ");
        changes.push(format!("the certificate is for {uris}, the mesh's identity is {}", quoted(&mesh.spiffe)));
    }
    let has = stored.document["type"].as_str().unwrap_or("Opaque");
    if has != secret_type {
        changes.push(format!("the Secret's type is {}, the settings ask for {}", quoted(has), quoted(secret_type)));
    }
    if labels(&stored.document["metadata"]["labels"]) != sorted(&mesh.labels) {
        changes.push("the Secret's labels are not those asked for now".to_owned());
    }
    changes
}

fn quoted(text: &str) -> String {
    format!("`{text}`")
}

fn labels(value: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let pairs = value.as_mapping().into_iter().flatten().map(|(key, value)| (text(key), text(value)));
    sorted(&pairs.collect::<Vec<_>>())
}
