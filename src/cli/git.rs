//! Git, through the `git` program, which honours the user's configuration.
//!
//! A commit may come from anybody. Its files are laid into a directory that only the user can read, by Git itself, so that they
//! are what a checkout would give. No symbolic link is ever made: what links lead to is looked up in the commit, and copied.

mod blobs;
mod checkout;
mod commit;
mod filter;
mod link;
mod links;
mod submodules;

pub(super) use checkout::{Checkout, checkout};

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, bail};

use crate::diag::{Code, Diag, Place};
use filter::FilterFailed;

/// What Git sets for its hooks: another repository, work tree or index than those of the directory in which it is run.
const OF_HOOKS: [&str; 11] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_QUARANTINE_PATH",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INTERNAL_SUPER_PREFIX",
];

/// The diagnostic for what went wrong with a revision.
pub(super) fn failed(error: &anyhow::Error, revision: &str) -> Diag {
    let filter = error.chain().find_map(|cause| cause.downcast_ref::<FilterFailed>());
    let diag = Diag::new(Code::GitFailed, Place::Nowhere, format!("{error:#}"));
    diag.maybe_hint(filter.map(|filter| filter.hint(revision)))
}

/// Whether a directory is in the work tree of a repository. An error if there is one that Git cannot read.
pub(super) fn is_repository(directory: &Path) -> anyhow::Result<bool> {
    let absolute = directory.canonicalize().unwrap_or_else(|_| directory.to_path_buf());
    match line(directory, &["rev-parse", "--is-inside-work-tree"]) {
        Ok(answer) => Ok(answer == "true"),
        Err(error) if absolute.ancestors().any(|above| above.join(".git").exists()) => Err(error),
        Err(_) => Ok(false),
    }
}

/// Whether the repository of a directory has a commit yet.
pub(super) fn has_commit(directory: &Path) -> bool {
    line(directory, &["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]).is_ok()
}

/// Git in a directory, for the repository that this directory is in.
fn command(directory: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(if directory.as_os_str().is_empty() { Path::new(".") } else { directory });
    OF_HOOKS.iter().for_each(|name| _ = command.env_remove(name));
    // What Git prints about a filter that fails is read. Its locale stays, since filters may depend on it.
    command.env("LANGUAGE", "C").stdin(Stdio::null());
    command
}

/// What Git prints, without the end of its last line.
pub(super) fn line(directory: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    let mut printed = answer(command(directory).args(arguments))?;
    if printed.last() == Some(&b'\n') {
        printed.pop();
    }
    String::from_utf8(printed).with_context(|| format!("git {} did not print UTF-8", arguments.join(" ")))
}

/// What a command prints if it succeeds.
fn answer(command: &mut Command) -> anyhow::Result<Vec<u8>> {
    let output = command.output().context("cannot run git")?;
    check(command, &output)?;
    Ok(output.stdout)
}

/// The error of a command that did not succeed, with what it printed.
fn check(command: &Command, output: &Output) -> anyhow::Result<()> {
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    if let Some(failed) = FilterFailed::read(&said) {
        return Err(failed.into());
    }
    let mut arguments: Vec<_> = command.get_args().map(OsStr::to_string_lossy).collect();
    // The settings are the same for everybody and say nothing about the error.
    while arguments.first().is_some_and(|argument| argument == "-c") {
        arguments.drain(..arguments.len().min(2));
    }
    match said.trim() {
        "" => bail!("git {} failed", arguments.join(" ")),
        said => bail!("git {} failed: {said}", arguments.join(" ")),
    }
}
