//! Certificates as they are read, and what a store must hold for its files to be usable.

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::oid_registry::{
    OID_X509_EXT_BASIC_CONSTRAINTS, OID_X509_EXT_CERTIFICATE_POLICIES, OID_X509_EXT_CRL_DISTRIBUTION_POINTS,
    OID_X509_EXT_EXTENDED_KEY_USAGE, OID_X509_EXT_KEY_USAGE, OID_X509_EXT_SUBJECT_ALT_NAME, Oid,
};
use x509_parser::parse_x509_certificate;
use x509_parser::x509::X509Version;

use super::key_kind::KeyKind;
use super::private_key::Reason;
use super::stored::{AltName, Certificate};
use super::verify::{self, Unsigned};
use super::{algorithm::Algorithm, pem};

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
pub(super) fn root(text: &str) -> Result<Certificate, Reason> {
    let der = only_one(text)?;
    let parsed = parse(&der).ok_or(UNPARSED)?;
    is_ca(&parsed)?;
    if parsed.issuer().as_raw() != parsed.subject().as_raw() {
        return Err("is not a root, since another CA signed it".into());
    }
    signs(KeyKind::of(parsed.public_key()))?;
    match verify::certificate(&parsed, parsed.public_key()) {
        Ok(()) => {}
        Err(Unsigned::Other) => return Err("is not signed by its own key".into()),
        Err(Unsigned::Unknown(name)) => {
            return Err(format!(
                "is signed with {name}, which is not verified any more; have it issued again with SHA-256"
            )
            .into());
        }
    }
    loads(&parsed)?;
    may_sign(&parsed)?;
    Ok(certificate(&parsed, &der))
}

/// Makes sure that a certificate says that it is a CA's.
fn is_ca(parsed: &X509Certificate<'_>) -> Result<(), Reason> {
    if parsed.version() != X509Version::V3 {
        return Err(
            "is an X.509 certificate of version 1, which cannot say that it is a CA; have it issued again".into()
        );
    }
    if parsed.is_ca() { Ok(()) } else { Err(NO_CA.into()) }
}

/// Makes sure that a key of this kind can sign here what istiod and Envoy verify.
pub(super) fn signs(key: KeyKind) -> Result<(), Reason> {
    match key {
        KeyKind::Other("RSASSA-PSS") => Err("has a key for RSASSA-PSS alone, which istiod cannot use".into()),
        KeyKind::Rsa(bits) if !(2048..=8192).contains(&bits) => {
            Err(format!("has an RSA key of {bits} bits; at least 2048 and at most 8192 are required").into())
        }
        key if Algorithm::of(key).is_some() => Ok(()),
        key => {
            Err(format!("has a key that cannot be used ({key}); RSA, or EC of P-256, P-384 or P-521 is required")
                .into())
        }
    }
}

/// Whether istiod, and Envoy after it, load a CA certificate: what their libraries refuse is refused before anything rests on it.
fn loads(parsed: &X509Certificate<'_>) -> Result<(), Reason> {
    if parsed.raw_serial().first().is_some_and(|byte| byte & 0x80 != 0) {
        return Err("has a negative serial number, which istiod does not load".into());
    }
    let mut seen = Vec::new();
    for extension in parsed.extensions() {
        if seen.contains(&&extension.oid) {
            return Err("has the same extension twice, which istiod does not load".into());
        }
        seen.push(&extension.oid);
        match extension.parsed_extension() {
            ParsedExtension::ParseError { .. } => return Err("has an extension that cannot be parsed".into()),
            ParsedExtension::KeyUsage(usage) if !usage.key_cert_sign() => {
                return Err("may not sign certificates (its key usage lacks that)".into());
            }
            ParsedExtension::ExtendedKeyUsage(usage) if !usage.any && !usage.server_auth => {
                return Err(
                    "has an extended key usage without serverAuth, and istiod loads no CA that may not sign for servers"
                        .into(),
                );
            }
            ParsedExtension::NameConstraints(_) => {
                return Err("has name constraints, and no certificate of a mesh is issued under these".into());
            }
            _ if extension.critical && !KNOWN.contains(&extension.oid) => {
                return Err("has a critical extension that istiod or Envoy does not evaluate, and so refuses".into());
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether a root may have intermediates under it.
fn may_sign(root: &X509Certificate<'_>) -> Result<(), Reason> {
    let constraints = root.basic_constraints().map_err(|_| "has an extension that cannot be parsed")?;
    if constraints.is_some_and(|constraints| constraints.value.path_len_constraint == Some(0)) {
        return Err("allows no intermediate under it (its path length is 0)".into());
    }
    if root.subject().iter().next().is_none() {
        return Err("has no subject, so no certificate can name it as its issuer".into());
    }
    Ok(())
}

/// Reads a PEM text that must hold one CA certificate which the root signed.
pub(super) fn intermediate(text: &str, root: &Certificate) -> Result<Certificate, Reason> {
    let der = only_one(text)?;
    let (parsed, issuer) = (parse(&der).ok_or(UNPARSED)?, parse(&root.der).ok_or(UNPARSED)?);
    is_ca(&parsed)?;
    let signed = verify::certificate(&parsed, issuer.public_key()).is_ok();
    if !signed || parsed.issuer().as_raw() != issuer.subject().as_raw() {
        return Err("is not signed by the root".into());
    }
    loads(&parsed)?;
    Ok(certificate(&parsed, &der))
}

/// The facts of the certificate in these bytes, if they are one and nothing else.
pub(super) fn facts(der: &[u8]) -> Option<Certificate> {
    parse(der).map(|parsed| certificate(&parsed, der))
}

/// The subject of a certificate as it is encoded, and the identifier of its key, if it has one: what names it as an issuer.
pub(super) fn issuer(der: &[u8]) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
    let parsed = parse(der)?;
    let identifier = parsed.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::SubjectKeyIdentifier(identifier) => Some(identifier.0.to_vec()),
        _ => None,
    });
    Some((parsed.subject().as_raw().to_vec(), identifier))
}

fn only_one(text: &str) -> Result<Vec<u8>, Reason> {
    let certificates = pem::certificates(text).ok_or("is not a PEM certificate")?;
    <[_; 1]>::try_from(certificates).map(|[der]| der).map_err(|_| "holds more than one certificate".into())
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
        key: KeyKind::of(parsed.public_key()),
        public_key: parsed.public_key().subject_public_key.data.to_vec(),
        public_key_info: parsed.public_key().raw.to_vec(),
        signs_revocations: matches!(parsed.key_usage(), Ok(Some(usage)) if usage.value.crl_sign()),
        alt_names: alt_names(parsed),
        der: der.to_vec(),
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
