//! Whether a certificate is signed by a key. The parser of certificates leaves out P-521 and SHA-512 of the other curves.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P256_SHA512_ASN1, ECDSA_P384_SHA256_ASN1,
    ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA512_ASN1, ECDSA_P521_SHA256_ASN1, ECDSA_P521_SHA384_ASN1,
    ECDSA_P521_SHA512_ASN1, UnparsedPublicKey, VerificationAlgorithm,
};
use x509_parser::certificate::X509Certificate;
use x509_parser::der_parser::oid;
use x509_parser::error::X509Error;
use x509_parser::oid_registry::Oid;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

use super::key_kind::KeyKind;

/// What keeps a signature from being one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unsigned {
    /// It is by another key, or of something else.
    Other,
    /// Its algorithm, which is named, cannot be verified.
    Unknown(&'static str),
}

/// Makes sure that a certificate is signed by this key.
pub(super) fn certificate(parsed: &X509Certificate<'_>, key: &SubjectPublicKeyInfo<'_>) -> Result<(), Unsigned> {
    let message = parsed.tbs_certificate.as_ref();
    signature(&parsed.signature_algorithm, key, message, &parsed.signature_value.data, || {
        parsed.verify_signature(Some(key))
    })
}

/// Makes sure that a message is signed by this key; `library` is what the parser says of it.
pub(super) fn signature(
    algorithm: &AlgorithmIdentifier<'_>,
    key: &SubjectPublicKeyInfo<'_>,
    message: &[u8],
    signature: &[u8],
    library: impl FnOnce() -> Result<(), X509Error>,
) -> Result<(), Unsigned> {
    if let Some(algorithm) = elliptic(KeyKind::of(key), &algorithm.algorithm) {
        let key = UnparsedPublicKey::new(algorithm, &key.subject_public_key.data);
        return key.verify(message, signature).map_err(|_| Unsigned::Other);
    }
    match library() {
        Ok(()) => Ok(()),
        Err(X509Error::SignatureUnsupportedAlgorithm) => Err(Unsigned::Unknown(name(&algorithm.algorithm))),
        Err(_) => Err(Unsigned::Other),
    }
}

/// The algorithm of a kind of key and the identifier of a signature.
fn elliptic(key: KeyKind, signature: &Oid<'_>) -> Option<&'static dyn VerificationAlgorithm> {
    let hash = [oid!(1.2.840.10045.4.3.2), oid!(1.2.840.10045.4.3.3), oid!(1.2.840.10045.4.3.4)]
        .iter()
        .position(|known| known == signature)?;
    let of_curve: [&'static dyn VerificationAlgorithm; 3] = match key {
        KeyKind::Ec(256) => [&ECDSA_P256_SHA256_ASN1, &ECDSA_P256_SHA384_ASN1, &ECDSA_P256_SHA512_ASN1],
        KeyKind::Ec(384) => [&ECDSA_P384_SHA256_ASN1, &ECDSA_P384_SHA384_ASN1, &ECDSA_P384_SHA512_ASN1],
        KeyKind::Ec(521) => [&ECDSA_P521_SHA256_ASN1, &ECDSA_P521_SHA384_ASN1, &ECDSA_P521_SHA512_ASN1],
        KeyKind::Ec(_) | KeyKind::Rsa(_) | KeyKind::Other(_) => return None,
    };
    Some(of_curve[hash])
}

/// The name of an algorithm that is not verified.
fn name(algorithm: &Oid<'_>) -> &'static str {
    let known = [
        (oid!(1.2.840.113549.1.1.4), "MD5"),
        (oid!(1.2.840.113549.1.1.2), "MD2"),
        (oid!(1.2.840.10045.4.1), "ECDSA and SHA-1"),
    ];
    known.iter().find(|(id, _)| id == algorithm).map_or("an unknown algorithm", |(_, name)| name)
}
