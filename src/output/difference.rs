//! How the tree on disk differs from what is rendered, file by file.

use std::fmt;

use serde::Serialize;

/// How a file differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DifferenceKind {
    /// It is rendered and does not exist.
    Missing,
    /// It has other bytes, or is not a file.
    Changed,
    /// It is not rendered any more.
    Extra,
    /// The lock differs from the rendered tree.
    Lock,
    /// The lines of the lock end in CR LF, as Git can have them.
    LineEnds,
    /// It was generated, but is neither rendered nor in the lock.
    Leftover,
    /// A killed run left it.
    Unfinished,
}

impl fmt::Display for DifferenceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "missing",
            Self::Changed => "changed",
            Self::Extra => "extra",
            Self::Lock => "lock out of date",
            Self::LineEnds => "lines end in CR LF",
            Self::Leftover => "leftover, in no lock",
            Self::Unfinished => "left by an unfinished run",
        })
    }
}

/// One difference between the tree on disk and what is rendered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Difference {
    /// The path relative to the output directory.
    pub path: String,
    /// How it differs.
    pub kind: DifferenceKind,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.kind)
    }
}
