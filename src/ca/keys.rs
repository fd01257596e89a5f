//! RSA key pairs: made, read, and written as PKCS#1, which is what Service Mesh Hub hands to Istio.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use rcgen::{PKCS_RSA_SHA256, PublicKeyData, SignatureAlgorithm, SigningKey};
use zeroize::Zeroizing;

use super::error::CaError;
use super::pem;

const PKCS1: &str = "RSA PRIVATE KEY";
const PKCS8: &str = "PRIVATE KEY";

/// A private key. It is kept in the cipher library's own memory, which is wiped when it is dropped.
pub(super) struct RsaKey(KeyPair);

impl RsaKey {
    /// A new key of `bits` bits.
    pub(super) fn generate(bits: u32) -> Result<Self, CaError> {
        let size = match bits {
            2048 => KeySize::Rsa2048,
            3072 => KeySize::Rsa3072,
            4096 => KeySize::Rsa4096,
            _ => return Err(CaError::Crypto("make an RSA key of that size")),
        };
        KeyPair::generate(size).map(Self).map_err(|_| CaError::Crypto("make an RSA key"))
    }

    /// The key in a PEM text, in PKCS#1 or, as other tools write it, PKCS#8.
    pub(super) fn from_pem(text: &str) -> Option<Self> {
        match pem::first(PKCS1, text) {
            Some(der) => KeyPair::from_der(&der).ok().map(Self),
            None => KeyPair::from_pkcs8(&pem::first(PKCS8, text)?).ok().map(Self),
        }
    }

    /// The key as PKCS#1 PEM.
    pub(super) fn to_pem(&self) -> Result<Zeroizing<String>, CaError> {
        let failed = CaError::Crypto("write an RSA key");
        let Ok(pkcs8) = self.0.as_der() else { return Err(failed) };
        let pkcs1 = pkcs1_inside(pkcs8.as_ref()).ok_or(failed)?;
        Ok(pem::encode(PKCS1, pkcs1))
    }

    /// The public half as X.509 embeds it.
    pub(super) fn public(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }
}

impl PublicKeyData for RsaKey {
    fn der_bytes(&self) -> &[u8] {
        self.public()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_RSA_SHA256
    }
}

impl SigningKey for RsaKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| rcgen::Error::RingUnspecified)?;
        Ok(signature)
    }
}

/// The PKCS#1 key that a PKCS#8 one wraps: version, algorithm, then the key in an octet string.
fn pkcs1_inside(pkcs8: &[u8]) -> Option<&[u8]> {
    const INTEGER: u8 = 0x02;
    const OCTETS: u8 = 0x04;
    const SEQUENCE: u8 = 0x30;
    let (whole, _) = element(SEQUENCE, pkcs8)?;
    let (_version, rest) = element(INTEGER, whole)?;
    let (_algorithm, rest) = element(SEQUENCE, rest)?;
    element(OCTETS, rest).map(|(key, _)| key)
}

/// The content of the DER element with this tag at the start of `der`, and what follows it.
fn element(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |sum, &digit| sum << 8 | usize::from(digit)), rest)
        }
        _ => return None,
    };
    if found == tag { rest.split_at_checked(length) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_its_own_text() -> Result<(), CaError> {
        let key = RsaKey::generate(2048)?;
        let text = key.to_pem()?;
        assert!(text.starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
        let again = RsaKey::from_pem(&text).ok_or(CaError::Refused)?;
        assert_eq!(key.public(), again.public());
        let pkcs8 = key.0.as_der().map_err(|_| CaError::Refused)?;
        let again = RsaKey::from_pem(&pem::encode(PKCS8, pkcs8.as_ref())).ok_or(CaError::Refused)?;
        assert_eq!(key.public(), again.public());
        Ok(())
    }

    #[test]
    fn a_key_cut_short_is_no_key() {
        assert!(pkcs1_inside(&[0x30, 0x82, 0xff, 0xff, 0x02]).is_none());
        assert!(pkcs1_inside(&[]).is_none());
        assert!(RsaKey::generate(1024).is_err());
    }
}
