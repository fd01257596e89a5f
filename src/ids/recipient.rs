//! Age recipients: the public keys to which private keys are encrypted.

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

/// What is wrong with the text of a recipient.
///
/// # Errors
/// A text that is not one.
pub fn check(text: &str) -> Result<(), NotRecipient> {
    let text = text.trim();
    if is_recipient(text) {
        return Ok(());
    }
    Err(match text.get(..4) {
        _ if text.to_ascii_uppercase().contains("AGE-SECRET-KEY-") => NotRecipient::PrivateKey,
        Some(start) if start.eq_ignore_ascii_case("age1") => NotRecipient::Damaged(text.to_owned()),
        _ => NotRecipient::Unlike(text.chars().count()),
    })
}

/// Whether a text is 32 bytes in Bech32 behind `age1`, as a public key of age is written. The settings are checked before anything
/// that encrypts is reached.
fn is_recipient(text: &str) -> bool {
    const LETTERS: &str = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    /// `age` as the checksum covers it.
    const PREFIX: [u32; 7] = [3, 3, 3, 0, 1, 7, 5];
    /// 32 bytes, of which five bits are a letter.
    const DATA: usize = 52;
    let values = text.strip_prefix("age1").unwrap_or_default().chars().map(|c| LETTERS.find(c));
    let Some(values) = values.map(|at| at.and_then(|at| u32::try_from(at).ok())).collect::<Option<Vec<_>>>() else {
        return false;
    };
    let checksum = PREFIX.iter().chain(&values).fold(1, |sum, value| checked(sum, *value));
    values.len() == DATA + 6 && values[DATA - 1] & 0xf == 0 && checksum == 1
}

/// The checksum of Bech32 (BIP 173) with one more value.
fn checked(sum: u32, value: u32) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let next = (sum & 0x01ff_ffff) << 5 ^ value;
    let picked = GENERATOR.iter().enumerate().filter(|(i, _)| sum >> (25 + i) & 1 == 1);
    picked.fold(next, |next, (_, generator)| next ^ generator)
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use age::secrecy::ExposeSecret as _;
    use age::x25519::{Identity, Recipient};

    use super::*;

    #[test]
    fn a_recipient_is_read_and_a_damaged_one_is_shown() {
        let good = Identity::generate().to_public().to_string();
        assert_eq!(check(&format!(" {good}\n")), Ok(()));
        let error = check("age1xyz").expect_err("an error").to_string();
        assert_eq!(error, "`age1xyz` is not an age recipient of the form `age1…`");
    }

    #[test]
    fn the_library_that_encrypts_agrees() {
        for _ in 0..100 {
            let good = Identity::generate().to_public().to_string();
            assert!(is_recipient(&good));
            for at in [4, 30, good.len() - 1] {
                let other = if good.as_bytes()[at] == b'q' { "p" } else { "q" };
                let bad = format!("{}{other}{}", &good[..at], &good[at + 1..]);
                assert!(!is_recipient(&bad) && Recipient::from_str(&bad).is_err(), "{bad}");
            }
            assert!(!is_recipient(&good[..good.len() - 1]) && !is_recipient(&format!("{good}q")));
        }
    }

    #[test]
    fn a_private_key_is_not_repeated_wherever_it_was_cut() {
        let secret = Identity::generate().to_string().expose_secret().to_owned();
        for text in (0..secret.len()).map(|at| &secret[at..]) {
            for text in [text.to_owned(), text.to_lowercase()] {
                let error = check(&text).expect_err("an error").to_string();
                // One character is in any message.
                assert!(text.len() < 3 || !error.contains(&text), "{error}");
                assert!(!error.contains("AGE-SECRET-KEY-"), "what looks like a key is not shown at all: {error}");
            }
        }
    }
}
