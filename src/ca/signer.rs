//! Signs requests for intermediates where the key of a root is, which needs no fleet and no store.

use time::{Duration, OffsetDateTime, UtcOffset};

use super::certificate::{self, Wanted};
use super::error::CaError;
use super::private_key::{PrivateKey, Reason};
use super::program::Program;
use super::signing_key::SigningKey;
use super::stored::Certificate;
use super::{csr, facts, x509};

/// A root with what signs for it.
pub struct RootSigner {
    certificate: Certificate,
    key: SigningKey,
    now: OffsetDateTime,
}

/// Why a root cannot sign: the reason is about its certificate or about its key.
#[derive(Debug)]
pub enum BadRoot {
    Certificate(Reason),
    Key(Reason),
}

/// A certificate that was signed.
pub struct Signed {
    /// In PEM.
    pub certificate: String,
    /// The common name that was asked for; empty if there is none.
    pub name: String,
    /// The identity that it is for.
    pub spiffe: String,
    pub not_after: OffsetDateTime,
    /// Whether it lasts for less time than asked, since the root ends.
    pub is_short: bool,
}

/// Why a request is not signed.
pub enum Unsigned {
    /// What is wrong with it.
    Request(Reason),
    Failed(CaError),
}

impl RootSigner {
    /// A root in PEM with its key.
    ///
    /// # Errors
    /// What is wrong with the root or the key.
    pub fn with_key(certificate: &str, key: &str, now: OffsetDateTime) -> Result<Self, BadRoot> {
        let certificate = root(certificate, now)?;
        let key = PrivateKey::from_pem(key).map_err(BadRoot::Key)?;
        if key.public() != certificate.public_key {
            return Err(BadRoot::Key("is not the key of the certificate".into()));
        }
        Ok(Self::new(certificate, key.into(), now))
    }

    /// A root in PEM with a program that has its key.
    ///
    /// # Errors
    /// What is wrong with the root.
    pub fn with_program(certificate: &str, program: Program, now: OffsetDateTime) -> Result<Self, BadRoot> {
        Ok(Self::new(root(certificate, now)?, SigningKey::Program(program), now))
    }

    fn new(certificate: Certificate, key: SigningKey, now: OffsetDateTime) -> Self {
        let now = now.to_offset(UtcOffset::UTC);
        Self { certificate, key, now: now.replace_nanosecond(0).unwrap_or(now) }
    }

    /// Signs a request in PEM, for so many days or until the root ends.
    ///
    /// # Errors
    /// What is wrong with the request; a key that does not sign.
    pub fn sign(&self, request: &str, days: u32) -> Result<Signed, Unsigned> {
        let csr = csr::read(request).map_err(Unsigned::Request)?;
        if csr.common_name.is_empty() && csr.organization.is_empty() {
            return Err(Unsigned::Request("has neither an organization nor a common name".into()));
        }
        if csr.public == self.certificate.public_key {
            return Err(Unsigned::Request("is for the key of the root itself".into()));
        }
        let asked = self.now.checked_add(Duration::days(i64::from(days))).unwrap_or(self.certificate.not_after);
        let not_after = asked.min(self.certificate.not_after);
        let key = rcgen::SubjectPublicKeyInfo::from_der(&csr.public_info)
            .map_err(|_| Unsigned::Request("has a key that cannot be read".into()))?;
        let wanted = Wanted {
            organization: &csr.organization,
            common_name: &csr.common_name,
            spiffe: &csr.spiffe,
            validity: (self.now, not_after),
        };
        let certificate =
            certificate::under(&key, &wanted, (&self.certificate, &self.key)).map_err(Unsigned::Failed)?;
        // What is not read back as it is meant to be is never given out.
        let read = x509::intermediate(&certificate, &self.certificate).map_err(Unsigned::Request)?;
        if read.public_key != csr.public {
            return Err(Unsigned::Failed(CaError::Crypto("write a certificate")));
        }
        let (name, spiffe) = (csr.common_name, csr.spiffe);
        Ok(Signed { certificate, name, spiffe, not_after, is_short: not_after < asked })
    }
}

/// A root that can sign at a time.
fn root(text: &str, now: OffsetDateTime) -> Result<Certificate, BadRoot> {
    let certificate = x509::root(text).map_err(BadRoot::Certificate)?;
    let Certificate { not_before, not_after, .. } = &certificate;
    if now < *not_before || *not_after <= now {
        let (from, to) = (facts::time(*not_before), facts::time(*not_after));
        return Err(BadRoot::Certificate(format!("is valid from {from} to {to}, and not now").into()));
    }
    Ok(certificate)
}
