//! The store as it is found: one directory per VirtualMesh, with the root's Secret and one Secret per mesh.
//!
//! Reading needs no key. What cannot be used is told by its file and its fault, never by its content.

use std::borrow::Cow;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_yaml::Value;
use walkdir::WalkDir;

use super::pem;
use super::secret::{CA_CERT, CA_KEY, CACERTS, CHAIN, ROOT_CERT, ROOT_KEY};
use super::sops::SEALED;
use super::x509::{self, RootCert};
use crate::ids::ObjectRef;
use crate::plan::MeshCa;

/// A file of the store that cannot be used.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) file: PathBuf,
    pub(super) what: String,
    pub(super) hint: &'static str,
}

impl Broken {
    /// A file that must come back as it was.
    pub(super) fn new(file: &Path, what: impl Into<String>) -> Self {
        let hint = "restore the file from Git; nothing is issued in its stead";
        Self { file: file.to_path_buf(), what: what.into(), hint }
    }
}

/// The root of an authority.
pub(super) struct Root {
    /// Its file.
    pub(super) file: PathBuf,
    /// Its Secret, with the private key encrypted.
    pub(super) document: Value,
    /// Its certificate.
    pub(super) certificate: RootCert,
    /// Its certificate, as it stands in the file.
    pub(super) pem: String,
}

/// One mesh's `cacerts`.
pub(super) struct Cacerts {
    /// Its file, whole.
    pub(super) text: String,
    /// Its Secret, with the private key encrypted.
    pub(super) document: Value,
    /// The URIs its certificate is for.
    pub(super) uris: Vec<String>,
}

/// The directory of an authority.
pub(super) fn directory(store: &Path, virtual_mesh: &ObjectRef) -> PathBuf {
    store.join(format!("{}.{}", virtual_mesh.namespace, virtual_mesh.name))
}

/// The root's file in an authority's directory.
pub(super) fn root_file(directory: &Path) -> PathBuf {
    directory.join("root.yaml")
}

/// A mesh's file in an authority's directory.
pub(super) fn mesh_file(directory: &Path, mesh: &ObjectRef) -> PathBuf {
    directory.join("meshes").join(format!("{}.yaml", mesh.name))
}

/// The root in an authority's directory; nothing if there is no file at all in it.
pub(super) fn read_root(directory: &Path) -> Result<Option<Root>, Broken> {
    let file = root_file(directory);
    let Some(text) = read(&file)? else {
        let mut entries = WalkDir::new(directory).into_iter().filter_map(Result::ok);
        let occupied = entries.any(|entry| !entry.file_type().is_dir());
        let broken = Broken::new(&file, "is missing, though its directory holds other files");
        return if occupied { Err(broken) } else { Ok(None) };
    };
    let (document, certificate, pem) = check_root(&text).map_err(|what| Broken::new(&file, what))?;
    Ok(Some(Root { file, document, certificate, pem }))
}

/// A mesh's Secret in an authority's directory; nothing if it has none there.
pub(super) fn read_mesh(directory: &Path, mesh: &MeshCa, root: &Root) -> Result<Option<Cacerts>, Broken> {
    let file = mesh_file(directory, &mesh.mesh);
    let Some(text) = read(&file)? else { return Ok(None) };
    let document = secret(&text).map_err(|what| Broken::new(&file, what))?;
    let namespace = document["metadata"]["namespace"].as_str();
    if namespace != Some(&*mesh.namespace) {
        let what = format!("is not for namespace `{}`, where the mesh's control plane is", mesh.namespace);
        let hint = "if the control plane moved, delete this file and render with an age identity at hand";
        return Err(Broken { file, what, hint });
    }
    let uris = check_mesh(&text, &document, &root.certificate).map_err(|what| Broken::new(&file, what))?;
    Ok(Some(Cacerts { text, document, uris }))
}

fn read(file: &Path) -> Result<Option<String>, Broken> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Broken::new(file, format!("cannot be read: {error}"))),
    }
}

fn check_root(text: &str) -> Result<(Value, RootCert, String), String> {
    let document = secret(text)?;
    sealed(text, &document, ROOT_KEY)?;
    let pem = entry(&document, ROOT_CERT)?.into_owned();
    let certificate = x509::root(&pem).map_err(|what| fault(ROOT_CERT, what))?;
    Ok((document, certificate, pem))
}

/// The URIs that the certificate of a mesh's Secret is for, if all in it fits together.
fn check_mesh(text: &str, document: &Value, root: &RootCert) -> Result<Vec<String>, String> {
    if document["metadata"]["name"].as_str() != Some(CACERTS) {
        return Err(format!("is not the Secret `{CACERTS}`"));
    }
    sealed(text, document, CA_KEY)?;
    let (certificate, uris) =
        x509::intermediate(&entry(document, CA_CERT)?, root).map_err(|what| fault(CA_CERT, what))?;
    if pem::certificates(&entry(document, ROOT_CERT)?) != Some(vec![root.der.clone()]) {
        return Err(fault(ROOT_CERT, "is not the root of this VirtualMesh"));
    }
    if pem::certificates(&entry(document, CHAIN)?) != Some(vec![certificate, root.der.clone()]) {
        return Err(fault(CHAIN, &format!("is not `{CA_CERT}` followed by the root")));
    }
    Ok(uris)
}

/// The Secret in a text.
fn secret(text: &str) -> Result<Value, String> {
    let document: Value = serde_yaml::from_str(text).map_err(|error| match error.location() {
        Some(at) => format!("is not a YAML document (line {}, column {})", at.line(), at.column()),
        None => "is not a YAML document".to_owned(),
    })?;
    if document["kind"].as_str() != Some("Secret") {
        return Err("is not a Secret".to_owned());
    }
    Ok(document)
}

/// Makes sure that the private key is there and encrypted, and that none stands in clear anywhere else: what is delivered
/// is the whole file, comments and all.
fn sealed(text: &str, document: &Value, key: &str) -> Result<(), String> {
    if !entry(document, key)?.starts_with(SEALED) {
        return Err(fault(key, "is not encrypted; treat the key as disclosed if the file was ever shared"));
    }
    if is_private(text) || in_clear(document) {
        return Err("holds a private key in clear; treat it as disclosed if the file was ever shared".to_owned());
    }
    match document["sops"]["mac"].as_str() {
        Some(_) => Ok(()),
        None => Err("has no SOPS metadata (`sops.mac`)".to_owned()),
    }
}

/// Whether a text holds a private key in PEM, as it is or in Base64, such as in `data` or in an annotation that repeats it.
fn is_private(text: &str) -> bool {
    // The label in Base64, by how many bytes before it share its groups of three; the letters it shares with them left out.
    const CODED: [&str; 3] = ["UFJJVkFURSBLRV", "BSSVZBVEUgS0VZ", "QUklWQVRFIEtFW"];
    text.contains("PRIVATE KEY") || CODED.iter().any(|coded| text.contains(coded))
}

fn in_clear(value: &Value) -> bool {
    match value {
        Value::String(text) => is_private(text),
        Value::Sequence(items) => items.iter().any(in_clear),
        Value::Mapping(entries) => entries.iter().any(|(key, value)| in_clear(key) || in_clear(value)),
        _ => false,
    }
}

/// An entry of a Secret: of `stringData`, or of `data`, where it is in Base64 unless it is encrypted.
fn entry<'a>(document: &'a Value, key: &str) -> Result<Cow<'a, str>, String> {
    if let Some(text) = document["stringData"][key].as_str() {
        return Ok(Cow::Borrowed(text));
    }
    let Some(text) = document["data"][key].as_str() else { return Err(format!("has no `stringData.{key}`")) };
    if text.starts_with(SEALED) {
        return Ok(Cow::Borrowed(text));
    }
    let bytes = STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    bytes.map(Cow::Owned).ok_or_else(|| format!("has a `data.{key}` that is not text in Base64"))
}

fn fault(key: &str, what: &str) -> String {
    format!("`stringData.{key}` {what}")
}
