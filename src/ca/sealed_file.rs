//! The files of the store that are encrypted, whatever they are for: a file that nothing asks for any more can be opened all the same.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_yaml::Value;
use walkdir::{DirEntry, WalkDir};

use super::stored::Broken;
use super::{manifest, store};

/// The lists of keys in the metadata of SOPS that are not age's, each with the names that creation rules have for it.
pub(super) const OTHER_KEYS: [(&str, &[&str]); 6] = [
    ("pgp", &["pgp"]),
    ("kms", &["kms"]),
    ("gcp_kms", &["gcp_kms"]),
    ("hckms", &["hckms"]),
    ("azure_kv", &["azure_keyvault"]),
    ("hc_vault", &["hc_vault", "hc_vault_transit_uri"]),
];

/// A file with metadata of SOPS.
pub(super) struct SealedFile {
    pub(super) file: PathBuf,
    pub(super) text: String,
    /// As values: what SOPS computes its MAC of.
    pub(super) document: Value,
}

impl SealedFile {
    /// The age recipients of the data key.
    pub(super) fn recipients(&self) -> Vec<String> {
        let entries = self.document["sops"]["age"].as_sequence().into_iter().flatten();
        entries.filter_map(|entry| entry["recipient"].as_str()).map(str::to_owned).collect()
    }

    /// An entry of the Secret that is not encrypted.
    pub(super) fn entry(&self, key: &str) -> Option<String> {
        let plain = self.document["stringData"][key].as_str();
        let coded = || STANDARD.decode(self.document["data"][key].as_str()?).ok();
        plain.map(str::to_owned).or_else(|| coded().and_then(|bytes| String::from_utf8(bytes).ok()))
    }

    /// The lists of keys of other kinds.
    pub(super) fn other_keys(&self) -> Vec<&'static str> {
        let is_used = |name: &&str| self.document["sops"][*name].as_sequence().is_some_and(|list| !list.is_empty());
        OTHER_KEYS.iter().map(|(name, _)| *name).filter(is_used).collect()
    }

    /// Whether several groups share the data key between them.
    pub(super) fn has_groups(&self) -> bool {
        self.document["sops"]["key_groups"].as_sequence().is_some_and(|groups| !groups.is_empty())
    }
}

/// The encrypted files below a directory of a store, in order.
pub(super) fn below(store: &Path, directory: &Path) -> Vec<Result<SealedFile, Broken>> {
    let is_visible = |entry: &DirEntry| !entry.file_name().to_string_lossy().starts_with('.');
    let entries = WalkDir::new(directory).min_depth(1).sort_by_file_name().into_iter().filter_entry(is_visible);
    let files = entries.filter_map(Result::ok).map(DirEntry::into_path);
    let files = files.filter(|file| !file.is_dir() && file.extension().is_some_and(|end| end == "yaml"));
    files.filter_map(|file| read(store, file).transpose()).collect()
}

/// A file, unless it is not encrypted.
fn read(store: &Path, file: PathBuf) -> Result<Option<SealedFile>, Broken> {
    let Some(text) = store::read_file(store, &file)? else { return Ok(None) };
    let document = manifest::values(&text).ok_or_else(|| Broken::new(&file, "is not a YAML document"))?;
    let is_sealed = document.get("sops").is_some_and(Value::is_mapping);
    Ok(is_sealed.then_some(SealedFile { file, text, document }))
}
