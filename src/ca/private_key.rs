//! The private keys of roots that others made: in whatever form they come, and by their name where they cannot sign.

use std::borrow::Cow;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, KeyPair as _,
};
use rcgen::{PublicKeyData, SignatureAlgorithm, SigningKey as _};

use super::algorithm::Algorithm;
use super::der::{INTEGER, OBJECT_ID, OCTETS, SEQUENCE, element};
use super::error::CaError;
use super::keys::RsaKey;
use super::{pem, random};

/// The labels of private keys in PEM: of PKCS#1, SEC1 and PKCS#8.
const PKCS1: &str = "RSA PRIVATE KEY";
const SEC1: &str = "EC PRIVATE KEY";
const PKCS8: &str = "PRIVATE KEY";

/// The curves whose keys sign.
const CURVES: [(&EcdsaSigningAlgorithm, Algorithm); 3] = [
    (&ECDSA_P256_SHA256_ASN1_SIGNING, Algorithm::P256),
    (&ECDSA_P384_SHA384_ASN1_SIGNING, Algorithm::P384),
    (&ECDSA_P521_SHA512_ASN1_SIGNING, Algorithm::P521),
];

/// A private key that signs certificates. It is kept in the cipher library's own memory, which is wiped when it is dropped.
pub(super) enum PrivateKey {
    Rsa(RsaKey),
    Ec(EcdsaKeyPair, Algorithm),
}

/// What a text is that is not a private key which can sign; the end of a sentence that begins with its name.
pub(super) type Reason = Cow<'static, str>;

impl From<RsaKey> for PrivateKey {
    fn from(key: RsaKey) -> Self {
        Self::Rsa(key)
    }
}

impl PrivateKey {
    /// The only key in a PEM text.
    pub(super) fn from_pem(text: &str) -> Result<Self, Reason> {
        if text.contains("ENCRYPTED") {
            return Err("is encrypted with a passphrase; decrypt it in a pipe with `openssl pkey`".into());
        }
        match text.matches("PRIVATE KEY-----").count() / 2 {
            0 if text.contains("-----BEGIN CERTIFICATE") => return Err("is a certificate, not a private key".into()),
            0 => return Err("is not a private key in PEM".into()),
            1 => {}
            _ => return Err("holds more than one private key".into()),
        }
        let damaged = || Reason::from("is a private key that cannot be parsed");
        if let Some(der) = pem::first(PKCS1, text) {
            return RsaKey::from_pkcs1(&der).map(Self::Rsa).ok_or_else(|| rsa(&der).unwrap_or_else(damaged));
        }
        if let Some(der) = pem::first(SEC1, text) {
            let key = elliptic(|curve| EcdsaKeyPair::from_private_key_der(curve, &der).ok());
            return key.ok_or_else(|| "is an EC key, and not of P-256, P-384 or P-521".into());
        }
        if let Some(der) = pem::first(PKCS8, text) {
            let key = RsaKey::from_pkcs8(&der).map(Self::Rsa);
            let other = || elliptic(|curve| EcdsaKeyPair::from_pkcs8(curve, &der).ok());
            return key.or_else(other).ok_or_else(|| kind(&der).unwrap_or_else(damaged));
        }
        if text.contains("OPENSSH PRIVATE KEY") {
            return Err("is a key in the format of OpenSSH; PKCS#8, PKCS#1 or SEC1 is required".into());
        }
        Err(damaged())
    }

    /// The public half as X.509 embeds it.
    pub(super) fn public(&self) -> &[u8] {
        match self {
            Self::Rsa(key) => key.public(),
            Self::Ec(key, _) => key.public_key().as_ref(),
        }
    }

    /// The signature of a message, with the hash that goes with the kind of key.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, CaError> {
        random::check()?;
        let failed = CaError::Crypto("sign a certificate");
        match self {
            Self::Rsa(key) => key.sign(message).map_err(|_| failed),
            Self::Ec(key, _) => match key.sign(&SystemRandom::new(), message) {
                Ok(signature) => Ok(signature.as_ref().to_vec()),
                Err(_) => Err(failed),
            },
        }
    }
}

impl PublicKeyData for PrivateKey {
    fn der_bytes(&self) -> &[u8] {
        self.public()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        match self {
            Self::Rsa(key) => key.algorithm(),
            Self::Ec(_, algorithm) => algorithm.written(),
        }
    }
}

impl rcgen::SigningKey for PrivateKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Self::sign(self, message).map_err(|_| rcgen::Error::RingUnspecified)
    }
}

/// The key on the first curve that it can be read with.
fn elliptic(read: impl Fn(&'static EcdsaSigningAlgorithm) -> Option<EcdsaKeyPair>) -> Option<PrivateKey> {
    CURVES.into_iter().find_map(|(curve, algorithm)| read(curve).map(|key| PrivateKey::Ec(key, algorithm)))
}

/// What a PKCS#1 key is that cannot sign, if that is its size.
fn rsa(pkcs1: &[u8]) -> Option<Reason> {
    let (whole, _) = element(SEQUENCE, pkcs1)?;
    let (_version, rest) = element(INTEGER, whole)?;
    let (modulus, _) = element(INTEGER, rest)?;
    let bits = modulus.iter().skip_while(|byte| **byte == 0).count() * 8;
    (!(2048..=8192).contains(&bits))
        .then(|| format!("is an RSA key of {bits} bits; at least 2048 and at most 8192 are required").into())
}

/// What a PKCS#8 key is that cannot sign, by the identifier of its algorithm.
fn kind(pkcs8: &[u8]) -> Option<Reason> {
    const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    const PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
    const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    const DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01];
    let (whole, _) = element(SEQUENCE, pkcs8)?;
    let (_version, rest) = element(INTEGER, whole)?;
    let (algorithm, rest) = element(SEQUENCE, rest)?;
    let (id, _) = element(OBJECT_ID, algorithm)?;
    let named = match id {
        RSA => return rsa(element(OCTETS, rest)?.0),
        PSS => "is a key for RSASSA-PSS alone, which istiod cannot use",
        EC => "is an EC key, and not of P-256, P-384 or P-521",
        DSA => "is a DSA key; RSA or EC is required",
        [0x2b, 0x65, 0x70] => "is an Ed25519 key; RSA or EC is required",
        [0x2b, 0x65, 0x71] => "is an Ed448 key; RSA or EC is required",
        _ => "is neither an RSA nor an EC key",
    };
    Some(named.into())
}

#[cfg(test)]
mod tests {
    use rcgen::KeyPair;

    use super::super::key_kind::KeyKind;
    use super::*;

    fn said(text: &str) -> String {
        PrivateKey::from_pem(text).err().map_or_else(String::new, Cow::into_owned)
    }

    #[test]
    fn a_key_signs_by_its_kind() {
        let curves = [
            (256, &rcgen::PKCS_ECDSA_P256_SHA256),
            (384, &rcgen::PKCS_ECDSA_P384_SHA384),
            (521, &rcgen::PKCS_ECDSA_P521_SHA512),
        ];
        for (bits, algorithm) in curves {
            let made = KeyPair::generate_for(algorithm).expect("a key");
            let key = PrivateKey::from_pem(&made.serialize_pem()).expect("read");
            assert_eq!(key.public(), made.public_key_raw());
            let signature = key.sign(b"message").expect("signed");
            let algorithm = Algorithm::of(KeyKind::Ec(bits)).expect("an algorithm");
            assert!(algorithm.verify(key.public(), b"message", &signature));
            assert!(!algorithm.verify(key.public(), b"massage", &signature));
            // The key inside of PKCS#8 is in SEC1, with the curve outside of it.
            let inner = made.serialize_der();
            assert!(PrivateKey::from_pem(&pem::encode(PKCS8, &inner[..inner.len() - 1])).is_err());
        }
    }

    #[test]
    fn what_cannot_sign_is_called_what_it_is() {
        let ed = KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("a key").serialize_pem();
        assert_eq!(said(&ed), "is an Ed25519 key; RSA or EC is required");
        assert_eq!(said("x"), "is not a private key in PEM");
        assert_eq!(said(&pem::encode("CERTIFICATE", b"x")), "is a certificate, not a private key");
        assert_eq!(said(&(ed.clone() + &ed)), "holds more than one private key");
        assert_eq!(said(&pem::encode(PKCS1, b"x")), "is a private key that cannot be parsed");
        for label in ["ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY"] {
            assert!(said(&pem::encode(label, b"x")).contains(if label.starts_with('E') {
                "passphrase"
            } else {
                "OpenSSH"
            }));
        }
    }
}
