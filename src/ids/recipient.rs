//! Age recipients: the public keys to which private keys are encrypted.

use std::str::FromStr;

use age::x25519::Recipient;

/// Why a text is not a recipient. What may be a private key is never repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRecipient {
    /// It begins like a recipient.
    #[error("`{0}` is not an age recipient of the form `age1…`")]
    Damaged(String),
    /// It does not even begin like one: it may be a private key that lost its beginning.
    #[error(
        "a recipient must begin with `age1`; the {0} characters here are not shown, since they may be a private key"
    )]
    Unlike(usize),
    /// A private key.
    #[error("a private age key is not a recipient")]
    PrivateKey,
}

impl NotRecipient {
    /// Whether the text may be a private key, so that its line must not be shown either.
    pub fn may_be_private(&self) -> bool {
        matches!(self, Self::Unlike(_) | Self::PrivateKey)
    }

    /// What to write instead.
    pub const HINT: &'static str = "write the public key, which `age-keygen -y` prints for a private one: age1…";
}

/// A recipient from its text.
///
/// # Errors
/// A text that is not one.
pub fn recipient(text: &str) -> Result<Recipient, NotRecipient> {
    let text = text.trim();
    if text.to_ascii_uppercase().contains("AGE-SECRET-KEY-") {
        return Err(NotRecipient::PrivateKey);
    }
    Recipient::from_str(text).map_err(|_| match text.get(..4) {
        Some(start) if start.eq_ignore_ascii_case("age1") => NotRecipient::Damaged(text.to_owned()),
        _ => NotRecipient::Unlike(text.chars().count()),
    })
}

#[cfg(test)]
mod tests {
    use age::secrecy::ExposeSecret as _;
    use age::x25519::Identity;

    use super::*;

    #[test]
    fn a_recipient_is_read_and_a_damaged_one_is_shown() {
        let good = Identity::generate().to_public().to_string();
        assert_eq!(recipient(&format!(" {good}\n")).expect("a recipient").to_string(), good);
        let error = recipient("age1xyz").expect_err("an error").to_string();
        assert_eq!(error, "`age1xyz` is not an age recipient of the form `age1…`");
    }

    #[test]
    fn a_private_key_is_not_repeated_wherever_it_was_cut() {
        let secret = Identity::generate().to_string().expose_secret().to_owned();
        for text in (0..secret.len()).map(|at| &secret[at..]) {
            for text in [text.to_owned(), text.to_lowercase()] {
                let error = recipient(&text).expect_err("an error").to_string();
                // One character is in any message.
                assert!(text.len() < 3 || !error.contains(&text), "{error}");
                assert!(!error.contains("AGE-SECRET-KEY-"), "what looks like a key is not shown at all: {error}");
            }
        }
    }
}
