//! Who can open the private keys that are written: age recipients, from the settings or from `.sops.yaml`.

use std::collections::BTreeSet;
use std::path::Path;

use age::x25519::Recipient;

use super::recipient::{RecipientsError, Resolved, recipient};
use super::rules::Rules;

/// The age recipients of the store's files.
#[derive(Clone, Debug, Default)]
pub struct Recipients(Source);

#[derive(Clone, Debug, Default)]
enum Source {
    #[default]
    Nobody,
    /// The same for every file.
    List(Vec<Recipient>),
    /// As the rules of a `.sops.yaml` say for each.
    Rules(Rules),
}

impl Recipients {
    /// The given recipients, `age1…` each, for every file; none at all means that nothing can be written.
    pub fn from_list<S: AsRef<str>>(recipients: &[S]) -> Result<Self, RecipientsError> {
        let parsed: Vec<_> = recipients.iter().map(|text| recipient(text.as_ref())).collect::<Result<_, _>>()?;
        Ok(Self(if parsed.is_empty() { Source::Nobody } else { Source::List(parsed) }))
    }

    /// Those of one file of the store; none if none are set anywhere.
    pub(super) fn of(&self, file: &Path) -> Result<Resolved, RecipientsError> {
        let mut resolved = match &self.0 {
            Source::Nobody => Resolved::default(),
            Source::List(keys) => Resolved { keys: keys.clone(), left_out: Vec::new() },
            Source::Rules(rules) => rules.of(file)?,
        };
        let mut seen = BTreeSet::new();
        resolved.keys.retain(|key| seen.insert(key.to_string()));
        Ok(resolved)
    }

    /// The file they come from, if it is a `.sops.yaml`.
    pub(super) fn file(&self) -> Option<&Path> {
        if let Source::Rules(rules) = &self.0 { Some(&rules.file) } else { None }
    }
}

/// The recipients that the creation rules of the nearest `.sops.yaml` name: in the fleet's directory or above it, up to the
/// root of its Git repository. Outside of a repository only the fleet's own directory is looked into.
pub fn recipients_from_sops(fleet: &Path) -> Result<Option<Recipients>, RecipientsError> {
    let unreadable = |source| RecipientsError::Unreadable { file: fleet.to_path_buf(), source };
    let top = fleet.canonicalize().map_err(unreadable)?;
    let is_git = |dir: &&Path| dir.join(".git").exists();
    let repository = top.ancestors().find(is_git).unwrap_or(&top);
    let within = top.ancestors().take_while(|dir| dir.starts_with(repository));
    let Some(file) = within.map(|dir| dir.join(".sops.yaml")).find(|file| file.is_file()) else { return Ok(None) };
    Ok(Rules::read(file)?.map(|rules| Recipients(Source::Rules(rules))))
}

#[cfg(test)]
mod tests {
    use age::secrecy::ExposeSecret as _;
    use age::x25519::Identity;

    use super::*;

    #[test]
    fn lists_are_checked() {
        let good = Identity::generate().to_public().to_string();
        let listed = Recipients::from_list(&[good.as_str(), &format!(" {good}\n")]).expect("recipients");
        assert_eq!(listed.of(Path::new("x")).expect("recipients").keys.len(), 1);
        let error = Recipients::from_list(&[good.as_str(), "age1xyz"]).expect_err("an error");
        assert_eq!(error.to_string(), "`age1xyz` is not an age recipient of the form `age1…`");
    }

    #[test]
    fn a_private_key_among_them_is_not_repeated() {
        let secret = Identity::generate().to_string();
        for text in [secret.expose_secret().to_owned(), secret.expose_secret().to_lowercase()] {
            let error = Recipients::from_list(&[&text]).expect_err("an error").to_string();
            assert!(!error.contains(&text[20..]), "{error}");
            // What looks like a key is not shown at all, so the message names none.
            assert!(!error.contains("AGE-SECRET-KEY-"), "{error}");
        }
    }
}
