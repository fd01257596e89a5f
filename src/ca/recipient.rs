//! One age recipient from its text, and what a file's recipients come to.

use std::path::PathBuf;
use std::str::FromStr;

use age::x25519::Recipient;

/// The recipients of one file.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    /// The age recipients.
    pub(super) keys: Vec<Recipient>,
    /// The kinds of other keys that its rule names too, and that cannot open what is written.
    pub(super) left_out: Vec<String>,
}

/// Why recipients cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RecipientsError {
    /// A recipient has not the form of one.
    #[error("`{0}` is not an age recipient of the form `age1…`")]
    NotRecipient(String),
    /// Something that does not even begin like a recipient. It is not repeated: it may be a private key without its beginning.
    #[error(
        "one of the recipients does not begin with `age1`: {0} characters, not shown since they may be a private key"
    )]
    Unlike(usize),
    /// A private key stands where a public one belongs. It is not repeated.
    #[error("a private age key is not a recipient: use its public key, which `age-keygen -y` prints")]
    PrivateKey,
    /// A file or directory cannot be read.
    #[error("cannot read {}: {source}", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A `.sops.yaml` cannot be understood.
    #[error("{}: {what}", .file.display())]
    BadRules {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        what: String,
    },
}

/// A recipient from its text.
pub(super) fn recipient(text: &str) -> Result<Recipient, RecipientsError> {
    let text = text.trim();
    if text.to_ascii_uppercase().contains("AGE-SECRET-KEY-") {
        return Err(RecipientsError::PrivateKey);
    }
    Recipient::from_str(text).map_err(|_| match text.get(..3) {
        Some(start) if start.eq_ignore_ascii_case("age") => RecipientsError::NotRecipient(text.to_owned()),
        _ => RecipientsError::Unlike(text.chars().count()),
    })
}
