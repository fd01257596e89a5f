//! Objects of a rendered tree that are, or make, the `cacerts` of a mesh: what they say of its roots and its intermediate, whatever form
//! they have. A Secret has the certificates in it; the other forms have annotations with hashes of what they were made of.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use super::manifest::{Manifest, values};
use super::pem;
use super::secret::{CA_CERT, ROOT_CERT};

/// The SHA-256 of each root that workloads are to trust, in the order of `root-cert.pem`.
pub(super) const ROOTS: &str = "meshtree.io/root-certificates-sha256";
/// The SHA-256 of the intermediate, as `ca-cert.pem` has it.
pub(super) const INTERMEDIATE: &str = "meshtree.io/ca-certificate-sha256";

/// What [`kind`] calls an object whose values are all sealed.
pub(super) const SEALED: &str = "a SealedSecret";

/// What it calls an object of a form that is not its own.
const OTHER: &str = "an object";

/// What the tree has workloads trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TreeBundle {
    /// `root-cert.pem` itself.
    Text(String),
    /// The SHA-256 of each of its certificates.
    Fingerprints(Vec<String>),
    /// It does not say: the object, which was made before such objects did.
    Unsaid(String),
}

/// The roots of a bundle as an annotation names them.
pub(super) fn roots_of(bundle: &str) -> Option<String> {
    Some(fingerprints(bundle)?.join(","))
}

/// The SHA-256 of each certificate of a bundle, in hexadecimal digits.
pub(super) fn fingerprints(bundle: &str) -> Option<Vec<String>> {
    Some(pem::certificates(bundle)?.iter().map(|der| hash(der)).collect())
}

/// A hash in hexadecimal digits.
pub(super) fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What an object has workloads trust; nothing if it is of no form that says so.
pub(super) fn bundle(text: &str) -> Option<TreeBundle> {
    let text = text.replace("\r\n", "\n");
    if let Ok(secret) = Manifest::read(&text) {
        return Some(TreeBundle::Text(secret.entry(ROOT_CERT).ok()?.into_owned()));
    }
    match annotation(&text, ROOTS) {
        Some(roots) => Some(TreeBundle::Fingerprints(roots.split(',').map(|root| root.trim().to_owned()).collect())),
        None => (kind(&text) != OTHER).then_some(TreeBundle::Unsaid(text)),
    }
}

/// Whether an object says which roots it is for.
pub(super) fn says_roots(text: &str) -> bool {
    annotation(text, ROOTS).is_some()
}

/// Whether an object with references is for the intermediate of a mesh's file in the store.
pub(super) fn is_for(text: &str, stored: &Manifest) -> bool {
    let intermediate = stored.entry(CA_CERT).ok().map(|pem| hash(pem.as_bytes()));
    intermediate.is_some() && annotation(text, INTERMEDIATE) == intermediate
}

/// Why an object with references was not made of a mesh's file in the store; nothing if it was.
pub(super) fn differs(text: &str, stored: &str) -> Option<Cow<'static, str>> {
    let Ok(stored) = Manifest::read(stored) else { return Some("cannot be compared with the CA store".into()) };
    if !is_for(text, &stored) {
        return Some("is for another intermediate than the CA store has now".into());
    }
    match (annotation(text, ROOTS), stored.entry(ROOT_CERT).ok().and_then(|bundle| roots_of(&bundle))) {
        (None, _) => Some(format!("does not say which roots it is for (annotation {ROOTS})").into()),
        (Some(has), Some(wants)) if has == wants => None,
        _ => Some("is for other roots than the CA store has now".into()),
    }
}

/// What an object is, for a sentence.
pub(super) fn kind(text: &str) -> &'static str {
    match values(text).as_ref().and_then(|document| document["kind"].as_str()) {
        Some("SealedSecret") => SEALED,
        Some("ExternalSecret") => "an ExternalSecret",
        _ => OTHER,
    }
}

fn annotation(text: &str, name: &str) -> Option<String> {
    values(text)?["metadata"]["annotations"][name].as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORED: &str = "apiVersion: v1\nkind: Secret\nstringData: {ca-cert.pem: one, root-cert.pem: \"-----BEGIN CERTIFICATE-----\\nYQ==\\n-----END CERTIFICATE-----\\n\"}\n";
    // printf one | sha256sum, printf a | sha256sum
    const ONE: &str = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
    const A: &str = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";

    fn external(annotations: &str) -> String {
        format!("kind: ExternalSecret\nmetadata: {{annotations: {{{annotations}}}}}\n")
    }

    #[test]
    fn an_external_secret_is_of_one_intermediate_and_its_roots() {
        let (one, roots) = (format!("{INTERMEDIATE}: '{ONE}'"), format!("{ROOTS}: '{A}'"));
        assert_eq!(differs(&external(&format!("{one}, {roots}")), STORED), None);
        for (annotations, why) in [
            (roots.clone(), "another intermediate"),
            (one.clone(), "does not say which roots"),
            (format!("{one}, {ROOTS}: '{A},{ONE}'"), "other roots"),
            (format!("{INTERMEDIATE}: '{A}', {roots}"), "another intermediate"),
        ] {
            let said = differs(&external(&annotations), STORED).expect("a reason");
            assert!(said.contains(why), "{annotations}: {said}");
        }
        assert!(differs("a: [", STORED).is_some());
        assert_eq!(kind(&external("")), "an ExternalSecret");
    }

    #[test]
    fn roots_are_read_from_every_form() {
        let text = |text: &str| bundle(text);
        assert!(matches!(text(STORED), Some(TreeBundle::Text(pem)) if pem.contains("YQ==")));
        let roots = external(&format!("{ROOTS}: '{A},{ONE}'"));
        assert_eq!(text(&roots), Some(TreeBundle::Fingerprints(vec![A.to_owned(), ONE.to_owned()])));
        assert_eq!(text(&external("a: b")), Some(TreeBundle::Unsaid(external("a: b"))));
        assert_eq!(text("kind: Certificate\n"), None);
        assert_eq!(text("a: ["), None);
    }
}
