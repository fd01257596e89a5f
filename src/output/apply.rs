//! The second phase: applies to a cluster's directory the changes that the first phase found.

use std::path::Path;

use rayon::prelude::*;

use crate::render::tree::ClusterTree;

use super::disk::Disk;
use super::error::OutputError;
use super::hash::Hash;
use super::inspect::{ClusterChanges, FileWrite, LockChange};
use super::leftover::Leftover;
use super::lock::Lock;
use super::names::{JOURNAL, LOCK, NEW, OLD, TEMP, temporary};
use super::place::OutDir;
use super::summary::ClusterSummary;

/// Makes the changes that [`inspect`](super::inspect()) found, with the same tree rendered again.
///
/// It ignores the refusals: the caller must not apply changes that have any.
pub fn apply(
    out: &OutDir,
    tree: &ClusterTree,
    changes: &ClusterChanges,
    disk: &Disk,
) -> Result<ClusterSummary, OutputError> {
    let lock = Lock::text(tree, &Hash::all(tree));
    if changes.digest.is_some_and(|digest| digest != Hash::of(lock.as_bytes())) {
        return Err(OutputError::Unstable(tree.cluster.clone()));
    }
    if changes.fresh {
        return fresh(out, tree, &lock, disk);
    }
    let dir = out.cluster_dir(&tree.cluster);
    update(&dir, tree, changes, &lock, disk)?;
    if changes.remove_root {
        remove(&dir, &out.path().join(format!("{OLD}{}", tree.cluster)), changes, disk)?;
    } else {
        finish(&dir, changes, disk)?;
    }
    Ok(ClusterSummary::of(changes, tree.objects()))
}

/// Writes a cluster that has no directory yet, under another name until it is complete. This needs no journal.
fn fresh(out: &OutDir, tree: &ClusterTree, lock: &str, disk: &Disk) -> Result<ClusterSummary, OutputError> {
    if !tree.is_empty() {
        let dir = out.path().join(format!("{NEW}{}", tree.cluster));
        disk.create_dir(&dir)?;
        fill(&dir, tree, lock, disk).and_then(|()| disk.rename(&dir, &out.cluster_dir(&tree.cluster))).inspect_err(
            |_| {
                // Best effort: the first error is the one to report, and the next run removes what has this name.
                if let Ok(Ok(left)) = Leftover::inspect(&dir, Some(tree)) {
                    let _ = left.remove(disk);
                }
            },
        )?;
    }
    Ok(ClusterSummary::fresh(tree))
}

/// Writes a lock and all files in it into an empty directory. The lock is first, so that the files are known to be our own; a
/// file has its name only once it is complete, since the lock knows nothing of a beginning.
fn fill(dir: &Path, tree: &ClusterTree, lock: &str, disk: &Disk) -> Result<(), OutputError> {
    disk.replace(&dir.join(format!("{TEMP}lock")), &dir.join(LOCK), lock.as_bytes())?;
    let dirs = super::listing::directories(tree.files().iter().map(|file| file.path.as_str()));
    dirs.into_iter().try_for_each(|path| disk.create_dir(&dir.join(path)))?;
    tree.files()
        .par_iter()
        .enumerate()
        .with_min_len(16)
        .try_for_each(|(index, file)| write_one(dir, tree, (index, &file.path), disk))
}

/// Writes and deletes files below an existing directory; the journal is written before the first change.
fn update(
    dir: &Path,
    tree: &ClusterTree,
    changes: &ClusterChanges,
    lock: &str,
    disk: &Disk,
) -> Result<(), OutputError> {
    changes.temps.iter().try_for_each(|path| disk.remove_file(&dir.join(path)))?;
    if let Some(journal) = &changes.journal {
        disk.replace(&dir.join(format!("{TEMP}journal")), &dir.join(JOURNAL), journal.text().as_bytes())?;
    }
    changes.create_dirs.iter().try_for_each(|path| disk.create_dir(&dir.join(path)))?;
    let writes = changes.writes.par_iter().with_min_len(16);
    writes.try_for_each(|FileWrite { index, path, new: _ }| write_one(dir, tree, (*index, path), disk))?;
    changes.deletes.par_iter().with_min_len(16).try_for_each(|path| disk.remove_file(&dir.join(path)))?;
    changes.remove_dirs.iter().try_for_each(|path| disk.remove_dir(&dir.join(path)))?;
    if matches!(changes.lock, LockChange::Add | LockChange::Write) {
        disk.replace(&dir.join(format!("{TEMP}lock")), &dir.join(LOCK), lock.as_bytes())?;
    }
    Ok(())
}

/// Writes one file under a temporary name and renames it.
fn write_one(dir: &Path, tree: &ClusterTree, (index, path): (usize, &str), disk: &Disk) -> Result<(), OutputError> {
    disk.replace(&dir.join(temporary(path, index)), &dir.join(path), tree.text(&tree.files()[index]).as_bytes())
}

/// Removes the journal, and the lock if no files remain.
fn finish(dir: &Path, changes: &ClusterChanges, disk: &Disk) -> Result<(), OutputError> {
    if changes.lock == LockChange::Remove {
        disk.remove_file(&dir.join(LOCK))?;
    }
    if changes.journal.is_some() || changes.journal_left {
        disk.remove_file(&dir.join(JOURNAL))?;
    }
    Ok(())
}

/// Removes a directory in which only the lock and the journal remain. Under its new name it is known to be our own even when
/// it is empty.
fn remove(dir: &Path, old: &Path, changes: &ClusterChanges, disk: &Disk) -> Result<(), OutputError> {
    disk.rename(dir, old)?;
    finish(old, changes, disk)?;
    disk.remove_dir(old)
}
