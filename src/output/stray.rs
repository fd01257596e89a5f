//! Leftover generated files: manifests that begin as every rendered file does, and that no lock lists.
//!
//! They stay behind when a lock is lost, or when a merge takes one side's lock and both sides' files. GitOps tools apply them.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::diag::{Code, Diag, Place};
use crate::render::header::MARK;

use super::error::OutputError;
use super::listing::{Kind, Listing, entries};
use super::names::{JOURNAL, LOCK, join};

/// What happens to leftover generated files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strays {
    /// They are reported.
    Keep,
    /// They are deleted.
    Delete,
}

/// The leftover generated files in a cluster's directory, sorted; `is_known` are the files in its lock, its journal or its tree.
pub(super) fn find(listing: &Listing, is_known: impl Fn(&str) -> bool) -> Result<Vec<String>, OutputError> {
    let mut found = Vec::new();
    for (path, kind) in listing.all() {
        match kind {
            Kind::Dir if listing.entries(&path).is_none() => walk(listing.root(), &path, &mut found)?,
            Kind::File if is_manifest(&path) && !is_known(&path) && is_generated(&listing.root().join(&path)) => {
                found.push(path);
            }
            Kind::File | Kind::Dir | Kind::Symlink | Kind::Other => {}
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// The generated files in a directory that has no lock.
pub(super) fn below(dir: &Path) -> Result<Vec<String>, OutputError> {
    find(&Listing::of(dir.to_owned())?, |_| false)
}

/// Adds the generated files in a directory that no lock asks for, unless it has a lock: then it is part of another tree.
fn walk(root: &Path, dir: &str, found: &mut Vec<String>) -> Result<(), OutputError> {
    let names = entries(&root.join(dir))?;
    if names.iter().any(|(name, _)| name == LOCK || name == JOURNAL || name == ".git") {
        return Ok(());
    }
    for (name, kind) in names {
        let path = join(dir, &name);
        match kind {
            Kind::Dir => walk(root, &path, found)?,
            Kind::File if is_manifest(&path) && is_generated(&root.join(&path)) => found.push(path),
            Kind::File | Kind::Symlink | Kind::Other => {}
        }
    }
    Ok(())
}

/// Whether GitOps tools read a file with this name.
fn is_manifest(path: &str) -> bool {
    let extension = path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map(|(_, extension)| extension);
    matches!(extension, Some("yaml" | "yml" | "json"))
}

/// Whether a file begins as every rendered file does. A file that cannot be read is not one of ours.
fn is_generated(path: &Path) -> bool {
    let mut start = Vec::with_capacity(MARK.len());
    let read = File::open(path).and_then(|file| file.take(MARK.len() as u64).read_to_end(&mut start));
    read.is_ok() && start == MARK.as_bytes()
}

/// The finding about one of them.
pub(super) fn diag(path: &Path) -> Diag {
    let place = Place::File(path.display().to_string().into());
    let message = "meshtree generated this file, but it is neither rendered any more nor in the lock";
    Diag::new(Code::LeftoverFile, place, message)
        .hint("delete it, with `meshtree render --delete-leftovers` if there are many; it is applied to the cluster until then")
}

/// The finding about a lost lock.
pub(super) fn lost_lock(dir: &Path) -> Diag {
    let place = Place::File(dir.join(LOCK).display().to_string().into());
    let message = "the lock is missing, but the files that it should list exist";
    Diag::new(Code::LockLost, place, message).hint(
        "commit the lock with the tree: a rule such as `.*` in .gitignore, or an artifact without hidden files, leaves it out",
    )
}
