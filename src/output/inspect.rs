//! The first phase: compares a cluster's directory with its tree, and changes nothing.

use std::path::Path;

use crate::ids::ClusterName;
use crate::render::tree::ClusterTree;

use super::error::OutputError;
use super::hash::Hash;
use super::journal::{Journal, Verb};
use super::listing::{Dir, Listing};
use super::lock::Lock;
use super::names::LOCK;
use super::place::OutDir;
use super::refusal::Refusal;
use super::stray::{self, Strays};

mod compare;
mod directories;
mod prior;

use compare::{OnDisk, Owned, Stale, Wanted};
use prior::Prior;

/// The changes that a cluster's directory needs, and the reasons to refuse them.
///
/// It has no content of files: the cluster is rendered again to apply it, so that not all trees are in memory.
#[derive(Debug)]
pub struct ClusterChanges {
    pub cluster: ClusterName,
    /// Why nothing may be changed, unless the options override it.
    pub refusals: Vec<Refusal>,
    /// The directory does not exist yet.
    pub(super) fresh: bool,
    pub(super) unchanged: usize,
    pub(super) writes: Vec<FileWrite>,
    pub(super) deletes: Vec<String>,
    /// Directories to create, each before its subdirectories.
    pub(super) create_dirs: Vec<String>,
    /// Directories that the deletions empty, each after its subdirectories.
    pub(super) remove_dirs: Vec<String>,
    /// Temporary files that killed runs left.
    pub(super) temps: Vec<String>,
    /// Leftover generated files that stay.
    pub(super) strays: Vec<String>,
    /// There is no lock, but there are files that it should list.
    pub(super) lock_lost: bool,
    pub(super) lock: LockChange,
    /// There is a journal, which is removed at the end.
    pub(super) journal_left: bool,
    /// The journal to write before the first change; none without changes.
    pub(super) journal: Option<Journal>,
    /// Only the lock and the journal would remain in the directory, so it is removed.
    pub(super) remove_root: bool,
    /// The hash of the lock, which shows that the second rendering is the same as the first.
    pub(super) digest: Option<Hash>,
}

/// A file to be written.
#[derive(Debug, Clone)]
pub(super) struct FileWrite {
    /// Its index in the tree.
    pub(super) index: usize,
    pub(super) path: String,
    /// Its path does not exist yet.
    pub(super) new: bool,
}

/// What happens to the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LockChange {
    /// It is up to date, or absent as it should be.
    Keep,
    /// It is written where there is none.
    Add,
    /// It is written.
    Write,
    /// It is deleted with the last file.
    Remove,
}

impl ClusterChanges {
    /// The changes of a cluster without a directory: all of its files are written.
    pub(super) fn fresh(cluster: ClusterName) -> Self {
        Self {
            cluster,
            refusals: Vec::new(),
            fresh: true,
            unchanged: 0,
            writes: Vec::new(),
            deletes: Vec::new(),
            create_dirs: Vec::new(),
            remove_dirs: Vec::new(),
            temps: Vec::new(),
            strays: Vec::new(),
            lock_lost: false,
            lock: LockChange::Add,
            journal_left: false,
            journal: None,
            remove_root: false,
            digest: None,
        }
    }

    /// No changes: the directory and its lock match the tree.
    fn none(tree: &ClusterTree, digest: Hash) -> Self {
        let (unchanged, lock, digest) = (tree.len(), LockChange::Keep, Some(digest));
        Self { fresh: false, unchanged, lock, digest, ..Self::fresh(tree.cluster.clone()) }
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
            && self.deletes.is_empty()
            && self.temps.is_empty()
            && self.remove_dirs.is_empty()
            && self.lock == LockChange::Keep
            && !self.journal_left
            && !self.remove_root
    }

    /// How many files are up to date.
    pub fn unchanged(&self) -> usize {
        self.unchanged
    }

    /// How many files would be written; 0 for a fresh cluster that is not rendered yet.
    pub fn written(&self) -> usize {
        self.writes.len()
    }

    /// How many files would be deleted.
    pub fn deleted(&self) -> usize {
        self.deletes.len()
    }
}

/// Compares a cluster's directory with its tree; with an empty tree, all of our own files are to be deleted.
pub fn inspect(out: &OutDir, tree: &ClusterTree) -> Result<ClusterChanges, OutputError> {
    inspect_dir(out.path(), tree, Strays::Keep)
}

/// [`inspect`] for a directory that need not be safe to write to.
pub(super) fn inspect_dir(out: &Path, tree: &ClusterTree, strays: Strays) -> Result<ClusterChanges, OutputError> {
    let mut listing = Listing::of(out.join(tree.cluster.as_str()))?;
    let prior = Prior::read(&listing)?;
    let files = || tree.files().iter().map(|file| file.path.as_str());
    listing.add_parents(files())?;
    let hashes = Hash::all(tree);
    let lock = (!tree.is_empty()).then(|| Lock::text(tree, &hashes));
    if let Some(lock) = lock.as_deref().filter(|lock| prior.is_just(lock))
        && directories::are_clean(&listing)
        && listing.has_files(files())
        && listing.len() == listing.dirs().count() + tree.len()
        && compare::are_same(&listing, tree)?
    {
        return Ok(ClusterChanges::none(tree, Hash::of(lock.as_bytes())));
    }
    let (owned, fault) = prior.owned();
    listing.add_parents(owned.paths())?;
    let wanted = compare::wanted(&listing, tree, &hashes, &owned)?;
    let mut stale = compare::stale(&listing, tree, &owned)?;
    let is_known = |path: &str| owned.names(path) || tree.get(path).is_some();
    // Without a usable lock, every file would be one.
    let left = if fault.is_some() { Vec::new() } else { stray::find(&listing, is_known)? };
    if strays == Strays::Delete {
        listing.add_parents(left.iter().map(String::as_str))?;
        stale.extend(compare::generated(&listing, &left)?);
    }
    let mut changes = collect(tree, &owned, &hashes, &wanted, &stale);
    changes.digest = lock.as_deref().map(|text| Hash::of(text.as_bytes()));
    changes.lock = match (&prior.lock, &lock) {
        (old, new) if old == new => LockChange::Keep,
        (None, Some(_)) if listing.kind(LOCK).is_none() => LockChange::Add,
        (_, Some(_)) => LockChange::Write,
        (_, None) => LockChange::Remove,
    };
    changes.lock_lost = changes.lock == LockChange::Add && changes.unchanged > 0 && prior.journal.is_none();
    changes.journal_left = prior.journal.is_some();
    changes.fresh = matches!(listing.dirs().next(), Some((_, Dir::Missing)));
    directories::plan(&mut changes, tree, &listing, &owned);
    changes.refusals = match fault {
        // Without a lock no file is known to be ours, and each would only repeat this refusal.
        Some(fault) => vec![fault],
        None => refusals(tree, &listing, &prior, &wanted, &stale),
    };
    drop(stale);
    changes.strays = if strays == Strays::Keep { left } else { Vec::new() };
    Ok(changes)
}

/// The changes that follow from the comparison.
fn collect(
    tree: &ClusterTree,
    owned: &Owned<'_>,
    hashes: &[Hash],
    wanted: &[Wanted],
    stale: &[Stale<'_>],
) -> ClusterChanges {
    let mut changes = ClusterChanges::fresh(tree.cluster.clone());
    for (index, found) in wanted.iter().enumerate() {
        match found {
            Wanted::Same => changes.unchanged += 1,
            Wanted::Differs(found) => {
                let path = tree.files()[index].path.clone();
                changes.writes.push(FileWrite { index, path, new: *found == OnDisk::Nothing });
            }
        }
    }
    let deletes = || stale.iter().filter_map(|file| Some((file.path, file.hash?)));
    changes.deletes = deletes().map(|(path, _)| path.to_owned()).collect();
    if !changes.writes.is_empty() || !changes.deletes.is_empty() {
        let mut journal = owned.journal().cloned().unwrap_or_default();
        for (file, hash) in tree.files().iter().zip(hashes) {
            // A file that has the right content but is not known to be ours counts as written now.
            if !owned.has(&file.path, *hash) {
                journal.add(Verb::Write, *hash, &file.path);
            }
        }
        deletes().for_each(|(path, hash)| journal.add(Verb::Delete, hash, path));
        changes.journal = Some(journal);
    }
    changes
}

/// The reasons to refuse the changes, sorted by path.
fn refusals(
    tree: &ClusterTree,
    listing: &Listing,
    prior: &Prior,
    wanted: &[Wanted],
    stale: &[Stale<'_>],
) -> Vec<Refusal> {
    let mut refusals: Vec<Refusal> = listing
        .dirs()
        .filter_map(|(path, dir)| match dir {
            Dir::Blocked(kind) => Some(Refusal::not_a_directory(path, *kind)),
            Dir::Missing | Dir::Listed(_) => None,
        })
        .collect();
    for (file, found) in tree.files().iter().zip(wanted) {
        if let Wanted::Differs(found) = found {
            refusals.extend(found.refusal(&file.path, Some(&file.object)));
        }
    }
    refusals.extend(stale.iter().filter_map(|file| file.found.refusal(file.path, None)));
    let files = stale.iter().filter(|file| file.hash.is_some()).count();
    if tree.is_empty() && prior.lock.is_some() && files > 0 {
        refusals.push(Refusal::Vanishes { files });
    }
    refusals
}
