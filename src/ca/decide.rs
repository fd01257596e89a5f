//! What is to be done about an authority: of what is asked, what the store has, what the run allows and the time, the steps.
//!
//! Pure: no file is read and no key is made here, so that each case can be tested with values alone. `store` has read before,
//! `issue` does after.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use age::x25519::Recipient;
use time::OffsetDateTime;

use super::certificate::{root_expiry, year_later};
use super::crl::cover::{Cover, cover};
use super::material::MeshMaterial;
use super::options::Options;
use super::recipient::{RecipientsError, Resolved};
use super::sealer::NewCopy;
use super::signing_key::SigningKey;
use super::stored::{Broken, Cacerts, Certificate, Closed, MeshFile, Root, SealedTo, Stored};
use super::{changes, facts, jump, paths, refusals, unfinished, validity};
use crate::diag::{Diag, Place};
use crate::ids::ObjectRef;
use crate::plan::{Authority, GeneratedRoot, MeshCa, RootSource};

/// One thing to do. What a life cycle adds (retiring a root) is a variant each, decided below and done in `issue`.
pub(super) enum Step {
    /// Material of the store is taken as it is.
    Keep(MeshMaterial),
    /// A root and the intermediates of all its meshes are made.
    IssueRoot(NewRoot),
    /// One more intermediate is made under a root of the store.
    IssueIntermediate(NewIntermediate),
    /// Material of the store is taken as it is, and a sealed copy of it is made.
    Seal(Box<NewCopy>),
    /// Something is to be said, and no more.
    Note(Diag),
    /// What is asked can neither be had nor made.
    Refuse(Diag),
}

/// A root to make, with all under it.
pub(super) struct NewRoot {
    pub(super) virtual_mesh: ObjectRef,
    /// The directory of the authority, which is new.
    pub(super) directory: PathBuf,
    pub(super) root: GeneratedRoot,
    pub(super) recipients: Vec<Recipient>,
    pub(super) meshes: Vec<NewMesh>,
}

/// An intermediate to make.
pub(super) struct NewMesh {
    pub(super) mesh: MeshCa,
    pub(super) recipients: Vec<Recipient>,
}

/// An intermediate to make under a root that there is.
pub(super) struct NewIntermediate {
    pub(super) virtual_mesh: ObjectRef,
    pub(super) directory: PathBuf,
    pub(super) signer: Arc<Signer>,
    pub(super) mesh: NewMesh,
    /// The text of the file that it takes the place of.
    pub(super) replaces: Option<String>,
    /// The CRLs that it had, which tell the next ones what is revoked.
    pub(super) crls: Option<String>,
}

/// An intermediate that is to be made under a root of the store.
struct Wanted {
    mesh: MeshCa,
    sealed_to: SealedTo,
    /// Its file, if there is one.
    replaces: Option<Former>,
}

/// What an intermediate takes the place of.
struct Former {
    /// The text of its file.
    text: String,
    crls: Option<String>,
    ends: OffsetDateTime,
}

/// What signs an intermediate.
pub(super) struct Signer {
    pub(super) file: PathBuf,
    pub(super) certificate: Certificate,
    pub(super) pem: String,
    pub(super) key: SigningKey,
    /// All roots that workloads trust, this one among them.
    pub(super) bundle: String,
}

/// Decides about one authority.
pub(super) fn decide(asked: &Authority, stored: Stored, options: &Options, now: OffsetDateTime) -> Vec<Step> {
    let directory = paths::directory(&options.store, &asked.virtual_mesh);
    let case = Case { asked, directory: &directory, options, now };
    match stored {
        Stored::Nothing { root, meshes } => case.anew(&root, meshes),
        Stored::Root(root, meshes) => case.existing(*root, meshes),
        Stored::Broken(broken) => vec![refuse_broken(&broken)],
    }
}

/// What a decision rests on beside the store.
#[derive(Clone, Copy)]
struct Case<'a> {
    asked: &'a Authority,
    directory: &'a Path,
    options: &'a Options,
    now: OffsetDateTime,
}

impl<'a> Case<'a> {
    /// An authority of which the store has nothing: it is made, if it was never delivered, may be made, and nobody is to bring
    /// it.
    fn anew(self, root_to: &SealedTo, meshes: Vec<(MeshCa, SealedTo)>) -> Vec<Step> {
        let Self { asked, directory, options, now } = self;
        if options.renew.is_some() {
            return vec![Step::Refuse(refusals::nothing_to_renew(asked, directory))];
        }
        let delivered = self.delivered();
        if !delivered.is_empty() {
            return vec![Step::Refuse(refusals::delivered(asked, &delivered, directory))];
        }
        let root = match &asked.root {
            RootSource::Generated(root) => root.clone(),
            RootSource::Given(secret) => return vec![Step::Refuse(refusals::not_given(asked, secret, directory))],
        };
        if options.locked {
            return vec![Step::Refuse(refusals::locked(asked, directory, options))];
        }
        let others: Vec<_> = asked.meshes.iter().filter_map(|mesh| self.options.other_root(mesh, None)).collect();
        if !others.is_empty() && !options.accept_new_root {
            return vec![Step::Refuse(refusals::other_root(asked, &others, self.place()))];
        }
        let mut steps = Vec::new();
        let recipients = self.recipients(root_to, &mut steps);
        // Each is looked at, so that one run says all.
        let meshes: Vec<_> = meshes
            .into_iter()
            .map(|(mesh, to)| self.recipients(&to, &mut steps).map(|recipients| NewMesh { mesh, recipients }))
            .collect();
        if let (Some(recipients), Some(meshes)) = (recipients, meshes.into_iter().collect()) {
            let ends = root_expiry(now, root.ttl_days);
            steps.push(Step::Note(refusals::new_root(asked, ends, &others, self.place(), directory)));
            let (virtual_mesh, directory) = (asked.virtual_mesh.clone(), directory.to_path_buf());
            steps.push(Step::IssueRoot(NewRoot { virtual_mesh, directory, root, recipients, meshes }));
        }
        steps
    }

    /// Where the VirtualMesh asks.
    fn place(&self) -> Place {
        self.options.places.get(&self.asked.virtual_mesh).cloned().unwrap_or(Place::Nowhere)
    }

    /// The meshes whose material the rendered tree holds already.
    fn delivered(&self) -> Vec<&MeshCa> {
        let held = &self.options.delivered;
        let is_held = |mesh: &&MeshCa| {
            held.iter().any(|(cluster, namespace)| (cluster, namespace) == (&mesh.cluster, &mesh.namespace))
        };
        self.asked.meshes.iter().filter(is_held).collect()
    }

    /// An authority of the store: what it has is taken as it is, what it lacks is issued under its root.
    fn existing(self, root: Root, meshes: Vec<(MeshCa, MeshFile)>) -> Vec<Step> {
        if let Some(diag) = self.unfinished(&root, &meshes) {
            return vec![Step::Refuse(diag)];
        }
        let cover = cover(&root.certificate, &meshes);
        if let Some(diag) = self.uncovered(&cover, &meshes) {
            return vec![Step::Refuse(diag)];
        }
        let mut steps = Vec::new();
        note(&root.file, changes::of_root(&self.asked.root, &root), refusals::KEEP_ROOT, &mut steps);
        let mut missing = Vec::new();
        for (mesh, found) in meshes {
            match found {
                MeshFile::Present(cacerts) => {
                    steps.extend(self.jump(&mesh, (&cacerts.bundle, Some(&cacerts.text))));
                    let file = paths::mesh_file(self.directory, &mesh.mesh);
                    let changes = changes::of_mesh(&mesh, &self.options.secret_type, &cacerts);
                    note(&file, changes, refusals::KEEP_MESH, &mut steps);
                    note(&file, changes::of_annotations(&cacerts), refusals::KEEP_FILE, &mut steps);
                    let kept = MeshMaterial::new(&self.asked.virtual_mesh, &mesh, cacerts.text, false);
                    steps.push(Step::Keep(kept));
                }
                MeshFile::Renewed(cacerts, _) if cacerts.is_key_in_cluster() => {
                    let file = paths::mesh_file(self.directory, &mesh.mesh);
                    steps.push(Step::Refuse(refusals::renewed_in_cluster(&mesh, &file)));
                }
                MeshFile::Renewed(cacerts, sealed_to) => {
                    let Cacerts { text, certificate, crls, .. } = *cacerts;
                    let former = Former { text, crls, ends: certificate.not_after };
                    missing.push(Wanted { mesh, sealed_to, replaces: Some(former) });
                }
                MeshFile::Missing(sealed_to) if self.options.renew.is_none() || self.options.renews(&mesh) => {
                    missing.push(Wanted { mesh, sealed_to, replaces: None });
                }
                MeshFile::Missing(_) => {}
                MeshFile::Broken(broken) => steps.push(refuse_broken(&broken)),
            }
        }
        if !missing.is_empty() {
            steps.extend(self.join(root, missing));
        }
        steps
    }

    /// What to say of CRLs without which calls would be refused: every CA needs one as soon as any has.
    fn uncovered(self, cover: &Cover, meshes: &[(MeshCa, MeshFile)]) -> Option<Diag> {
        if self.options.only_store {
            return None;
        }
        let missing = || meshes.iter().find(|(_, found)| matches!(found, MeshFile::Missing(_)));
        match cover {
            Cover::Nothing => None,
            Cover::Partly(what) => Some(refusals::uncovered(self.asked, self.directory, what)),
            Cover::Whole(_) => missing().map(|(mesh, _)| refusals::joins_without_crl(self.asked, self.directory, mesh)),
        }
    }

    /// What to say of a root that does not follow from the one in the tree. The text is that of the mesh's file, if it has one.
    fn jump(self, mesh: &MeshCa, (bundle, text): (&str, Option<&str>)) -> Option<Step> {
        let tree = self.options.tree.get(&(mesh.cluster.clone(), mesh.namespace.clone()))?;
        if self.options.accept_root_change {
            return None;
        }
        let refusal = jump::refusal(mesh, tree, bundle).map(Step::Refuse);
        refusal.or_else(|| jump::unsaid(mesh, tree, text).map(Step::Note))
    }

    /// What to say of a rotation that stopped half-way.
    fn unfinished(self, root: &Root, meshes: &[(MeshCa, MeshFile)]) -> Option<Diag> {
        let rotating = root.rotation.as_deref()?;
        unfinished::refusal(&self.asked.virtual_mesh, (rotating, meshes), (self.directory, &self.options.store))
    }

    /// Meshes that get an intermediate under the root of the store.
    fn join(self, root: Root, wanted: Vec<Wanted>) -> Vec<Step> {
        let file = root.file.clone();
        let because = |why: &str, hint: &str| {
            let refused = wanted.iter().map(|Wanted { mesh, replaces, .. }| match replaces {
                None => refusals::missing_mesh(self.asked, mesh, &file, why),
                Some(_) => refusals::not_renewed(mesh, &file, why),
            });
            refused.map(|diag| Step::Refuse(diag.hint(hint))).collect()
        };
        let others: Vec<_> = wanted
            .iter()
            .filter(|wanted| wanted.replaces.is_none())
            .filter_map(|wanted| self.options.other_root(&wanted.mesh, Some(&root.certificate)))
            .collect();
        if !others.is_empty() && !self.options.accept_new_root && !self.options.locked {
            return vec![Step::Refuse(refusals::other_root(self.asked, &others, self.place()))];
        }
        let elsewhere = match self.options.renew {
            None => refusals::render_with_identity(&file, self.options.locked.then_some(self.options.lock)),
            Some(_) => refusals::with_identity("meshtree ca renew", "", &file, "changes"),
        };
        let signer = match self.signer(root) {
            Ok(signer) => Arc::new(signer),
            Err(Closed::Broken(what)) => return vec![refuse_broken(&Broken::new(&file, what))],
            Err(Closed::Because(why)) => return because(&why, &elsewhere),
            Err(Closed::NotNow(why)) => return because(&why, refusals::OTHER_ROOT),
            Err(Closed::Offline) => {
                let hint = if self.options.renew.is_some() { refusals::REQUEST_AGAIN } else { refusals::REQUEST };
                return because(refusals::OFFLINE, hint);
            }
            Err(Closed::Unneeded) => return because("the root's key was not opened", &elsewhere),
        };
        wanted.into_iter().flat_map(|wanted| self.under(&signer, wanted)).collect()
    }

    /// An intermediate under a root, and what to say of it.
    fn under(self, signer: &Arc<Signer>, Wanted { mesh, sealed_to, replaces }: Wanted) -> Vec<Step> {
        let mut steps: Vec<_> = self.jump(&mesh, (&signer.bundle, None)).into_iter().collect();
        let Some(recipients) = self.recipients(&sealed_to, &mut steps) else { return steps };
        let file = paths::mesh_file(self.directory, &mesh.mesh);
        let ends = year_later(self.now).min(signer.certificate.not_after);
        let former = replaces.as_ref().map(|former| former.ends);
        steps.push(Step::Note(refusals::new_intermediate(self.asked, &mesh, (ends, former), &file)));
        steps.extend(self.shortened(&mesh, &signer.certificate));
        steps.push(Step::IssueIntermediate(NewIntermediate {
            virtual_mesh: self.asked.virtual_mesh.clone(),
            directory: self.directory.to_path_buf(),
            signer: signer.clone(),
            mesh: NewMesh { mesh, recipients },
            crls: replaces.as_ref().and_then(|former| former.crls.clone()),
            replaces: replaces.map(|former| former.text),
        }));
        steps
    }

    /// What to report about an intermediate that would end early, since its root does.
    fn shortened(self, MeshCa { mesh, .. }: &MeshCa, root: &Certificate) -> Option<Step> {
        let lifetime = year_later(self.now).min(root.not_after) - self.now;
        let what = validity::shortened(mesh, lifetime, root.not_after - root.not_before)?;
        Some(Step::Note(validity::short(refusals::place(&paths::mesh_file(self.directory, mesh)), what)))
    }

    /// A root that may sign now, with its key.
    fn signer(self, root: Root) -> Result<Signer, Closed> {
        let bundle = root.bundle();
        let Root { file, secret: _, certificate, pem, sealed_to: _, key, text: _, rotation: _ } = root;
        if self.options.locked {
            return Err(Closed::Because(format!("nothing may be issued in this run (`{}`)", self.options.lock)));
        }
        if certificate.not_after <= self.now {
            return Err(Closed::NotNow("the root that would sign it has expired".to_owned()));
        }
        if self.now < certificate.not_before {
            let begin = facts::time(certificate.not_before);
            return Err(Closed::NotNow(format!("the root that would sign it is not valid before {begin}")));
        }
        Ok(Signer { file, certificate, pem, key: key?, bundle })
    }

    /// Whom a new file is encrypted to; none if nothing can be encrypted to them.
    fn recipients(self, sealed_to: &SealedTo, steps: &mut Vec<Step>) -> Option<Vec<Recipient>> {
        match sealed_to {
            Ok(Resolved { keys, left_out: _ }) if keys.is_empty() => {
                steps.push(Step::Refuse(refusals::no_recipients(self.asked, self.place())));
                None
            }
            Ok(Resolved { keys, left_out }) => {
                if !left_out.is_empty() {
                    steps.push(Step::Note(refusals::left_out(self.options.recipients.file(), left_out)));
                }
                Some(keys.clone())
            }
            // The reader of the settings has reported it.
            Err(RecipientsError::NotRecipient(_)) => None,
            Err(RecipientsError::BadRules { file, pos, what }) => {
                steps.push(Step::Refuse(refusals::bad_rules(file, *pos, what)));
                None
            }
        }
    }
}

fn refuse_broken(broken: &Broken) -> Step {
    Step::Refuse(refusals::broken(broken))
}

/// Says how a file of the store differs from what is asked now.
fn note(file: &Path, changes: Vec<String>, hint: &str, steps: &mut Vec<Step>) {
    steps.extend(changes.into_iter().map(|change| Step::Note(refusals::changed(file, change, hint))));
}

#[cfg(test)]
mod tests;
