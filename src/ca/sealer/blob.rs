//! One value as the controller of Sealed Secrets opens it: a session key by RSA-OAEP, then the value by AES-256-GCM.

use aes_gcm::aead::consts::U12;
use aes_gcm::aes::Aes256;
use aes_gcm::{AeadInOut, AesGcm, Key, KeyInit, Nonce};
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::super::error::CaError;
use super::super::random;

type Cipher = AesGcm<Aes256, U12>;

const FAILED: CaError = CaError::Crypto("seal a value");

/// The public key of a controller, from the part of its certificate that embeds it.
pub(super) fn public_key(info: &[u8]) -> Option<OaepPublicEncryptingKey> {
    OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(info).ok()?).ok()
}

/// Seals a value. The label is what the controller compares with the name and namespace of the object.
pub(super) fn seal(key: &OaepPublicEncryptingKey, label: &str, value: &[u8]) -> Result<String, CaError> {
    let mut session = Zeroizing::new([0; 32]);
    random::fill(&mut session[..])?;
    let mut sealed_key = vec![0; key.ciphertext_size()];
    let sealed_key = key
        .encrypt(&OAEP_SHA256_MGF1SHA256, &session[..], &mut sealed_key, Some(label.as_bytes()))
        .map_err(|_| FAILED)?;
    let mut data = Zeroizing::new(value.to_vec());
    // The session key is for this value alone, so the nonce may be what the format wants it to be.
    let tag = Cipher::new(&Key::<Cipher>::from(*session))
        .encrypt_inout_detached(&Nonce::from([0; 12]), &[], data.as_mut_slice().into())
        .map_err(|_| FAILED)?;
    let length = u16::try_from(sealed_key.len()).map_err(|_| FAILED)?.to_be_bytes();
    Ok(STANDARD.encode([&length, &*sealed_key, &data[..], &tag[..]].concat()))
}
