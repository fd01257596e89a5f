//! Decides, before anything is made or written, what the store gives, what is to be issued and what is refused.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use age::x25519::Recipient;
use time::{OffsetDateTime, UtcOffset};

use super::keys::RsaKey;
use super::pending::{Job, Join, Pending, material};
use super::plan::Options;
use super::store::{self, Broken, Root};
use super::unseal::{self, UnsealError};
use super::{changes, refusals, secret};
use crate::diag::{Code, Diag, Place, Report};
use crate::plan::{Authority, CaPlan, MeshCa, RootSource};

/// Checks the store against the plan. Reads, decides and reports; makes nothing and writes nothing. The time is that of what
/// will be issued: what is in the store is the same at any time.
pub fn plan_material(plan: &CaPlan, options: &Options, now: OffsetDateTime, report: &mut Report) -> Pending {
    let now = now.to_offset(UtcOffset::UTC);
    let pending = Pending {
        store: options.store.clone(),
        hub_namespace: options.hub_namespace.clone(),
        secret_type: options.secret_type.clone(),
        // Certificates know whole seconds only.
        now: now.replace_nanosecond(0).unwrap_or(now),
        ready: Vec::new(),
        jobs: Vec::new(),
        refused: false,
    };
    let mut planner = Planner { options, report, pending };
    for authority in plan.authorities.iter().filter(|authority| !authority.meshes.is_empty()) {
        planner.authority(authority);
    }
    planner.pending
}

/// Why the root's private key cannot be used.
enum Closed {
    /// It is not for this run; another run, elsewhere, can.
    Because(String),
    /// It cannot be used by anybody: what is wrong with its file.
    Broken(String),
}

struct Planner<'a> {
    options: &'a Options,
    report: &'a mut Report,
    pending: Pending,
}

impl Planner<'_> {
    fn authority(&mut self, authority: &Authority) {
        if let Some(diag) = refusals::bad_names(authority) {
            return self.refuse(diag);
        }
        let directory = store::directory(&self.options.store, &authority.virtual_mesh);
        match store::read_root(&directory) {
            Ok(Some(root)) => self.existing(authority, &directory, &root),
            Ok(None) => self.absent(authority, directory),
            Err(broken) => self.broken(&broken),
        }
    }

    /// An authority of which the store has nothing: it is made, if it was never delivered, may be made, and nobody is to bring
    /// it.
    fn absent(&mut self, authority: &Authority, directory: PathBuf) {
        let delivered = |mesh: &&MeshCa| {
            self.options
                .delivered
                .iter()
                .any(|(cluster, namespace)| (cluster, namespace) == (&mesh.cluster, &mesh.namespace))
        };
        let delivered: Vec<_> = authority.meshes.iter().filter(delivered).collect();
        if !delivered.is_empty() {
            return self.refuse(refusals::delivered(authority, &delivered, &directory));
        }
        let root = match &authority.root {
            RootSource::Generated(root) => root.clone(),
            RootSource::Given(secret) => return self.refuse(refusals::not_given(authority, secret, &directory)),
        };
        if self.options.locked {
            return self.refuse(refusals::locked(authority, &directory, &self.options.store));
        }
        let root_recipients = self.recipients(authority, &store::root_file(&directory));
        let mesh_recipients = authority
            .meshes
            .iter()
            .map(|mesh| self.recipients(authority, &store::mesh_file(&directory, &mesh.mesh)))
            .collect();
        if let (Some(root_recipients), Some(mesh_recipients)) = (root_recipients, mesh_recipients) {
            let authority = authority.clone();
            self.pending.jobs.push(Job::Authority { authority, root, directory, root_recipients, mesh_recipients });
        }
    }

    /// An authority of the store: what it has is taken as it is, what it lacks is issued under its root.
    fn existing(&mut self, authority: &Authority, directory: &Path, root: &Root) {
        self.warn(&root.file, changes::of_root(&authority.root, root), refusals::KEEP_ROOT);
        let mut missing = Vec::new();
        for mesh in &authority.meshes {
            match store::read_mesh(directory, mesh, root) {
                Ok(Some(stored)) => {
                    let file = store::mesh_file(directory, &mesh.mesh);
                    let found = changes::of_mesh(mesh, &self.options.secret_type, &stored);
                    self.warn(&file, found, refusals::KEEP_MESH);
                    self.pending.ready.push(material(&authority.virtual_mesh, mesh, stored.text, false));
                }
                Ok(None) => missing.push(mesh),
                Err(broken) => self.broken(&broken),
            }
        }
        if !missing.is_empty() {
            self.join(authority, directory, root, &missing);
        }
    }

    fn join(&mut self, authority: &Authority, directory: &Path, root: &Root, missing: &[&MeshCa]) {
        let root_key = match self.root_key(root) {
            Ok(key) => Arc::new(key),
            Err(Closed::Broken(what)) => return self.broken(&Broken::new(&root.file, what)),
            Err(Closed::Because(why)) => {
                let refusals = missing.iter().map(|mesh| refusals::missing_mesh(authority, mesh, root, &why));
                return refusals.for_each(|diag| self.refuse(diag));
            }
        };
        for mesh in missing {
            let file = store::mesh_file(directory, &mesh.mesh);
            let Some(recipients) = self.recipients(authority, &file) else { continue };
            self.pending.jobs.push(Job::Join(Box::new(Join {
                virtual_mesh: authority.virtual_mesh.clone(),
                mesh: (*mesh).clone(),
                directory: directory.to_path_buf(),
                root_file: root.file.clone(),
                root: root.certificate.clone(),
                root_pem: root.pem.clone(),
                root_key: root_key.clone(),
                recipients,
            })));
        }
    }

    /// The root's private key, opened with an identity at hand, if it may sign now.
    fn root_key(&self, root: &Root) -> Result<RsaKey, Closed> {
        let because = |why: &str| Err(Closed::Because(why.to_owned()));
        if self.options.locked {
            return because("nothing may be made in this run (`--locked`)");
        }
        if root.certificate.not_after <= self.pending.now {
            return because("the root that would sign it has expired");
        }
        let identities = self.options.identities.load().map_err(|error| Closed::Because(error.to_string()))?;
        if identities.is_empty() {
            return because("no age identity is at hand to open the root's key");
        }
        let text = unseal::unseal(&root.document, &identities, secret::ROOT_KEY).map_err(|error| match error {
            UnsealError::NotAge | UnsealError::NoIdentity(_) => Closed::Because(format!("the root {error}")),
            UnsealError::Value(_) | UnsealError::Mac => Closed::Broken(error.to_string()),
        })?;
        let broken = |what: &str| Closed::Broken(format!("`stringData.{}` {what}", secret::ROOT_KEY));
        let key = RsaKey::from_pem(&text).ok_or_else(|| broken("is not an RSA key in PEM"))?;
        let fits = key.public() == root.certificate.public;
        if fits { Ok(key) } else { Err(broken("is not the key of the root's certificate")) }
    }

    /// Whom a file of the store is encrypted to.
    fn recipients(&mut self, authority: &Authority, file: &Path) -> Option<Vec<Recipient>> {
        match self.options.recipients.of(file) {
            Ok(resolved) if resolved.keys.is_empty() => {
                let place = self.options.places.get(&authority.virtual_mesh).cloned();
                self.refuse(refusals::no_recipients(authority, place.unwrap_or(Place::Nowhere)))
            }
            Ok(resolved) => {
                if !resolved.left_out.is_empty() {
                    let diag = refusals::left_out(self.options.recipients.file(), &resolved.left_out);
                    self.note(diag);
                }
                return Some(resolved.keys);
            }
            Err(error) => self.refuse(refusals::bad_recipients(&error)),
        }
        None
    }

    fn broken(&mut self, Broken { file, what, hint }: &Broken) {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let message = format!("{name} {what}");
        self.refuse(Diag::new(Code::CaBroken, refusals::place(file), message).hint(*hint));
    }

    fn warn(&mut self, file: &Path, changes: Vec<String>, hint: &str) {
        for change in changes {
            self.note(Diag::new(Code::CaExpired, refusals::place(file), change).hint(hint));
        }
    }

    fn refuse(&mut self, diag: Diag) {
        self.pending.refused = true;
        self.note(diag);
    }

    /// Reports once what is found again for every file.
    fn note(&mut self, diag: Diag) {
        if !self.report.diags().contains(&diag) {
            self.report.push(diag);
        }
    }
}
