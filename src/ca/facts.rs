//! What may be told of a Secret: facts of its certificates, never its content.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_yaml::{Mapping, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::X509Name;

use super::sops::SEALED;
use super::{pem, x509};

/// The public facts of a certificate, each as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertFacts {
    /// Its name, `(empty)` if it has none.
    pub subject: String,
    /// The name of what signed it.
    pub issuer: String,
    /// Its serial number in hexadecimal, such as `4a:01:…`.
    pub serial: String,
    /// When it begins, such as `2026-01-02T03:04:05Z`.
    pub not_before: String,
    /// When it ends.
    pub not_after: String,
    /// The kind and size of its key, such as `RSA 4096`.
    pub key: String,
    /// The names it was issued for, with commas between; empty for a root.
    pub san: String,
}

impl fmt::Display for CertFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subject, issuer, serial, not_before, not_after, key, san } = self;
        write!(f, "subject {subject}, issuer {issuer}, serial {serial}, {not_before} to {not_after}, {key}")?;
        if san.is_empty() { Ok(()) } else { write!(f, ", for {san}") }
    }
}

/// The facts of the first certificate in a PEM text.
pub fn certificate_facts(pem: &str) -> Option<CertFacts> {
    facts(pem::certificates(pem)?.first()?)
}

/// What each entry of a Secret's manifest is: `encrypted`, the facts of its certificates, or no more than that it is there.
/// Entries are sorted by key; none if the manifest cannot be read.
pub fn describe_secret(manifest: &str) -> Vec<(String, String)> {
    let document: Value = serde_yaml::from_str(manifest).unwrap_or_default();
    let entries = |field| document.get(field).and_then(Value::as_mapping).cloned().unwrap_or_else(Mapping::new);
    let name = |key: &Value| key.as_str().unwrap_or("?").to_owned();
    let plain = entries("stringData").into_iter().map(|(key, value)| (name(&key), describe(value.as_str())));
    let coded = entries("data").into_iter().map(|(key, value)| {
        let text = value.as_str().filter(|text| !text.starts_with(SEALED));
        let decoded = text.and_then(|text| STANDARD.decode(text).ok()).and_then(|bytes| String::from_utf8(bytes).ok());
        (name(&key), describe(decoded.as_deref().or(value.as_str().filter(|_| text.is_none()))))
    });
    let mut described: Vec<_> = plain.chain(coded).collect();
    described.sort();
    described
}

fn describe(text: Option<&str>) -> String {
    let Some(text) = text else { return "not shown".to_owned() };
    if text.is_empty() {
        return "empty".to_owned();
    }
    if text.starts_with(SEALED) {
        return "encrypted".to_owned();
    }
    if text.contains("PRIVATE KEY") {
        return "a private key, NOT encrypted".to_owned();
    }
    let certificates = pem::certificates(text).unwrap_or_default();
    let known: Vec<_> = certificates.iter().filter_map(|der| facts(der)).map(|facts| facts.to_string()).collect();
    if known.is_empty() { "not shown".to_owned() } else { known.join("; then ") }
}

fn facts(der: &[u8]) -> Option<CertFacts> {
    let certificate = x509::parse(der)?;
    let time = |at: OffsetDateTime| at.format(&Rfc3339).ok();
    Some(CertFacts {
        subject: name(certificate.subject()),
        issuer: name(certificate.issuer()),
        serial: certificate.raw_serial_as_string(),
        not_before: time(certificate.validity().not_before.to_datetime())?,
        not_after: time(certificate.validity().not_after.to_datetime())?,
        key: key(&certificate),
        san: san(&certificate),
    })
}

fn name(name: &X509Name<'_>) -> String {
    let text = name.to_string();
    if text.is_empty() { "(empty)".to_owned() } else { text }
}

fn key(certificate: &X509Certificate<'_>) -> String {
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => format!("RSA {}", key.key_size()),
        Ok(PublicKey::EC(point)) => format!("EC {}", point.key_size()),
        _ => "another kind of key".to_owned(),
    }
}

fn san(certificate: &X509Certificate<'_>) -> String {
    let Ok(Some(names)) = certificate.subject_alternative_name() else { return String::new() };
    let shown = |name: &GeneralName<'_>| match name {
        GeneralName::URI(text) | GeneralName::DNSName(text) | GeneralName::RFC822Name(text) => (*text).to_owned(),
        other => other.to_string(),
    };
    names.value.general_names.iter().map(shown).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_secret_is_shown() {
        let manifest = "stringData:\n  a: hunter2\n  b: ENC[AES256_GCM,data:x]\n  c: ''\ndata:\n  d: aHVudGVyMg==\n  e: ENC[AES256_GCM,data:y]\n  f: 7\n";
        let described = describe_secret(manifest);
        let texts: Vec<_> = described.iter().map(|(key, what)| (key.as_str(), what.as_str())).collect();
        let expected = [
            ("a", "not shown"),
            ("b", "encrypted"),
            ("c", "empty"),
            ("d", "not shown"),
            ("e", "encrypted"),
            ("f", "not shown"),
        ];
        assert_eq!(texts, expected);
        assert!(describe_secret("a: [").is_empty() && describe_secret("").is_empty());
    }

    #[test]
    fn a_key_in_clear_is_called_what_it_is() {
        let manifest = "stringData: {ca-key.pem: '-----BEGIN RSA PRIVATE KEY----- abc'}";
        assert_eq!(describe_secret(manifest)[0].1, "a private key, NOT encrypted");
        assert!(certificate_facts("-----BEGIN RSA PRIVATE KEY-----").is_none());
    }
}
