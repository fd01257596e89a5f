//! Directories that a killed run left next to the clusters' directories: a new cluster's files, or the rest of a deleted one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::diag::{Code, Diag, Place};
use crate::ids::ClusterName;
use crate::load;
use crate::render::tree::ClusterTree;

use super::disk::Disk;
use super::error::{Operation, OutputError};
use super::hash::Hash;
use super::listing::{Kind, Listing, directories};
use super::lock::{Lock, LockEntry};
use super::names::{JOURNAL, LOCK, TEMP, join};
use super::refusal::Refusal;

/// A directory that contains only our own files.
#[derive(Debug)]
pub(super) struct Leftover {
    dir: PathBuf,
    files: Vec<PathBuf>,
    /// Directories below it, each after those below itself.
    dirs: Vec<PathBuf>,
    /// The program's own files; the lock, which lists all others, comes last.
    own: Vec<PathBuf>,
}

impl Leftover {
    /// Checks a leftover directory. Anything that its own lock does not list, with these bytes, is refused.
    ///
    /// `tree` is what the run was writing: a file that it did not complete has the beginning of its bytes.
    pub(super) fn inspect(dir: &Path, tree: Option<&ClusterTree>) -> Result<Result<Self, Box<Diag>>, OutputError> {
        let mut listing = Listing::of(dir.to_owned())?;
        if listing.entries("").is_none() {
            return Ok(Err(foreign(dir)));
        }
        let lock_path = dir.join(LOCK);
        let text = match listing.kind(LOCK) {
            Some(Kind::File) => {
                Some(load::read_bytes(&lock_path).map_err(OutputError::io(Operation::Read, &lock_path))?)
            }
            _ => None,
        };
        let text = text.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let lock = match text.as_deref().map(Lock::parse).transpose() {
            Ok(lock) => lock.unwrap_or_default(),
            Err(fault) => {
                let refusal = Refusal::BadLock { path: LOCK.to_owned(), fault: fault.to_string() };
                return Ok(Err(Box::new(refusal.diag(&ClusterName::from(""), dir).hint("delete the directory"))));
            }
        };
        listing.add_parents(lock.entries.keys().copied())?;
        let left = Self::sort_out(dir, &listing, &lock);
        if left.is_ok() {
            for (path, entry) in &lock.entries {
                let full = dir.join(path);
                if listing.kind(path) == Some(Kind::File)
                    && !is_ours(
                        &load::read_bytes(&full).map_err(OutputError::io(Operation::Read, &full))?,
                        path,
                        entry,
                        tree,
                    )
                {
                    return Ok(Err(foreign(&full)));
                }
            }
        }
        Ok(left)
    }

    /// Sorts the contents of a directory; the error is about the first entry that is not ours.
    fn sort_out(dir: &Path, listing: &Listing, lock: &Lock<'_>) -> Result<Self, Box<Diag>> {
        let mut left = Self { dir: dir.to_owned(), files: Vec::new(), dirs: Vec::new(), own: Vec::new() };
        let dirs: BTreeSet<&str> = directories(lock.entries.keys().copied());
        let mut found_lock = None;
        for (path, kind) in listing.all() {
            let full = dir.join(&path);
            let name = path.rsplit('/').next().unwrap_or(&path);
            match kind {
                Kind::File if path == LOCK => found_lock = Some(full),
                Kind::File if path == JOURNAL => left.own.push(full),
                Kind::File if name.starts_with(TEMP) => left.files.push(full),
                Kind::File if lock.entries.contains_key(path.as_str()) => left.files.push(full),
                Kind::Dir if dirs.contains(path.as_str()) => left.dirs.push(full),
                _ => return Err(foreign(&full)),
            }
        }
        left.own.extend(found_lock);
        left.dirs.sort_unstable_by(|a, b| b.cmp(a));
        Ok(left)
    }

    /// Deletes it.
    pub(super) fn remove(&self, disk: &Disk) -> Result<(), OutputError> {
        self.files.par_iter().try_for_each(|path| disk.remove_file(path))?;
        self.dirs.iter().try_for_each(|path| disk.remove_dir(path))?;
        self.own.iter().try_for_each(|path| disk.remove_file(path))?;
        disk.remove_dir(&self.dir)
    }

    /// Its name, as a path relative to the output directory.
    pub(super) fn name(&self) -> String {
        self.dir.file_name().map(|name| join("", &name.to_string_lossy())).unwrap_or_default()
    }
}

/// Whether a file has the bytes that the lock states, or a beginning of them.
fn is_ours(bytes: &[u8], path: &str, entry: &LockEntry<'_>, tree: Option<&ClusterTree>) -> bool {
    if bytes.is_empty() || entry.hashes.contains(&Hash::of(bytes)) {
        return true;
    }
    let file = tree.and_then(|tree| Some(tree.text(tree.get(path)?)));
    file.is_some_and(|text| text.as_bytes().starts_with(bytes) && entry.hashes.contains(&Hash::of(text.as_bytes())))
}

/// The error for something in a leftover directory, or at its path, that no lock lists with these bytes.
fn foreign(path: &Path) -> Box<Diag> {
    let place = Place::File(path.display().to_string().into());
    let message = "meshtree did not write this, and it is in the way of removing an unfinished run";
    let hint = "move it away; the next run then removes the unfinished run";
    Box::new(Diag::new(Code::ForeignFile, place, message).hint(hint))
}
