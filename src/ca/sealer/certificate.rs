//! The certificate of a cluster's Sealed Secrets controller, which is a file of the fleet.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::super::key_kind::KeyKind;
use super::super::{facts, pem, x509};
use super::blob;
use crate::load;

/// The smallest key that the library encrypts to.
const SMALLEST: usize = 2048;

/// A certificate to which secrets of a cluster can be sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SealingCertificate {
    /// The file that it is in.
    pub(super) file: PathBuf,
    /// Its SHA-256 in hexadecimal digits.
    pub(super) fingerprint: String,
    /// Its public key with the algorithm.
    pub(super) public_key: Vec<u8>,
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
}

impl SealingCertificate {
    /// Reads the first certificate of a PEM file; says what is wrong with it.
    pub(super) fn read(file: &Path) -> Result<Self, String> {
        if !file.exists() {
            return Err("is missing".to_owned());
        }
        let text = load::read_file(file).map_err(|diag| format!("cannot be read: {}", diag.message))?;
        if text.contains("PRIVATE KEY") {
            return Err("has a private key in it; the fleet needs the certificate only".to_owned());
        }
        let der = pem::first(pem::CERTIFICATE, &text).ok_or("has no certificate in PEM")?;
        let certificate = x509::facts(&der).ok_or("has a certificate that cannot be read")?;
        match certificate.key {
            KeyKind::Rsa(bits) if bits >= SMALLEST => {}
            KeyKind::Rsa(bits) => {
                return Err(format!("has an RSA key of {bits} bits, and at least {SMALLEST} are required"));
            }
            KeyKind::Ec(_) | KeyKind::Other(_) => return Err("has a key that is not RSA".to_owned()),
        }
        blob::public_key(&certificate.public_key_info).ok_or("has an RSA key that cannot be used")?;
        let fingerprint = Sha256::digest(&certificate.der).iter().map(|byte| format!("{byte:02x}")).collect();
        let (not_before, not_after) = (certificate.not_before, certificate.not_after);
        Ok(Self {
            file: file.to_path_buf(),
            fingerprint,
            public_key: certificate.public_key_info,
            not_before,
            not_after,
        })
    }

    /// Why nothing is sealed to it at a time.
    pub(super) fn refusal(&self, now: OffsetDateTime) -> Option<String> {
        if now > self.not_after {
            return Some(format!("has expired, at {}", facts::time(self.not_after)));
        }
        (now < self.not_before).then(|| format!("is not valid before {}", facts::time(self.not_before)))
    }
}
