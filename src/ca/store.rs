//! Reads the store: one directory per VirtualMesh, with the root's Secret and one Secret per mesh.
//!
//! That needs no key, and decides nothing. A file that cannot be used is reported by its name and fault, never by its content.

pub(super) mod rotation;

use std::borrow::Cow;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde_yaml::Value;
use walkdir::WalkDir;

use super::manifest::Manifest;
use super::options::Options;
use super::recipient::Resolved;
use super::rotation::Stage;
use super::secret::{CA_CERT, CA_KEY, CHAIN, CRLS, IN_CLUSTER, KEY_IS, OFFLINE, ROOT_CERT, ROOT_KEY};
use super::signing_key::SigningKey;
use super::sops::SEALED;
use super::stored::{Broken, Cacerts, Certificate, Closed, Fault, MeshFile, Root, Stored};
use super::{paths, pem, unseal, x509};
use crate::diag::Pos;
use crate::ids::ObjectRef;
use crate::load;
use crate::objects::names::CACERTS;
use crate::path;
use crate::plan::{Authority, MeshCa, RootSource};

/// Entries that make istiod take a Secret for another: one of cert-manager's form, or one that it made itself.
const MISREAD: [&str; 4] = ["tls.crt", "tls.key", "ca.crt", "istio-generated"];

/// What the store has for an authority whose names can name files.
pub(super) fn read(authority: &Authority, options: &Options) -> Stored {
    let directory = paths::directory(&options.store, &authority.virtual_mesh);
    match read_root(&options.store, &directory) {
        Ok(Some(root)) => existing(authority, options, &directory, root),
        Ok(None) => nothing(authority, options, &directory),
        Err(broken) => Stored::Broken(broken),
    }
}

/// An authority of which nothing is there. Recipients are looked up if it may be made: nothing else depends on them.
fn nothing(authority: &Authority, options: &Options, directory: &Path) -> Stored {
    let is_made = !options.locked && matches!(authority.root, RootSource::Generated(_));
    let sealed_to = |file: &Path| if is_made { options.recipients.of(file) } else { Ok(Resolved::default()) };
    Stored::Nothing {
        root: sealed_to(&paths::root_file(directory)),
        meshes: authority
            .meshes
            .iter()
            .map(|mesh| (mesh.clone(), sealed_to(&paths::mesh_file(directory, &mesh.mesh))))
            .collect(),
    }
}

/// What there is under a root. Its key is opened if something is missing that may be made, and recipients are looked up if the
/// key can sign: nothing else needs them.
fn existing(authority: &Authority, options: &Options, directory: &Path, (mut root, document): (Root, Value)) -> Stored {
    let found: Vec<_> = authority
        .meshes
        .iter()
        .map(|mesh| (mesh, read_mesh(&options.store, &paths::mesh_file(directory, &mesh.mesh), mesh, &root)))
        .collect();
    let is_made = |mesh: &MeshCa, found: &Result<Option<Cacerts>, Broken>| match found {
        Ok(None) => options.renew.is_none() || options.renews(mesh),
        Ok(Some(_)) => options.renews(mesh),
        Err(_) => false,
    };
    if !options.locked && found.iter().any(|(mesh, found)| is_made(mesh, found)) {
        root.key = match (&options.signer, root.key) {
            (Some(program), _) => Ok(SigningKey::Program(program.clone())),
            (None, Err(Closed::Offline)) => Err(Closed::Offline),
            (None, _) => unseal::root_key(&document, &root.certificate, &options.identities).map(SigningKey::Own),
        };
    }
    let sealed_to = |file: &Path| if root.key.is_ok() { options.recipients.of(file) } else { Ok(Resolved::default()) };
    let of_file = |mesh: &MeshCa| sealed_to(&paths::mesh_file(directory, &mesh.mesh));
    let of_mesh = |(mesh, found): (&MeshCa, Result<Option<Cacerts>, Broken>)| {
        let found = match found {
            Ok(Some(cacerts)) if options.renews(mesh) => MeshFile::Renewed(Box::new(cacerts), of_file(mesh)),
            Ok(Some(cacerts)) => MeshFile::Present(Box::new(cacerts)),
            Ok(None) => MeshFile::Missing(of_file(mesh)),
            Err(broken) => MeshFile::Broken(broken),
        };
        (mesh.clone(), found)
    };
    let meshes = found.into_iter().map(of_mesh).collect();
    Stored::Root(Box::new(root), meshes)
}

/// The root in an authority's directory, with its Secret; nothing if there is no file at all in it.
pub(super) fn read_root(store: &Path, directory: &Path) -> Result<Option<(Root, Value)>, Broken> {
    let file = paths::root_file(directory);
    let Some(text) = read_file(store, &file)? else {
        let mut entries = WalkDir::new(directory).into_iter().filter_map(Result::ok);
        let occupied = entries.any(|entry| !entry.file_type().is_dir());
        let broken = Broken::new(&file, "is missing, though its directory holds other files");
        return if occupied { Err(broken) } else { Ok(None) };
    };
    let (manifest, certificate, pem) = check_root(&text).map_err(|fault| Broken::of(&file, fault))?;
    let name = |field: &str| manifest.text(&["metadata", field]).unwrap_or_default().to_owned();
    let secret = ObjectRef::new(name("namespace"), name("name"));
    let sealed_to = manifest.sealed_to();
    let key = Err(if is_elsewhere(&manifest, OFFLINE) { Closed::Offline } else { Closed::Unneeded });
    let mut root = Root { file, secret, certificate, pem, sealed_to, key, text, rotation: None };
    root.rotation = rotation::read(store, directory, &root)?.map(Box::new);
    Ok(Some((root, manifest.document)))
}

/// A mesh's Secret; nothing if there is none.
pub(super) fn read_mesh(store: &Path, file: &Path, mesh: &MeshCa, root: &Root) -> Result<Option<Cacerts>, Broken> {
    let Some(text) = read_file(store, file)? else { return Ok(None) };
    cacerts(text, file, mesh, root).map(Some)
}

/// The text of a mesh's file as it is read.
pub(super) fn cacerts(text: String, file: &Path, mesh: &MeshCa, root: &Root) -> Result<Cacerts, Broken> {
    let manifest = Manifest::read(&text).map_err(|fault| Broken::of(file, fault))?;
    if manifest.text(&["metadata", "namespace"]) != Some(&*mesh.namespace) {
        let what = format!("is not for namespace `{}`, where the mesh's control plane is", mesh.namespace);
        let hint = "if the control plane moved, delete this file and render with an age identity available";
        return Err(Broken { hint, ..Broken::of(file, manifest.fault(&path!["metadata", "namespace"], what)) });
    }
    let (certificate, stage) = check_mesh(&text, &manifest, root).map_err(|fault| Broken::of(file, fault))?;
    let bundle = manifest.entry(ROOT_CERT).map_err(|fault| Broken::of(file, fault))?.into_owned();
    let crls = manifest.entry(CRLS).ok().map(Cow::into_owned);
    let secret_type = manifest.text(&["type"]).unwrap_or("Opaque").to_owned();
    let [labels, annotations] = ["labels", "annotations"].map(|field| manifest.entries(&["metadata", field]));
    let sealed_to = manifest.sealed_to();
    Ok(Cacerts { text, certificate, stage, bundle, crls, sealed_to, secret_type, labels, annotations })
}

/// Reads a file of the store, with the line breaks that it was written with, whatever Git made of them: it is delivered as it is.
pub(super) fn read_file(store: &Path, file: &Path) -> Result<Option<String>, Broken> {
    // A link that leads nowhere would count as missing, and what is issued would be written wherever it leads.
    if let Some(link) = paths::link(store, file) {
        return Err(Broken::new(&link, "is a symbolic link; the CA store must have files and directories of its own"));
    }
    if fs::symlink_metadata(file).is_err_and(|error| error.kind() == ErrorKind::NotFound) {
        return Ok(None);
    }
    match load::read_file(file) {
        Ok(text) => match conflict(&text) {
            Some(line) => {
                Err(Broken { pos: Some(Pos { line, column: 1 }), hint: ONE_SIDE, ..Broken::new(file, CONFLICT) })
            }
            None if text.contains("\r\n") => Ok(Some(text.replace("\r\n", "\n"))),
            None => Ok(Some(text)),
        },
        Err(diag) => Err(Broken::new(file, format!("cannot be read: {}", diag.message))),
    }
}

const CONFLICT: &str = "has a merge conflict of Git in it";
/// The sides of a merge are two keys, each with its own certificate.
const ONE_SIDE: &str = "take the whole file of one side, `git checkout --ours` or `git checkout --theirs` with its name, then render: a key of one side does not belong to a certificate of the other";

/// The line of the first marker of a merge conflict, where no value in YAML can begin.
fn conflict(text: &str) -> Option<usize> {
    let is_marker = |line: &str| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ");
    text.lines().position(is_marker).map(|line| line + 1)
}

fn check_root(text: &str) -> Result<(Manifest, Certificate, String), Fault> {
    let manifest = Manifest::read(text)?;
    if is_elsewhere(&manifest, OFFLINE) {
        without_key(text, &manifest, ROOT_KEY)?
    } else {
        sealed(text, &manifest, ROOT_KEY)?
    }
    let pem = manifest.entry(ROOT_CERT)?.into_owned();
    let certificate = x509::root(&pem).map_err(|what| manifest.wrong(ROOT_CERT, &what))?;
    Ok((manifest, certificate, pem))
}

/// The certificate of a mesh's Secret, if all in it fits together, and how far a rotation is in it.
pub(super) fn check_mesh(text: &str, manifest: &Manifest, root: &Root) -> Result<(Certificate, Stage), Fault> {
    if manifest.text(&["metadata", "name"]) != Some(CACERTS) {
        return Err(manifest.fault(&path!["metadata", "name"], format!("is not the Secret `{CACERTS}`")));
    }
    if is_elsewhere(manifest, IN_CLUSTER) {
        without_key(text, manifest, CA_KEY)?
    } else {
        sealed(text, manifest, CA_KEY)?
    }
    check_certificates(manifest, root)
}

/// The same, whatever is with its private key: a tree may have it in clear.
pub(super) fn check_certificates(manifest: &Manifest, root: &Root) -> Result<(Certificate, Stage), Fault> {
    if let Some((field, entry)) = manifest.first_of(&MISREAD) {
        let what = format!(
            "has the entry `{field}.{entry}`, with which istiod reads other entries than those of `{CACERTS}`; remove it"
        );
        return Err(manifest.fault(&path![field, entry], what));
    }
    let (own, pem) = (&root.certificate, manifest.entry(CA_CERT)?);
    let (stages, bundle) = match &root.rotation {
        None => (vec![(Stage::Before, own, vec![own])], "is not the root of this VirtualMesh"),
        Some(rotating) => (rotating.stages(), "is not what any phase of the rotation of this VirtualMesh trusts"),
    };
    let signed = stages.iter().map(|(_, signer, _)| x509::intermediate(&pem, signer).map(|found| (*signer, found)));
    // If none signed it, what is wrong with the one of this phase is said.
    let signed = signed.reduce(|first, other| if first.is_err() && other.is_ok() { other } else { first });
    let signed = signed.unwrap_or(Err("is under no root".into()));
    let (signer, certificate) = signed.map_err(|what| manifest.wrong(CA_CERT, &what))?;
    let trusted = pem::certificates(&manifest.entry(ROOT_CERT)?);
    let stage = stages.iter().find(|(_, by, bundle)| {
        by.der == signer.der
            && trusted.as_ref().is_some_and(|found| found.iter().eq(bundle.iter().map(|root| &root.der)))
    });
    let Some((stage, ..)) = stage else { return Err(manifest.wrong(ROOT_CERT, bundle)) };
    if pem::certificates(&manifest.entry(CHAIN)?) != Some(vec![certificate.der.clone(), signer.der.clone()]) {
        return Err(manifest.wrong(CHAIN, &format!("is not `{CA_CERT}` followed by the root")));
    }
    Ok((certificate, *stage))
}

/// Makes sure that the private key is there and encrypted, and that none is in clear anywhere else: what is delivered
/// is the whole file, comments and all.
pub(super) fn sealed(text: &str, manifest: &Manifest, key: &str) -> Result<(), Fault> {
    if !manifest.entry(key)?.starts_with(SEALED) {
        return Err(manifest.wrong(key, "is not encrypted; treat the key as disclosed if the file was ever shared"));
    }
    nothing_in_clear(text, manifest)?;
    match manifest.text(&["sops", "mac"]) {
        Some(_) => Ok(()),
        None => Err(manifest.fault(&path!["sops"], "has no SOPS metadata (`sops.mac`)")),
    }
}

/// Whether a file says that its private key is kept at this place, which is not here.
fn is_elsewhere(manifest: &Manifest, place: &str) -> bool {
    manifest.text(&["metadata", "annotations", KEY_IS]) == Some(place)
}

/// Makes sure that a file has no private key, as it says.
fn without_key(text: &str, manifest: &Manifest, key: &str) -> Result<(), Fault> {
    if manifest.first_of(&[key]).is_some() {
        let what = format!("is there, although the annotation {KEY_IS} says that the key is kept elsewhere");
        return Err(manifest.wrong(key, &what));
    }
    nothing_in_clear(text, manifest)
}

/// Makes sure that no private key is in clear anywhere in a file.
fn nothing_in_clear(text: &str, manifest: &Manifest) -> Result<(), Fault> {
    if is_private(text) || in_clear(&manifest.document) {
        let line = text.lines().position(is_private).map(|line| Pos { line: line + 1, column: 1 });
        let what = "holds a private key in clear; treat it as disclosed if the file was ever shared".to_owned();
        return Err(Fault { pos: line, what });
    }
    Ok(())
}

/// Whether a text holds a private key in PEM, as it is or in Base64, such as in `data` or in an annotation that repeats it.
pub(super) fn is_private(text: &str) -> bool {
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
