//! RSA key pairs: made, read, and written as PKCS#1, which is what Service Mesh Hub hands to Istio.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use rcgen::{PKCS_RSA_SHA256, PublicKeyData, SignatureAlgorithm, SigningKey};
use zeroize::Zeroizing;

use super::der::{INTEGER, OCTETS, SEQUENCE, element};
use super::error::CaError;
use super::{pem, random};

const PKCS1: &str = "RSA PRIVATE KEY";

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
        random::check()?;
        KeyPair::generate(size).map(Self).map_err(|_| CaError::Crypto("make an RSA key"))
    }

    /// The key in PKCS#1.
    pub(super) fn from_pkcs1(der: &[u8]) -> Option<Self> {
        KeyPair::from_der(der).ok().map(Self)
    }

    /// The key in PKCS#8.
    pub(super) fn from_pkcs8(der: &[u8]) -> Option<Self> {
        KeyPair::from_pkcs8(der).ok().map(Self)
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
        random::check().map_err(|_| rcgen::Error::RingUnspecified)?;
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| rcgen::Error::RingUnspecified)?;
        Ok(signature)
    }
}

/// The PKCS#1 key that a PKCS#8 one wraps: version, algorithm, then the key in an octet string.
fn pkcs1_inside(pkcs8: &[u8]) -> Option<&[u8]> {
    let (whole, _) = element(SEQUENCE, pkcs8)?;
    let (_version, rest) = element(INTEGER, whole)?;
    let (_algorithm, rest) = element(SEQUENCE, rest)?;
    element(OCTETS, rest).map(|(key, _)| key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_its_own_text() -> Result<(), CaError> {
        let key = RsaKey::generate(2048)?;
        let text = key.to_pem()?;
        assert!(text.starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
        let again = RsaKey::from_pkcs1(&pem::first(PKCS1, &text).ok_or(CaError::Refused)?).ok_or(CaError::Refused)?;
        assert_eq!(key.public(), again.public());
        let pkcs8 = key.0.as_der().map_err(|_| CaError::Refused)?;
        let again = RsaKey::from_pkcs8(pkcs8.as_ref()).ok_or(CaError::Refused)?;
        assert_eq!(key.public(), again.public());
        Ok(())
    }

    #[test]
    fn a_key_cut_short_is_no_key() {
        assert!(pkcs1_inside(&[0x30, 0x03, 0x02, 0x01, 0x00]).is_none());
        assert!(pkcs1_inside(&[]).is_none());
        assert!(RsaKey::generate(1024).is_err());
    }
}
