//! Opens a SOPS document with an age identity: the one place that reads a private key back.

use std::fmt::Write as _;

use aes_gcm::{AeadInOut, Nonce, Tag};
use age::x25519::Identity;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_yaml::{Mapping, Value};
use sha2::{Digest, Sha512};
use zeroize::Zeroizing;

use super::identities::Identities;
use super::private_key::PrivateKey;
use super::secret::ROOT_KEY;
use super::sops::{DataKey, ENCRYPTED_ONLY, SEALED, cipher};
use super::stored::{Certificate, Closed};

/// Why a document stays closed.
#[derive(Debug, thiserror::Error)]
pub(super) enum UnsealError {
    /// The metadata is missing, or encrypts by other means than age.
    #[error("has no `sops.age` entries to open it with")]
    NotAge,
    /// None of the identities is for it.
    #[error("is encrypted to {}, and none of the available identities can open it", .0.join(", "))]
    NoIdentity(Vec<String>),
    /// A value is damaged or was moved.
    #[error("has a value that its own data key does not decrypt: `{0}`")]
    Value(String),
    /// Something that was not encrypted has changed.
    #[error("has a MAC that does not match: the file was changed without sops")]
    Mac,
}

/// The private key of a root, opened with an available identity.
pub(super) fn root_key(
    document: &Value,
    certificate: &Certificate,
    identities: &Identities,
) -> Result<PrivateKey, Closed> {
    let identities = identities.load().map_err(|error| Closed::Because(error.to_string()))?;
    if identities.is_empty() {
        return Err(Closed::Because("no age identity is available to open the root's key".to_owned()));
    }
    key(document, certificate, &identities, ROOT_KEY).map_err(|closed| match closed {
        Closed::Because(what) => Closed::Because(format!("the root {what}")),
        closed => closed,
    })
}

/// The private key in an entry, with identities that have been read: a pipe gives them only once.
pub(super) fn key(
    document: &Value,
    certificate: &Certificate,
    identities: &[Identity],
    entry: &str,
) -> Result<PrivateKey, Closed> {
    let text = unseal(document, identities, entry)?;
    let broken = |what: &str| Closed::Broken(format!("`stringData.{entry}` {what}"));
    let key = PrivateKey::from_pem(&text).map_err(|what| broken(&what))?;
    let whose = if entry == ROOT_KEY { "root's certificate" } else { "certificate beside it" };
    let fits = key.public() == certificate.public_key;
    if fits { Ok(key) } else { Err(broken(&format!("is not the key of the {whose}"))) }
}

impl From<UnsealError> for Closed {
    fn from(error: UnsealError) -> Self {
        match error {
            UnsealError::NotAge | UnsealError::NoIdentity(_) => Self::Because(error.to_string()),
            UnsealError::Value(_) | UnsealError::Mac => Self::Broken(error.to_string()),
        }
    }
}

/// The data key of a document that proves unchanged.
pub(super) fn verified(document: &Value, identities: &[Identity]) -> Result<DataKey, UnsealError> {
    let key = data_key(&document["sops"], identities)?;
    read(document, &key, None)?.verify(document, &key)?;
    Ok(key)
}

/// The MAC of a document as it is, in clear.
pub(super) fn mac(document: &Value, key: &DataKey) -> Result<String, UnsealError> {
    read(document, key, None).map(Opener::mac)
}

/// The text of `stringData.<entry>`, or of `data.<entry>` in Base64, once the whole document proves unchanged; empty if there
/// is no such entry.
pub(super) fn unseal(document: &Value, identities: &[Identity], entry: &str) -> Result<Zeroizing<String>, UnsealError> {
    let key = data_key(&document["sops"], identities)?;
    let mut opener = read(document, &key, Some(entry))?;
    let wanted = std::mem::take(&mut opener.wanted);
    opener.verify(document, &key)?;
    Ok(wanted)
}

/// Walks over a document.
fn read<'a>(document: &Value, key: &'a DataKey, entry: Option<&'a str>) -> Result<Opener<'a>, UnsealError> {
    let mut opener = Opener { key, hash: Sha512::new(), only_encrypted: false, wanted: Zeroizing::default(), entry };
    if document["sops"]["mac_only_encrypted"] == Value::Bool(true) {
        opener.only_encrypted = true;
        opener.hash.update(ENCRYPTED_ONLY);
    }
    if let Value::Mapping(top) = document {
        opener.map(top, &mut String::new())?;
    }
    Ok(opener)
}

/// The data key of a document that proves unchanged.
pub(super) fn verified_key(document: &Value, identities: &[Identity]) -> Result<DataKey, UnsealError> {
    let key = data_key(&document["sops"], identities)?;
    unseal(document, identities, "")?;
    Ok(key)
}

/// The data key, by the first entry that one of the identities opens.
fn data_key(sops: &Value, identities: &[Identity]) -> Result<DataKey, UnsealError> {
    let entries = sops["age"].as_sequence().filter(|entries| !entries.is_empty()).ok_or(UnsealError::NotAge)?;
    for entry in entries {
        let Some(armored) = entry["enc"].as_str() else { continue };
        for identity in identities {
            let Ok(plain) = age::decrypt(identity, armored.as_bytes()) else { continue };
            let plain = Zeroizing::new(plain);
            if let Ok(key) = <[u8; 32]>::try_from(plain.as_slice()) {
                return Ok(Zeroizing::new(key));
            }
        }
    }
    let recipients = entries.iter().filter_map(|entry| entry["recipient"].as_str());
    Err(UnsealError::NoIdentity(recipients.map(str::to_owned).collect()))
}

/// A walk over a document that decrypts what is encrypted and hashes every value.
struct Opener<'a> {
    key: &'a DataKey,
    hash: Sha512,
    only_encrypted: bool,
    wanted: Zeroizing<String>,
    entry: Option<&'a str>,
}

impl Opener<'_> {
    fn mac(self) -> String {
        let mut mac = String::with_capacity(128);
        self.hash.finalize().iter().for_each(|byte| _ = write!(mac, "{byte:02X}"));
        mac
    }

    /// Compares what was walked over with the MAC that the document has.
    fn verify(self, document: &Value, key: &DataKey) -> Result<(), UnsealError> {
        let sops = &document["sops"];
        let (Some(mac), Some(modified)) = (sops["mac"].as_str(), sops["lastmodified"].as_str()) else {
            return Err(UnsealError::Mac);
        };
        let expected = decrypt(key, modified, mac).ok_or(UnsealError::Mac)?;
        if *expected == self.mac() { Ok(()) } else { Err(UnsealError::Mac) }
    }

    fn map(&mut self, entries: &Mapping, path: &mut String) -> Result<(), UnsealError> {
        for (name, value) in entries {
            let name = name.as_str().unwrap_or_default();
            if path.is_empty() && name == "sops" {
                continue;
            }
            let length = path.len();
            path.push_str(name);
            path.push(':');
            self.value(value, path)?;
            path.truncate(length);
        }
        Ok(())
    }

    fn value(&mut self, value: &Value, path: &mut String) -> Result<(), UnsealError> {
        match value {
            Value::Mapping(entries) => self.map(entries, path)?,
            Value::Sequence(items) => items.iter().try_for_each(|item| self.value(item, path))?,
            Value::String(text) if text.starts_with(SEALED) => {
                let plain = decrypt(self.key, path, text).ok_or_else(|| UnsealError::Value(path.clone()))?;
                self.hash.update(plain.as_bytes());
                match path.strip_suffix(':').and_then(|path| path.split_once(':')) {
                    Some(("stringData", entry)) if Some(entry) == self.entry => self.wanted.clone_from(&plain),
                    Some(("data", entry)) if Some(entry) == self.entry && self.wanted.is_empty() => {
                        self.wanted = decoded(&plain).unwrap_or_default();
                    }
                    _ => {}
                }
            }
            _ if self.only_encrypted => {}
            Value::String(text) => self.hash.update(text),
            Value::Bool(true) => self.hash.update("True"),
            Value::Bool(false) => self.hash.update("False"),
            Value::Number(number) => self.hash.update(number.to_string()),
            Value::Null | Value::Tagged(_) => {}
        }
        Ok(())
    }
}

/// Text that is in Base64.
fn decoded(coded: &str) -> Option<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(coded.len()));
    STANDARD.decode_vec(coded.trim(), &mut bytes).ok()?;
    std::str::from_utf8(&bytes).ok().map(|text| Zeroizing::new(text.to_owned()))
}

/// One value in clear; nothing if it is not in the format, or not what was encrypted at this path.
pub(super) fn decrypt(key: &DataKey, path: &str, sealed: &str) -> Option<Zeroizing<String>> {
    let mut fields = sealed.strip_prefix(SEALED)?.strip_suffix(']')?.split(',');
    let mut field = |name| STANDARD.decode(fields.next()?.strip_prefix(name)?).ok();
    let (mut data, nonce, tag) = (Zeroizing::new(field("data:")?), field("iv:")?, field("tag:")?);
    let nonce = Nonce::from(<[u8; 32]>::try_from(nonce).ok()?);
    let tag = Tag::from(<[u8; 16]>::try_from(tag).ok()?);
    cipher(key).decrypt_inout_detached(&nonce, path.as_bytes(), data.as_mut_slice().into(), &tag).ok()?;
    std::str::from_utf8(&data).ok().map(|text| Zeroizing::new(text.to_owned()))
}
