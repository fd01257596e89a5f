//! Every change to the file system is made here, so that tests can count changes and make them fail.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::error::{Operation, OutputError};

/// Writes to the file system.
#[derive(Debug, Default)]
pub struct Disk {
    operations: AtomicU64,
    fails: Option<Fails>,
}

/// Which operations fail, and whether they leave partial files.
#[derive(Debug, Clone, Copy)]
struct Fails {
    from: u64,
    once: bool,
    halves: bool,
}

impl Disk {
    /// The real file system.
    pub fn new() -> Self {
        Self::default()
    }

    /// A file system on which the `n`-th change, counted from 1, and every later one fails, as on a full disk. To the
    /// next run this is the same as a killed run.
    #[must_use]
    pub fn failing_at(n: u64) -> Self {
        Self { operations: AtomicU64::new(0), fails: Some(Fails { from: n, once: false, halves: false }) }
    }

    /// Only the `n`-th change fails, so that the run can clean up.
    #[must_use]
    pub fn failing_once_at(n: u64) -> Self {
        Self { operations: AtomicU64::new(0), fails: Some(Fails { from: n, once: true, halves: false }) }
    }

    /// A write that fails leaves the first half of its bytes.
    #[must_use]
    pub fn leaving_halves(mut self) -> Self {
        if let Some(fails) = &mut self.fails {
            fails.halves = true;
        }
        self
    }

    /// How many changes were attempted.
    pub fn operations(&self) -> u64 {
        self.operations.load(Ordering::Relaxed)
    }

    /// Counts one operation, and fails if it is to fail.
    fn step(&self) -> io::Result<()> {
        let number = self.operations.fetch_add(1, Ordering::Relaxed) + 1;
        match self.fails {
            Some(fails) if number == fails.from || (number > fails.from && !fails.once) => {
                Err(ErrorKind::StorageFull.into())
            }
            _ => Ok(()),
        }
    }

    /// Creates a directory whose parent exists.
    pub fn create_dir(&self, path: &Path) -> Result<(), OutputError> {
        self.step().and_then(|()| fs::create_dir(path)).map_err(OutputError::io(Operation::CreateDir, path))
    }

    /// Creates a directory and its missing parents. Returns those that it created, each before its parent.
    pub fn create_dirs(&self, path: &Path) -> Result<Vec<PathBuf>, OutputError> {
        let missing: Vec<&Path> =
            path.ancestors().take_while(|dir| !dir.as_os_str().is_empty() && !dir.exists()).collect();
        let mut created = Vec::new();
        for dir in missing.into_iter().rev() {
            match self.create_dir(dir) {
                Ok(()) => created.insert(0, dir.to_owned()),
                // Another run was faster.
                Err(OutputError::Io { source, .. }) if source.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Ok(created)
    }

    /// Writes a new file. It never follows a link and never truncates an existing file.
    pub fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
        let write = |bytes: &[u8]| OpenOptions::new().write(true).create_new(true).open(path)?.write_all(bytes);
        let result = match self.step() {
            Ok(()) => write(bytes),
            Err(error) if self.fails.is_some_and(|fails| fails.halves) => {
                write(&bytes[..bytes.len() / 2]).and(Err(error))
            }
            Err(error) => Err(error),
        };
        result.map_err(OutputError::io(Operation::Write, path))
    }

    /// Writes `temp` and renames it to `path`, so that `path` always has its old content or all of the new.
    pub fn replace(&self, temp: &Path, path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
        self.write(temp, bytes).and_then(|()| self.rename(temp, path)).inspect_err(|error| {
            // Best effort: the first error is the one to report, and the next run removes files with this name. A file that existed
            // before belongs to another run that is still active.
            let theirs = matches!(error, OutputError::Io { source, .. } if source.kind() == ErrorKind::AlreadyExists);
            if !theirs {
                let _ = self.remove_file(temp);
            }
        })
    }

    /// Renames a file, replacing what is at `to`, or a directory to a name that does not exist.
    pub fn rename(&self, from: &Path, to: &Path) -> Result<(), OutputError> {
        self.step().and_then(|()| fs::rename(from, to)).map_err(OutputError::io(Operation::Rename, to))
    }

    /// Deletes a file.
    pub fn remove_file(&self, path: &Path) -> Result<(), OutputError> {
        self.step().and_then(|()| fs::remove_file(path)).map_err(OutputError::io(Operation::RemoveFile, path))
    }

    /// Deletes an empty directory.
    pub fn remove_dir(&self, path: &Path) -> Result<(), OutputError> {
        self.step().and_then(|()| fs::remove_dir(path)).map_err(OutputError::io(Operation::RemoveDir, path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nth_operation_fails() {
        let dir = tempfile::tempdir().expect("a directory");
        let at = |name: &str| dir.path().join(name);
        let disk = Disk::failing_at(2).leaving_halves();
        assert!(disk.write(&at("a"), b"1234").is_ok());
        assert!(disk.write(&at("b"), b"1234").is_err());
        assert!(disk.remove_file(&at("a")).is_err());
        assert_eq!(disk.operations(), 3);
        assert_eq!(fs::read(at("b")).expect("half a file"), b"12");

        let disk = Disk::failing_once_at(2);
        let failed = disk.replace(&at("t"), &at("c"), b"1234").map_err(|e| e.to_string());
        assert_eq!(failed, Err(format!("cannot rename to {}: no storage space", at("c").display())));
        assert!(!at("t").exists() && !at("c").exists(), "the temporary file was cleaned up");
    }

    #[test]
    fn writing_never_touches_what_is_there() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("a");
        fs::write(&path, "theirs").expect("a file");
        assert!(Disk::new().write(&path, b"ours").is_err());
        assert!(Disk::new().replace(&path, &dir.path().join("b"), b"ours").is_err());
        assert_eq!(fs::read_to_string(&path).expect("the file"), "theirs");
    }
}
