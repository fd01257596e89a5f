//! A cluster's directory as committed: what its lock names, as it is on disk.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::diag::Report;
use crate::ids::ClusterName;

use super::super::error::{Operation, OutputError};
use super::super::listing::{Kind, Listing};
use super::super::lock::Lock;
use super::super::names::LOCK;
use super::super::refusal::Refusal;

/// The files of a cluster's directory that its lock names and that are there.
#[derive(Debug, Clone)]
pub struct Committed {
    pub(super) cluster: ClusterName,
    pub(super) files: BTreeMap<String, CommittedFile>,
}

/// One of them.
#[derive(Debug, Clone)]
pub(super) struct CommittedFile {
    pub(super) object: String,
    pub(super) sources: String,
    pub(super) text: String,
}

impl Committed {
    /// Reads a cluster's directory below `out`. There is nothing in it when it has no lock; a lock that cannot be used is
    /// in the report.
    pub fn read(out: &Path, cluster: &ClusterName, report: &mut Report) -> Result<Self, OutputError> {
        read(out, cluster, report).inspect_err(|error| error.diag().into_iter().for_each(|diag| report.push(diag)))
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether it has no objects.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

fn read(out: &Path, cluster: &ClusterName, report: &mut Report) -> Result<Committed, OutputError> {
    let dir = out.join(cluster.as_str());
    let mut listing = Listing::of(dir.clone())?;
    let mut committed = Committed { cluster: cluster.clone(), files: BTreeMap::new() };
    if listing.kind(LOCK) != Some(Kind::File) {
        return Ok(committed);
    }
    let text = read_text(&dir.join(LOCK))?;
    let lock = Lock::parse(&text).map_err(|fault| {
        let refusal = Refusal::BadLock { path: LOCK.to_owned(), fault: fault.to_string() };
        report.push(refusal.diag(cluster, &dir));
        OutputError::Refused
    })?;
    listing.add_parents(lock.entries.keys().copied())?;
    for (path, entry) in &lock.entries {
        // A link could lead out of the tree, and what it leads to would be shown.
        if listing.kind(path) == Some(Kind::File) {
            let text = read_text(&dir.join(path))?;
            let file = CommittedFile { object: entry.object.to_owned(), sources: entry.sources.to_owned(), text };
            committed.files.insert((*path).to_owned(), file);
        }
    }
    Ok(committed)
}

/// Reads a file; what is not UTF-8 differs from all that is rendered and is shown as well as can be.
fn read_text(path: &Path) -> Result<String, OutputError> {
    let bytes = fs::read(path).map_err(OutputError::io(Operation::Read, path))?;
    Ok(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}
