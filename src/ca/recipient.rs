//! One age recipient from its text, and what a file's recipients come to.

use std::path::PathBuf;
use std::str::FromStr as _;

use age::x25519::Recipient;

use crate::diag::Pos;
use crate::ids::recipient::{NotRecipient, check};

/// The recipients of one file.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    /// The age recipients.
    pub(super) keys: Vec<Recipient>,
    /// The kinds of other keys that its rule names too, and that cannot open what is written.
    pub(super) left_out: Vec<String>,
}

/// Why recipients cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RecipientsError {
    /// The settings list what is no recipient. The reader of the settings has reported it.
    #[error(transparent)]
    NotRecipient(#[from] NotRecipient),
    /// A `.sops.yaml` cannot be used.
    #[error("{what}")]
    BadRules {
        /// The file.
        file: PathBuf,
        /// Where in it.
        pos: Option<Pos>,
        /// What is wrong.
        what: String,
    },
}

/// A recipient from its text.
pub(super) fn recipient(text: &str) -> Result<Recipient, NotRecipient> {
    check(text)?;
    Recipient::from_str(text.trim()).map_err(|_| NotRecipient::Damaged(text.to_owned()))
}
