//! The kinds of public keys.

use std::fmt;

use x509_parser::oid_registry::{
    OID_EC_P256, OID_KEY_TYPE_DSA, OID_NIST_EC_P384, OID_NIST_EC_P521, OID_PKCS1_RSASSAPSS, OID_SIG_ED448,
    OID_SIG_ED25519,
};
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

/// The kind and size of a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// With its bits.
    Rsa(usize),
    /// Of the NIST curve of so many bits.
    Ec(usize),
    /// Of which nothing can be signed here, with its name.
    Other(&'static str),
}

impl KeyKind {
    /// The kind of a public key, by its algorithm and curve.
    pub(super) fn of(key: &SubjectPublicKeyInfo<'_>) -> Self {
        let algorithm = &key.algorithm.algorithm;
        let named = [
            (OID_PKCS1_RSASSAPSS, "RSASSA-PSS"),
            (OID_SIG_ED25519, "Ed25519"),
            (OID_SIG_ED448, "Ed448"),
            (OID_KEY_TYPE_DSA, "DSA"),
        ];
        if let Some((_, name)) = named.iter().find(|(id, _)| id == algorithm) {
            return Self::Other(name);
        }
        let curve = || key.algorithm.parameters.as_ref().and_then(|parameters| parameters.as_oid().ok());
        match key.parsed() {
            Ok(PublicKey::RSA(key)) => Self::Rsa(key.key_size()),
            Ok(PublicKey::EC(_)) => match curve() {
                Some(id) if id == OID_EC_P256 => Self::Ec(256),
                Some(id) if id == OID_NIST_EC_P384 => Self::Ec(384),
                Some(id) if id == OID_NIST_EC_P521 => Self::Ec(521),
                _ => Self::Other("EC of another curve"),
            },
            _ => Self::Other("another kind of key"),
        }
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa(bits) => write!(f, "RSA {bits}"),
            Self::Ec(bits) => write!(f, "EC {bits}"),
            Self::Other(name) => f.write_str(name),
        }
    }
}
