//! A committed cluster: the files in its lock, with their content on disk.

use std::collections::BTreeMap;
use std::path::Path;

use crate::diag::Report;
use crate::ids::ClusterName;
use crate::load;

use super::super::error::{Operation, OutputError};
use super::super::listing::{Kind, Listing};
use super::super::lock::Lock;
use super::super::names::LOCK;
use super::super::refusal::Refusal;

/// The files of a cluster's directory that are in its lock and exist.
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
    /// Reads a cluster's directory below `out`. It counts as empty without a lock; a lock that is not valid is reported.
    pub fn read(out: &Path, cluster: &ClusterName, report: &mut Report) -> Result<Self, OutputError> {
        read(out, cluster, report).inspect_err(|error| error.diag().into_iter().for_each(|diag| report.push(diag)))
    }

    /// How many files it has.
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
        // A link could point outside the tree, and the content of its target would be shown.
        if listing.kind(path) == Some(Kind::File) {
            let text = read_text(&dir.join(path))?;
            let file = CommittedFile { object: entry.object.to_owned(), sources: entry.sources.to_owned(), text };
            committed.files.insert((*path).to_owned(), file);
        }
    }
    Ok(committed)
}

/// Reads a file, lossily: content that is not UTF-8 differs from everything that is rendered anyway.
fn read_text(path: &Path) -> Result<String, OutputError> {
    let bytes = load::read_bytes(path).map_err(OutputError::io(Operation::Read, path))?;
    Ok(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}
