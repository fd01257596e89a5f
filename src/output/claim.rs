//! One run at a time for each output directory.
//!
//! Two runs at once would take each other's temporary files and journals for those of killed runs. The system gives a lock
//! up with the process that holds it, so a killed run keeps nobody waiting.

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::disk::Disk;
use super::error::{Operation, OutputError};
use super::listing::Kind;
use super::place::OutDir;

/// An output directory that no other run writes to until this value is dropped.
#[derive(Debug)]
pub struct Claim {
    out: OutDir,
    /// None where the file system cannot lock a directory.
    _lock: Option<File>,
    /// The directories that were created to have something to lock, each before its parent.
    created: Vec<PathBuf>,
}

impl Claim {
    /// Waits until no other run writes to the directory, which is created if it is missing. `waiting` is called before a wait.
    pub fn new(out: OutDir, disk: &Disk, waiting: impl FnOnce()) -> Result<Self, OutputError> {
        let mut waiting = Some(waiting);
        let mut claim = Self { out, _lock: None, created: Vec::new() };
        loop {
            let path = claim.out.path().to_owned();
            let mut created = disk.create_dirs(&path)?;
            created.append(&mut claim.created);
            claim.created = created;
            match lock(&path, &mut waiting) {
                Locked::Yes(file) => claim._lock = Some(file),
                Locked::Unsupported => {}
                Locked::Replaced => match Kind::at(&path)? {
                    None | Some(Kind::Dir) => continue,
                    Some(_) => {
                        return Err(OutputError::io(Operation::List, &path)(ErrorKind::NotADirectory.into()));
                    }
                },
            }
            return Ok(claim);
        }
    }

    /// The directory.
    pub fn out(&self) -> &OutDir {
        &self.out
    }
}

impl Drop for Claim {
    /// A run that is refused, or has nothing to write, leaves no directory behind.
    fn drop(&mut self) {
        for dir in &self.created {
            if fs::remove_dir(dir).is_err() {
                return;
            }
        }
    }
}

/// What became of locking a directory.
enum Locked {
    Yes(File),
    Unsupported,
    /// Another run removed the directory, or put another one in its place, before it was locked.
    Replaced,
}

fn lock(path: &Path, waiting: &mut Option<impl FnOnce()>) -> Locked {
    let dir = match File::open(path) {
        Ok(dir) => dir,
        Err(error) if error.kind() == ErrorKind::NotFound => return Locked::Replaced,
        Err(_) => return Locked::Unsupported,
    };
    let locked = match dir.try_lock() {
        Ok(()) => true,
        Err(TryLockError::WouldBlock) => {
            if let Some(waiting) = waiting.take() {
                waiting();
            }
            dir.lock().is_ok()
        }
        Err(TryLockError::Error(_)) => false,
    };
    match (locked, is_at(&dir, path)) {
        (_, false) => Locked::Replaced,
        (true, true) => Locked::Yes(dir),
        (false, true) => Locked::Unsupported,
    }
}

/// Whether an open directory is still the one at a path.
#[cfg(unix)]
fn is_at(dir: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |meta: fs::Metadata| (meta.dev(), meta.ino());
    match (dir.metadata(), fs::symlink_metadata(path)) {
        (Ok(open), Ok(found)) => id(open) == id(found),
        (Err(_), _) | (_, Err(_)) => false,
    }
}

/// Only Unix opens directories, so there is nothing to compare.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Report;
    use crate::output::Surroundings;

    fn claim(path: &Path) -> Claim {
        let around = Surroundings { fleet: Path::new("/nowhere"), inputs: &[], home: None };
        let out = OutDir::checked(path, &around, &mut Report::default()).expect("a safe directory");
        Claim::new(out, &Disk::new(), || ()).expect("claimed")
    }

    #[test]
    fn a_directory_with_nothing_in_it_goes_again() {
        let dir = tempfile::tempdir().expect("a directory");
        let out = dir.path().join("new/rendered");
        let claimed = claim(&out);
        assert!(out.is_dir());
        drop(claimed);
        assert!(!dir.path().join("new").exists());
        drop(claim(dir.path()));
        assert!(dir.path().exists(), "it was there before");
        let claimed = claim(&out);
        fs::write(out.join("file"), "").expect("a file");
        drop(claimed);
        assert!(out.join("file").exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_second_run_waits_for_the_first() {
        use std::sync::atomic::{AtomicBool, Ordering};
        let dir = tempfile::tempdir().expect("a directory");
        let out = dir.path().join("rendered");
        let (first, ended) = (claim(&out), AtomicBool::new(false));
        let (waits, wait) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| {
                let around = Surroundings { fleet: Path::new("/nowhere"), inputs: &[], home: None };
                let out = OutDir::checked(&out, &around, &mut Report::default()).expect("a safe directory");
                let claimed = Claim::new(out, &Disk::new(), || waits.send(()).expect("heard")).expect("claimed");
                assert!(ended.load(Ordering::SeqCst), "the first run is still writing");
                // The first run took the directory with it, so this is another one.
                assert!(claimed.out().path().is_dir());
            });
            wait.recv().expect("the second run waits");
            ended.store(true, Ordering::SeqCst);
            drop(first);
            second.join().expect("the second run");
        });
        assert!(!out.exists());
    }
}
