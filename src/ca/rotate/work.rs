//! What a phase changes in the store, and the order in which it is written.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use age::x25519::Identity;

use super::super::amend::{Change, amend};
use super::super::decide::{NewIntermediate, NewMesh, Signer};
use super::super::error::CaError;
use super::super::issue::{self, Progress};
use super::super::manifest::values;
use super::super::recipient::{RecipientsError, Resolved};
use super::super::rotation::{Phase, Stage, joined};
use super::super::secret::{KEY_IS, OFFLINE, ROOT_CERT, ROOT_KEY};
use super::super::signing_key::SigningKey;
use super::super::stored::{Anchor, Broken, Cacerts, Closed, MeshFile, Root};
use super::super::write::Writer;
use super::super::{in_cluster, paths, refusals, unseal};
use super::roots::Roots;
use super::{Case, Refused, words};
use crate::diag::Report;
use crate::plan::MeshCa;

/// A file, what is written into it, and what it has so far.
struct Put {
    file: PathBuf,
    text: String,
    former: Option<String>,
}

/// A file of a mesh whose workloads are to trust other roots.
struct Amended {
    file: PathBuf,
    former: String,
    bundle: String,
}

/// A mesh whose key stays in its cluster, and gets a certificate under another root.
struct Again {
    mesh: MeshCa,
    signer: Arc<Signer>,
    cacerts: Cacerts,
}

/// All that a phase changes.
#[derive(Default)]
pub(super) struct Files {
    record: Option<Put>,
    amended: Vec<Amended>,
    issued: Vec<NewIntermediate>,
    /// Intermediates of clusters that keep their keys: the same key, under the new root.
    again: Vec<Again>,
    /// The roots that move.
    roots: Vec<Put>,
    /// The roots that go, each with its text.
    gone: Vec<(PathBuf, String)>,
}

impl Files {
    pub(super) fn are_none(&self) -> bool {
        let Self { record, amended, issued, again, roots, gone } = self;
        let none_is_issued = issued.is_empty() && again.is_empty();
        record.is_none() && amended.is_empty() && none_is_issued && roots.is_empty() && gone.is_empty()
    }

    /// Makes all that is to be made, then writes it: the record first, the meshes, and the roots last.
    pub(super) fn write(self, case: Case<'_>, identities: &[Identity], progress: Progress<'_>) -> Result<(), CaError> {
        let Self { record, amended, issued, again, roots, gone } = self;
        let directory = case.directory();
        let made = issue::intermediates(&issued, &case.terms(), progress)?;
        let made = made.into_iter().zip(&issued).map(|((path, text), new)| {
            let (file, former) = (directory.join(path), new.replaces.clone());
            Ok(Put { file, text, former })
        });
        let changed = amended.into_iter().map(|Amended { file, former, bundle }| {
            let change = [Change::Public(ROOT_CERT, bundle)];
            let text = amend(&former, identities, &change, case.now)
                .map_err(|closed| CaError::Amend { file: file.clone(), what: closed.what() })?;
            Ok(Put { file, text, former: Some(former) })
        });
        let again = again.into_iter().map(|Again { mesh, signer, cacerts }| {
            let file = paths::mesh_file(&directory, &mesh.mesh);
            let text = in_cluster::reissued((&case.asked.virtual_mesh, &mesh), &cacerts, &signer, case.now)?;
            Ok(Put { file, text, former: Some(cacerts.text) })
        });
        let meshes = made.chain(again).chain(changed).collect::<Result<Vec<_>, CaError>>()?;
        let writer = Writer::open(&case.options.store)?;
        for Put { file, text, former } in record.into_iter().chain(meshes).chain(roots) {
            writer.put(&file, &text, former.as_deref())?;
        }
        gone.iter().try_for_each(|(file, former)| writer.remove(file, former))
    }
}

impl Case<'_> {
    /// What a phase takes, with what is done already left out.
    pub(super) fn files(
        self,
        root: &Root,
        roots: Roots,
        (meshes, identities): (&[(MeshCa, MeshFile)], &[Identity]),
        report: &mut Report,
    ) -> Result<Files, Refused> {
        let mut files = Files::default();
        if root.rotation.as_ref().is_none_or(|rotating| rotating.record != roots.record) {
            let file = paths::rotation_file(&self.directory());
            let text = roots
                .record
                .text(&self.asked.virtual_mesh)
                .ok_or_else(|| vec![words::closed(self, "the time cannot be written")])?;
            let former = read(&file);
            files.record = Some(Put { file, text, former });
        }
        let mut signer = None;
        let mut refused = Vec::new();
        for (mesh, found) in meshes {
            let Some(cacerts) = found.cacerts() else { continue };
            match (self.stage(root, cacerts), self.order.phase) {
                (Stage::In(stage), phase) if stage == phase => {}
                (Stage::Before, Phase::Trust) | (Stage::In(Phase::Sign), Phase::Untrust) => {
                    let file = paths::mesh_file(&self.directory(), &mesh.mesh);
                    refused.extend(self.check_one(&file, cacerts, identities));
                    let bundle = bundle(&roots, cacerts, self.order.phase);
                    files.amended.push(Amended { file, former: cacerts.text.clone(), bundle });
                }
                (Stage::Before | Stage::In(Phase::Trust), Phase::Sign | Phase::Untrust) => {
                    let by = match &signer {
                        Some(signer) => Arc::clone(signer),
                        None => signer.insert(Arc::new(self.signer(&roots, identities)?)).clone(),
                    };
                    if cacerts.is_key_in_cluster() {
                        files.again.push(Again { mesh: mesh.clone(), signer: by, cacerts: cacerts.clone() });
                        continue;
                    }
                    match self.under(by, mesh, cacerts, report) {
                        Ok(new) => files.issued.push(new),
                        Err(why) => refused.extend(why),
                    }
                }
                (Stage::In(stage), _) => refused.push(words::ahead(self, mesh, stage)),
            }
        }
        if !refused.is_empty() {
            return Err(refused);
        }
        self.place(root, &roots, &mut files);
        Ok(files)
    }

    /// How far a Secret is. Where a rotation is complete, the next one begins with what it has led to.
    fn stage(self, root: &Root, cacerts: &Cacerts) -> Stage {
        let is_complete = root.rotation.as_ref().is_some_and(|rotating| !rotating.is_under_way());
        let is_over = self.order.phase == Phase::Trust && is_complete;
        if is_over && cacerts.stage == Stage::In(Phase::Untrust) { Stage::Before } else { cacerts.stage }
    }

    /// Where the files of the roots go.
    fn place(self, root: &Root, Roots { old, new, .. }: &Roots, files: &mut Files) {
        let directory = self.directory();
        let [own, next, former] =
            [paths::root_file, paths::next_root_file, paths::former_root_file].map(|path| path(&directory));
        if self.order.phase == Phase::Trust {
            return;
        }
        let kept = old.as_ref().filter(|_| self.order.phase == Phase::Sign);
        if let Some(Anchor { text, .. }) = kept.filter(|old| read(&former).as_ref() != Some(&old.text)) {
            files.roots.push(Put { file: former.clone(), text: text.clone(), former: read(&former) });
        }
        if root.text != new.text {
            files.roots.push(Put { file: own, text: new.text.clone(), former: Some(root.text.clone()) });
        }
        // Afterwards, one that is there is that of the rotation to come.
        if self.order.phase == Phase::Sign {
            files.gone.extend(read(&next).map(|text| (next, text)));
        }
        if kept.is_none() {
            files.gone.extend(read(&former).map(|text| (former, text)));
        }
    }

    /// The new root with its key.
    fn signer(self, roots: &Roots, identities: &[Identity]) -> Result<Signer, Refused> {
        let Roots { old, new, .. } = roots;
        let Anchor { file, certificate, pem, sealed_to: _, text } = new;
        if certificate.not_after <= self.now {
            return Err(vec![words::unfit(self, file, "has ended")]);
        }
        let broken = |what: String| vec![refusals::broken(&Broken::new(file, what))];
        let document = values(text).ok_or_else(|| broken("is not a YAML document".to_owned()))?;
        let is_offline = document["metadata"]["annotations"][KEY_IS] == OFFLINE;
        let key = match &self.options.signer {
            Some(program) => SigningKey::Program(program.clone()),
            None if is_offline => return Err(vec![words::offline(self, file)]),
            None => {
                let key = unseal::key(&document, certificate, identities, ROOT_KEY);
                SigningKey::Own(key.map_err(|closed| match closed {
                    Closed::Broken(what) => broken(what),
                    closed => vec![words::closed_file(self, file, &closed.what())],
                })?)
            }
        };
        let bundle = match (old, self.order.phase) {
            (Some(old), Phase::Trust | Phase::Sign) => joined(&old.pem, pem),
            _ => pem.clone(),
        };
        Ok(Signer { file: file.clone(), certificate: certificate.clone(), pem: pem.clone(), key, bundle })
    }

    /// An intermediate under the new root.
    fn under(
        self,
        signer: Arc<Signer>,
        mesh: &MeshCa,
        cacerts: &Cacerts,
        report: &mut Report,
    ) -> Result<NewIntermediate, Refused> {
        let directory = self.directory();
        let recipients = match self.options.recipients.of(&paths::mesh_file(&directory, &mesh.mesh)) {
            Ok(Resolved { keys, .. }) if keys.is_empty() => {
                return Err(vec![refusals::no_recipients(self.asked, crate::diag::Place::Nowhere)]);
            }
            Ok(Resolved { keys, left_out }) => {
                if !left_out.is_empty() {
                    report.push(refusals::left_out(self.options.recipients.file(), &left_out));
                }
                keys
            }
            Err(RecipientsError::NotRecipient(_)) => return Err(Vec::new()),
            Err(RecipientsError::BadRules { file, pos, what }) => {
                return Err(vec![refusals::bad_rules(&file, pos, &what)]);
            }
        };
        Ok(NewIntermediate {
            virtual_mesh: self.asked.virtual_mesh.clone(),
            directory,
            signer,
            mesh: NewMesh { mesh: mesh.clone(), recipients },
            replaces: Some(cacerts.text.clone()),
            crls: None,
        })
    }

    /// Whether all Secrets can be changed.
    pub(super) fn check_open(self, meshes: &[(MeshCa, MeshFile)], identities: &[Identity]) -> Result<(), Refused> {
        let refused = meshes.iter().filter_map(|(mesh, found)| {
            self.check_one(&paths::mesh_file(&self.directory(), &mesh.mesh), found.cacerts()?, identities)
        });
        let refused: Vec<_> = refused.collect();
        if refused.is_empty() { Ok(()) } else { Err(refused) }
    }

    /// Why a Secret cannot be changed: it is opened for its MAC, which covers every value.
    fn check_one(self, file: &Path, cacerts: &Cacerts, identities: &[Identity]) -> Option<crate::diag::Diag> {
        let change = [Change::Public(ROOT_CERT, String::new())];
        match amend(&cacerts.text, identities, &change, self.now).err()? {
            Closed::Broken(what) => Some(refusals::broken(&Broken::new(file, what))),
            Closed::Because(why) | Closed::NotNow(why) => Some(words::closed_file(self, file, &why)),
            Closed::Offline | Closed::Unneeded => None,
        }
    }
}

/// What a mesh is to trust.
fn bundle(Roots { new, .. }: &Roots, cacerts: &Cacerts, phase: Phase) -> String {
    if phase == Phase::Trust { joined(&cacerts.bundle, &new.pem) } else { new.pem.clone() }
}

/// The text of a file that is there.
fn read(file: &Path) -> Option<String> {
    std::fs::read_to_string(file).ok().map(|text| text.replace("\r\n", "\n"))
}
