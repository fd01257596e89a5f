//! Which directories are created and removed, and which temporary files killed runs left in them.

use std::collections::BTreeSet;

use crate::render::tree::ClusterTree;

use super::super::listing::{Dir, Kind, Listing, directories};
use super::super::names::{JOURNAL, LOCK, TEMP, join, split};
use super::ClusterChanges;
use super::compare::Owned;

/// Whether a file is a temporary file of a killed run.
fn is_temp(path: &str, kind: Kind) -> bool {
    kind == Kind::File && split(path).1.starts_with(TEMP)
}

/// Whether every directory of a listing exists and has no temporary files.
pub(super) fn are_clean(listing: &Listing) -> bool {
    listing.dirs().all(|(_, dir)| match dir {
        Dir::Listed(entries) => !entries.iter().any(|(name, kind)| is_temp(name, *kind)),
        Dir::Missing | Dir::Blocked(_) => false,
    })
}

/// Finds temporary files, directories to create, and directories that become empty.
pub(super) fn plan(changes: &mut ClusterChanges, tree: &ClusterTree, listing: &Listing, owned: &Owned<'_>) {
    changes.temps = listing.all().filter(|(path, kind)| is_temp(path, *kind)).map(|(path, _)| path).collect();
    let wanted = directories(tree.files().iter().map(|file| file.path.as_str()));
    changes.create_dirs =
        wanted.iter().filter(|dir| listing.entries(dir).is_none()).map(|dir| (*dir).to_owned()).collect();

    let deletes: BTreeSet<&str> = changes.deletes.iter().map(String::as_str).collect();
    let emptied = directories(owned.paths().chain(deletes.iter().copied()));
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
            (entries.iter().any(|(name, _)| own(name)) || !deletes.is_empty())
                && entries.iter().all(|(name, kind)| own(name) || goes(name, *kind, &gone))
        });
}
