//! The creation rules of a `.sops.yaml`, read as sops reads them: the first whose expression matches a file names the keys that
//! the file is encrypted to.

use std::path::{Component, Path, PathBuf};

use age::x25519::Recipient;

use super::go_regexp::GoRegexp;
use super::recipient::{RecipientsError, Resolved, recipient};
use crate::diag::Pos;
use crate::load::tree::{Node, Value};
use crate::load::{self, SourceFile};

/// Kinds of keys that are not age's.
const OTHER_KEYS: [&str; 7] = ["pgp", "kms", "gcp_kms", "hckms", "azure_keyvault", "hc_vault", "hc_vault_transit_uri"];

/// The creation rules of one file.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    /// The file, without links.
    file: PathBuf,
    /// Its path as it is shown.
    pub(super) shown: PathBuf,
    rules: Vec<Node>,
}

/// What is wrong, and where.
struct Fault {
    pos: Pos,
    what: String,
}

impl Fault {
    fn new(node: &Node, what: impl Into<String>) -> Self {
        Self { pos: node.pos(), what: what.into() }
    }
}

impl Rules {
    /// The rules in a file; nothing if it has none, as when it only says where to publish.
    pub(super) fn read(file: PathBuf, shown: PathBuf) -> Result<Option<Self>, RecipientsError> {
        let bad = |pos, what| RecipientsError::BadRules { file: shown.clone(), pos, what };
        if let Some(why) = load::leads_out(file.parent().unwrap_or(Path::new(".")), &file) {
            return Err(bad(None, format!(".sops.yaml is a symbolic link to a file {why}")));
        }
        let text =
            load::read_file(&file).map_err(|diag| bad(None, format!(".sops.yaml cannot be read: {}", diag.message)))?;
        if begins_empty(&text) {
            return Ok(None);
        }
        let source = SourceFile::new(shown.display().to_string(), ".sops.yaml", text);
        // Of several documents, sops reads the first.
        let Some(document) = source.documents().next() else { return Ok(None) };
        let node = document.node().map_err(|errors| {
            let error = errors.into_iter().next();
            bad(error.as_ref().map(|error| error.pos), error.map_or_else(String::new, |error| error.message))
        })?;
        let rules = creation_rules(&node).map_err(|Fault { pos, what }| bad(Some(pos), what))?;
        Ok(rules.map(|rules| Self { file, shown, rules }))
    }

    /// The recipients of a file, which need not exist yet.
    pub(super) fn of(&self, path: &Path) -> Result<Resolved, RecipientsError> {
        let bad = |pos, what| RecipientsError::BadRules { file: self.shown.clone(), pos, what };
        let relative = self.relative(path).map_err(|what| bad(None, what))?;
        let found = self.resolve(&relative).map_err(|Fault { pos, what }| bad(Some(pos), what))?;
        found.ok_or_else(|| bad(None, format!("no creation rule has a path_regex that matches `{relative}`")))
    }

    fn resolve(&self, relative: &str) -> Result<Option<Resolved>, Fault> {
        for rule in &self.rules {
            // As in sops, the expressions behind the rule that counts are never looked at.
            if !matches(rule, relative)? {
                continue;
            }
            let mut resolved = Resolved::default();
            match items(rule, "key_groups")? {
                [] => of_rule(rule, &mut resolved)?,
                [group] => of_group(group, &mut resolved)?,
                _ => {
                    let what = "has several key groups, which share a key between them; only one group is supported";
                    return Err(Fault::new(rule, format!("the creation rule for `{relative}` {what}")));
                }
            }
            if resolved.keys.is_empty() {
                let others = resolved.left_out.join(", ");
                let names = if others.is_empty() {
                    "no keys".to_owned()
                } else {
                    format!("only keys of other kinds ({others})")
                };
                let what = format!("the creation rule for `{relative}` names {names}; add an `age` recipient");
                return Err(Fault::new(rule, what));
            }
            return Ok(Some(resolved));
        }
        Ok(None)
    }

    /// The path as the rules see it: from their own directory, with slashes.
    fn relative(&self, path: &Path) -> Result<String, String> {
        let path = canonical(path);
        let base = self.file.parent().unwrap_or(Path::new("."));
        let mut names = Vec::new();
        for part in path.strip_prefix(base).unwrap_or(&path).components() {
            let Component::Normal(name) = part else { continue };
            // Go reads bytes where there is no letter, and other white space than we do.
            let name = name.to_str().filter(|name| !name.contains(char::is_control));
            names.push(
                name.ok_or("the path of the fleet has a name that is not text, which no path_regex is matched with")?,
            );
        }
        Ok(names.join("/"))
    }
}

/// Whether the first of several documents has nothing but comments: a reader of all that there is would skip it.
fn begins_empty(text: &str) -> bool {
    let lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.take_while(|line| *line == "---").count() > 1
}

/// The rules of a document; nothing if it has none.
fn creation_rules(node: &Node) -> Result<Option<Vec<Node>>, Fault> {
    match &node.value {
        Value::Null => return Ok(None),
        Value::Map(_) => {}
        _ => return Err(Fault::new(node, ".sops.yaml must be a mapping with `creation_rules`")),
    }
    match node.get("creation_rules") {
        None => Ok(None),
        Some(rules) if rules.value == Value::Null => Ok(None),
        Some(_) => {
            let rules = items(node, "creation_rules")?;
            // What sops cannot decode makes the whole file unusable, whichever rule it is in.
            rules.iter().try_for_each(check)?;
            Ok(Some(rules.to_vec()))
        }
    }
}

/// Makes sure that a rule has the types that sops decodes.
fn check(rule: &Node) -> Result<(), Fault> {
    scalar(rule, "path_regex")?;
    items(rule, "key_groups")?.iter().try_for_each(check_group)
}

fn check_group(group: &Node) -> Result<(), Fault> {
    for key in items(group, "age")? {
        key.text().ok_or_else(|| Fault::new(key, "`age` of a key group must be a list of recipients"))?;
    }
    items(group, "merge")?.iter().try_for_each(check_group)
}

/// Whether a rule is for a file.
fn matches(rule: &Node, relative: &str) -> Result<bool, Fault> {
    let Some((at, text)) = scalar(rule, "path_regex")?.filter(|(_, text)| !text.is_empty()) else { return Ok(true) };
    let regexp = GoRegexp::new(text).and_then(|regexp| regexp.is_match(relative));
    regexp.map_err(|why| Fault::new(at, format!("path_regex `{text}`: {why}")))
}

/// The keys of a rule without groups.
fn of_rule(rule: &Node, resolved: &mut Resolved) -> Result<(), Fault> {
    let Some(age) = rule.get("age") else { return others(rule, resolved) };
    let wrong = |node: &Node| Fault::new(node, "`age` must be recipients separated by commas, or a list of them");
    match &age.value {
        Value::Null => {}
        Value::Plain(text) | Value::Quoted(text) => add(age, text, resolved)?,
        Value::List(keys) => {
            for key in keys {
                add(key, key.text().ok_or_else(|| wrong(key))?, resolved)?;
            }
        }
        Value::Map(_) => return Err(wrong(age)),
    }
    others(rule, resolved)
}

/// The keys of a group, and of those that it includes.
fn of_group(group: &Node, resolved: &mut Resolved) -> Result<(), Fault> {
    items(group, "merge")?.iter().try_for_each(|group| of_group(group, resolved))?;
    for key in items(group, "age")? {
        add(key, key.text().unwrap_or_default(), resolved)?;
    }
    others(group, resolved)
}

/// Adds recipients that are separated by commas.
fn add(node: &Node, texts: &str, resolved: &mut Resolved) -> Result<(), Fault> {
    let parsed = texts.split(',').filter(|text| !text.trim().is_empty()).map(recipient);
    let parsed: Result<Vec<Recipient>, _> = parsed.collect();
    resolved.keys.extend(parsed.map_err(|error| Fault::new(node, error.to_string()))?);
    Ok(())
}

/// Notes the kinds of keys that are not age's.
fn others(node: &Node, resolved: &mut Resolved) -> Result<(), Fault> {
    let present = |kind: &&&str| node.get(kind).is_some_and(|value| !is_empty(value));
    resolved.left_out.extend(OTHER_KEYS.iter().filter(present).map(|kind| (*kind).to_owned()));
    Ok(())
}

/// The text of a field, if it is given.
fn scalar<'n>(node: &'n Node, key: &str) -> Result<Option<(&'n Node, &'n str)>, Fault> {
    let Value::Map(_) = &node.value else {
        return if node.value == Value::Null {
            Ok(None)
        } else {
            Err(Fault::new(node, "a creation rule must be a mapping"))
        };
    };
    match node.get(key) {
        None => Ok(None),
        Some(found) if found.value == Value::Null => Ok(None),
        Some(found) => match found.text() {
            Some(text) => Ok(Some((found, text))),
            None => Err(Fault::new(found, format!("`{key}` must be a text"))),
        },
    }
}

/// The elements of a list that is a field; none if there is no such field.
fn items<'n>(node: &'n Node, key: &str) -> Result<&'n [Node], Fault> {
    match &node.value {
        Value::Map(_) => {}
        Value::Null => return Ok(&[]),
        _ => return Err(Fault::new(node, format!("a mapping is required here, which may have `{key}`"))),
    }
    match node.get(key).map(|found| (found, &found.value)) {
        None | Some((_, Value::Null)) => Ok(&[]),
        Some((_, Value::List(items))) => Ok(items),
        Some((found, _)) => Err(Fault::new(found, format!("`{key}` must be a list"))),
    }
}

fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Null => true,
        Value::Plain(text) | Value::Quoted(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(_) => false,
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
    use std::fs;

    use age::x25519::Identity;

    use super::super::recipients::Recipients;
    use super::*;

    fn key() -> String {
        Identity::generate().to_public().to_string()
    }

    /// What the rules give for `fleet/<file>` when `.sops.yaml` is above the fleet.
    fn resolve(rules: &str, file: &str) -> Result<Vec<String>, RecipientsError> {
        let dir = tempfile::tempdir().expect("a directory");
        fs::create_dir_all(dir.path().join(".git")).expect("a directory");
        fs::create_dir_all(dir.path().join("fleet")).expect("a directory");
        fs::write(dir.path().join(".sops.yaml"), rules).expect("a file");
        let fleet = dir.path().join("fleet");
        Ok(Recipients::from_sops(&fleet).of(&fleet.join(file))?.keys.iter().map(ToString::to_string).collect())
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
        assert_eq!(resolve(&groups, "ca/x").expect("keys"), [two.clone(), one.clone()]);
        let groups = format!("creation_rules:\n- key_groups:\n  - age: [{one}]\n  - age: [{two}]\n");
        assert!(resolve(&groups, "ca/x").expect_err("an error").to_string().contains("several key groups"));
    }

    #[test]
    fn what_does_not_help_is_named() {
        let said = |rules: &str| resolve(rules, "ca/x").expect_err("an error").to_string();
        assert!(said("creation_rules: [{pgp: ABCD, kms: 'arn:x'}]").contains("(pgp, kms)"));
        assert!(said("creation_rules: [{path_regex: other}]").contains("matches `fleet/ca/x`"));
        assert!(said("creation_rules: [{path_regex: '('}]").contains("path_regex `(`"));
        assert!(said("creation_rules: 3").contains("`creation_rules` must be a list"));
        assert!(said("creation_rules: [{key_groups: [{age: age1x}]}]").contains("`age` must be a list"));
        assert!(said("creation_rules: [{age: {x: y}}]").contains("separated by commas"));
        assert!(said("creation_rules: [{path_regex: [x]}]").contains("`path_regex` must be a text"));
        assert!(said("creation_rules: [{path_regex: 'a**', age: x}]").contains("path_regex `a**`: "));
        assert!(said("creation_rules: [{age: age1oops}]").contains("`age1oops` is not"));
    }

    #[test]
    fn merge_keys_are_followed_as_sops_follows_them() {
        let (team, cluster) = (key(), key());
        let rules = format!(
            "defaults: &team {{age: {team}, path_regex: '^nowhere$'}}\nother: &cluster {{path_regex: meshes/, age: {cluster}}}\n\
             creation_rules:\n- <<: *cluster\n- <<: [*team, *cluster]\n  path_regex: root\n"
        );
        assert_eq!(resolve(&rules, "ca/x/meshes/a.yaml").expect("keys"), [cluster], "path_regex and keys are merged");
        assert_eq!(
            resolve(&rules, "ca/x/root.yaml").expect("keys"),
            [team],
            "what is written counts before what is merged"
        );
        assert!(resolve(&rules, "ca/x/other.yaml").is_err(), "no rule loses its path_regex");
    }

    #[test]
    fn of_several_documents_the_first_counts() {
        let (one, two) = (key(), key());
        let rule = |key: &str| format!("creation_rules: [{{age: {key}}}]\n");
        for begin in ["", "---\n", "# comment\n---\n", "\u{feff}"] {
            let rules = format!("{begin}{}---\n{}", rule(&one), rule(&two));
            assert_eq!(resolve(&rules, "ca/x").expect("keys"), [one.as_str()], "{begin:?}");
        }
        assert!(resolve(&format!("---\n# none\n---\n{}", rule(&two)), "ca/x").expect("no rules").is_empty());
    }

    #[test]
    fn expressions_behind_the_rule_that_counts_are_not_read() {
        let one = key();
        let rules = format!("creation_rules:\n- path_regex: ca/\n  age: {one}\n- path_regex: '('\n  age: x\n");
        assert_eq!(resolve(&rules, "ca/x").expect("keys"), [one]);
        assert!(resolve(&rules, "other/x").is_err());
    }

    #[test]
    fn lists_may_have_commas_and_numbers_are_texts_of_expressions() {
        let (one, two) = (key(), key());
        let rules = format!("creation_rules:\n- path_regex: 7\n  age: ['{one}, {two},']\n");
        assert_eq!(resolve(&rules, "ca/7").expect("keys"), [one, two]);
    }
}
