//! The age identities that open private keys made before, as sops finds them.

use std::ffi::OsString;
use std::fmt;
use std::io::Read as _;
use std::path::PathBuf;
use std::str::FromStr;
use std::{fs, io};

use age::x25519::Identity;
use zeroize::Zeroizing;

/// The most that is read of a file of identities.
const LARGEST: u64 = 1 << 20;

/// Where age identities are; nothing is read until one is needed.
#[derive(Clone, Default)]
pub struct Identities {
    /// Identities given as text: `SOPS_AGE_KEY`.
    pub text: Option<Zeroizing<String>>,
    /// A file that must exist: `SOPS_AGE_KEY_FILE`.
    pub file: Option<PathBuf>,
    /// A file that may exist: `sops/age/keys.txt` below the user's configuration.
    pub default_file: Option<PathBuf>,
}

impl Identities {
    /// Where sops would look, given a look-up of environment variables. An empty variable counts as none.
    pub fn from_vars(var: impl Fn(&str) -> Option<OsString>) -> Self {
        let path = |name| var(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = || {
            let below = if cfg!(target_os = "macos") { "Library/Application Support" } else { ".config" };
            path("HOME").map(|home| home.join(below))
        };
        let text = var("SOPS_AGE_KEY").and_then(|value| value.into_string().ok()).filter(|value| !value.is_empty());
        Self {
            text: text.map(Zeroizing::new),
            file: path("SOPS_AGE_KEY_FILE"),
            default_file: path("XDG_CONFIG_HOME").or_else(home).map(|config| config.join("sops/age/keys.txt")),
        }
    }

    /// All identities of all places.
    pub(super) fn load(&self) -> Result<Vec<Identity>, IdentityError> {
        let mut found = Vec::new();
        if let Some(text) = &self.text {
            parse("SOPS_AGE_KEY", text, &mut found)?;
        }
        for (file, required) in [(&self.file, true), (&self.default_file, false)] {
            let Some(file) = file else { continue };
            let name = file.display().to_string();
            // It may be a pipe, as the shell's `<(…)` makes it; no more of it is read than a file with keys can have.
            match fs::File::open(file).and_then(|open| io::read_to_string(open.take(LARGEST))) {
                Ok(text) => parse(&name, &Zeroizing::new(text), &mut found)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound && !required => {}
                Err(error) => return Err(IdentityError::Read(name, error)),
            }
        }
        Ok(found)
    }
}

/// Says where identities are, never what they are.
impl fmt::Debug for Identities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identities")
            .field("text", &self.text.as_ref().map(|_| "…"))
            .field("file", &self.file)
            .field("default_file", &self.default_file)
            .finish()
    }
}

/// Why identities cannot be used. Never repeats what was read.
#[derive(Debug, thiserror::Error)]
pub(super) enum IdentityError {
    /// The file cannot be read.
    #[error("{0}: {1}")]
    Read(String, io::Error),
    /// A line is not an identity.
    #[error("{0}, line {1}: not an age identity, as `age-keygen` makes them")]
    Parse(String, usize),
}

fn parse(name: &str, text: &str, found: &mut Vec<Identity>) -> Result<(), IdentityError> {
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        // A plugin's identity needs the plugin's program, and a post-quantum one opens nothing here; another line may do.
        let is_other = line.starts_with("AGE-PLUGIN-") || line.starts_with("AGE-SECRET-KEY-PQ-");
        if !line.is_empty() && !line.starts_with('#') && !is_other {
            let identity = Identity::from_str(line).map_err(|_| IdentityError::Parse(name.to_owned(), number + 1))?;
            found.push(identity);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use age::secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn all_places_are_read() {
        let keys: Vec<_> = (0..3).map(|_| Identity::generate().to_string()).collect();
        let dir = tempfile::tempdir().expect("a directory");
        let (file, config) = (dir.path().join("key.txt"), dir.path().join("sops/age/keys.txt"));
        fs::create_dir_all(dir.path().join("sops/age")).expect("a directory");
        fs::write(&file, format!("# created: now\n\n{}\n", keys[1].expose_secret())).expect("a file");
        fs::write(&config, keys[2].expose_secret()).expect("a file");
        let identities = Identities::from_vars(|name| match name {
            "SOPS_AGE_KEY" => Some(keys[0].expose_secret().into()),
            "SOPS_AGE_KEY_FILE" => Some(file.clone().into()),
            "XDG_CONFIG_HOME" => Some(dir.path().into()),
            _ => None,
        });
        assert_eq!(identities.load().expect("identities").len(), 3);
        assert!(!format!("{identities:?}").contains("AGE-SECRET"));
    }

    #[test]
    fn a_default_file_may_be_absent_and_a_named_one_may_not() {
        let absent = |name: &str| (name == "HOME").then(|| "/nonexistent".into());
        assert!(Identities::from_vars(absent).load().expect("none").is_empty());
        let named = |name: &str| (name == "SOPS_AGE_KEY_FILE").then(|| "/nonexistent/key".into());
        assert!(Identities::from_vars(named).load().is_err());
    }

    #[test]
    fn a_bad_identity_is_not_repeated() {
        let identities =
            Identities { text: Some(Zeroizing::new("# x\nAGE-SECRET-KEY-1OOPS".to_owned())), ..Identities::default() };
        let error = identities.load().err().expect("an error").to_string();
        assert!(error.contains("line 2") && !error.contains("OOPS"), "{error}");
        // What looks like a key is not shown at all, so the message names none.
        assert!(!error.contains("AGE-SECRET-KEY-"), "{error}");
    }
}
