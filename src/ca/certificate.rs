//! Certificates: the shared root, and one intermediate per mesh.
//!
//! They have Service Mesh Hub's shape (an organization for the root's name) and what it lacked: a name for the intermediate, without
//! which OpenSSL takes what it signs for self-signed; the right to sign CRLs, without which none can ever be issued; a path length
//! for the intermediate, the key identifiers, serial numbers that are positive.

use rcgen::string::PrintableString;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType, DnValue, IsCa, KeyUsagePurpose,
    PublicKeyData, SanType, SerialNumber,
};
use sha2::{Digest, Sha256};
use time::{Date, Duration, Month, OffsetDateTime, Time};

use super::error::CaError;
use super::keys::RsaKey;
use super::signing_key::SigningKey;
use super::{csr, pem, random, sign, stored};
use crate::plan::MeshCa;

/// The size of the intermediates' keys.
pub(super) const INTERMEDIATE_BITS: u32 = 4096;

/// A self-signed root, as PEM.
pub(super) fn root(key: &RsaKey, organization: &str, ttl_days: u32, now: OffsetDateTime) -> Result<String, CaError> {
    let mut params = authority(now, root_expiry(now, ttl_days), BasicConstraints::Unconstrained);
    params.serial_number = Some(serial()?);
    params.distinguished_name.push(DnType::OrganizationName, directory_string(organization));
    text(params.self_signed(key))
}

/// The most characters that X.509 allows for an organization and a common name.
const LONGEST_NAME: usize = 64;

/// What an intermediate is to say.
pub(super) struct Wanted<'w> {
    /// Empty if it is to have none.
    pub(super) organization: &'w str,
    /// Empty if it is to have none.
    pub(super) common_name: &'w str,
    pub(super) spiffe: &'w str,
    /// From when to when.
    pub(super) validity: (OffsetDateTime, OffsetDateTime),
}

/// The intermediate of a mesh under a root, as PEM.
pub(super) fn intermediate(
    key: &RsaKey,
    mesh: &MeshCa,
    root: (&stored::Certificate, &SigningKey),
    now: OffsetDateTime,
) -> Result<String, CaError> {
    let name = common_name(&mesh.mesh.name);
    let validity = (now, year_later(now).min(root.0.not_after));
    under(key, &Wanted { organization: &root.0.organization, common_name: &name, spiffe: &mesh.spiffe, validity }, root)
}

/// An intermediate under a root, as PEM.
pub(super) fn under(
    key: &impl PublicKeyData,
    wanted: &Wanted<'_>,
    (root, root_key): (&stored::Certificate, &SigningKey),
) -> Result<String, CaError> {
    let mut params = wanted.params()?;
    params.serial_number = Some(serial()?);
    params.use_authority_key_identifier_extension = true;
    let der = sign::under(root, root_key, &params, key)?;
    Ok(pem::encode(pem::CERTIFICATE, &der).to_string())
}

/// The request for the intermediate of a mesh under a root, as PEM.
pub(super) fn request(key: &RsaKey, mesh: &MeshCa, root: &stored::Certificate) -> Result<String, CaError> {
    let name = common_name(&mesh.mesh.name);
    let validity = (root.not_before, root.not_after);
    let wanted = Wanted { organization: &root.organization, common_name: &name, spiffe: &mesh.spiffe, validity };
    let request = wanted.params()?.serialize_request(key).map_err(|_| CaError::Crypto("write a request"))?;
    Ok(pem::encode(csr::LABEL, request.der()).to_string())
}

impl Wanted<'_> {
    fn params(&self) -> Result<CertificateParams, CaError> {
        let Self { organization, common_name, spiffe, validity: (from, to) } = *self;
        let mut params = authority(from, to, BasicConstraints::Constrained(0));
        for (kind, text) in [(DnType::OrganizationName, organization), (DnType::CommonName, common_name)] {
            if !text.is_empty() {
                params.distinguished_name.push(kind, directory_string(text));
            }
        }
        let uri = spiffe.try_into().map_err(|_| CaError::Crypto("write the URI into a certificate"))?;
        params.subject_alt_names = vec![SanType::URI(uri)];
        Ok(params)
    }
}

/// The name of a mesh as a common name: cut where it is too long, with a hash so that it stays its own.
pub(super) fn common_name(mesh: &str) -> String {
    if mesh.len() <= LONGEST_NAME {
        return mesh.to_owned();
    }
    let [a, b, c, d, ..] = <[u8; 32]>::from(Sha256::digest(mesh));
    let hash = format!("-{a:02x}{b:02x}{c:02x}{d:02x}");
    mesh.chars().take(LONGEST_NAME - hash.len()).collect::<String>() + &hash
}

/// When a root issued now for `ttl_days` days expires; the end of X.509's calendar when that is later than it can say.
pub(super) fn root_expiry(now: OffsetDateTime, ttl_days: u32) -> OffsetDateTime {
    now.checked_add(Duration::days(i64::from(ttl_days))).map_or_else(end_of_time, |expiry| expiry.min(end_of_time()))
}

/// 9999-12-31T23:59:59Z, which RFC 5280 sets aside for "no end".
pub(super) fn end_of_time() -> OffsetDateTime {
    let midnight = Time::MIDNIGHT;
    let (Ok(date), Ok(time)) = (Date::from_calendar_date(9999, Month::December, 31), midnight.replace_hour(23)) else {
        return OffsetDateTime::UNIX_EPOCH;
    };
    OffsetDateTime::new_utc(date, time) + Duration::seconds(59 * 60 + 59)
}

/// The same instant a calendar year later; of a 29 February, the first of March.
pub(super) fn year_later(now: OffsetDateTime) -> OffsetDateTime {
    let year = now.year() + 1;
    now.replace_year(year).or_else(|_| (now + Duration::days(1)).replace_year(year)).unwrap_or_else(|_| end_of_time())
}

fn authority(now: OffsetDateTime, expiry: OffsetDateTime, constraints: BasicConstraints) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.not_before = now;
    params.not_after = expiry;
    params.distinguished_name = DistinguishedName::new();
    params.is_ca = IsCa::Ca(constraints);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// 128 random bits, which are written as a positive number and are not all zero.
fn serial() -> Result<SerialNumber, CaError> {
    let mut bytes = [0; 16];
    while bytes == [0; 16] {
        random::fill(&mut bytes)?;
    }
    Ok(SerialNumber::from_slice(&bytes))
}

/// Text as certificates of old carry it, if its letters allow.
fn directory_string(text: &str) -> DnValue {
    PrintableString::try_from(text).map_or_else(|_| DnValue::Utf8String(text.to_owned()), DnValue::PrintableString)
}

fn text(certificate: Result<Certificate, rcgen::Error>) -> Result<String, CaError> {
    let certificate = certificate.map_err(|_| CaError::Crypto("sign a certificate"))?;
    Ok(pem::encode(pem::CERTIFICATE, certificate.der()).to_string())
}

#[cfg(test)]
mod tests {
    use super::super::key_kind::KeyKind;
    use super::*;

    fn at(year: i32, month: Month, day: u8) -> OffsetDateTime {
        OffsetDateTime::new_utc(Date::from_calendar_date(year, month, day).expect("a date"), Time::MIDNIGHT)
    }

    #[test]
    fn a_year_is_a_calendar_year() {
        assert_eq!(year_later(at(2027, Month::March, 1)), at(2028, Month::March, 1));
        assert_eq!(year_later(at(2028, Month::February, 29)), at(2029, Month::March, 1));
    }

    #[test]
    fn no_root_outlives_the_calendar() {
        assert_eq!(root_expiry(at(2026, Month::January, 1), 365), at(2027, Month::January, 1));
        assert_eq!(root_expiry(at(2026, Month::January, 1), u32::MAX), end_of_time());
        assert_eq!(end_of_time().unix_timestamp(), 253_402_300_799);
    }

    #[test]
    fn a_common_name_has_at_most_64_characters() {
        let name = |length| "m".repeat(length);
        assert_eq!(common_name(&name(64)), name(64));
        // Its SHA-256, as sha256sum has it.
        assert_eq!(common_name(&name(65)), name(55) + "-676fc2b5");
        assert_ne!(common_name(&name(66)), common_name(&name(65)));
    }

    #[test]
    fn organizations_are_printable_when_they_can_be() {
        assert!(matches!(directory_string("service-mesh-hub"), DnValue::PrintableString(_)));
        assert!(matches!(directory_string("Müller & Söhne"), DnValue::Utf8String(_)));
    }

    #[test]
    fn a_root_reads_as_it_was_made() -> Result<(), CaError> {
        let now = at(2026, Month::January, 1);
        let key = RsaKey::generate(2048)?;
        for organization in ["service-mesh-hub", "Müller & Söhne"] {
            let read = super::super::x509::root(&root(&key, organization, 40_000, now)?).expect("a root");
            assert_eq!((&*read.organization, read.key, read.not_before), (organization, KeyKind::Rsa(2048), now));
            assert_eq!(read.not_after, now + Duration::days(40_000));
            assert_eq!(read.public_key, key.public());
        }
        Ok(())
    }
}
