//! Seals a document as SOPS does: private entries encrypted under a key of their own, which each age recipient can open.
//!
//! The format: every encrypted value is AES-256-GCM under one data key, with a 32-byte nonce and the value's path as
//! associated data; the data key is in `sops.age`, once per recipient; `sops.mac` is the encrypted SHA-512 of all
//! values in the document's order.

use aes_gcm::aead::consts::U32;
use aes_gcm::aes::Aes256;
use aes_gcm::{AeadInOut, AesGcm, Key, KeyInit, Nonce};
use age::x25519::Recipient;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_yaml::Value;
use sha2::{Digest, Sha512};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use zeroize::Zeroizing;

use super::document::{Entries, Map, Node, map};
use super::error::CaError;
use super::random;
use super::secret::{PRIVATE, PRIVATE_REGEX};
use crate::yaml_writer;

/// How an encrypted value starts.
pub(super) const SEALED: &str = "ENC[AES256_GCM,";
/// The start of a MAC that covers the encrypted values only, so that it differs from one over all.
pub(super) const ENCRYPTED_ONLY: [u8; 32] = [
    0x8a, 0x3f, 0xd2, 0xad, 0x54, 0xce, 0x66, 0x52, 0x7b, 0x10, 0x34, 0xf3, 0xd1, 0x47, 0xbe, 0x0b, 0x0b, 0x97, 0x5b,
    0x3b, 0xf4, 0x4f, 0x72, 0xc6, 0xfd, 0xad, 0xec, 0x81, 0x76, 0xf2, 0x7d, 0x69,
];
/// The version of the format; readers refuse files that name none.
const VERSION: &str = "3.9.0";

/// The cipher of values: the nonce is longer than the usual 12 bytes.
pub(super) type Cipher = AesGcm<Aes256, U32>;
/// What values are encrypted with.
pub(super) type DataKey = Zeroizing<[u8; 32]>;

/// A document whose private entries are encrypted, with the metadata that opens it. No other document is ever written.
pub(super) struct Sealed(Map);

impl Sealed {
    /// Its text below a comment line.
    pub(super) fn text(&self, comment: &str) -> Result<String, CaError> {
        plain(&self.0, comment)
    }
}

/// The text of a document in which nothing is private, below a comment line.
pub(super) fn plain(document: &[(String, Node)], comment: &str) -> Result<String, CaError> {
    let mut out = format!("# {comment}\n");
    yaml_writer::write(&Entries(document), &mut out).map_err(|_| CaError::Crypto("write a Secret"))?;
    Ok(out)
}

/// What a MAC covers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Covers {
    All,
    Encrypted,
}

/// A hash for a MAC.
struct Mac {
    hash: Sha512,
    covers: Covers,
}

/// Encrypts the private entries of a document.
pub(super) fn seal(document: Map, recipients: &[Recipient], now: OffsetDateTime) -> Result<Sealed, CaError> {
    seal_with(document, recipients, now, Covers::All)
}

/// The same, with a MAC over the encrypted entries alone, so that entries that are not private can be added later.
pub(super) fn seal_entries(document: Map, recipients: &[Recipient], now: OffsetDateTime) -> Result<Sealed, CaError> {
    seal_with(document, recipients, now, Covers::Encrypted)
}

/// A document whose private entries were encrypted before, with what opens them: its MAC covers no others.
pub(super) fn carried(mut document: Map, metadata: &Value) -> Sealed {
    document.push(("sops".to_owned(), Node::of(metadata)));
    Sealed(document)
}

fn seal_with(
    mut document: Map,
    recipients: &[Recipient],
    now: OffsetDateTime,
    covers: Covers,
) -> Result<Sealed, CaError> {
    let mut key = DataKey::default();
    random::fill(&mut key[..])?;
    let mut mac = Mac { hash: Sha512::new(), covers };
    if covers == Covers::Encrypted {
        mac.hash.update(ENCRYPTED_ONLY);
    }
    seal_map(&mut document, &mut String::new(), &key, &mut mac)?;

    let modified = now.format(&Rfc3339).map_err(|_| CaError::Crypto("write the time"))?;
    let mac: String = mac.hash.finalize().iter().map(|byte| format!("{byte:02X}")).collect();
    let sealed_for = recipients.iter().map(|recipient| seal_key(&key, recipient)).collect::<Result<_, _>>()?;
    let mut metadata = map([
        ("age", Node::List(sealed_for)),
        ("lastmodified", Node::text(&*modified)),
        ("mac", Node::text(encrypt(&key, &modified, mac.as_bytes())?)),
        ("encrypted_regex", Node::text(PRIVATE_REGEX)),
        ("version", Node::text(VERSION)),
    ]);
    if covers == Covers::Encrypted {
        metadata.push(("mac_only_encrypted".to_owned(), Node::Flag(true)));
    }
    document.push(("sops".to_owned(), Node::Map(metadata)));
    Ok(Sealed(document))
}

/// Encrypts what is private in a mapping and adds every value to the MAC. `path` is that of the mapping: its keys, each
/// with a colon after it, without the indices of lists.
fn seal_map(entries: &mut [(String, Node)], path: &mut String, key: &DataKey, mac: &mut Mac) -> Result<(), CaError> {
    for (name, value) in entries {
        let length = path.len();
        path.push_str(name);
        path.push(':');
        match value {
            Node::Map(inner) => seal_map(inner, path, key, mac)?,
            Node::List(items) => items.iter_mut().try_for_each(|item| seal_map(item, path, key, mac))?,
            Node::Flag(_) => {}
            Node::Text(text) => {
                let is_private = path.split(':').any(|part| PRIVATE.contains(&part));
                if is_private || mac.covers == Covers::All {
                    mac.hash.update(text.as_bytes());
                }
                if is_private {
                    *value = Node::text(encrypt(key, path, text.as_bytes())?);
                }
            }
        }
        path.truncate(length);
    }
    Ok(())
}

/// One value encrypted, in the form it has in the file.
pub(super) fn encrypt(key: &DataKey, path: &str, plain: &[u8]) -> Result<String, CaError> {
    // The format leaves an empty value empty.
    if plain.is_empty() {
        return Ok(String::new());
    }
    let mut nonce = [0; 32];
    random::fill(&mut nonce)?;
    let mut data = Zeroizing::new(plain.to_vec());
    let tag = cipher(key)
        .encrypt_inout_detached(&Nonce::from(nonce), path.as_bytes(), data.as_mut_slice().into())
        .map_err(|_| CaError::Crypto("encrypt a value"))?;
    let [data, nonce, tag] = [&data[..], &nonce, &tag].map(|bytes| STANDARD.encode(bytes));
    Ok(format!("{SEALED}data:{data},iv:{nonce},tag:{tag},type:str]"))
}

/// The data key as one recipient opens it.
pub(super) fn seal_key(key: &DataKey, recipient: &Recipient) -> Result<Map, CaError> {
    let armored =
        age::encrypt_and_armor(recipient, &key[..]).map_err(|_| CaError::Crypto("encrypt to an age recipient"))?;
    Ok(map([("recipient", Node::text(recipient.to_string())), ("enc", Node::text(armored))]))
}

/// The cipher of values under this key.
pub(super) fn cipher(key: &DataKey) -> Cipher {
    Cipher::new(&Key::<Cipher>::from(**key))
}
