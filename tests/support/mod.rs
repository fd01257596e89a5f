//! What the tests share that run the program: a scrubbed environment, trees of files as values.

// Every test file takes what it needs.
#![allow(dead_code)]

pub(crate) mod cases;
pub(crate) mod json_schema;
pub(crate) mod validity;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Files by their path from a directory, with `/` between the parts.
pub(crate) type Tree = BTreeMap<String, Vec<u8>>;

/// The directory of the project.
pub(crate) fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The program, to be run in a directory with nothing of the environment that could change what it does.
pub(crate) fn meshtree(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_meshtree"));
    command.current_dir(dir).env_clear().env("HOME", "/nonexistent");
    // Git and the loader of shared libraries need these.
    for name in ["PATH", "LD_LIBRARY_PATH", "LLVM_PROFILE_FILE"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

/// How a run of the program ended and what it printed.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Panics unless the run ended with this exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Panics unless standard error has this text.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "{text:?} is not in:\n{}", self.stderr);
        self
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().expect("no signal ended it"),
            stdout: String::from_utf8(output.stdout).expect("standard output is text"),
            stderr: String::from_utf8(output.stderr).expect("standard error is text"),
        }
    }
}

/// Runs the program in a directory.
pub(crate) fn run(dir: &Path, arguments: &[&str]) -> Run {
    meshtree(dir).args(arguments).output().expect("the program runs").into()
}

/// All files below a directory; none if there is no such directory.
pub(crate) fn tree(dir: &Path) -> Tree {
    let mut out = Tree::new();
    if !dir.exists() {
        return out;
    }
    for entry in walkdir::WalkDir::new(dir) {
        let entry = entry.expect("readable");
        if !entry.file_type().is_dir() {
            let path = entry.path().strip_prefix(dir).expect("below").to_str().expect("UTF-8").replace('\\', "/");
            out.insert(path, fs::read(entry.path()).unwrap_or_default());
        }
    }
    out
}

/// Writes files below a directory.
pub(crate) fn write_tree(dir: &Path, files: &Tree) {
    fs::create_dir_all(dir).expect("a directory");
    for (path, bytes) in files {
        let to = dir.join(path);
        fs::create_dir_all(to.parent().expect("a parent")).expect("a directory");
        fs::write(to, bytes).expect("a file");
    }
}

/// A new directory that holds these files.
pub(crate) fn fleet(files: &Tree) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    write_tree(dir.path(), files);
    dir
}

/// Files from paths and texts.
pub(crate) fn texts(files: &[(&str, &str)]) -> Tree {
    files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
}

/// The directories in a directory, sorted.
pub(crate) fn directories(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    let mut out: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).filter(|p| p.is_dir()).collect();
    out.sort();
    out
}

/// A copy of an example, without its rendered tree unless that is asked for.
pub(crate) fn example(name: &str, with_rendered: bool) -> tempfile::TempDir {
    let mut files = tree(&project().join("examples").join(name));
    assert!(!files.is_empty(), "no example {name}");
    files.retain(|path, _| with_rendered || !path.starts_with("rendered/"));
    fleet(&files)
}
