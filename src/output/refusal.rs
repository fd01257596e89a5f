//! Reasons not to change a cluster's directory, and the flags that override them.

use std::path::Path;

use crate::diag::{Code, Diag, Place};
use crate::ids::ClusterName;

use super::listing::Kind;
use super::stray::Strays;

/// Which refusals are overridden, with the loss that they prevent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// Overwrite and delete files that were edited by hand.
    pub overwrite_edited: bool,
    /// Overwrite files that meshtree did not write.
    pub overwrite_foreign: bool,
    /// Delete all files of a cluster, whether it is still in the fleet or not.
    pub allow_empty: bool,
    /// Delete generated files that are neither rendered nor in the lock.
    pub delete_leftovers: bool,
}

impl Options {
    /// What happens to leftover generated files.
    pub(super) fn strays(self) -> Strays {
        if self.delete_leftovers { Strays::Delete } else { Strays::Keep }
    }
}

/// A reason not to change a cluster's directory. Paths are relative to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// A file that is in neither lock nor journal is at the path of an object.
    Foreign {
        /// The file.
        path: String,
        /// The object to be written to that path.
        object: String,
    },
    /// The content of a rendered file matches neither lock nor journal.
    Edited {
        /// The file.
        path: String,
        /// It would be deleted, not overwritten.
        deleted: bool,
        /// It has the conflict markers of a merge.
        merge: bool,
    },
    /// Something that is not a file is at the path of a rendered file.
    NotAFile { path: String, what: String },
    /// Something that is not a directory is at the path of a directory; the path is empty for the cluster's own.
    NotADirectory {
        path: String,
        what: String,
        /// It is a symbolic link, which could point anywhere.
        link: bool,
    },
    /// The lock or the journal cannot be used.
    BadLock {
        /// Which of the two.
        path: String,
        /// Why.
        fault: String,
    },
    /// Nothing is rendered any more for a cluster of the fleet.
    Vanishes {
        /// How many files would be deleted.
        files: usize,
    },
}

impl Refusal {
    /// A path that should be a directory is not.
    pub(super) fn not_a_directory(path: &str, kind: Kind) -> Self {
        Self::NotADirectory { path: path.to_owned(), what: kind.to_string(), link: kind == Kind::Symlink }
    }

    /// Whether the options override it.
    pub fn is_waived(&self, options: Options) -> bool {
        match self {
            Self::Foreign { .. } => options.overwrite_foreign,
            Self::Edited { .. } => options.overwrite_edited,
            Self::Vanishes { .. } => options.allow_empty,
            Self::NotAFile { .. } | Self::NotADirectory { .. } | Self::BadLock { .. } => false,
        }
    }

    /// The diagnostic for a cluster whose directory this is.
    pub fn diag(&self, cluster: &ClusterName, dir: &Path) -> Diag {
        let at = |path: &str| if path.is_empty() { dir.to_owned() } else { dir.join(path) };
        let place = |path: &str| Place::File(at(path).display().to_string().into());
        let diag = |code, path: &str, message: String, hint: &str| Diag::new(code, place(path), message).hint(hint);
        match self {
            Self::Foreign { path, object } => diag(
                Code::ForeignFile,
                path,
                format!("meshtree did not write this file, and {object} would overwrite it"),
                "move it away, or overwrite it with `--overwrite-foreign`",
            ),
            Self::Edited { path, deleted, merge } => {
                let why = if *merge { "has the conflict markers of a merge" } else { "was edited by hand" };
                let what = if *deleted { "deleted" } else { "overwritten" };
                let hint = "move the change into the inputs, then discard it here with `--overwrite-edited`";
                diag(Code::EditedFile, path, format!("this file {why} and would be {what}"), hint)
            }
            Self::NotAFile { path, what } => {
                diag(Code::ForeignFile, path, format!("{what} is at the path of a rendered file"), "move it away")
            }
            Self::NotADirectory { path, what, link } => {
                let code = if *link { Code::OutputUnsafe } else { Code::ForeignFile };
                diag(code, path, format!("{what} is at the path of a directory of cluster {cluster}"), "move it away")
            }
            Self::BadLock { path, fault } => diag(
                Code::BadLock,
                path,
                fault.clone(),
                "restore it from Git; without it, meshtree does not know which files are its own",
            ),
            Self::Vanishes { files } => Diag::new(
                Code::ClusterVanishes,
                Place::File(dir.display().to_string().into()),
                format!(
                    "nothing is rendered any more for cluster {cluster}: all of its {files} files would be deleted"
                ),
            )
            .hint("use `--allow-empty` if this is intended"),
        }
    }
}
