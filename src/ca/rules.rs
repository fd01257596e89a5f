//! The creation rules of a `.sops.yaml`: the first whose expression fits a file names the keys it is encrypted to.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use age::x25519::Recipient;
use regex_lite::Regex;
use serde::Deserialize;
use serde_yaml::Value;

use super::recipient::{RecipientsError, Resolved, recipient};
use crate::load::{self, strict};

/// Kinds of keys that are not age's.
const OTHER_KEYS: [&str; 6] = ["pgp", "kms", "gcp_kms", "azure_keyvault", "hc_vault", "hc_vault_transit_uri"];

/// The creation rules of one file.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    /// The file.
    pub(super) file: PathBuf,
    rules: Vec<(Option<Regex>, Rule)>,
}

#[derive(Deserialize)]
struct File {
    creation_rules: Option<Vec<Rule>>,
}

/// A rule, or one of its groups of keys.
#[derive(Clone, Debug, Deserialize)]
struct Rule {
    #[serde(default)]
    path_regex: String,
    age: Option<Keys>,
    key_groups: Option<Vec<Rule>>,
    merge: Option<Vec<Rule>>,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Keys {
    /// Separated by commas.
    Text(String),
    List(Vec<String>),
}

impl Rules {
    /// The rules in a file; nothing if it has none, as when it only says where to publish.
    pub(super) fn read(file: PathBuf) -> Result<Option<Self>, RecipientsError> {
        let bad = |what: String| RecipientsError::BadRules { file: file.clone(), what };
        if let Some(why) = load::leads_out(file.parent().unwrap_or(Path::new(".")), &file) {
            return Err(bad(format!("is a symbolic link to a file {why}")));
        }
        let text = load::read_file(&file).map_err(|diag| bad(format!("cannot be read: {}", diag.message)))?;
        let parsed: File = strict::yaml(&text).map_err(|fault| bad(fault.what))?;
        let Some(parsed) = parsed.creation_rules else { return Ok(None) };
        let compile = |rule: Rule| {
            let regex = match rule.path_regex.as_str() {
                "" => None,
                text => Some(Regex::new(text).map_err(|error| bad(format!("path_regex `{text}`: {error}")))?),
            };
            Ok((regex, rule))
        };
        let rules = parsed.into_iter().map(compile).collect::<Result<_, _>>()?;
        Ok(Some(Self { file, rules }))
    }

    /// The recipients of a file, which need not exist yet.
    pub(super) fn of(&self, path: &Path) -> Result<Resolved, RecipientsError> {
        let bad = |what: String| RecipientsError::BadRules { file: self.file.clone(), what };
        let relative = self.relative(path);
        let fits = |(regex, _): &&(Option<Regex>, Rule)| regex.as_ref().is_none_or(|regex| regex.is_match(&relative));
        let Some((_, rule)) = self.rules.iter().find(fits) else {
            return Err(bad(format!("no creation rule has a path_regex that fits `{relative}`")));
        };
        let mut resolved = Resolved::default();
        match rule.key_groups.as_deref() {
            None | Some([]) => rule.collect(&mut resolved)?,
            Some([group]) => group.collect(&mut resolved)?,
            Some(_) => {
                let what = "has several key groups, which share a key between them; only one group is supported";
                return Err(bad(format!("the creation rule for `{relative}` {what}")));
            }
        }
        if resolved.keys.is_empty() {
            let others = resolved.left_out.join(", ");
            let names =
                if others.is_empty() { "no keys".to_owned() } else { format!("only keys of other kinds ({others})") };
            return Err(bad(format!("the creation rule for `{relative}` names {names}; add an `age` recipient")));
        }
        Ok(resolved)
    }

    /// The path as the rules see it: from their own directory, with slashes.
    fn relative(&self, path: &Path) -> String {
        let path = canonical(path);
        let base = self.file.parent().unwrap_or(Path::new("."));
        let names = path.strip_prefix(base).unwrap_or(&path).components().filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_string_lossy()),
            _ => None,
        });
        names.collect::<Vec<_>>().join("/")
    }
}

impl Rule {
    /// Adds the keys of this rule or group.
    fn collect(&self, resolved: &mut Resolved) -> Result<(), RecipientsError> {
        let texts: Vec<&str> = match &self.age {
            None => Vec::new(),
            Some(Keys::Text(text)) => text.split(',').collect(),
            Some(Keys::List(texts)) => texts.iter().map(String::as_str).collect(),
        };
        let parsed = texts.into_iter().filter(|text| !text.trim().is_empty()).map(recipient);
        resolved.keys.extend(parsed.collect::<Result<Vec<Recipient>, _>>()?);
        let present = |kind: &&&str| self.rest.get(**kind).is_some_and(|value| !is_empty(value));
        resolved.left_out.extend(OTHER_KEYS.iter().filter(present).map(|kind| (*kind).to_owned()));
        self.merge.iter().flatten().try_for_each(|group| group.collect(resolved))
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Sequence(items) => items.is_empty(),
        _ => false,
    }
}

/// The path without links, as far as it exists.
fn canonical(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    for existing in path.ancestors() {
        if let (Ok(real), Ok(rest)) = (existing.canonicalize(), path.strip_prefix(existing)) {
            return real.join(rest);
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use age::x25519::Identity;

    use std::fs;

    use super::super::recipients::recipients_from_sops;
    use super::*;

    fn key() -> String {
        Identity::generate().to_public().to_string()
    }

    /// What the rules give for `fleet/<file>` when `.sops.yaml` stands above the fleet.
    fn resolve(rules: &str, file: &str) -> Result<Vec<String>, RecipientsError> {
        let dir = tempfile::tempdir().expect("a directory");
        fs::create_dir_all(dir.path().join(".git")).expect("a directory");
        fs::create_dir_all(dir.path().join("fleet")).expect("a directory");
        fs::write(dir.path().join(".sops.yaml"), rules).expect("a file");
        let fleet = dir.path().join("fleet");
        let recipients = recipients_from_sops(&fleet)?.expect("rules");
        Ok(recipients.of(&fleet.join(file))?.keys.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn the_first_rule_that_fits_decides() {
        let (root, kind1, rest) = (key(), key(), key());
        let rules = format!(
            "creation_rules:\n- path_regex: ^fleet/ca/.*/root\\.yaml$\n  age: {root}\n- path_regex: kind1\n  age: [{kind1}]\n- age: >-\n    {rest},\n    {root}\n"
        );
        assert_eq!(resolve(&rules, "ca/a.b/root.yaml").expect("keys").join(" "), root);
        assert_eq!(resolve(&rules, "ca/a.b/meshes/istiod-kind1.yaml").expect("keys"), [kind1]);
        assert_eq!(resolve(&rules, "ca/a.b/meshes/istiod-kind2.yaml").expect("keys"), [rest, root]);
    }

    #[test]
    fn one_group_of_keys_is_a_list_and_several_are_refused() {
        let (one, two) = (key(), key());
        let groups = format!("creation_rules:\n- key_groups:\n  - age: [{one}]\n    merge:\n    - age: [{two}]\n");
        assert_eq!(resolve(&groups, "ca/x").expect("keys"), [one.clone(), two.clone()]);
        let groups = format!("creation_rules:\n- key_groups:\n  - age: [{one}]\n  - age: [{two}]\n");
        assert!(resolve(&groups, "ca/x").expect_err("an error").to_string().contains("several key groups"));
    }

    #[test]
    fn what_does_not_help_is_named() {
        let said = |rules: &str| resolve(rules, "ca/x").expect_err("an error").to_string();
        assert!(said("creation_rules: [{pgp: ABCD, kms: 'arn:x'}]").contains("(pgp, kms)"));
        assert!(said("creation_rules: [{path_regex: other}]").contains("fits `fleet/ca/x`"));
        assert!(said("creation_rules: [{path_regex: '('}]").contains("path_regex `(`"));
        assert!(said("creation_rules: 3").contains(".sops.yaml: "));
        assert!(said("creation_rules: [{age: age1oops}]").contains("`age1oops` is not"));
    }

    #[test]
    fn the_search_stops_at_the_repository() {
        let dir = tempfile::tempdir().expect("a directory");
        let inner = dir.path().join("repository/fleet");
        fs::create_dir_all(&inner).expect("a directory");
        fs::write(dir.path().join(".sops.yaml"), "creation_rules: []").expect("a file");
        assert!(recipients_from_sops(&inner).expect("a search").is_none(), "no repository at all");
        fs::create_dir_all(dir.path().join("repository/.git")).expect("a directory");
        assert!(recipients_from_sops(&inner).expect("a search").is_none(), "above the repository");
        fs::write(dir.path().join("repository/.sops.yaml"), "creation_rules: []").expect("a file");
        assert!(recipients_from_sops(&inner).expect("a search").is_some());
    }
}
