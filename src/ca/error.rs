//! What can fail once CA material is being made.

use std::io;
use std::path::PathBuf;

use crate::diag::Code;

/// Why CA material could not be made. No message ever holds key material.
#[derive(Debug, thiserror::Error)]
pub enum CaError {
    /// The plan was refused; the report says why.
    #[error("the CA material was refused; nothing was issued")]
    Refused,
    /// The library of ciphers failed, as when the system has no randomness to give.
    #[error("cannot {0}")]
    Crypto(&'static str),
    /// The program that signs did not.
    #[error("the signer `{program}` {what}")]
    Signer {
        /// The program.
        program: String,
        /// What it did instead.
        what: String,
    },
    /// The root in the store cannot be built upon.
    #[error("the certificate of mesh {mesh} does not verify under the root in {root}", root = .root.display())]
    Chain {
        /// The mesh.
        mesh: String,
        /// The root's file.
        root: PathBuf,
    },
    /// Somebody else wrote to the store between the check and the write.
    #[error("{} was written by another run in the meantime; run again", .0.display())]
    Raced(PathBuf),
    /// A file of the store cannot be changed.
    #[error("{} {what}", .file.display())]
    Amend {
        /// The file.
        file: PathBuf,
        /// Why.
        what: String,
    },
    /// The store cannot be written.
    #[error("cannot write {}: {source}", .path.display())]
    Write {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl CaError {
    /// The code of the diagnostic that reports it.
    pub fn code(&self) -> Code {
        match self {
            Self::Refused => Code::CaMissing,
            Self::Raced(_) | Self::Chain { .. } | Self::Amend { .. } => Code::CaBroken,
            Self::Signer { .. } => Code::SignerFailed,
            Self::Crypto(_) | Self::Write { .. } => Code::WriteFailed,
        }
    }
}
