//! Certificates as they are read: what a store must hold for its files to be usable.

use time::OffsetDateTime;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;
use x509_parser::public_key::PublicKey;

use super::pem;

/// The root certificate of a store.
#[derive(Clone, Debug)]
pub(super) struct RootCert {
    /// Its bytes.
    pub(super) der: Vec<u8>,
    /// Its public key, as the certificate embeds it.
    pub(super) public: Vec<u8>,
    /// The organization it names.
    pub(super) organization: String,
    /// The size of its key.
    pub(super) bits: usize,
    /// When it begins.
    pub(super) not_before: OffsetDateTime,
    /// When it ends.
    pub(super) not_after: OffsetDateTime,
}

/// Reads a PEM text that must hold one self-signed CA certificate; says what it is when it is not that.
pub(super) fn root(text: &str) -> Result<RootCert, &'static str> {
    let mut certificates = pem::certificates(text).ok_or("is not a PEM certificate")?;
    let (Some(der), true) = (certificates.pop(), certificates.is_empty()) else {
        return Err("holds more than one certificate");
    };
    let parsed = parse(&der).ok_or("holds a certificate that cannot be parsed")?;
    if !parsed.is_ca() {
        return Err("is not the certificate of a CA");
    }
    parsed.verify_signature(None).map_err(|_| "is not signed by its own key")?;
    may_sign(&parsed)?;
    let organization = parsed.subject().iter_organization().next().and_then(|name| name.as_str().ok());
    Ok(RootCert {
        public: parsed.public_key().subject_public_key.data.to_vec(),
        organization: organization.unwrap_or_default().to_owned(),
        bits: rsa_bits(&parsed),
        not_before: parsed.validity().not_before.to_datetime(),
        not_after: parsed.validity().not_after.to_datetime(),
        der,
    })
}

/// Whether a root may have intermediates under it.
fn may_sign(root: &X509Certificate<'_>) -> Result<(), &'static str> {
    let unparsed = |_| "has an extension that cannot be parsed";
    let constraints = root.basic_constraints().map_err(unparsed)?;
    if constraints.is_some_and(|constraints| constraints.value.path_len_constraint == Some(0)) {
        return Err("allows no intermediate under it (its path length is 0)");
    }
    let usage = root.key_usage().map_err(unparsed)?;
    if usage.is_some_and(|usage| !usage.value.key_cert_sign()) {
        return Err("may not sign certificates (its key usage lacks that)");
    }
    if rsa_bits(root) == 0 {
        return Err("has a key that is not RSA");
    }
    // The library that writes certificates keeps one part of each kind, so such a name would not be written back the same.
    let mut kinds: Vec<_> = root.subject().iter_attributes().map(|part| part.attr_type()).collect();
    let parts = kinds.len();
    kinds.sort_unstable_by_key(|kind| kind.as_bytes());
    kinds.dedup();
    if kinds.len() < parts {
        return Err(
            "has two parts of one kind in its name, such as two DC, and no certificate can be issued in that name",
        );
    }
    Ok(())
}

/// Reads a PEM text that must hold one CA certificate which the root signed; gives its bytes and its URIs.
pub(super) fn intermediate(text: &str, root: &RootCert) -> Result<(Vec<u8>, Vec<String>), &'static str> {
    let mut certificates = pem::certificates(text).ok_or("is not a PEM certificate")?;
    let (Some(der), true) = (certificates.pop(), certificates.is_empty()) else {
        return Err("holds more than one certificate");
    };
    let unparsed = "holds a certificate that cannot be parsed";
    let (parsed, issuer) = (parse(&der).ok_or(unparsed)?, parse(&root.der).ok_or(unparsed)?);
    if !parsed.is_ca() {
        return Err("is not the certificate of a CA");
    }
    let signed = parsed.verify_signature(Some(issuer.public_key())).is_ok();
    if !signed || parsed.issuer().as_raw() != issuer.subject().as_raw() {
        return Err("is not signed by the root");
    }
    let uris = uris(&parsed);
    Ok((der, uris))
}

/// The certificate in these bytes, if they are one and nothing else.
pub(super) fn parse(der: &[u8]) -> Option<X509Certificate<'_>> {
    parse_x509_certificate(der).ok().filter(|(rest, _)| rest.is_empty()).map(|(_, certificate)| certificate)
}

/// The size of an RSA key, 0 for any other.
pub(super) fn rsa_bits(certificate: &X509Certificate<'_>) -> usize {
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => key.key_size(),
        _ => 0,
    }
}

fn uris(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(names)) = certificate.subject_alternative_name() else { return Vec::new() };
    let uri = |name: &GeneralName<'_>| if let GeneralName::URI(uri) = name { Some((*uri).to_owned()) } else { None };
    names.value.general_names.iter().filter_map(uri).collect()
}
