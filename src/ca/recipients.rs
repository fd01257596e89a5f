//! Who can open the private keys that are written: age recipients, from the settings or from `.sops.yaml`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use age::x25519::Recipient;

use super::recipient::{RecipientsError, Resolved, recipient};
use super::rules::Rules;
use crate::ids::recipient::NotRecipient;

/// The age recipients of the store's files.
#[derive(Clone, Debug, Default)]
pub struct Recipients(Source);

#[derive(Clone, Debug, Default)]
enum Source {
    #[default]
    Nobody,
    /// The same for every file.
    List(Vec<Recipient>),
    /// A list of which one is none.
    Unusable(NotRecipient),
    /// As the rules of the `.sops.yaml` near a fleet say for each.
    Sops(Sops),
}

/// The `.sops.yaml` near a fleet, which is read when something is to be encrypted: who only copies does not depend on it.
#[derive(Clone, Debug)]
struct Sops {
    fleet: PathBuf,
    read: Arc<OnceLock<Result<Option<Rules>, RecipientsError>>>,
}

impl Recipients {
    /// The given recipients, `age1…` each, for every file; none at all means that nothing can be written.
    pub fn from_list<S: AsRef<str>>(recipients: &[S]) -> Result<Self, NotRecipient> {
        let parsed: Vec<_> = recipients.iter().map(|text| recipient(text.as_ref())).collect::<Result<_, _>>()?;
        Ok(Self(if parsed.is_empty() { Source::Nobody } else { Source::List(parsed) }))
    }

    /// Those of a list that cannot be used, which has been reported: nothing is encrypted to anybody.
    pub(super) fn unusable(error: NotRecipient) -> Self {
        Self(Source::Unusable(error))
    }

    /// Those that the creation rules of the nearest `.sops.yaml` name: in the fleet's directory or above it, up to the root of its
    /// Git repository. Outside of a repository only the fleet's own directory is looked into. Nothing is read before it is needed.
    pub fn from_sops(fleet: &Path) -> Self {
        Self(Source::Sops(Sops { fleet: fleet.to_path_buf(), read: Arc::default() }))
    }

    /// Those of one file of the store; none if none are set anywhere.
    pub(super) fn of(&self, file: &Path) -> Result<Resolved, RecipientsError> {
        let mut resolved = match &self.0 {
            Source::Nobody => Resolved::default(),
            Source::List(keys) => Resolved { keys: keys.clone(), left_out: Vec::new() },
            Source::Unusable(error) => return Err(error.clone().into()),
            Source::Sops(sops) => match sops.rules()? {
                Some(rules) => rules.of(file)?,
                None => Resolved::default(),
            },
        };
        let mut seen = BTreeSet::new();
        resolved.keys.retain(|key| seen.insert(key.to_string()));
        Ok(resolved)
    }

    /// The file they come from, if it is a `.sops.yaml`.
    pub(super) fn file(&self) -> Option<&Path> {
        let Source::Sops(sops) = &self.0 else { return None };
        sops.rules().ok().flatten().map(|rules| &*rules.shown)
    }
}

impl Sops {
    /// Its rules; nothing if there is no such file or it has none.
    fn rules(&self) -> Result<Option<&Rules>, RecipientsError> {
        let read =
            self.read.get_or_init(|| nearest(&self.fleet).map_or(Ok(None), |(file, shown)| Rules::read(file, shown)));
        read.as_ref().map(Option::as_ref).map_err(Clone::clone)
    }
}

/// The nearest `.sops.yaml`, and its path from where the fleet's is from.
fn nearest(fleet: &Path) -> Option<(PathBuf, PathBuf)> {
    let top = fleet.canonicalize().ok()?;
    let is_git = |dir: &&Path| dir.join(".git").exists();
    let repository = top.ancestors().find(is_git).unwrap_or(&top);
    let within = top.ancestors().take_while(|dir| dir.starts_with(repository));
    let (up, file) = within.map(|dir| dir.join(".sops.yaml")).enumerate().find(|(_, file)| file.exists())?;
    let start = if fleet == Path::new(".") { PathBuf::new() } else { fleet.to_path_buf() };
    let above: PathBuf = std::iter::repeat_n("..", up).collect();
    Some((file, start.join(above).join(".sops.yaml")))
}

#[cfg(test)]
mod tests {
    use std::fs;

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
    fn the_search_stops_at_the_repository() {
        let dir = tempfile::tempdir().expect("a directory");
        let (inner, repository) = (dir.path().join("repository/fleet"), dir.path().join("repository"));
        fs::create_dir_all(&inner).expect("a directory");
        fs::write(dir.path().join(".sops.yaml"), "creation_rules: []").expect("a file");
        assert_eq!(nearest(&inner), None, "no repository at all");
        fs::create_dir_all(repository.join(".git")).expect("a directory");
        assert_eq!(nearest(&inner), None, "above the repository");
        fs::write(repository.join(".sops.yaml"), "creation_rules: []").expect("a file");
        assert_eq!(nearest(&inner).map(|(_, shown)| shown), Some(inner.join("../.sops.yaml")));
    }

    #[test]
    fn nothing_is_read_before_it_is_needed() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join(".sops.yaml");
        fs::write(&file, "creation_rules: [").expect("a file");
        let recipients = Recipients::from_sops(dir.path());
        fs::write(&file, "destination_rules: []").expect("a file");
        assert!(recipients.of(Path::new("x")).expect("readable by now").keys.is_empty());
        fs::write(&file, "creation_rules: [").expect("a file");
        assert!(recipients.of(Path::new("x")).is_ok(), "read once");
        assert!(Recipients::from_sops(dir.path()).of(Path::new("x")).is_err());
    }
}
