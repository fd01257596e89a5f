//! What may be shown of a Secret: facts of its certificates, never its content.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_yaml::{Mapping, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::sops::SEALED;
use super::stored::{AltName, Certificate};
use super::{pem, x509};
use crate::load::strict;

/// The public facts of a certificate, in one line for people.
pub struct CertFacts<'c>(pub &'c Certificate);

impl fmt::Display for CertFacts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Certificate {
            subject,
            issuer,
            organization: _,
            serial,
            not_before,
            not_after,
            key,
            public_key: _,
            public_key_info: _,
            signs_revocations: _,
            alt_names,
            der: _,
        } = self.0;
        write!(f, "subject {}, issuer {}", or_empty(subject), or_empty(issuer))?;
        write!(f, ", serial {}, {} to {}", hex(serial), time(*not_before), time(*not_after))?;
        write!(f, ", {key}")?;
        let names: Vec<&str> = alt_names.iter().map(AltName::as_str).collect();
        if names.is_empty() { Ok(()) } else { write!(f, ", for {}", names.join(", ")) }
    }
}

impl AltName {
    /// The name, whatever its kind is.
    pub fn as_str(&self) -> &str {
        let (Self::Uri(name) | Self::Other(name)) = self;
        name
    }
}

/// Bytes as serial numbers are written.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}

fn or_empty(name: &str) -> &str {
    if name.is_empty() { "(empty)" } else { name }
}

/// A time such as `2026-01-02T03:04:05Z`.
pub(super) fn time(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_else(|_| at.to_string())
}

/// The first certificate in a PEM text.
pub fn certificate_in(pem: &str) -> Option<Certificate> {
    x509::facts(pem::certificates(pem)?.first()?)
}

/// What each entry of a Secret's manifest is: `encrypted`, the facts of its certificates, or no more than that it is there.
/// Entries are sorted by key; none if the manifest cannot be read.
pub fn describe_secret(manifest: &str) -> Vec<(String, String)> {
    let document: Value = strict::yaml(manifest).unwrap_or_default();
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
    let known = certificates.iter().filter_map(|der| x509::facts(der)).map(|facts| CertFacts(&facts).to_string());
    let known: Vec<_> = known.collect();
    if known.is_empty() { "not shown".to_owned() } else { known.join("; then ") }
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
        assert!(certificate_in("-----BEGIN RSA PRIVATE KEY-----").is_none());
    }
}
