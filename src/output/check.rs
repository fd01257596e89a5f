//! Compares the committed tree with the rendered one. Nothing is written, and nothing is refused.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use crate::diag::Report;
use crate::ids::ClusterName;
use crate::render::tree::{ClusterTree, TreeError};

use super::difference::{Difference, DifferenceKind};
use super::error::OutputError;
use super::inspect::{ClusterChanges, LockChange};
use super::names::{JOURNAL, LOCK, join};
use super::place::{is_link, linked};
use super::stray::Strays;
use super::survey::{Fresh, survey};
use super::target::Target;

/// More than the first line of a lock has, in bytes.
const LONGEST_LINE: u64 = 1024;

/// Compares the output directory, safe or not, with what is rendered. The differences are sorted by path.
///
/// Whatever a writing run would refuse is a difference here, an output directory behind a link included. Errors that end the comparison are in the report.
pub fn check<F>(out: &Path, target: Target<'_>, render: F, report: &mut Report) -> Result<Vec<Difference>, OutputError>
where
    F: Fn(&ClusterName) -> Result<ClusterTree, TreeError> + Sync,
{
    let failed = |error: &OutputError, report: &mut Report| error.diag().into_iter().for_each(|diag| report.push(diag));
    if is_link(out) {
        report.push(linked(out));
        return Ok(vec![Difference { path: ".".to_owned(), kind: DifferenceKind::Changed }]);
    }
    let survey =
        survey(out, target, &render, (Fresh::Rendered, Strays::Keep)).inspect_err(|error| failed(error, report))?;
    survey.warnings(out).into_iter().for_each(|diag| report.push(diag));
    let unfinished = |path: String| Difference { path, kind: DifferenceKind::Unfinished };
    let mut differences: Vec<Difference> =
        survey.leftovers.iter().map(|leftover| unfinished(leftover.name())).collect();
    differences.extend(survey.unusable.into_iter().map(|(difference, _)| difference));
    for job in &survey.jobs {
        add(out, &mut differences, &job.changes);
    }
    differences.sort_unstable();
    Ok(differences)
}

/// Adds the differences of a cluster.
fn add(out: &Path, differences: &mut Vec<Difference>, changes: &ClusterChanges) {
    let mut push = |path: &str, kind: DifferenceKind| {
        differences.push(Difference { path: join(changes.cluster.as_str(), path), kind });
    };
    for write in &changes.writes {
        push(&write.path, if write.new { DifferenceKind::Missing } else { DifferenceKind::Changed });
    }
    changes.deletes.iter().for_each(|path| push(path, DifferenceKind::Extra));
    changes.temps.iter().for_each(|path| push(path, DifferenceKind::Unfinished));
    changes.strays.iter().for_each(|path| push(path, DifferenceKind::Leftover));
    match changes.lock {
        LockChange::Keep => {}
        LockChange::Add => push(LOCK, DifferenceKind::Missing),
        LockChange::Write if has_crlf(&out.join(changes.cluster.as_str()).join(LOCK)) => {
            push(LOCK, DifferenceKind::LineEnds)
        }
        LockChange::Write | LockChange::Remove => push(LOCK, DifferenceKind::Lock),
    }
    if changes.journal_left {
        push(JOURNAL, DifferenceKind::Unfinished);
    }
}

/// Whether the first line of a lock ends in CR LF.
fn has_crlf(lock: &Path) -> bool {
    let first = |file| {
        let mut line = Vec::new();
        BufReader::new(file).take(LONGEST_LINE).read_until(b'\n', &mut line).map(|_| line)
    };
    File::open(lock).and_then(first).is_ok_and(|line| line.ends_with(b"\r\n"))
}
