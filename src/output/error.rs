//! Why a run of this stage ended early.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::diag::{Code, Diag, Place};
use crate::ids::ClusterName;
use crate::render::tree::TreeError;

/// What was being done when the file system refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Reading a file.
    Read,
    /// Listing a directory, or asking what a path is.
    List,
    /// Making a directory.
    CreateDir,
    /// Writing a new file.
    Write,
    /// Giving a complete file or directory its name.
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
    /// The file system refused.
    #[error("cannot {operation} {}: {source}", path.display())]
    Io {
        /// What was being done.
        operation: Operation,
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// What was rendered cannot be written as a tree of files.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// A cluster's name cannot be the name of its directory.
    #[error("the name of cluster `{}` {fault}", cluster.as_str().escape_debug())]
    BadCluster {
        cluster: ClusterName,
        /// What is wrong with its name.
        fault: &'static str,
    },
    /// Rendering gave other bytes the second time: what was checked is not what would be written.
    #[error("cluster {0} was rendered twice with different results")]
    Unstable(ClusterName),
    /// The report says what was refused. Nothing was written.
    #[error("refused; nothing was written")]
    Refused,
}

impl OutputError {
    /// Names the operation and the path that an I/O error is about.
    pub(super) fn io(operation: Operation, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { operation, path: path.to_owned(), source }
    }

    /// The diagnostic of this error; none for a refusal, which has its own.
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
            Self::Io { .. } => "mend the cause and run again: what was written is taken up where it stands",
            Self::BadCluster { .. } => "its files are written below that name: choose another",
            Self::Tree(_) | Self::Unstable(_) | Self::Refused => "this is a mistake of meshtree: please report it",
        };
        Some(Diag::new(code, place, self.to_string()).hint(hint))
    }
}
