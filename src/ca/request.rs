//! Requests for intermediates, for a root whose key is elsewhere: the key of the intermediate is made and encrypted here, the
//! certificate is signed there.
//!
//! A request is the Secret to be, with the request in place of the certificates. Its MAC covers the encrypted entries alone, so
//! that the certificates can be added without opening anything: who accepts them needs no key.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use rayon::prelude::*;
use serde_yaml::Value;

use super::certificate::{self, INTERMEDIATE_BITS};
use super::custodian::{Custodian, Stop};
use super::document::Node;
use super::error::CaError;
use super::issue::{Keys, Progress};
use super::keys::RsaKey;
use super::manifest::Manifest;
use super::secret::{CA_KEY, REQUEST};
use super::stored::{Broken, Certificate, Root};
use super::write::Writer;
use super::{csr, facts, paths, secret, sops, store};
use crate::diag::{Code, Diag, Report};
use crate::ids::{ClusterName, ObjectRef};
use crate::plan::{Authority, MeshCa};

/// A request for the intermediate of a mesh.
#[derive(Clone, Debug)]
pub struct Request {
    pub mesh: ObjectRef,
    pub cluster: ClusterName,
    /// The request in PEM.
    pub pem: String,
    /// The file that has its key.
    pub file: PathBuf,
    /// Whether this run made it.
    pub is_new: bool,
}

/// A request that the store has.
pub(super) struct Kept {
    pub(super) text: String,
    pub(super) pem: String,
    /// The public key that it is for, as certificates embed it.
    pub(super) public: Vec<u8>,
    /// The private key, encrypted.
    pub(super) key: String,
    /// What opens it.
    pub(super) metadata: Value,
}

/// What is to be done for a mesh.
enum Todo<'a> {
    /// The request that is there is given again.
    Again(Request),
    /// A key is made; what is there has served.
    Make(&'a MeshCa, Vec<age::x25519::Recipient>, Option<String>),
}

impl Custodian {
    /// Makes keys and requests for the meshes that lack an intermediate, or with `renew` for those that have one as well. A request
    /// that is in the store already is given again.
    ///
    /// # Errors
    /// A store that cannot be written. What is refused is in the report.
    pub fn request(
        &self,
        virtual_mesh: Option<&str>,
        (clusters, renew): (&[String], bool),
        progress: Progress<'_>,
        report: &mut Report,
    ) -> Result<Vec<Request>, CaError> {
        let done = self.requested(virtual_mesh, clusters, renew, progress, report);
        Self::stopped(done, report).map(Option::unwrap_or_default)
    }

    fn requested(
        &self,
        virtual_mesh: Option<&str>,
        clusters: &[String],
        renew: bool,
        progress: Progress<'_>,
        report: &mut Report,
    ) -> Result<Vec<Request>, Stop> {
        let (asked, directory) = self.authority(virtual_mesh)?;
        let root = self.existing_root(asked, &directory)?;
        self.signs(&root)?;
        let mut todo = Vec::new();
        for mesh in self.meshes(asked, clusters)? {
            let file = paths::mesh_file(&directory, &mesh.mesh);
            let has = store::read_mesh(&self.options.store, &file, mesh, &root)?;
            if has.is_some() && !renew {
                continue;
            }
            todo.push(self.todo(asked, mesh, &directory, has.map(|has| has.certificate), report)?);
        }
        let all = todo.iter().filter(|todo| matches!(todo, Todo::Make(..))).count();
        let keys = Keys::new(all, progress);
        let writer = if all == 0 { None } else { Some(Mutex::new(Writer::open(&self.options.store)?)) };
        // Each is written as soon as its key is there, so that a run that is stopped has lost what it was at alone.
        let done = todo.into_par_iter().map(|todo| match (todo, &writer) {
            (Todo::Again(request), _) => Ok(request),
            (Todo::Make(mesh, to, former), Some(writer)) => {
                let key = keys.make(INTERMEDIATE_BITS)?;
                self.made(asked, mesh, (&key, &to, former), &root.certificate, (&directory, writer))
            }
            (Todo::Make(..), None) => Err(CaError::Refused),
        });
        Ok(done.collect::<Result<_, _>>()?)
    }

    fn todo<'a>(
        &self,
        asked: &Authority,
        mesh: &'a MeshCa,
        directory: &Path,
        has: Option<Certificate>,
        report: &mut Report,
    ) -> Result<Todo<'a>, Stop> {
        let file = paths::request_file(directory, &mesh.mesh);
        let former = read(&self.options.store, &file)?;
        if let Some(kept) = &former
            && has.is_none_or(|has| has.public_key != kept.public)
        {
            let (mesh, cluster, pem) = (mesh.mesh.clone(), mesh.cluster.clone(), kept.pem.clone());
            return Ok(Todo::Again(Request { mesh, cluster, pem, file, is_new: false }));
        }
        // What is encrypted for the mesh's file is to be opened by those who open that file.
        let to = self.recipients(asked, &paths::mesh_file(directory, &mesh.mesh), report)?;
        Ok(Todo::Make(mesh, to, former.map(|former| former.text)))
    }

    fn made(
        &self,
        asked: &Authority,
        mesh: &MeshCa,
        (key, to, former): (&RsaKey, &[age::x25519::Recipient], Option<String>),
        root: &Certificate,
        (directory, writer): (&Path, &Mutex<Writer>),
    ) -> Result<Request, CaError> {
        let pem = certificate::request(key, mesh, root)?;
        let document = secret::request(mesh, &pem, Node::Text(key.to_pem()?));
        let text = sops::seal_entries(document, to, self.now)?.text(&secret::header(&asked.virtual_mesh))?;
        let new = (paths::request_file(Path::new(""), &mesh.mesh), text);
        let writer = writer.lock().map_err(|_| CaError::Refused)?;
        match former {
            None => writer.joined(directory, &new)?,
            Some(former) => writer.renewed(directory, &new, &former)?,
        }
        let file = directory.join(&new.0);
        Ok(Request { mesh: mesh.mesh.clone(), cluster: mesh.cluster.clone(), pem, file, is_new: true })
    }

    /// Makes sure that a root can sign at this time.
    pub(super) fn signs(&self, root: &Root) -> Result<(), Box<Diag>> {
        let Certificate { not_before, not_after, .. } = root.certificate;
        if not_before <= self.now && self.now < not_after {
            return Ok(());
        }
        let (from, to) = (facts::time(not_before), facts::time(not_after));
        let what = format!("the root of the CA store signs nothing now: it is valid from {from} to {to}");
        Err(Diag::new(Code::CaMissing, super::refusals::place(&root.file), what)
            .hint(super::refusals::OTHER_ROOT)
            .into())
    }
}

/// The request in a file; nothing if there is none.
pub(super) fn read(store: &Path, file: &Path) -> Result<Option<Kept>, Broken> {
    let Some(text) = store::read_file(store, file)? else { return Ok(None) };
    let hint = "delete the file, and make a new request with `meshtree ca csr`";
    let broken = |fault| Broken { hint, ..Broken::of(file, fault) };
    let manifest = Manifest::read(&text).map_err(broken)?;
    store::sealed(&text, &manifest, CA_KEY).map_err(broken)?;
    let pem = manifest.entry(REQUEST).map_err(broken)?.into_owned();
    let key = manifest.entry(CA_KEY).map_err(broken)?.into_owned();
    let public = csr::read(&pem).map_err(|what| broken(manifest.wrong(REQUEST, &what)))?.public;
    let metadata = manifest.document["sops"].clone();
    if metadata["mac_only_encrypted"] != Value::Bool(true) {
        let what = "has a MAC over all entries, so no certificate can be added (`sops.mac_only_encrypted` is not true)";
        return Err(broken(manifest.fault(&crate::path!["sops"], what)));
    }
    Ok(Some(Kept { text, pem, public, key, metadata }))
}
