//! How a root signs: the kind of its key decides.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ECDSA_P521_SHA512_ASN1, RSA_PKCS1_2048_8192_SHA256,
    UnparsedPublicKey, VerificationAlgorithm,
};
use rcgen::{
    PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ECDSA_P521_SHA512, PKCS_RSA_SHA256, SignatureAlgorithm,
};

use super::key_kind::KeyKind;

/// A kind of key that can sign certificates, with the hash that goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Rsa,
    P256,
    P384,
    P521,
}

impl Algorithm {
    /// What a key of this kind signs with; nothing if it signs no certificates here.
    pub(super) fn of(key: KeyKind) -> Option<Self> {
        match key {
            KeyKind::Rsa(_) => Some(Self::Rsa),
            KeyKind::Ec(256) => Some(Self::P256),
            KeyKind::Ec(384) => Some(Self::P384),
            KeyKind::Ec(521) => Some(Self::P521),
            KeyKind::Ec(_) | KeyKind::Other(_) => None,
        }
    }

    /// Its name, for programs that sign.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Rsa => "RSA_PKCS1_SHA256",
            Self::P256 => "ECDSA_P256_SHA256",
            Self::P384 => "ECDSA_P384_SHA384",
            Self::P521 => "ECDSA_P521_SHA512",
        }
    }

    /// The same for the library that writes certificates.
    pub(super) fn written(self) -> &'static SignatureAlgorithm {
        match self {
            Self::Rsa => &PKCS_RSA_SHA256,
            Self::P256 => &PKCS_ECDSA_P256_SHA256,
            Self::P384 => &PKCS_ECDSA_P384_SHA384,
            Self::P521 => &PKCS_ECDSA_P521_SHA512,
        }
    }

    /// Whether a signature is one of a message by the key with this public half, as certificates embed it.
    pub(super) fn verify(self, public: &[u8], message: &[u8], signature: &[u8]) -> bool {
        let algorithm: &'static dyn VerificationAlgorithm = match self {
            Self::Rsa => &RSA_PKCS1_2048_8192_SHA256,
            Self::P256 => &ECDSA_P256_SHA256_ASN1,
            Self::P384 => &ECDSA_P384_SHA384_ASN1,
            Self::P521 => &ECDSA_P521_SHA512_ASN1,
        };
        UnparsedPublicKey::new(algorithm, public).verify(message, signature).is_ok()
    }
}
