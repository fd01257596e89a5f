//! Certificate requests (PKCS#10) as they are read: what a root is asked to sign, if it may sign it.

use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer;

use super::algorithm::Algorithm;
use super::key_kind::KeyKind;
use super::private_key::Reason;
use super::{pem, verify, x509};

/// The label of a request in PEM, and that of some older tools.
pub(super) const LABEL: &str = "CERTIFICATE REQUEST";
const OLD_LABEL: &str = "NEW CERTIFICATE REQUEST";

/// A request that a root may sign.
pub(super) struct Csr {
    /// The names that are asked for; empty if there is none.
    pub(super) organization: String,
    pub(super) common_name: String,
    /// The only name besides: the SPIFFE identity of a control plane.
    pub(super) spiffe: String,
    /// The public key as certificates embed it, and with its algorithm.
    pub(super) public: Vec<u8>,
    pub(super) public_info: Vec<u8>,
}

/// The requests in a text, each on its own.
pub fn requests_in(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("-----BEGIN") {
        let begun = &rest[start..];
        let end = begun.find("-----END").and_then(|end| begun[end..].find('\n').map(|line| end + line + 1));
        let (one, after) = begun.split_at(end.unwrap_or(begun.len()));
        if one.lines().next().is_some_and(|line| line.contains(LABEL)) {
            found.push(one);
        }
        rest = after;
    }
    found
}

/// Reads a PEM text that must hold one request.
pub(super) fn read(text: &str) -> Result<Csr, Reason> {
    match text.matches("-----BEGIN").count() {
        0 => return Err("is not a certificate request in PEM".into()),
        1 => {}
        _ => return Err("holds more than one certificate request, or something else besides".into()),
    }
    let der = pem::first(LABEL, text).or_else(|| pem::first(OLD_LABEL, text));
    parse(&der.ok_or("is not a certificate request in PEM")?)
}

fn parse(der: &[u8]) -> Result<Csr, Reason> {
    let unread = "is a certificate request that cannot be parsed";
    let (rest, request) = X509CertificationRequest::from_der(der).map_err(|_| unread)?;
    if !rest.is_empty() {
        return Err(unread.into());
    }
    let info = &request.certification_request_info;
    let key = KeyKind::of(&info.subject_pki);
    let signed = verify::signature(
        &request.signature_algorithm,
        &info.subject_pki,
        info.raw,
        &request.signature_value.data,
        || request.verify_signature(),
    );
    x509::signs(key)?;
    if signed.is_err() || Algorithm::of(key).is_none() {
        return Err("is not signed by its own key: it was changed, or its owner does not have the key".into());
    }
    let text = |value: Option<&x509_parser::x509::AttributeTypeAndValue<'_>>| {
        value.and_then(|value| value.as_str().ok()).unwrap_or_default().to_owned()
    };
    Ok(Csr {
        organization: text(info.subject.iter_organization().next()),
        common_name: text(info.subject.iter_common_name().next()),
        spiffe: identity(&request)?,
        public: info.subject_pki.subject_public_key.data.to_vec(),
        public_info: info.subject_pki.raw.to_vec(),
    })
}

/// The SPIFFE identity of a control plane, which must be the only name that is asked for.
fn identity(request: &X509CertificationRequest<'_>) -> Result<String, Reason> {
    let mut names = Vec::new();
    for extension in request.requested_extensions().into_iter().flatten() {
        if let ParsedExtension::SubjectAlternativeName(found) = extension {
            names.extend(&found.general_names);
        }
    }
    let expected = "spiffe://<trust domain>/ns/<namespace>/sa/<service account>";
    match &names[..] {
        [] => Err(format!("asks for no identity; {expected} is required as subject alternative name").into()),
        [GeneralName::URI(uri)] if is_identity(uri) => Ok((*uri).to_owned()),
        [GeneralName::URI(uri)] => {
            Err(format!("asks for the identity `{}`; {expected} is required", uri.escape_debug()).into())
        }
        [_] => Err(format!("asks for a name that is not a URI; {expected} is required").into()),
        _ => Err(format!("asks for {} names; one is required: {expected}", names.len()).into()),
    }
}

fn is_identity(uri: &str) -> bool {
    let parts = uri.strip_prefix("spiffe://").map(|rest| rest.split('/').collect::<Vec<_>>()).unwrap_or_default();
    let is_plain = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_graphic());
    parts.len() == 5 && parts[1] == "ns" && parts[3] == "sa" && parts.iter().all(is_plain)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, SanType};

    use super::*;

    fn request(algorithm: &'static rcgen::SignatureAlgorithm, names: &[SanType]) -> String {
        let key = KeyPair::generate_for(algorithm).expect("a key");
        let mut params = CertificateParams::default();
        params.subject_alt_names = names.to_vec();
        params.serialize_request(&key).expect("a request").pem().expect("PEM")
    }

    fn uri(text: &str) -> SanType {
        SanType::URI(text.try_into().expect("text"))
    }

    fn said(text: &str) -> String {
        read(text).err().map_or_else(String::new, std::borrow::Cow::into_owned)
    }

    #[test]
    fn requests_are_found_between_other_texts() {
        let one = pem::encode(LABEL, b"one");
        let other = pem::encode("CERTIFICATE", b"other");
        let text = format!("mesh a\n{}{}mesh b\n{}", *one, *other, one.trim_end());
        assert_eq!(requests_in(&text), [one.as_str(), one.trim_end()]);
        assert!(requests_in("none").is_empty());
    }

    #[test]
    fn one_identity_is_signed_for() {
        let spiffe = "spiffe://kind1/ns/istio-system/sa/istiod";
        let good = request(&rcgen::PKCS_ECDSA_P521_SHA512, &[uri(spiffe)]);
        assert_eq!(read(&good).map(|csr| csr.spiffe).ok().as_deref(), Some(spiffe));
        let p256 = &rcgen::PKCS_ECDSA_P256_SHA256;
        let dns = SanType::DnsName("example.com".try_into().expect("text"));
        for (text, expected) in [
            (request(p256, &[]), "asks for no identity"),
            (request(p256, std::slice::from_ref(&dns)), "asks for a name that is not a URI"),
            (request(p256, &[uri(spiffe), dns]), "asks for 2 names"),
            (request(p256, &[uri("spiffe://kind1/ns/istio-system")]), "asks for the identity `spiffe://kind1/ns/"),
            (request(p256, &[uri("https://kind1/ns/a/sa/b")]), "asks for the identity `https://"),
            (request(&rcgen::PKCS_ED25519, &[uri(spiffe)]), "has a key that cannot be used (Ed25519)"),
            (good.clone() + &good, "holds more than one certificate request"),
            (good.replace(" REQUEST", ""), "is not a certificate request in PEM"),
            (pem::encode(LABEL, b"x").to_string(), "is a certificate request that cannot be parsed"),
        ] {
            assert!(said(&text).starts_with(expected), "{expected}: {}", said(&text));
        }
    }

    #[test]
    fn a_request_that_was_changed_is_not_signed() {
        let spiffe = "spiffe://kind1/ns/istio-system/sa/istiod";
        let text = request(&rcgen::PKCS_ECDSA_P256_SHA256, &[uri(spiffe)]);
        let mut der = pem::first(LABEL, &text).expect("DER").to_vec();
        let at = der.windows(5).position(|part| part == b"kind1").expect("the trust domain");
        der[at + 4] = b'2';
        assert!(said(&pem::encode(LABEL, &der)).starts_with("is not signed by its own key"));
    }
}
