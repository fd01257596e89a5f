//! Does what was decided: draws the keys, signs, seals and writes. A root is written with all that is under it, at once: who cannot
//! open its key could issue nothing under it later.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use age::x25519::Recipient;
use rayon::prelude::*;
use time::OffsetDateTime;

use super::certificate::{self, INTERMEDIATE_BITS};
use super::decide::{NewIntermediate, NewMesh, NewRoot, Signer, Step};
use super::document::{Map, Node};
use super::error::CaError;
use super::keys::RsaKey;
use super::material::{CaMaterial, MeshMaterial};
use super::private_key::PrivateKey;
use super::sealer::{NewCopy, Sealing};
use super::write::{NewFile, Writer};
use super::{paths, secret, sops, x509};
use crate::ids::{ClusterName, ObjectRef};
use crate::plan::GeneratedRoot;

/// What all that is issued has in common.
pub(super) struct Terms {
    /// The namespace of the root's Secret.
    pub(super) hub_namespace: String,
    /// The `type` of the meshes' Secrets.
    pub(super) secret_type: String,
    /// What seals for the clusters that get a sealed copy.
    pub(super) sealing: BTreeMap<ClusterName, Sealing>,
    /// When it begins, in UTC.
    pub(super) now: OffsetDateTime,
}

/// Called with how many of how many keys are there.
pub type Progress<'p> = &'p (dyn Fn(usize, usize) + Sync);

/// The keys of a run, which take most of its time.
pub(super) struct Keys<'p> {
    made: AtomicUsize,
    all: usize,
    progress: Progress<'p>,
}

impl<'p> Keys<'p> {
    /// So many keys, of which none is made yet.
    pub(super) fn new(all: usize, progress: Progress<'p>) -> Self {
        Self { made: AtomicUsize::new(0), all, progress }
    }

    pub(super) fn make(&self, bits: u32) -> Result<RsaKey, CaError> {
        let key = RsaKey::generate(bits)?;
        (self.progress)(self.made.fetch_add(1, Ordering::Relaxed) + 1, self.all);
        Ok(key)
    }
}

/// How many keys a step needs.
fn keys(step: &Step) -> usize {
    match step {
        Step::IssueRoot(new) => 1 + new.meshes.len(),
        Step::IssueIntermediate(_) => 1,
        Step::Keep(_) | Step::Seal(_) | Step::Note(_) | Step::Refuse(_) => 0,
    }
}

/// What steps are done with.
struct Issuer<'i> {
    terms: &'i Terms,
    keys: Keys<'i>,
}

/// What a step gives.
struct Made {
    meshes: Vec<MeshMaterial>,
    files: Files,
}

/// What is to be written.
enum Files {
    Nothing,
    /// Sealed copies alone.
    Copies,
    /// The directory of an authority, at once.
    Authority(PathBuf, Vec<NewFile>),
    /// A file for the directory of an authority, and the text that it has so far, if it is there.
    Mesh(PathBuf, NewFile, Option<String>),
}

impl Files {
    fn write(&self, writer: &Writer) -> Result<(), CaError> {
        match self {
            Self::Nothing | Self::Copies => Ok(()),
            Self::Authority(directory, files) => writer.authority(directory, files),
            Self::Mesh(directory, file, None) => writer.joined(directory, file),
            Self::Mesh(directory, file, Some(former)) => writer.renewed(directory, file, former),
        }
    }
}

impl Made {
    fn write(&self, writer: &Writer, store: &Path) -> Result<(), CaError> {
        self.files.write(writer)?;
        if matches!(self.files, Files::Nothing) {
            return Ok(());
        }
        // A copy is worth nothing without what it is a copy of; one that is missing is made by the next run.
        for mesh in &self.meshes {
            let Some(sealed) = &mesh.sealed else { continue };
            let file = (paths::sealed_file("".as_ref(), &mesh.mesh), sealed.clone());
            writer.copy(&paths::directory(store, &mesh.virtual_mesh), &file)?;
        }
        Ok(())
    }
}

/// Does all steps and gives the material of every mesh.
pub(super) fn issue(
    steps: &[Step],
    terms: &Terms,
    store: &Path,
    progress: Progress<'_>,
) -> Result<CaMaterial, CaError> {
    let keys = Keys::new(steps.iter().map(keys).sum(), progress);
    let issuer = Issuer { terms, keys };
    let is_done = |step: &Step| !matches!(step, Step::Keep(_) | Step::Note(_) | Step::Refuse(_));
    let writer = if steps.iter().any(is_done) { Some(Mutex::new(Writer::open(store)?)) } else { None };
    // Each is written as soon as it is made: a run that is stopped has lost what it was at alone, and the next one does the rest.
    let made = steps.par_iter().map(|step| {
        let made = issuer.make(step)?;
        if let Some(writer) = &writer {
            made.write(&*writer.lock().map_err(|_| CaError::Refused)?, store)?;
        }
        Ok(made)
    });
    let made: Vec<Made> = made.collect::<Result<_, CaError>>()?;
    let mut meshes: Vec<_> = made.into_iter().flat_map(|made| made.meshes).collect();
    meshes.sort_by(|a, b| (&a.virtual_mesh, &a.mesh).cmp(&(&b.virtual_mesh, &b.mesh)));
    Ok(CaMaterial { meshes })
}

/// A root that is not written yet, and nothing under it: its certificate, as PEM, and its file.
pub(super) fn root(new: &NewRoot, terms: &Terms, progress: Progress<'_>) -> Result<(Signer, String), CaError> {
    let keys = Keys::new(1, progress);
    let key = keys.make(new.root.key_bits)?;
    Issuer { terms, keys }.signer(new, key)
}

/// Intermediates that are not written yet, as files of their authority.
pub(super) fn intermediates(
    new: &[NewIntermediate],
    terms: &Terms,
    progress: Progress<'_>,
) -> Result<Vec<NewFile>, CaError> {
    let keys = Keys::new(new.len(), progress);
    let issuer = Issuer { terms, keys };
    let file = |new: &NewIntermediate| {
        let key = issuer.keys.make(INTERMEDIATE_BITS)?;
        issuer.cacerts(&new.virtual_mesh, (&new.signer, new.crls.as_deref()), &new.mesh, &key).map(|(_, file)| file)
    };
    new.par_iter().map(file).collect()
}

impl Issuer<'_> {
    fn make(&self, step: &Step) -> Result<Made, CaError> {
        match step {
            Step::Keep(material) => Ok(Made { meshes: vec![material.clone()], files: Files::Nothing }),
            Step::IssueRoot(new) => self.root(new),
            Step::IssueIntermediate(new) => self.intermediate(new),
            Step::Seal(new) => {
                let NewCopy { material, sealer, key } = &**new;
                let material = MeshMaterial { sealed: Some(sealer.copy(material, key)?), ..material.clone() };
                Ok(Made { meshes: vec![material], files: Files::Copies })
            }
            Step::Note(_) => Ok(Made { meshes: Vec::new(), files: Files::Nothing }),
            Step::Refuse(_) => Err(CaError::Refused),
        }
    }

    fn root(&self, new: &NewRoot) -> Result<Made, CaError> {
        let NewRoot { virtual_mesh, directory, root, recipients: _, meshes } = new;
        let key_bits = root.key_bits;
        // Primes are found by luck; drawing all keys at once makes the longest search hide the others.
        let mesh_key = |mesh| Ok((mesh, self.keys.make(INTERMEDIATE_BITS)?));
        let (root_key, mesh_keys) = rayon::join(
            || self.keys.make(key_bits),
            || meshes.par_iter().map(mesh_key).collect::<Result<Vec<_>, CaError>>(),
        );
        let (key, mesh_keys) = (root_key?, mesh_keys?);
        let (signer, sealed) = self.signer(new, key)?;
        let mut files = vec![(paths::root_file("".as_ref()), sealed)];
        let mut made = Vec::new();
        for (mesh, key) in &mesh_keys {
            let (material, file) = self.cacerts(virtual_mesh, (&signer, None), mesh, key)?;
            files.push(file);
            made.push(material);
        }
        Ok(Made { meshes: made, files: Files::Authority(directory.clone(), files) })
    }

    /// A root with this key, and its file.
    fn signer(&self, new: &NewRoot, key: RsaKey) -> Result<(Signer, String), CaError> {
        let NewRoot { virtual_mesh, directory, root, recipients, meshes: _ } = new;
        let GeneratedRoot { ttl_days, key_bits: _, organization } = root;
        let pem = certificate::root(&key, organization, *ttl_days, self.terms.now)?;
        let secret_name = secret::root_name(virtual_mesh, &self.terms.hub_namespace);
        let certificate = x509::root(&pem).map_err(|_| CaError::Crypto("make a root certificate"))?;
        let document = secret::root(&secret_name, &pem, Node::Text(key.to_pem()?));
        let sealed = self.seal(virtual_mesh, document, recipients)?;
        let (file, bundle) = (paths::root_file(directory), pem.clone());
        Ok((Signer { file, certificate, pem, key: PrivateKey::from(key).into(), bundle }, sealed))
    }

    fn intermediate(&self, new: &NewIntermediate) -> Result<Made, CaError> {
        let NewIntermediate { virtual_mesh, directory, signer, mesh, replaces, crls } = new;
        let key = self.keys.make(INTERMEDIATE_BITS)?;
        let (material, file) = self.cacerts(virtual_mesh, (signer, crls.as_deref()), mesh, &key)?;
        Ok(Made { meshes: vec![material], files: Files::Mesh(directory.clone(), file, replaces.clone()) })
    }

    /// A mesh's `cacerts`, sealed, and the file that keeps it.
    fn cacerts(
        &self,
        virtual_mesh: &ObjectRef,
        (signer, crls): (&Signer, Option<&str>),
        NewMesh { mesh, recipients }: &NewMesh,
        key: &RsaKey,
    ) -> Result<(MeshMaterial, NewFile), CaError> {
        let Signer { file, certificate: root, pem: root_pem, key: root_key, bundle } = signer;
        let pem = certificate::intermediate(key, mesh, (root, root_key), self.terms.now)?;
        // What is not read back as it is meant to be is never written.
        x509::intermediate(&pem, root)
            .map_err(|_| CaError::Chain { mesh: mesh.mesh.to_string(), root: file.clone() })?;
        let above = secret::Above { signer: root_pem, bundle, crls };
        let document = secret::cacerts(mesh, &self.terms.secret_type, &pem, Node::Text(key.to_pem()?), &above);
        let manifest = self.seal(virtual_mesh, document, recipients)?;
        let file = (paths::mesh_file("".as_ref(), &mesh.mesh), manifest.clone());
        let mut material = MeshMaterial::new(virtual_mesh, mesh, manifest, true);
        if let Some(Ok(sealer)) = self.terms.sealing.get(&mesh.cluster) {
            material.sealed = Some(sealer.copy(&material, &key.to_pem()?)?);
        }
        Ok((material, file))
    }

    fn seal(&self, virtual_mesh: &ObjectRef, document: Map, recipients: &[Recipient]) -> Result<String, CaError> {
        sops::seal(document, recipients, self.terms.now)?.text(&secret::header(virtual_mesh))
    }
}
