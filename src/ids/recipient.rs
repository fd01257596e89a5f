//! Age recipients: the public keys to which private keys are encrypted.

/// Why a text is not a recipient. What may be a private key is never repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRecipient {
    /// A recipient of a kind that the age library here does not encrypt to.
    #[error("`{0}` is {1}, which is not supported")]
    OtherKind(String, &'static str),
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
    pub fn hint(&self) -> &'static str {
        match self {
            Self::OtherKind(..) => {
                "use an X25519 recipient, which `age-keygen` makes: age1 and 58 letters and digits. `sops updatekeys` can add other kinds to a file of the CA store that the creation rules of a .sops.yaml name"
            }
            Self::Damaged(_) | Self::Unlike(_) | Self::PrivateKey => {
                "write the public key, which `age-keygen -y` prints for a private one: age1…"
            }
        }
    }
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
    let upper = text.to_ascii_uppercase();
    if upper.contains("AGE-SECRET-KEY-") || upper.contains("AGE-PLUGIN-") {
        return Err(NotRecipient::PrivateKey);
    }
    if let Some(kind) = other_kind(text) {
        return Err(NotRecipient::OtherKind(text.to_owned(), kind));
    }
    Err(match text.get(..4) {
        Some(start) if start.eq_ignore_ascii_case("age1") => NotRecipient::Damaged(text.to_owned()),
        _ => NotRecipient::Unlike(text.chars().count()),
    })
}

/// What a text is, if it is a recipient of another kind. In Bech32, the last `1` ends the name of the kind.
fn other_kind(text: &str) -> Option<&'static str> {
    if text.starts_with("ssh-") && text.contains(' ') {
        return Some("an SSH public key");
    }
    let (name, data) = text.strip_prefix("age1")?.rsplit_once('1')?;
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || !name.chars().all(is_name) || data.is_empty() || !data.chars().all(is_name) {
        return None;
    }
    Some(if name == "pq" { "a post-quantum recipient of age" } else { "a recipient of an age plugin" })
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
    fn other_kinds_are_called_what_they_are() {
        for (text, expected) in [
            ("age1pq1qqqq", Some("a post-quantum recipient of age")),
            (
                "age1yubikey1qwt50d0nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t",
                Some("a recipient of an age plugin"),
            ),
            ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIF me@host", Some("an SSH public key")),
            ("age1xyz", None),
            ("age11xyz", None),
            ("age1x1", None),
        ] {
            let kind = if let Err(NotRecipient::OtherKind(_, kind)) = check(text) { Some(kind) } else { None };
            assert_eq!(kind, expected, "{text}");
        }
        assert_eq!(check("AGE-PLUGIN-YUBIKEY-1QQQ"), Err(NotRecipient::PrivateKey));
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
