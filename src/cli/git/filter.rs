//! Filters of a checkout, such as Git LFS, that did not return the content of a file.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use crate::diag::Code;
use crate::load::{Lost, is_lfs_pointer};

/// What Git prints when a filter that runs for many files ends.
const HUNG_UP: &str = "fatal: the remote end hung up unexpectedly";

/// No pointer is longer.
const LONGEST_POINTER: u64 = 1024;

/// A filter without which a file cannot be checked out.
#[derive(Debug, thiserror::Error)]
#[error("cannot check out {path}: filter {filter} failed{}", said(output))]
pub(super) struct FilterFailed {
    path: String,
    filter: String,
    /// What it printed.
    output: String,
}

/// The line that says why, which is the first one.
fn said(output: &str) -> String {
    output.lines().map(str::trim).find(|line| !line.is_empty()).map(|line| format!(": {line}")).unwrap_or_default()
}

impl FilterFailed {
    /// Reads what Git prints, in English, when it gives up: `fatal: a.yaml: smudge filter lfs failed`.
    pub(super) fn read(stderr: &str) -> Option<Self> {
        let lines: Vec<&str> = stderr.trim_end().lines().collect();
        if stderr.contains("git-lfs") && stderr.contains(HUNG_UP) {
            // The program does not run at all, so Git names no file.
            let (path, filter) = ("the files of Git LFS".to_owned(), "lfs".to_owned());
            return Some(Self { path, filter, output: lines.join("\n") });
        }
        let (last, output) = lines.split_last()?;
        let (path, filter) = last.strip_prefix("fatal: ")?.strip_suffix(" failed")?.rsplit_once(": smudge filter ")?;
        Some(Self { path: path.to_owned(), filter: filter.to_owned(), output: output.join("\n") })
    }

    /// What to do.
    pub(super) fn hint(&self, revision: &str) -> String {
        match self.filter.as_str() {
            "lfs" => format!("run `{}`", download(revision)),
            filter => {
                format!("git runs filter.{filter}.smudge of its configuration whenever it checks out {}", self.path)
            }
        }
    }
}

/// The command that downloads the files of a revision which Git LFS stores elsewhere.
fn download(revision: &str) -> String {
    format!("git lfs install && git lfs fetch origin {revision}")
}

/// Removes files that no filter replaced by their content: read, they would be documents that the commit does not have.
pub(super) fn take_pointers(directory: &Path, revision: &str) -> anyhow::Result<Vec<Lost>> {
    let mut lost = Vec::new();
    if !directory.exists() {
        return Ok(lost);
    }
    for entry in walkdir::WalkDir::new(directory).sort_by_file_name() {
        let entry = entry?;
        if !entry.file_type().is_file() || !is_pointer(entry.path()) {
            continue;
        }
        fs::remove_file(entry.path())?;
        let relative = entry.path().strip_prefix(directory)?.to_string_lossy().into_owned();
        let run = download(revision);
        let message = format!("Git LFS has not downloaded this file: run `{run}`, without GIT_LFS_SKIP_SMUDGE");
        lost.push(Lost { relative, code: Code::GitFailed, message });
    }
    Ok(lost)
}

/// Whether a file that was checked out is still a pointer.
fn is_pointer(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    let mut text = String::new();
    file.take(LONGEST_POINTER).read_to_string(&mut text).is_ok() && is_lfs_pointer(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_prints_when_a_filter_fails() {
        let stderr = "Error downloading object: a b.yaml (4d7a214)\nerror: external filter 'git-lfs' failed 2\nfatal: a b.yaml: smudge filter lfs failed\n";
        let failed = FilterFailed::read(stderr).expect("a filter");
        let wanted = "cannot check out a b.yaml: filter lfs failed: Error downloading object: a b.yaml (4d7a214)";
        assert_eq!(failed.to_string(), wanted);
        assert_eq!(failed.hint("HEAD~1"), "run `git lfs install && git lfs fetch origin HEAD~1`");
        let silent = FilterFailed::read("fatal: a.yaml: smudge filter crypt failed").expect("a filter");
        assert_eq!(silent.to_string(), "cannot check out a.yaml: filter crypt failed");
        assert!(silent.hint("HEAD").contains("filter.crypt.smudge"));
        let absent = "git-lfs filter-process: git-lfs: not found\nfatal: the remote end hung up unexpectedly\n";
        let absent = FilterFailed::read(absent).expect("a filter");
        let wanted =
            "cannot check out the files of Git LFS: filter lfs failed: git-lfs filter-process: git-lfs: not found";
        assert_eq!(absent.to_string(), wanted);
        assert!(absent.hint("HEAD").starts_with("run `git lfs install"));
        assert!(FilterFailed::read("fatal: the remote end hung up unexpectedly").is_none());
        assert!(FilterFailed::read("fatal: unable to write new index file\n").is_none());
        assert!(FilterFailed::read("").is_none());
    }
}
