//! Puts certificates that were signed elsewhere into the store: each for the request with its key, or for a key that a cluster keeps.

mod listed;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::custodian::{Custodian, Stop};
use super::document::Node;
use super::error::CaError;
use super::request::{self, Kept};
use super::secret::Above;
use super::stored::{Certificate, Root};
use super::write::Writer;
use super::{facts, paths, pem, secret, sops, store, x509};
use crate::diag::{Code, Diag, Place, Report};
use crate::ids::ObjectRef;
use crate::plan::{Authority, MeshCa};

/// A certificate that was signed, and where it is from.
struct Brought<'b> {
    file: &'b str,
    pem: String,
    certificate: Certificate,
}

impl Brought<'_> {
    fn wrong(&self, what: &str) -> Diag {
        let message = format!("the certificate of serial number {} {what}", self.certificate.serial_number());
        Diag::new(Code::NotAccepted, Place::File(self.file.into()), message)
    }
}

impl Custodian {
    /// Puts certificates into the store, each for the mesh whose request has its key. `files` are names and texts, of any number of
    /// certificates each. If the meshes have CRLs and the keys of all CAs are available, the CRLs are signed again with it. Gives the
    /// VirtualMesh whose CRLs were.
    ///
    /// # Errors
    /// A store that cannot be written. What is refused is in the report, and then nothing is written.
    pub fn accept(
        &self,
        virtual_mesh: Option<&str>,
        files: &[(String, String)],
        report: &mut Report,
    ) -> Result<Option<ObjectRef>, CaError> {
        let done = self.accepted(virtual_mesh, files, report);
        Self::stopped(done, report).map(Option::unwrap_or_default)
    }

    /// Puts the certificate of the mesh in a cluster that keeps its own key into the store, and gives the Secret as it is kept.
    ///
    /// # Errors
    /// As [`Custodian::accept`].
    pub fn accept_in_cluster(
        &self,
        virtual_mesh: Option<&str>,
        cluster: &str,
        (file, text): (&str, &str),
        report: &mut Report,
    ) -> Result<Option<(MeshCa, String)>, CaError> {
        Self::stopped(self.accepted_in_cluster(virtual_mesh, cluster, file, text), report)
    }

    fn accepted(
        &self,
        virtual_mesh: Option<&str>,
        files: &[(String, String)],
        report: &mut Report,
    ) -> Result<Option<ObjectRef>, Stop> {
        let (asked, directory) = self.authority(virtual_mesh)?;
        let root = self.existing_root(asked, &directory)?;
        let requests = self.requests(asked, &directory)?;
        let writes = self.writes(asked, (&directory, &root), files, &requests)?;
        // All is made before the first file is written.
        let listed = self.listed(asked, (&directory, &root), &writes, report)?;
        let signed = (!listed.is_empty()).then(|| asked.virtual_mesh.clone());
        let mut listed: BTreeMap<_, _> = listed.into_iter().map(|listed| (listed.file.clone(), listed)).collect();
        let writer = Writer::open(&self.options.store)?;
        for Write { mesh, text, former, is_there, .. } in &writes {
            let file = paths::mesh_file(&directory, &mesh.mesh);
            match listed.remove(&file) {
                Some(listed) => writer.put(&file, &listed.text, former.as_deref())?,
                None if *is_there => {}
                None => writer.put(&file, text, former.as_deref())?,
            }
        }
        listed.values().try_for_each(|listed| writer.put(&listed.file, &listed.text, Some(&listed.former)))?;
        // Last: a run that is killed before leaves requests that the next run finds done.
        writes.iter().try_for_each(|write| writer.removed(write.request))?;
        Ok(signed)
    }

    /// What certificates change: each for the request with its key.
    fn writes<'w>(
        &self,
        asked: &Authority,
        (directory, root): (&Path, &Root),
        files: &[(String, String)],
        requests: &'w [(&'w MeshCa, PathBuf, Kept)],
    ) -> Result<Vec<Write<'w>>, Stop> {
        let bundle = root.bundle();
        let mut writes = Vec::new();
        for brought in certificates(files, &root.certificate)? {
            let mut of_mesh = requests.iter().filter(|(_, _, kept)| kept.public == brought.certificate.public_key);
            let Some((mesh, file, kept)) = of_mesh.next() else {
                if self.has(asked, directory, root, &brought.certificate)? {
                    continue;
                }
                let what = "is for a key that no request in the CA store has";
                let hint = "make requests with `meshtree ca csr`; the certificate of a key that a cluster keeps is accepted with --in-cluster";
                return Err(brought.wrong(what).hint(hint).into());
            };
            let certificate = self.under(&brought, root)?;
            let file_of_mesh = paths::mesh_file(directory, &mesh.mesh);
            let former = store::read_mesh(&self.options.store, &file_of_mesh, mesh, root)?;
            // As when it is issued here: CRLs that there are stay until they are signed again.
            let crls = former.as_ref().and_then(|former| former.crls.as_deref());
            let above = Above { signer: &root.pem, bundle: &bundle, crls };
            let key = Node::text(&*kept.key);
            let document = secret::cacerts(mesh, &self.options.secret_type, &brought.pem, key, &above);
            let text = sops::carried(document, &kept.metadata).text(&secret::header(&asked.virtual_mesh))?;
            let is_there = former.as_ref().is_some_and(|former| former.certificate.der == certificate.der);
            writes.push(Write { mesh, text, former: former.map(|former| former.text), request: file, is_there });
        }
        Ok(writes)
    }

    fn accepted_in_cluster(
        &self,
        virtual_mesh: Option<&str>,
        cluster: &str,
        file: &str,
        text: &str,
    ) -> Result<(MeshCa, String), Stop> {
        let (asked, directory) = self.authority(virtual_mesh)?;
        let root = self.existing_root(asked, &directory)?;
        let mesh = match &self.meshes(asked, &[cluster.to_owned()])?[..] {
            [mesh] => *mesh,
            _ => {
                let what = format!("cluster {cluster} has several meshes, so it is unclear whose key this is");
                return Err(Diag::new(Code::NotAccepted, Place::File(file.into()), what).into());
            }
        };
        let files = [(file.to_owned(), text.to_owned())];
        let found = certificates(&files, &root.certificate)?;
        let brought = match &found[..] {
            [brought] => brought,
            _ => {
                let what = format!("{file} holds {} certificates besides the root; one is required", found.len());
                return Err(Diag::new(Code::NotAccepted, Place::File(file.into()), what).into());
            }
        };
        self.under(brought, &root)?;
        if !brought.certificate.uris().eq([mesh.spiffe.as_str()]) {
            let uris: Vec<_> = brought.certificate.uris().collect();
            let what = format!("is for `{}`, and the mesh in cluster {cluster} is `{}`", uris.join(", "), mesh.spiffe);
            return Err(brought.wrong(&what).into());
        }
        let path = paths::mesh_file(&directory, &mesh.mesh);
        let former = store::read_mesh(&self.options.store, &path, mesh, &root)?;
        let (bundle, crls) = (root.bundle(), former.as_ref().and_then(|former| former.crls.as_deref()));
        let above = Above { signer: &root.pem, bundle: &bundle, crls };
        let document = secret::cacerts_alone(mesh, &self.options.secret_type, &brought.pem, &above);
        let new = sops::plain(&document, &secret::header(&asked.virtual_mesh))?;
        if former.as_ref().is_none_or(|former| former.text != new) {
            let former = former.as_ref().map(|former| former.text.as_str());
            self.write(&directory, paths::mesh_file(Path::new(""), &mesh.mesh), new.clone(), former)?;
        }
        Ok((mesh.clone(), new))
    }

    /// The requests of an authority that the store has.
    fn requests<'a>(&self, asked: &'a Authority, directory: &Path) -> Result<Vec<(&'a MeshCa, PathBuf, Kept)>, Stop> {
        let mut found = Vec::new();
        for mesh in &asked.meshes {
            let file = paths::request_file(directory, &mesh.mesh);
            if let Some(kept) = request::read(&self.options.store, &file)? {
                found.push((mesh, file, kept));
            }
        }
        Ok(found)
    }

    /// Whether the store has a certificate for one of the meshes already.
    fn has(&self, asked: &Authority, directory: &Path, root: &Root, new: &Certificate) -> Result<bool, Stop> {
        for mesh in &asked.meshes {
            let file = paths::mesh_file(directory, &mesh.mesh);
            let found = store::read_mesh(&self.options.store, &file, mesh, root)?;
            if found.is_some_and(|found| found.certificate.der == new.der) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Makes sure that a certificate is an intermediate under the root, and valid now.
    fn under(&self, brought: &Brought<'_>, root: &Root) -> Result<Certificate, Box<Diag>> {
        let certificate = x509::intermediate(&brought.pem, &root.certificate).map_err(|what| {
            brought.wrong(&what).hint("have it signed again, with `meshtree ca sign` or as docs/ca.md says")
        })?;
        let Certificate { not_before, not_after, .. } = &certificate;
        if *not_after <= self.now || self.now < *not_before {
            let (from, to) = (facts::time(*not_before), facts::time(*not_after));
            return Err(brought.wrong(&format!("is valid from {from} to {to}, and not now")).into());
        }
        Ok(certificate)
    }
}

/// What is to be written for a mesh.
struct Write<'w> {
    mesh: &'w MeshCa,
    text: String,
    former: Option<String>,
    /// The file of the request, which has served then.
    request: &'w Path,
    /// Whether the certificate is there already, and only its request is left.
    is_there: bool,
}

/// The certificates in texts, without the root, which other tools add.
fn certificates<'f>(files: &'f [(String, String)], root: &Certificate) -> Result<Vec<Brought<'f>>, Box<Diag>> {
    let mut found = Vec::new();
    for (file, text) in files {
        let wrong =
            |what: &str| Diag::new(Code::NotAccepted, Place::File(file.as_str().into()), format!("{file} {what}"));
        for der in pem::certificates(text).ok_or_else(|| wrong("is not a PEM certificate"))? {
            if der != root.der {
                let certificate =
                    x509::facts(&der).ok_or_else(|| wrong("holds a certificate that cannot be parsed"))?;
                let pem = pem::encode(pem::CERTIFICATE, &der).to_string();
                found.push(Brought { file, pem, certificate });
            }
        }
    }
    Ok(found)
}
