//! Writing all clusters: everything is checked, then changed.

use std::fs::DirEntry;
use std::path::Path;

use crate::diag::Report;
use crate::ids::ClusterName;
use crate::render::tree::{ClusterTree, TreeError};

use super::apply::apply;
use super::claim::Claim;
use super::disk::Disk;
use super::error::OutputError;
use super::names::LOCK;
use super::place::OutDir;
use super::refusal::Options;
use super::stray;
use super::summary::ClusterSummary;
use super::survey::{Fresh, Job, in_order, survey};
use super::target::Target;

/// Writes the rendered trees to the output directory. Returns a summary for each cluster, sorted by name.
///
/// `render` is called twice for a cluster that has to be changed and must return the same tree; a few clusters are
/// rendered at a time. All errors are in the report. After [`OutputError::Refused`] nothing was changed; after
/// any other error every file is old or new, and the next run completes the tree.
pub fn write_trees<F>(
    claim: &Claim,
    target: Target<'_>,
    render: F,
    options: Options,
    disk: &Disk,
    report: &mut Report,
) -> Result<Vec<ClusterSummary>, OutputError>
where
    F: Fn(&ClusterName) -> Result<ClusterTree, TreeError> + Sync,
{
    check_and_write(claim.out(), target, &render, options, disk, report)
        .inspect_err(|error| error.diag().into_iter().for_each(|diag| report.push(diag)))
}

/// Whether [`write_trees`] would refuse; the refusals are in the report. Nothing is written.
pub fn refuses<F>(out: &OutDir, target: Target<'_>, render: F, options: Options, report: &mut Report) -> bool
where
    F: Fn(&ClusterName) -> Result<ClusterTree, TreeError> + Sync,
{
    let surveyed = survey(out.path(), target, &render, (Fresh::Later, options.strays()));
    let refusals = match surveyed {
        Ok(survey) => survey.refusals(out.path(), options),
        Err(error) => error.diag().into_iter().collect(),
    };
    let refused = !refusals.is_empty();
    refusals.into_iter().for_each(|diag| report.push(diag));
    refused
}

/// The clusters with rendered files in a directory, sorted by name.
pub fn committed_clusters(out: &Path) -> Vec<ClusterName> {
    let entries = std::fs::read_dir(out).into_iter().flatten().flatten();
    let mut names: Vec<ClusterName> = entries
        .filter(|entry| has_lock(&entry.path()) || has_generated(entry))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .map(|name| ClusterName(name.into()))
        .collect();
    names.sort();
    names
}

/// Whether a directory is the tree of a cluster: it has a lock.
pub fn has_lock(directory: &Path) -> bool {
    directory.join(LOCK).is_file()
}

/// Whether a directory without a lock has generated files in it.
fn has_generated(entry: &DirEntry) -> bool {
    entry.file_type().is_ok_and(|kind| kind.is_dir())
        && stray::below(&entry.path()).is_ok_and(|found| !found.is_empty())
}

fn check_and_write<F>(
    out: &OutDir,
    target: Target<'_>,
    render: &F,
    options: Options,
    disk: &Disk,
    report: &mut Report,
) -> Result<Vec<ClusterSummary>, OutputError>
where
    F: Fn(&ClusterName) -> Result<ClusterTree, TreeError> + Sync,
{
    let survey = survey(out.path(), target, render, (Fresh::Later, options.strays()))?;
    let refusals = survey.refusals(out.path(), options);
    if !refusals.is_empty() {
        refusals.into_iter().for_each(|diag| report.push(diag));
        return Err(OutputError::Refused);
    }
    survey.warnings(out.path()).into_iter().for_each(|diag| report.push(diag));
    survey.leftovers.iter().try_for_each(|leftover| leftover.remove(disk))?;
    // A directory that was never a cluster's is not a cluster without objects.
    let jobs: Vec<&Job> = survey.jobs.iter().filter(|job| job.in_fleet || !job.changes.is_empty()).collect();
    in_order(&jobs, |job| {
        let cluster = &job.changes.cluster;
        if job.changes.is_empty() {
            return Ok(ClusterSummary::of(&job.changes, job.changes.unchanged()));
        }
        let tree = if job.in_fleet { render(cluster)? } else { ClusterTree::empty(cluster.clone()) };
        apply(out, &tree, &job.changes, disk)
    })
}
