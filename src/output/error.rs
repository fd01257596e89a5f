//! Errors that end reading or writing the output.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::diag::{Code, Diag, Place};
use crate::ids::ClusterName;
use crate::render::tree::TreeError;

/// The operation that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Reading a file.
    Read,
    /// Listing a directory, or reading the type of a path.
    List,
    /// Making a directory.
    CreateDir,
    /// Writing a new file.
    Write,
    /// Renaming a complete file or directory to its final name.
    Rename,
    /// Deleting a file.
    RemoveFile,
    /// Deleting an empty directory.
    RemoveDir,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::List => "list",
            Self::CreateDir => "create the directory",
            Self::Write => "write",
            Self::Rename => "rename to",
            Self::RemoveFile => "delete",
            Self::RemoveDir => "delete the directory",
        })
    }
}

/// Why the output could not be compared or written.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// A file system operation failed.
    #[error("cannot {operation} {}: {source}", path.display())]
    Io {
        /// The operation.
        operation: Operation,
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The rendered objects cannot be written as a tree of files.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// A cluster's name is not valid as the name of its directory.
    #[error("the name of cluster `{}` {fault}", cluster.as_str().escape_debug())]
    BadCluster {
        cluster: ClusterName,
        /// What is wrong with its name.
        fault: &'static str,
    },
    /// The second rendering has other bytes than the one that was checked.
    #[error("cluster {0} was rendered twice with different results")]
    Unstable(ClusterName),
    /// A refusal, which is in the report. Nothing was written.
    #[error("refused; nothing was written")]
    Refused,
}

impl OutputError {
    /// Names the operation and the path that an I/O error is about.
    pub(super) fn io(operation: Operation, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { operation, path: path.to_owned(), source }
    }

    /// The diagnostic of this error; none for a refusal, which is already reported.
    pub fn diag(&self) -> Option<Diag> {
        let (code, place) = match self {
            Self::Io { operation: _, path, source: _ } => {
                (Code::WriteFailed, Place::File(path.display().to_string().into()))
            }
            Self::Tree(TreeError::SamePath { .. } | TreeError::FileAndDirectory { .. }) => {
                (Code::SamePath, Place::Nowhere)
            }
            Self::Tree(TreeError::BadPath { .. } | TreeError::BadName { .. }) => (Code::OutputUnsafe, Place::Nowhere),
            Self::BadCluster { .. } => (Code::OutputUnsafe, Place::Nowhere),
            Self::Unstable(_) => (Code::WriteFailed, Place::Nowhere),
            Self::Refused => return None,
        };
        let hint = match self {
            Self::Io { operation: Operation::Read | Operation::List, .. } => "make it readable and run again",
            Self::Io { .. } => "fix the cause and run again; the next run continues where this one stopped",
            Self::BadCluster { .. } => "choose another name; it is also the name of the cluster's directory",
            Self::Tree(_) | Self::Unstable(_) | Self::Refused => "report this as a bug in meshtree",
        };
        Some(Diag::new(code, place, self.to_string()).hint(hint))
    }
}
