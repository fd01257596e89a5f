//! The first phase for the whole output directory: which clusters have to be changed, and what is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rayon::prelude::*;

use crate::diag::{Code, Diag, Place};
use crate::ids::ClusterName;
use crate::render::tree::{ClusterTree, TreeError};

use super::difference::{Difference, DifferenceKind};
use super::error::OutputError;
use super::inspect::{ClusterChanges, inspect_dir};
use super::leftover::Leftover;
use super::listing::{Kind, entries};
use super::names::{JOURNAL, LOCK, NEW, OLD};
use super::place::check_name;
use super::refusal::Options;
use super::stray::{self, Strays};
use super::target::Target;

/// How many refusals of one code are shown for a cluster; a missing lock makes every file a refusal.
const SHOWN: usize = 20;

/// One cluster's part of the work.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) changes: ClusterChanges,
    /// It is in the fleet; otherwise its directory is left from an earlier fleet.
    pub(super) in_fleet: bool,
}

/// The result of the first phase.
#[derive(Debug)]
pub(super) struct Survey {
    /// The clusters, sorted by name.
    pub(super) jobs: Vec<Job>,
    /// Directories of killed runs.
    pub(super) leftovers: Vec<Leftover>,
    /// Other obstacles: the difference for `check`, and the refusal.
    pub(super) unusable: Vec<(Difference, Diag)>,
}

/// Whether clusters that have no directory are rendered in this phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fresh {
    /// They are rendered and compared.
    Rendered,
    /// They are only rendered when they are written.
    Later,
}

/// Inspects every cluster's directory. Errors are file system errors; refusals are in the survey.
pub(super) fn survey<F>(
    out: &Path,
    target: Target<'_>,
    render: &F,
    (fresh, strays): (Fresh, Strays),
) -> Result<Survey, OutputError>
where
    F: Fn(&ClusterName) -> Result<ClusterTree, TreeError> + Sync,
{
    let clusters: BTreeSet<&ClusterName> = target.clusters().iter().collect();
    clusters.iter().try_for_each(|cluster| check_name(cluster))?;
    let mut survey = Survey { jobs: Vec::new(), leftovers: Vec::new(), unusable: Vec::new() };
    let mut jobs: BTreeMap<ClusterName, bool> = clusters.iter().map(|cluster| ((*cluster).clone(), true)).collect();
    let removed = look_around(out, target, render, &mut survey)?;
    jobs.extend(removed.into_iter().map(|cluster| (cluster, false)));
    let jobs: Vec<(ClusterName, bool)> = jobs.into_iter().collect();
    survey.jobs = in_order(&jobs, |(cluster, in_fleet)| {
        let changes = if !in_fleet {
            inspect_dir(out, &ClusterTree::empty(cluster.clone()), strays)?
        } else if fresh == Fresh::Later && Kind::at(&out.join(cluster.as_str()))?.is_none() {
            ClusterChanges::fresh(cluster.clone())
        } else {
            inspect_dir(out, &render(cluster)?, strays)?
        };
        Ok(Job { changes, in_fleet: *in_fleet })
    })?;
    Ok(survey)
}

/// Finds clusters that are no longer in the fleet, and directories that killed runs left.
fn look_around<F>(
    out: &Path,
    target: Target<'_>,
    render: &F,
    survey: &mut Survey,
) -> Result<Vec<ClusterName>, OutputError>
where
    F: Fn(&ClusterName) -> Result<ClusterTree, TreeError> + Sync,
{
    let mut removed = Vec::new();
    let clusters: BTreeSet<&ClusterName> = target.clusters().iter().collect();
    if Kind::at(out)?.is_none() {
        return Ok(removed);
    }
    let whole = matches!(target, Target::Fleet(_));
    for (name, kind) in entries(out)? {
        let cluster = ClusterName::from(name.as_str());
        let path = out.join(&name);
        let ours = || Ok::<_, OutputError>(Kind::at(&path.join(LOCK))?.or(Kind::at(&path.join(JOURNAL))?).is_some());
        if let Some(of) = name.strip_prefix(NEW).or(name.strip_prefix(OLD)) {
            let of = ClusterName::from(of);
            if whole || clusters.contains(&of) {
                let mut left = Leftover::inspect(&path, None)?;
                if left.is_err() && clusters.contains(&of) {
                    left = Leftover::inspect(&path, Some(&render(&of)?))?;
                }
                match left {
                    Ok(leftover) => survey.leftovers.push(leftover),
                    Err(diag) => {
                        survey.unusable.push((Difference { path: name, kind: DifferenceKind::Unfinished }, *diag));
                    }
                }
            }
        } else if !whole || clusters.contains(&cluster) || name.starts_with('.') {
            // The named clusters are inspected one by one.
        } else if kind == Kind::Dir && (ours()? || !stray::below(&path)?.is_empty()) {
            removed.push(cluster);
        } else if kind == Kind::Symlink && ours().unwrap_or(false) {
            let place = Place::File(path.display().to_string().into());
            let message = "the directory of a rendered cluster is a symbolic link";
            let diag = Diag::new(Code::OutputUnsafe, place, message).hint("move it away");
            survey.unusable.push((Difference { path: name, kind: DifferenceKind::Extra }, diag));
        }
    }
    Ok(removed)
}

impl Survey {
    /// What stays as it is, and that somebody should know.
    pub(super) fn warnings(&self, out: &Path) -> Vec<Diag> {
        let mut diags = Vec::new();
        for Job { changes, in_fleet: _ } in &self.jobs {
            let dir = out.join(changes.cluster.as_str());
            if changes.lock_lost {
                diags.push(stray::lost_lock(&dir));
            }
            diags.extend(changes.strays.iter().take(SHOWN).map(|path| stray::diag(&dir.join(path))));
            if let Some(more) = changes.strays.len().checked_sub(SHOWN).filter(|more| *more > 0) {
                let place = Place::File(dir.display().to_string().into());
                diags.push(Diag::new(Code::LeftoverFile, place, format!("and {more} more files in this directory")));
            }
        }
        diags
    }

    /// The diagnostics of all refusals that the options do not override.
    pub(super) fn refusals(&self, out: &Path, options: Options) -> Vec<Diag> {
        let mut diags: Vec<Diag> = self.unusable.iter().map(|(_, diag)| diag.clone()).collect();
        for job in &self.jobs {
            let dir = out.join(job.changes.cluster.as_str());
            let mut counts: BTreeMap<Code, usize> = BTreeMap::new();
            for refusal in job.changes.refusals.iter().filter(|refusal| !refusal.is_waived(options)) {
                let diag = refusal.diag(&job.changes.cluster, &dir);
                let count = counts.entry(diag.code).or_default();
                *count += 1;
                if *count <= SHOWN {
                    diags.push(diag);
                }
            }
            for (code, count) in counts.into_iter().filter(|(_, count)| *count > SHOWN) {
                let place = Place::File(dir.display().to_string().into());
                diags.push(Diag::new(code, place, format!("and {} more files in this directory", count - SHOWN)));
            }
        }
        diags
    }
}

/// Does something for each item, a few at a time: each may hold a cluster's tree. The first error in the items' order
/// is the result's, whichever thread was faster.
pub(super) fn in_order<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<R, OutputError> + Sync,
) -> Result<Vec<R>, OutputError> {
    let at_a_time = rayon::current_num_threads().clamp(1, 4);
    let mut done = Vec::with_capacity(items.len());
    for chunk in items.chunks(at_a_time) {
        let results: Vec<Result<R, OutputError>> = chunk.par_iter().map(&work).collect();
        for result in results {
            done.push(result?);
        }
    }
    Ok(done)
}
