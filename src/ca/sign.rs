//! Signs certificates and CRLs in the name of a CA, whatever its name is made of.
//!
//! The library that writes certificates keeps one part of each kind of a name and not all kinds of text, so a root of another
//! tool, such as `DC=com, DC=example, CN=Root`, would get certificates that do not verify. The library writes all but the
//! issuer; that is copied from the root byte for byte, and the whole is signed here.

use std::cell::RefCell;

use rcgen::{
    CertificateParams, CertificateRevocationListParams, Issuer, KeyIdMethod, PublicKeyData, SignatureAlgorithm,
};

use super::algorithm::Algorithm;
use super::der::{BITS, INTEGER, SEQUENCE, VERSION, element, whole, write};
use super::error::CaError;
use super::signing_key::SigningKey;
use super::{stored, x509};

/// A certificate under a root, in DER.
pub(super) fn under(
    root: &stored::Certificate,
    root_key: &SigningKey,
    params: &CertificateParams,
    key: &impl PublicKeyData,
) -> Result<Vec<u8>, CaError> {
    let algorithm = Algorithm::of(root.key).ok_or(CaError::Crypto("sign with the key of the root"))?;
    let unread = || CaError::Crypto("read the root certificate");
    let (name, identifier) = x509::issuer(&root.der).ok_or_else(unread)?;
    let captured = Captured { algorithm, public: &root.public_key, message: RefCell::default() };
    let mut issuer = CertificateParams::default();
    if let Some(identifier) = identifier {
        issuer.key_identifier_method = KeyIdMethod::PreSpecified(identifier);
    }
    let failed = || CaError::Crypto("write a certificate");
    let issuer = Issuer::new(issuer, captured);
    params.signed_by(key, &issuer).map_err(|_| failed())?;
    let message = issuer.key().message.take();
    let (message, identified) = renamed(&message, &name).ok_or_else(failed)?;
    let signature = root_key.sign(algorithm, &root.public_key, &message)?;
    Ok(write(SEQUENCE, &[&message, &identified, &write(BITS, &[&[0], &signature])]))
}

/// A list of what a CA revokes, in DER.
pub(super) fn list(
    ca: &stored::Certificate,
    ca_key: &SigningKey,
    params: CertificateRevocationListParams,
) -> Result<Vec<u8>, CaError> {
    let algorithm = Algorithm::of(ca.key).ok_or(CaError::Crypto("sign with the key of a CA"))?;
    let (name, _) = x509::issuer(&ca.der).ok_or(CaError::Crypto("read the certificate of a CA"))?;
    let failed = || CaError::Crypto("write a CRL");
    let captured = Captured { algorithm, public: &ca.public_key, message: RefCell::default() };
    let issuer = Issuer::new(CertificateParams::default(), captured);
    params.signed_by(&issuer).map_err(|_| failed())?;
    let message = issuer.key().message.take();
    let (message, identified) = renamed_list(&message, &name).ok_or_else(failed)?;
    let signature = ca_key.sign(algorithm, &ca.public_key, &message)?;
    Ok(write(SEQUENCE, &[&message, &identified, &write(BITS, &[&[0], &signature])]))
}

/// What a list is signed over, in the name of another issuer, and the identifier of its algorithm.
fn renamed_list(message: &[u8], issuer: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (content, _) = element(SEQUENCE, message)?;
    let (version, rest) = whole(INTEGER, content)?;
    let (algorithm, rest) = whole(SEQUENCE, rest)?;
    let (_issuer, rest) = whole(SEQUENCE, rest)?;
    Some((write(SEQUENCE, &[version, algorithm, issuer, rest]), algorithm.to_vec()))
}

/// What a certificate is signed over, in the name of another issuer, and the identifier of its algorithm.
fn renamed(message: &[u8], issuer: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (content, _) = element(SEQUENCE, message)?;
    let (version, rest) = whole(VERSION, content)?;
    let (serial, rest) = whole(INTEGER, rest)?;
    let (algorithm, rest) = whole(SEQUENCE, rest)?;
    let (_issuer, rest) = whole(SEQUENCE, rest)?;
    Some((write(SEQUENCE, &[version, serial, algorithm, issuer, rest]), algorithm.to_vec()))
}

/// Takes the place of the root's key and keeps what it is to sign.
struct Captured<'r> {
    algorithm: Algorithm,
    public: &'r [u8],
    message: RefCell<Vec<u8>>,
}

impl PublicKeyData for Captured<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.public
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.algorithm.written()
    }
}

impl rcgen::SigningKey for Captured<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.message.replace(message.to_vec());
        Ok(Vec::new())
    }
}
