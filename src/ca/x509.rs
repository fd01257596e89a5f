//! Certificates as they are read, and what a store must hold for its files to be usable.

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::oid_registry::{
    OID_PKCS1_RSASSAPSS, OID_X509_EXT_BASIC_CONSTRAINTS, OID_X509_EXT_CERTIFICATE_POLICIES,
    OID_X509_EXT_CRL_DISTRIBUTION_POINTS, OID_X509_EXT_EXTENDED_KEY_USAGE, OID_X509_EXT_KEY_USAGE,
    OID_X509_EXT_SUBJECT_ALT_NAME, Oid,
};
use x509_parser::parse_x509_certificate;
use x509_parser::public_key::PublicKey;

use super::pem;
use super::stored::{AltName, Certificate, KeyKind};

const UNPARSED: &str = "holds a certificate that cannot be parsed";
/// The extensions that may be critical: Go and BoringSSL evaluate them in every version that Istio was built with.
const KNOWN: [Oid<'static>; 6] = [
    OID_X509_EXT_KEY_USAGE,
    OID_X509_EXT_EXTENDED_KEY_USAGE,
    OID_X509_EXT_BASIC_CONSTRAINTS,
    OID_X509_EXT_SUBJECT_ALT_NAME,
    OID_X509_EXT_CERTIFICATE_POLICIES,
    OID_X509_EXT_CRL_DISTRIBUTION_POINTS,
];

const NO_CA: &str = "is not the certificate of a CA";

/// Reads a PEM text that must hold one self-signed CA certificate; says what it is when it is not that.
pub(super) fn root(text: &str) -> Result<Certificate, &'static str> {
    let der = only_one(text)?;
    let parsed = parse(&der).ok_or(UNPARSED)?;
    if !parsed.is_ca() {
        return Err(NO_CA);
    }
    if parsed.public_key().algorithm.algorithm == OID_PKCS1_RSASSAPSS {
        return Err("has a key for RSASSA-PSS alone, which istiod cannot use");
    }
    parsed.verify_signature(None).map_err(|_| "is not signed by its own key")?;
    loads(&parsed)?;
    may_sign(&parsed)?;
    Ok(certificate(&parsed, &der))
}

/// Whether istiod, and Envoy after it, load a CA certificate: what their libraries refuse is refused before anything rests on it.
fn loads(parsed: &X509Certificate<'_>) -> Result<(), &'static str> {
    if parsed.raw_serial().first().is_some_and(|byte| byte & 0x80 != 0) {
        return Err("has a negative serial number, which istiod does not load");
    }
    let mut seen = Vec::new();
    for extension in parsed.extensions() {
        if seen.contains(&&extension.oid) {
            return Err("has the same extension twice, which istiod does not load");
        }
        seen.push(&extension.oid);
        match extension.parsed_extension() {
            ParsedExtension::ParseError { .. } => return Err("has an extension that cannot be parsed"),
            ParsedExtension::KeyUsage(usage) if !usage.key_cert_sign() => {
                return Err("may not sign certificates (its key usage lacks that)");
            }
            ParsedExtension::ExtendedKeyUsage(usage) if !usage.any && !usage.server_auth => {
                return Err(
                    "has an extended key usage without serverAuth, and istiod loads no CA that may not sign for servers",
                );
            }
            ParsedExtension::NameConstraints(_) => {
                return Err("has name constraints, which exclude the identities of istiod or of workloads");
            }
            _ if extension.critical && !KNOWN.contains(&extension.oid) => {
                return Err("has a critical extension that istiod or Envoy does not evaluate, and so refuses");
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether a root may have intermediates under it.
fn may_sign(root: &X509Certificate<'_>) -> Result<(), &'static str> {
    let constraints = root.basic_constraints().map_err(|_| "has an extension that cannot be parsed")?;
    if constraints.is_some_and(|constraints| constraints.value.path_len_constraint == Some(0)) {
        return Err("allows no intermediate under it (its path length is 0)");
    }
    if !matches!(key(root), KeyKind::Rsa(1..)) {
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

/// Reads a PEM text that must hold one CA certificate which the root signed.
pub(super) fn intermediate(text: &str, root: &Certificate) -> Result<Certificate, &'static str> {
    let der = only_one(text)?;
    let (parsed, issuer) = (parse(&der).ok_or(UNPARSED)?, parse(&root.der).ok_or(UNPARSED)?);
    if !parsed.is_ca() {
        return Err(NO_CA);
    }
    let signed = parsed.verify_signature(Some(issuer.public_key())).is_ok();
    if !signed || parsed.issuer().as_raw() != issuer.subject().as_raw() {
        return Err("is not signed by the root");
    }
    loads(&parsed)?;
    Ok(certificate(&parsed, &der))
}

/// The facts of the certificate in these bytes, if they are one and nothing else.
pub(super) fn facts(der: &[u8]) -> Option<Certificate> {
    parse(der).map(|parsed| certificate(&parsed, der))
}

fn only_one(text: &str) -> Result<Vec<u8>, &'static str> {
    let certificates = pem::certificates(text).ok_or("is not a PEM certificate")?;
    <[_; 1]>::try_from(certificates).map(|[der]| der).map_err(|_| "holds more than one certificate")
}

fn parse(der: &[u8]) -> Option<X509Certificate<'_>> {
    parse_x509_certificate(der).ok().filter(|(rest, _)| rest.is_empty()).map(|(_, certificate)| certificate)
}

fn certificate(parsed: &X509Certificate<'_>, der: &[u8]) -> Certificate {
    let organization = parsed.subject().iter_organization().next().and_then(|name| name.as_str().ok());
    Certificate {
        subject: parsed.subject().to_string(),
        issuer: parsed.issuer().to_string(),
        organization: organization.unwrap_or_default().to_owned(),
        serial: parsed.raw_serial().to_vec(),
        not_before: parsed.validity().not_before.to_datetime(),
        not_after: parsed.validity().not_after.to_datetime(),
        key: key(parsed),
        public_key: parsed.public_key().subject_public_key.data.to_vec(),
        public_key_info: parsed.public_key().raw.to_vec(),
        signs_revocations: matches!(parsed.key_usage(), Ok(Some(usage)) if usage.value.crl_sign()),
        alt_names: alt_names(parsed),
        der: der.to_vec(),
    }
}

fn key(parsed: &X509Certificate<'_>) -> KeyKind {
    match parsed.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => KeyKind::Rsa(key.key_size()),
        Ok(PublicKey::EC(point)) => KeyKind::Ec(point.key_size()),
        _ => KeyKind::Other,
    }
}

fn alt_names(parsed: &X509Certificate<'_>) -> Vec<AltName> {
    let Ok(Some(names)) = parsed.subject_alternative_name() else { return Vec::new() };
    let typed = |name: &GeneralName<'_>| match name {
        GeneralName::URI(text) => AltName::Uri((*text).to_owned()),
        GeneralName::DNSName(text) | GeneralName::RFC822Name(text) => AltName::Other((*text).to_owned()),
        other => AltName::Other(other.to_string()),
    };
    names.value.general_names.iter().map(typed).collect()
}
