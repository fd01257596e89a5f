//! Changes the root of an authority step by step: each phase changes the Secrets of all its meshes, and a run that was killed is
//! finished by the same command.
//!
//! Everything is made before the first file is written. `rotation.yaml` is written before any mesh, so that a run which stops
//! between two files is seen: what is not in the phase that it names is what is left.

mod committed;
mod roots;
mod words;
mod work;

use std::path::PathBuf;

use age::x25519::Identity;
use time::{Duration, OffsetDateTime, UtcOffset};

use super::decide::NewRoot;
use super::error::CaError;
use super::issue::{self, Progress, Terms};
use super::options::Options;
use super::rotation::Phase;
use super::stored::{MeshFile, Root, Stored};
use super::write::Writer;
use super::{paths, refusals, store, unfinished};
use crate::diag::{Diag, Report};
use crate::plan::{Authority, MeshCa};

pub use committed::Committed;
use work::Files;

/// What is asked of a rotation.
#[derive(Clone, Debug)]
pub struct Order {
    /// The phase that begins, or is finished.
    pub phase: Phase,
    /// What the clusters have by now.
    pub committed: Committed,
    /// How long workloads keep the certificates that they have.
    pub wait: Duration,
    /// Whether all workloads have been restarted, so that there is nothing to wait for.
    pub restarted: bool,
}

/// A phase that is decided and not carried out.
pub struct Turn {
    asked: Authority,
    options: Options,
    order: Order,
    now: OffsetDateTime,
    identities: Vec<Identity>,
    work: Work,
}

/// What a phase takes.
enum Work {
    /// The root that comes is issued first; then the phase is decided again.
    NextRoot(Box<NewRoot>),
    Phase(Box<Files>),
}

/// What a decision rests on.
#[derive(Clone, Copy)]
struct Case<'a> {
    asked: &'a Authority,
    options: &'a Options,
    order: &'a Order,
    now: OffsetDateTime,
}

/// Why a phase does not begin.
type Refused = Vec<Diag>;

/// Decides what a phase takes. Nothing is written; nothing, and the reasons in the report, if it cannot begin.
pub fn rotation(
    asked: &Authority,
    options: &Options,
    order: &Order,
    now: OffsetDateTime,
    report: &mut Report,
) -> Option<Turn> {
    let now = now.to_offset(UtcOffset::UTC);
    let now = now.replace_nanosecond(0).unwrap_or(now);
    let case = Case { asked, options, order, now };
    let loaded = options.identities.load().map_err(|error| vec![words::closed(case, &error.to_string())]);
    let turn = loaded.and_then(|identities| {
        let work = case.work(&identities, report)?;
        Ok(Turn { asked: asked.clone(), options: options.clone(), order: order.clone(), now, identities, work })
    });
    turn.map_err(|refused| refused.into_iter().for_each(|diag| report.push(diag))).ok()
}

impl Turn {
    /// Whether everything is in the phase already.
    pub fn is_done(&self) -> bool {
        matches!(&self.work, Work::Phase(files) if files.are_none())
    }

    /// Makes what is to be made, and then writes it.
    ///
    /// # Errors
    /// A store that cannot be written, or was written meanwhile.
    pub fn carry_out(self, progress: Progress<'_>) -> Result<(), CaError> {
        let Self { asked, options, order, now, identities, work } = self;
        let case = Case { asked: &asked, options: &options, order: &order, now };
        match work {
            Work::Phase(files) => files.write(case, &identities, progress),
            Work::NextRoot(new) => {
                let (_, text) = issue::root(&new, &case.terms(), progress)?;
                Writer::open(&options.store)?.put(&paths::next_root_file(&case.directory()), &text, None)?;
                match case.work(&identities, &mut Report::default()) {
                    Ok(Work::Phase(files)) => files.write(case, &identities, progress),
                    Ok(Work::NextRoot(_)) | Err(_) => Err(CaError::Refused),
                }
            }
        }
    }
}

impl<'a> Case<'a> {
    fn directory(self) -> PathBuf {
        paths::directory(&self.options.store, &self.asked.virtual_mesh)
    }

    fn terms(self) -> Terms {
        let Options { hub_namespace, secret_type, .. } = self.options;
        // Copies are sealed by the run that renders, as after any other change of what they are made of.
        Terms {
            hub_namespace: hub_namespace.clone(),
            secret_type: secret_type.clone(),
            sealing: std::collections::BTreeMap::new(),
            now: self.now,
        }
    }

    fn work(self, identities: &[Identity], report: &mut Report) -> Result<Work, Refused> {
        let Self { asked, options, order, .. } = self;
        if let Some(diag) = refusals::bad_names(asked) {
            return Err(vec![diag]);
        }
        // Keys are opened below, and not by the reader.
        let stored = store::read(asked, &Options { locked: true, renew: None, ..options.clone() });
        let (root, meshes) = match stored {
            Stored::Nothing { .. } => return Err(vec![words::nothing(self)]),
            Stored::Broken(broken) => return Err(vec![refusals::broken(&broken)]),
            Stored::Root(root, meshes) => (root, meshes),
        };
        let broken = meshes.iter().filter_map(|(_, found)| match found {
            MeshFile::Broken(broken) => Some(refusals::broken(broken)),
            MeshFile::Present(_) | MeshFile::Renewed(..) | MeshFile::Missing(_) => None,
        });
        let broken: Vec<_> = broken.collect();
        if !broken.is_empty() {
            return Err(broken);
        }
        let begins = self.begins(&root, &meshes)?;
        let work = match self.roots(&root, begins, report)? {
            Ok(roots) => Work::Phase(Box::new(self.files(&root, roots, (&meshes, identities), report)?)),
            Err(new) => {
                self.check_open(&meshes, identities)?;
                Work::NextRoot(new)
            }
        };
        if begins {
            report.push(words::begins(asked, order.phase, &paths::rotation_file(&self.directory())));
        }
        Ok(work)
    }

    /// Whether the phase begins, or has been begun and is finished; refused if neither can be.
    fn begins(self, root: &Root, meshes: &[(MeshCa, MeshFile)]) -> Result<bool, Refused> {
        let Self { asked, options, order, .. } = self;
        let rotating = root.rotation.as_deref();
        let at = rotating.map(|rotating| rotating.record.phase);
        if at == Some(order.phase) {
            return Ok(false);
        }
        let places = (&*self.directory(), &*options.store);
        let unfinished = |rotating| unfinished::refusal(&asked.virtual_mesh, (rotating, meshes), places);
        if let Some(diag) = rotating.and_then(unfinished) {
            return Err(vec![diag]);
        }
        let under_way = at.filter(|phase| *phase != Phase::Untrust);
        if order.phase.before() != under_way {
            return Err(vec![words::out_of_order(self, under_way)]);
        }
        let is_absent = |found: &MeshFile| found.cacerts().is_none();
        let absent: Vec<_> = meshes.iter().filter(|(_, found)| is_absent(found)).map(|(mesh, _)| mesh).collect();
        if !absent.is_empty() {
            return Err(vec![words::absent(self, &absent)]);
        }
        let has_crls = meshes.iter().any(|(_, found)| found.cacerts().is_some_and(|cacerts| cacerts.crls.is_some()));
        if order.phase == Phase::Sign && has_crls {
            return Err(vec![words::has_crls(self)]);
        }
        match (under_way, rotating) {
            (Some(before), Some(rotating)) => self.check_committed(root, meshes, (before, rotating)).map(|()| true),
            (None, _) | (Some(_), None) => Ok(true),
        }
    }
}
