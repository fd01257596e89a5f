//! Compares the files of a cluster's directory with the tree, and with the content that earlier runs wrote.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use rayon::prelude::*;

use crate::load;
use crate::render::tree::{ClusterTree, RenderedFile};

use super::super::error::{Operation, OutputError};
use super::super::hash::Hash;
use super::super::journal::Journal;
use super::super::listing::{Kind, Listing};
use super::super::lock::Lock;
use super::super::merge;
use super::super::refusal::Refusal;

/// The files in the lock or the journal, and the hashes they may have.
pub(super) struct Owned<'a> {
    lock: Lock<'a>,
    journal: Option<Journal>,
    journalled: BTreeMap<String, Vec<Hash>>,
}

impl<'a> Owned<'a> {
    pub(super) fn new(lock: Lock<'a>, journal: Option<Journal>) -> Self {
        let entries = journal.iter().flat_map(Journal::iter);
        let journalled = entries.map(|(path, hashes)| (path.to_owned(), hashes.collect())).collect();
        Self { lock, journal, journalled }
    }

    /// The journal of an unfinished run.
    pub(super) fn journal(&self) -> Option<&Journal> {
        self.journal.as_ref()
    }

    /// Every path, first those in the lock; a path can be a duplicate.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.lock.entries.keys().copied().chain(self.journalled.keys().map(String::as_str))
    }

    /// Whether a path is in the lock or the journal.
    pub(super) fn names(&self, path: &str) -> bool {
        self.lock.entries.contains_key(path) || self.journalled.contains_key(path)
    }

    /// Whether a path may have these bytes.
    pub(super) fn has(&self, path: &str, hash: Hash) -> bool {
        self.lock.entries.get(path).is_some_and(|entry| entry.hashes.contains(&hash))
            || self.journalled.get(path).is_some_and(|hashes| hashes.contains(&hash))
    }

    /// Classifies the content of a file. A file with conflict markers is ours if both of its sides are.
    fn judge(&self, path: &str, bytes: &[u8], wanted: Option<Hash>) -> (Hash, OnDisk) {
        let hash = Hash::of(bytes);
        let found = if !self.names(path) {
            OnDisk::Foreign
        } else if self.has(path, hash) {
            OnDisk::Ours
        } else {
            let ours = |side: &String| {
                let hash = Hash::of(side.as_bytes());
                self.has(path, hash) || wanted == Some(hash)
            };
            match std::str::from_utf8(bytes).ok().and_then(merge::sides) {
                Some(sides) if sides.iter().all(ours) => OnDisk::Ours,
                Some(_) => OnDisk::Edited { merge: true },
                None => OnDisk::Edited { merge: false },
            }
        };
        (hash, found)
    }
}

/// What is at a path that should have other content, or not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnDisk {
    /// Nothing.
    Nothing,
    /// Content that a run wrote.
    Ours,
    /// A rendered file with content that no run wrote.
    Edited { merge: bool },
    /// A file that no run wrote.
    Foreign,
    /// Something other than a file.
    Blocked(Kind),
}

impl OnDisk {
    /// Why it cannot be replaced by an object, or deleted.
    pub(super) fn refusal(self, path: &str, object: Option<&String>) -> Option<Refusal> {
        let path = path.to_owned();
        match self {
            Self::Nothing | Self::Ours => None,
            Self::Edited { merge } => Some(Refusal::Edited { path, deleted: object.is_none(), merge }),
            Self::Foreign => object.map(|object| Refusal::Foreign { path, object: object.clone() }),
            Self::Blocked(kind) => Some(Refusal::NotAFile { path, what: kind.to_string() }),
        }
    }
}

/// What is at the path of one of the tree's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The content it should have.
    Same,
    /// Anything else.
    Differs(OnDisk),
}

/// A file of ours that is not rendered any more.
pub(super) struct Stale<'a> {
    pub(super) path: &'a str,
    pub(super) found: OnDisk,
    /// The bytes it has, if it is a file.
    pub(super) hash: Option<Hash>,
}

/// Whether all files of the tree are up to date.
pub(super) fn are_same(listing: &Listing, tree: &ClusterTree) -> Result<bool, OutputError> {
    let is_same = |buffer: &mut Vec<u8>, file: &RenderedFile| {
        has_bytes(&listing.root().join(&file.path), tree.text(file).as_bytes(), buffer)
    };
    let files = tree.files().par_iter().with_min_len(64);
    files.map_init(Vec::new, is_same).try_reduce(|| true, |one, other| Ok(one && other))
}

/// What is at the path of each file of the tree; `hashes` are the hashes of these files.
pub(super) fn wanted(
    listing: &Listing,
    tree: &ClusterTree,
    hashes: &[Hash],
    owned: &Owned<'_>,
) -> Result<Vec<Wanted>, OutputError> {
    let compare = |buffer: &mut Vec<u8>, (file, hash): (&RenderedFile, &Hash)| {
        let found = match listing.kind(&file.path) {
            None => Wanted::Differs(OnDisk::Nothing),
            Some(Kind::File) => {
                let path = listing.root().join(&file.path);
                if has_bytes(&path, tree.text(file).as_bytes(), buffer)? {
                    Wanted::Same
                } else {
                    Wanted::Differs(owned.judge(&file.path, &read(&path)?, Some(*hash)).1)
                }
            }
            Some(other) => Wanted::Differs(OnDisk::Blocked(other)),
        };
        Ok(found)
    };
    tree.files().par_iter().zip(hashes).with_min_len(64).map_init(Vec::new, compare).collect()
}

/// The files that are ours and not in the tree.
pub(super) fn stale<'a>(
    listing: &Listing,
    tree: &ClusterTree,
    owned: &'a Owned<'_>,
) -> Result<Vec<Stale<'a>>, OutputError> {
    let mut paths: Vec<&str> = owned.paths().filter(|path| tree.get(path).is_none()).collect();
    paths.sort_unstable();
    paths.dedup();
    let judge = |path: &'a str| {
        let (hash, found) = match listing.kind(path) {
            None => (None, OnDisk::Nothing),
            Some(Kind::File) => {
                let (hash, found) = owned.judge(path, &read(&listing.root().join(path))?, None);
                (Some(hash), found)
            }
            Some(other) => (None, OnDisk::Blocked(other)),
        };
        Ok(Stale { path, found, hash })
    };
    paths.into_par_iter().with_min_len(64).map(judge).collect()
}

/// Leftover generated files, as files to be deleted.
pub(super) fn generated<'a>(listing: &Listing, paths: &'a [String]) -> Result<Vec<Stale<'a>>, OutputError> {
    let stale = |path: &'a String| {
        let hash = Hash::of(&read(&listing.root().join(path))?);
        Ok(Stale { path, found: OnDisk::Ours, hash: Some(hash) })
    };
    paths.iter().map(stale).collect()
}

/// Whether a file has exactly these bytes. Its size is not read first, which would be another system call.
fn has_bytes(path: &Path, expected: &[u8], buffer: &mut Vec<u8>) -> Result<bool, OutputError> {
    // One byte more than expected, to detect a longer file.
    buffer.resize(expected.len() + 1, 0);
    let mut filled = 0;
    let mut file = File::open(path).map_err(OutputError::io(Operation::Read, path))?;
    loop {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => return Ok(buffer[..filled] == *expected),
            // A short read of a regular file means its end, so another read is not needed.
            Ok(read) if filled + read == expected.len() => return Ok(buffer[..filled + read] == *expected),
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(OutputError::io(Operation::Read, path)(error)),
        }
        if filled > expected.len() {
            return Ok(false);
        }
    }
}

/// Reads a file.
fn read(path: &Path) -> Result<Vec<u8>, OutputError> {
    load::read_bytes(path).map_err(OutputError::io(Operation::Read, path))
}
