//! Reads the store: one directory per VirtualMesh, with the root's Secret and one Secret per mesh.
//!
//! That needs no key, and decides nothing. A file that cannot be used is reported by its name and fault, never by its content.

use std::borrow::Cow;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_yaml::Value;
use walkdir::WalkDir;

use super::options::Options;
use super::secret::{CA_CERT, CA_KEY, CHAIN, ROOT_CERT, ROOT_KEY};
use super::sops::SEALED;
use super::stored::{Broken, Cacerts, Certificate, Closed, MeshFile, Root, Stored};
use super::{paths, pem, unseal, x509};
use crate::ids::ObjectRef;
use crate::load::{self, strict};
use crate::objects::names::CACERTS;
use crate::plan::{Authority, MeshCa};

/// What the store has for an authority whose names can name files.
pub(super) fn read(authority: &Authority, options: &Options) -> Stored {
    let directory = paths::directory(&options.store, &authority.virtual_mesh);
    match read_root(&options.store, &directory) {
        Ok(Some(root)) => existing(authority, options, &directory, root),
        Ok(None) => {
            let sealed_to = |mesh: &MeshCa| options.recipients.of(&paths::mesh_file(&directory, &mesh.mesh));
            Stored::Nothing {
                root: options.recipients.of(&paths::root_file(&directory)),
                meshes: authority.meshes.iter().map(|mesh| (mesh.clone(), sealed_to(mesh))).collect(),
            }
        }
        Err(broken) => Stored::Broken(broken),
    }
}

/// What there is under a root. Its key is opened if something is missing that may be made: nothing else needs it.
fn existing(authority: &Authority, options: &Options, directory: &Path, (mut root, document): (Root, Value)) -> Stored {
    let mut meshes = Vec::new();
    for mesh in &authority.meshes {
        let file = paths::mesh_file(directory, &mesh.mesh);
        let found = match read_mesh(&options.store, &file, mesh, &root.certificate) {
            Ok(Some(cacerts)) => MeshFile::Present(Box::new(cacerts)),
            Ok(None) => MeshFile::Missing(options.recipients.of(&file)),
            Err(broken) => MeshFile::Broken(broken),
        };
        meshes.push((mesh.clone(), found));
    }
    if !options.locked && meshes.iter().any(|(_, found)| matches!(found, MeshFile::Missing(_))) {
        root.key = unseal::root_key(&document, &root.certificate, &options.identities);
    }
    Stored::Root(Box::new(root), meshes)
}

/// The root in an authority's directory, with its Secret; nothing if there is no file at all in it.
fn read_root(store: &Path, directory: &Path) -> Result<Option<(Root, Value)>, Broken> {
    let file = paths::root_file(directory);
    let Some(text) = read_file(store, &file)? else {
        let mut entries = WalkDir::new(directory).into_iter().filter_map(Result::ok);
        let occupied = entries.any(|entry| !entry.file_type().is_dir());
        let broken = Broken::new(&file, "is missing, though its directory holds other files");
        return if occupied { Err(broken) } else { Ok(None) };
    };
    let (document, certificate, pem) = check_root(&text).map_err(|what| Broken::new(&file, what))?;
    let name = |field: &str| document["metadata"][field].as_str().unwrap_or_default().to_owned();
    let secret = ObjectRef::new(name("namespace"), name("name"));
    Ok(Some((Root { file, secret, certificate, pem, key: Err(Closed::Unneeded) }, document)))
}

/// A mesh's Secret; nothing if there is none.
fn read_mesh(store: &Path, file: &Path, mesh: &MeshCa, root: &Certificate) -> Result<Option<Cacerts>, Broken> {
    let Some(text) = read_file(store, file)? else { return Ok(None) };
    let document = secret(&text).map_err(|what| Broken::new(file, what))?;
    if document["metadata"]["namespace"].as_str() != Some(&*mesh.namespace) {
        let what = format!("is not for namespace `{}`, where the mesh's control plane is", mesh.namespace);
        let hint = "if the control plane moved, delete this file and render with an age identity available";
        return Err(Broken { file: file.to_path_buf(), what, hint });
    }
    let certificate = check_mesh(&text, &document, root).map_err(|what| Broken::new(file, what))?;
    let secret_type = document["type"].as_str().unwrap_or("Opaque").to_owned();
    let labels = labels(&document["metadata"]["labels"]);
    Ok(Some(Cacerts { text, certificate, secret_type, labels }))
}

fn labels(value: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut labels: Vec<_> =
        value.as_mapping().into_iter().flatten().map(|(key, value)| (text(key), text(value))).collect();
    labels.sort();
    labels
}

/// Reads a file of the store, with the line breaks that it was written with, whatever Git made of them: it is delivered as it is.
fn read_file(store: &Path, file: &Path) -> Result<Option<String>, Broken> {
    // A link that leads nowhere would count as missing, and what is issued would be written wherever it leads.
    if let Some(link) = paths::link(store, file) {
        return Err(Broken::new(&link, "is a symbolic link; the CA store must have files and directories of its own"));
    }
    if fs::symlink_metadata(file).is_err_and(|error| error.kind() == ErrorKind::NotFound) {
        return Ok(None);
    }
    match load::read_file(file) {
        Ok(text) if text.contains("\r\n") => Ok(Some(text.replace("\r\n", "\n"))),
        Ok(text) => Ok(Some(text)),
        Err(diag) => Err(Broken::new(file, format!("cannot be read: {}", diag.message))),
    }
}

fn check_root(text: &str) -> Result<(Value, Certificate, String), String> {
    let document = secret(text)?;
    sealed(text, &document, ROOT_KEY)?;
    let pem = entry(&document, ROOT_CERT)?.into_owned();
    let certificate = x509::root(&pem).map_err(|what| fault(ROOT_CERT, what))?;
    Ok((document, certificate, pem))
}

/// The certificate of a mesh's Secret, if all in it fits together.
fn check_mesh(text: &str, document: &Value, root: &Certificate) -> Result<Certificate, String> {
    if document["metadata"]["name"].as_str() != Some(CACERTS) {
        return Err(format!("is not the Secret `{CACERTS}`"));
    }
    sealed(text, document, CA_KEY)?;
    let certificate = x509::intermediate(&entry(document, CA_CERT)?, root).map_err(|what| fault(CA_CERT, what))?;
    if pem::certificates(&entry(document, ROOT_CERT)?) != Some(vec![root.der.clone()]) {
        return Err(fault(ROOT_CERT, "is not the root of this VirtualMesh"));
    }
    if pem::certificates(&entry(document, CHAIN)?) != Some(vec![certificate.der.clone(), root.der.clone()]) {
        return Err(fault(CHAIN, &format!("is not `{CA_CERT}` followed by the root")));
    }
    Ok(certificate)
}

/// The Secret in a text.
fn secret(text: &str) -> Result<Value, String> {
    let document: Value = strict::yaml(text).map_err(|fault| fault.to_string())?;
    if document["kind"].as_str() != Some("Secret") {
        return Err("is not a Secret".to_owned());
    }
    Ok(document)
}

/// Makes sure that the private key is there and encrypted, and that none is in clear anywhere else: what is delivered
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
