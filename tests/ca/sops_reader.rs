//! A reader of SOPS files that shares nothing with the program: written from the format, down to the hash over the values.

use aes_gcm::aead::consts::U32;
use aes_gcm::aead::{Aead, Payload};
use aes_gcm::aes::Aes256;
use aes_gcm::{AesGcm, KeyInit};
use age::x25519::Identity;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_yaml::Value;
use sha2::Digest as _;

/// Decrypts a file and verifies its MAC; gives the document without its metadata.
pub(crate) fn open(text: &str, identity: &Identity) -> Value {
    let mut document: Value = serde_yaml::from_str(text).expect("YAML");
    let sops = document.as_mapping_mut().expect("a mapping").remove("sops").expect("metadata");
    assert!(sops["version"].as_str().is_some(), "the version is a string");
    let age = sops["age"].as_sequence().expect("recipients");
    let ours = identity.to_public().to_string();
    let entry = age.iter().find(|entry| entry["recipient"].as_str() == Some(&ours)).expect("our recipient");
    let key = age::decrypt(identity, entry["enc"].as_str().expect("armor").as_bytes()).expect("our age file");
    assert_eq!(key.len(), 32);

    let modified = sops["lastmodified"].as_str().expect("a quoted time");
    let rule = regex_lite::Regex::new(sops["encrypted_regex"].as_str().expect("a rule")).expect("an expression");
    // A MAC over the encrypted values alone begins with a constant, so that it differs from one over all.
    let is_partial = sops["mac_only_encrypted"] == Value::Bool(true);
    let start =
        is_partial.then(|| BASE64_STANDARD.decode("ij/SrVTOZlJ7EDTz0Ue+CwuXWzv0T3LG/a3sgXbyfWk=").expect("base64"));
    let mut leaves = Vec::new();
    walk(&mut document, &[], &key, &rule, &mut leaves);
    let mac = value(sops["mac"].as_str().expect("a MAC"), &key, modified).expect("the MAC opens");
    let mut hash = sha2::Sha512::new();
    start.iter().for_each(|start| hash.update(start));
    leaves.iter().filter(|(_, sealed)| *sealed || !is_partial).for_each(|(leaf, _)| hash.update(leaf));
    let found: String = hash.finalize().iter().map(|byte| format!("{byte:02X}")).collect();
    assert_eq!(String::from_utf8(mac).expect("text"), found, "the MAC covers what stands there");
    document
}

fn walk(node: &mut Value, path: &[String], key: &[u8], rule: &regex_lite::Regex, leaves: &mut Vec<(Vec<u8>, bool)>) {
    match node {
        Value::Mapping(entries) => {
            for (name, child) in entries {
                let below = [path, &[name.as_str().expect("a name").to_owned()]].concat();
                walk(child, &below, key, rule, leaves);
            }
        }
        Value::String(text) => {
            let sealed = path.iter().any(|part| rule.is_match(part));
            assert_eq!(sealed, text.starts_with("ENC["), "{path:?}");
            if sealed {
                let aad = path.iter().map(|part| format!("{part}:")).collect::<String>();
                let plain = value(text, key, &aad).expect("a value that opens");
                *text = String::from_utf8(plain).expect("text");
            }
            leaves.push((text.clone().into_bytes(), sealed));
        }
        other => panic!("neither mapping nor text at {path:?}: {other:?}"),
    }
}

/// One encrypted value, with this associated data.
fn value(text: &str, key: &[u8], aad: &str) -> Option<Vec<u8>> {
    let shape = regex_lite::Regex::new(r"^ENC\[AES256_GCM,data:(.+),iv:(.+),tag:(.+),type:str\]$").expect("a regex");
    let parts = shape.captures(text)?;
    let [mut data, iv, tag] = [1, 2, 3].map(|i| BASE64_STANDARD.decode(&parts[i]).expect("base64"));
    assert_eq!((iv.len(), tag.len()), (32, 16));
    data.extend(tag);
    let cipher = AesGcm::<Aes256, U32>::new_from_slice(key).ok()?;
    let nonce = aes_gcm::Nonce::<U32>::try_from(iv.as_slice()).ok()?;
    cipher.decrypt(&nonce, Payload { msg: &data, aad: aad.as_bytes() }).ok()
}
