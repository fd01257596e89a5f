//! The first phase: compares a cluster's directory with what it should be, and changes nothing.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::ids::ClusterName;
use crate::render::tree::ClusterTree;

use super::error::{Operation, OutputError};
use super::hash::Hash;
use super::journal::{Journal, Verb};
use super::listing::{Dir, Kind, Listing, directories};
use super::lock::{Lock, LockFault};
use super::names::{JOURNAL, LOCK, TEMP, join, split};
use super::place::OutDir;
use super::refusal::Refusal;

mod compare;

use compare::{Found, Owned, Stale, Wanted};

/// What has to be done to a cluster's directory, and why it must not be done.
///
/// It holds no content: the cluster is rendered again to apply it, so that no two trees are in memory.
#[derive(Debug)]
pub struct ClusterChanges {
    /// The cluster.
    pub cluster: ClusterName,
    /// Why nothing may be done, unless the options allow it.
    pub refusals: Vec<Refusal>,
    /// There is no directory yet.
    pub(super) fresh: bool,
    pub(super) unchanged: usize,
    pub(super) writes: Vec<FileWrite>,
    pub(super) deletes: Vec<String>,
    /// Directories to make, each before those below it.
    pub(super) create_dirs: Vec<String>,
    /// Directories that the deletions empty, each after those below it.
    pub(super) remove_dirs: Vec<String>,
    /// What killed runs left half written.
    pub(super) temps: Vec<String>,
    pub(super) lock: LockChange,
    /// There is a journal, to be removed at the end.
    pub(super) journal_left: bool,
    /// The journal to write before the first change, when there is any.
    pub(super) journal: Option<Journal>,
    /// Nothing but the lock and the journal stays in the directory, so it goes too.
    pub(super) remove_root: bool,
    /// The hash of the lock, by which the second rendering is known to be the same as the first.
    pub(super) digest: Option<Hash>,
}

/// A file to be written.
#[derive(Debug, Clone)]
pub(super) struct FileWrite {
    /// Its index in the tree.
    pub(super) index: usize,
    /// Its path.
    pub(super) path: String,
    /// There is none at its path.
    pub(super) new: bool,
}

/// What happens to the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LockChange {
    /// It says what it should, or there is none and should be none.
    Keep,
    /// It is written.
    Write,
    /// It is deleted with the last file.
    Remove,
}

impl ClusterChanges {
    /// The changes of a cluster that has no directory: it is written whole, whatever is rendered for it.
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
            lock: LockChange::Write,
            journal_left: false,
            journal: None,
            remove_root: false,
            digest: None,
        }
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

    /// How many files are as they should be.
    pub fn unchanged(&self) -> usize {
        self.unchanged
    }

    /// How many files would be written. Unknown, and 0, for a fresh cluster that was not rendered yet.
    pub fn written(&self) -> usize {
        self.writes.len()
    }

    /// How many files would be deleted.
    pub fn deleted(&self) -> usize {
        self.deletes.len()
    }
}

/// Compares a cluster's directory with its tree; an empty tree asks for the removal of all that is known as our own.
pub fn inspect(out: &OutDir, tree: &ClusterTree) -> Result<ClusterChanges, OutputError> {
    inspect_dir(out.path(), tree)
}

/// [`inspect`] for a directory that need not be safe to write into.
pub(super) fn inspect_dir(out: &Path, tree: &ClusterTree) -> Result<ClusterChanges, OutputError> {
    let mut listing = Listing::of(out.join(tree.cluster.as_str()))?;
    let prior = Prior::read(&listing)?;
    let (owned, fault) = prior.owned();
    let files = || tree.files().iter().map(|file| file.path.as_str());
    listing.add_parents(files().chain(owned.paths()))?;

    let (hashes, wanted) = compare::wanted(&listing, tree, &owned)?;
    let stale = compare::stale(&listing, tree, &owned)?;
    let lock = (!tree.is_empty()).then(|| Lock::text(tree, &hashes));
    let mut changes = collect(tree, &owned, &hashes, &wanted, &stale);
    changes.digest = lock.as_deref().map(|text| Hash::of(text.as_bytes()));
    changes.lock = match (&prior.lock, &lock) {
        (old, new) if old == new => LockChange::Keep,
        (_, Some(_)) => LockChange::Write,
        (_, None) => LockChange::Remove,
    };
    changes.journal_left = prior.journal.is_some();
    changes.fresh = matches!(listing.dirs().next(), Some((_, Dir::Missing)));
    plan_directories(&mut changes, tree, &listing, &owned);
    changes.refusals = match fault {
        // Without a lock nothing is known to be ours: more refusals would only repeat that.
        Some(fault) => vec![fault],
        None => refusals(tree, &listing, &prior, &wanted, &stale),
    };
    Ok(changes)
}

/// What earlier runs left of themselves.
struct Prior {
    lock: Option<String>,
    journal: Option<String>,
    fault: Option<Refusal>,
}

impl Prior {
    fn read(listing: &Listing) -> Result<Self, OutputError> {
        let mut prior = Self { lock: None, journal: None, fault: None };
        prior.lock = prior.read_one(listing, LOCK)?;
        prior.journal = prior.read_one(listing, JOURNAL)?;
        Ok(prior)
    }

    fn read_one(&mut self, listing: &Listing, name: &str) -> Result<Option<String>, OutputError> {
        let fault = match listing.kind(name) {
            None => return Ok(None),
            Some(Kind::File) => {
                let path = listing.root().join(name);
                match String::from_utf8(fs::read(&path).map_err(OutputError::io(Operation::Read, &path))?) {
                    Ok(text) => return Ok(Some(text)),
                    Err(_) => "it is not UTF-8 text".to_owned(),
                }
            }
            Some(other) => format!("it is {other}"),
        };
        self.fault.get_or_insert(Refusal::BadLock { path: name.to_owned(), fault });
        Ok(None)
    }

    /// The files that are known as our own. Of what cannot be read nothing is.
    fn owned(&self) -> (Owned<'_>, Option<Refusal>) {
        let mut fault = self.fault.clone();
        let lock = usable(self.lock.as_deref().map(Lock::parse), LOCK, &mut fault);
        let journal = usable(self.journal.as_deref().map(Journal::parse), JOURNAL, &mut fault);
        (Owned::new(lock.unwrap_or_default(), journal), fault)
    }
}

/// What could be read, or the reason why not.
fn usable<T>(parsed: Option<Result<T, LockFault>>, name: &str, fault: &mut Option<Refusal>) -> Option<T> {
    match parsed? {
        Ok(value) => Some(value),
        Err(error) => {
            fault.get_or_insert(Refusal::BadLock { path: name.to_owned(), fault: error.to_string() });
            None
        }
    }
}

/// What the comparison says has to be done.
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
                changes.writes.push(FileWrite { index, path, new: *found == Found::Nothing });
            }
        }
    }
    let deletes = || stale.iter().filter_map(|file| Some((file.path, file.hash?)));
    changes.deletes = deletes().map(|(path, _)| path.to_owned()).collect();
    if !changes.writes.is_empty() || !changes.deletes.is_empty() {
        let mut journal = owned.journal().cloned().unwrap_or_default();
        for (file, hash) in tree.files().iter().zip(hashes) {
            // A file that is right though nothing says it is ours counts as written now.
            if !owned.has(&file.path, *hash) {
                journal.add(Verb::Write, *hash, &file.path);
            }
        }
        deletes().for_each(|(path, hash)| journal.add(Verb::Delete, hash, path));
        changes.journal = Some(journal);
    }
    changes
}

/// Finds what killed runs left, which directories have to be made and which become empty.
fn plan_directories(changes: &mut ClusterChanges, tree: &ClusterTree, listing: &Listing, owned: &Owned<'_>) {
    let is_temp = |path: &str, kind: Kind| kind == Kind::File && split(path).1.starts_with(TEMP);
    changes.temps = listing.all().filter(|(path, kind)| is_temp(path, *kind)).map(|(path, _)| path).collect();
    let wanted = directories(tree.files().iter().map(|file| file.path.as_str()));
    changes.create_dirs =
        wanted.iter().filter(|dir| listing.entries(dir).is_none()).map(|dir| (*dir).to_owned()).collect();

    let deletes: BTreeSet<&str> = changes.deletes.iter().map(String::as_str).collect();
    let emptied = directories(owned.paths());
    let mut gone: BTreeSet<String> = BTreeSet::new();
    let goes = |path: &str, kind: Kind, gone: &BTreeSet<String>| {
        is_temp(path, kind) || deletes.contains(path) || gone.contains(path)
    };
    for (dir, listed) in listing.dirs().rev() {
        if let Dir::Listed(entries) = listed
            && emptied.contains(dir)
            && !wanted.contains(dir)
            && entries.iter().all(|(name, kind)| goes(&join(dir, name), *kind, &gone))
        {
            gone.insert(dir.to_owned());
            changes.remove_dirs.push(dir.to_owned());
        }
    }
    let own = |name: &str| name == LOCK || name == JOURNAL;
    changes.remove_root = tree.is_empty()
        && listing.entries("").is_some_and(|entries| {
            entries.iter().any(|(name, _)| own(name))
                && entries.iter().all(|(name, kind)| own(name) || goes(name, *kind, &gone))
        });
}

/// Everything that speaks against the changes, sorted by path.
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
