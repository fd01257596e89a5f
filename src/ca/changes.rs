//! What the policies ask now and the store was not made with. It is reported and changes nothing: rendering rotates no CA.

use super::certificate::root_expiry;
use super::key_kind::KeyKind;
use super::secret::{KEPT, Kept, sorted};
use super::stored::{Cacerts, Certificate, Root};
use crate::ids::ObjectRef;
use crate::plan::{GeneratedRoot, MeshCa, RootSource};

/// How the root differs from what is asked.
pub(super) fn of_root(source: &RootSource, root: &Root) -> Vec<String> {
    match source {
        RootSource::Generated(asked) => of_generated(asked, &root.certificate),
        RootSource::Given(asked) => of_given(asked, &root.secret).into_iter().collect(),
    }
}

/// How a root differs from the Secret that the policy names.
fn of_given(asked: &ObjectRef, has: &ObjectRef) -> Option<String> {
    (has != asked).then(|| format!("the root is Secret {has}, the policy asks for {asked}"))
}

/// How a root differs from one that would be made now.
fn of_generated(asked: &GeneratedRoot, root: &Certificate) -> Vec<String> {
    let GeneratedRoot { ttl_days, key_bits, organization } = asked;
    let mut changes = Vec::new();
    let mut compare = |what: &str, has: &str, wants: &str| {
        if has != wants {
            changes.push(format!("the root has {what} {has}, the policy asks for {wants}"));
        }
    };
    compare("the organization", &quoted(&root.organization), &quoted(organization));
    match root.key {
        KeyKind::Rsa(bits) => compare("a key of", &format!("{bits} bits"), &format!("{key_bits} bits")),
        other => compare("a key of the kind", &other.to_string(), &format!("RSA {key_bits}")),
    }
    if root_expiry(root.not_before, *ttl_days) != root.not_after {
        let days = (root.not_after - root.not_before).whole_days();
        compare("a lifetime of", &format!("{days} days"), &format!("{ttl_days} days"));
    }
    changes
}

/// How a mesh's Secret differs from what is asked.
pub(super) fn of_mesh(mesh: &MeshCa, secret_type: &str, stored: &Cacerts) -> Vec<String> {
    let mut changes = Vec::new();
    let Cacerts {
        text: _,
        certificate,
        stage: _,
        crls: _,
        bundle: _,
        sealed_to: _,
        secret_type: has_type,
        labels,
        annotations: _,
    } = stored;
    if !certificate.uris().eq([mesh.spiffe.as_str()]) {
        let uris = certificate.uris().map(quoted).collect::<Vec<_>>().join(", ");
        changes.push(format!("the certificate is for {uris}, the mesh's identity is {}", quoted(&mesh.spiffe)));
    }
    if has_type != secret_type {
        changes.push(format!(
            "the Secret's type is {}, the settings ask for {}",
            quoted(has_type),
            quoted(secret_type)
        ));
    }
    if *labels != sorted(&mesh.labels) {
        changes.push("the Secret's labels are not those asked for now".to_owned());
    }
    changes
}

/// The annotations that keep a Secret from pruning and that it has lost.
pub(super) fn of_annotations(Cacerts { annotations, .. }: &Cacerts) -> Vec<String> {
    let lost = KEPT.iter().filter(|kept| !annotations.iter().any(|(key, value)| kept.is(key, value)));
    lost.map(|Kept { key, value }| {
        format!("the Secret does not have the annotation {key}: {value}, so removing it from the tree deletes it in the cluster")
    })
    .collect()
}

fn quoted(text: &str) -> String {
    format!("`{text}`")
}
