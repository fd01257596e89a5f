//! Lists of revoked certificates (CRLs): read, signed, and whether those of an authority are complete.
//!
//! A proxy that has a CRL of one CA in a chain refuses the chain unless it has one of each, so every mesh gets those of the root
//! and of all intermediates, or none at all.

pub(super) mod cover;

use rcgen::{CertificateRevocationListParams, KeyIdMethod, RevokedCertParams, SerialNumber};
use time::OffsetDateTime;
use x509_parser::extensions::ParsedExtension;
use x509_parser::parse_x509_certificate;
use x509_parser::parse_x509_crl;

use super::error::CaError;
use super::signing_key::SigningKey;
use super::stored::Certificate;
use super::{pem, sign, verify};

/// The label of a CRL.
pub(super) const LABEL: &str = "X509 CRL";

/// A CRL as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Crl {
    /// When it was signed.
    pub(super) begins: OffsetDateTime,
    /// When the next one is due; until then it counts.
    pub(super) ends: OffsetDateTime,
    pub(super) revoked: Vec<Revoked>,
    pub(super) der: Vec<u8>,
}

/// A certificate that is revoked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Revoked {
    pub(super) serial: Vec<u8>,
    pub(super) at: OffsetDateTime,
}

/// All CRLs of a text; nothing if one of them cannot be read.
pub(super) fn read(text: &str) -> Option<Vec<Crl>> {
    let one = |der: Vec<u8>| {
        let (_, crl) = parse_x509_crl(&der).ok().filter(|(rest, _)| rest.is_empty())?;
        let (begins, ends) = (crl.last_update().to_datetime(), crl.next_update()?.to_datetime());
        let revoked = crl.iter_revoked_certificates();
        let revoked = revoked
            .map(|revoked| Revoked { serial: revoked.raw_serial().to_vec(), at: revoked.revocation_date.to_datetime() })
            .collect();
        Some(Crl { begins, ends, revoked, der })
    };
    pem::blocks(LABEL, text)?.into_iter().map(one).collect()
}

impl Crl {
    /// Whether the CA of a certificate signed it.
    pub(super) fn is_by(&self, certificate: &Certificate) -> bool {
        let (Ok((_, crl)), Ok((_, ca))) = (parse_x509_crl(&self.der), parse_x509_certificate(&certificate.der)) else {
            return false;
        };
        let message = crl.tbs_cert_list.as_ref();
        let signature = &crl.signature_value.data;
        crl.issuer().as_raw() == ca.subject().as_raw()
            && verify::signature(&crl.signature_algorithm, ca.public_key(), message, signature, || {
                crl.verify_signature(ca.public_key())
            })
            .is_ok()
    }
}

/// A CRL that the CA of a certificate signs, as PEM.
pub(super) fn issued(
    (certificate, key): (&Certificate, &SigningKey),
    revoked: &[Revoked],
    now: OffsetDateTime,
    ends: OffsetDateTime,
) -> Result<String, CaError> {
    let entry = |revoked: &Revoked| RevokedCertParams {
        serial_number: SerialNumber::from_slice(&revoked.serial),
        revocation_time: revoked.at,
        reason_code: None,
        invalidity_date: None,
    };
    let params = CertificateRevocationListParams {
        this_update: now,
        next_update: ends,
        // It has to grow from one CRL to the next, and is nowhere else.
        crl_number: SerialNumber::from(u64::try_from(now.unix_timestamp()).unwrap_or_default()),
        issuing_distribution_point: None,
        revoked_certs: revoked.iter().map(entry).collect(),
        key_identifier_method: key_identifier(certificate),
    };
    let der = sign::list(certificate, key, params)?;
    // What is not read back as it is meant to be is never written.
    let crl = Crl { begins: now, ends, revoked: Vec::new(), der };
    if crl.is_by(certificate) {
        Ok(pem::encode(LABEL, &crl.der).to_string())
    } else {
        Err(CaError::Crypto("sign a CRL in the name of its CA"))
    }
}

/// The identifier of a CA's key, as its certificate has it.
fn key_identifier(certificate: &Certificate) -> KeyIdMethod {
    let parsed = parse_x509_certificate(&certificate.der);
    let found = parsed.ok().and_then(|(_, parsed)| {
        parsed.extensions().iter().find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0.to_vec()),
            _ => None,
        })
    });
    found.map_or(KeyIdMethod::Sha256, KeyIdMethod::PreSpecified)
}
