//! The data key of a file of the store, encrypted to other recipients: the lines of these entries change and no others, whoever
//! wrote the file. Values and MAC stay as they are, as with `sops updatekeys`.

use std::ops::Range;

use age::x25519::Recipient;
use serde_yaml::{Mapping, Value};

use super::super::document::{Entries, Map, Node, map};
use super::super::sops::{self, DataKey};
use crate::load::tree;
use crate::load::yaml::parse;
use crate::yaml_writer;

/// The name of the list of age recipients.
const AGE: &str = "age";

/// Why the lines of a file stay as they are.
pub(super) const NOT_IN_LINES: &str =
    "has keys that are not written as lines of their own, as sops and meshtree write them";

/// The text of a file with its data key for these recipients, and without the lists of other kinds that are named. Nothing if the file
/// is not in the form that sops and meshtree write.
pub(super) fn resealed(text: &str, key: &DataKey, to: &[Recipient], without: &[&str]) -> Option<String> {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let tree = parse(text, 1).ok()?;
    let metadata = tree.get("sops")?;
    let age = block(metadata, AGE, &lines)?;
    let mut changes = vec![(age.clone(), entries(key, to, indent(&lines[age.start]))?)];
    for name in without {
        changes.push((block(metadata, name, &lines)?, String::new()));
    }
    changes.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    for (range, new) in changes {
        lines.splice(range, [new]);
    }
    let new = lines.concat();
    // The lines were found by their indentation alone, so what they mean is compared.
    let [before, after] = [text, &new].map(|text| rest(text, without));
    let wanted: Vec<_> = to.iter().map(ToString::to_string).collect();
    let (before, (after, recipients)) = (before?.0, after?);
    (before == after && recipients == wanted).then_some(new)
}

/// The entry of the age recipients, as the store's own files have it.
fn entries(key: &DataKey, to: &[Recipient], indent: usize) -> Option<String> {
    let list: Vec<Map> = to.iter().map(|recipient| sops::seal_key(key, recipient)).collect::<Result<_, _>>().ok()?;
    let mut text = String::new();
    yaml_writer::write(&Entries(&map([(AGE, Node::List(list))])), &mut text).ok()?;
    Some(text.lines().map(|line| format!("{:indent$}{line}\n", "")).collect())
}

/// The lines of an entry of a mapping: its own, and those that are further in or items of its list.
fn block(node: &tree::Node, name: &str, lines: &[String]) -> Option<Range<usize>> {
    let tree::Value::Map(entries) = &node.value else { return None };
    let at = entries.iter().find(|entry| *entry.key == *name)?.key_pos();
    let first = at.line.checked_sub(1)?;
    let column = indent(lines.get(first)?);
    if lines[first].trim() != format!("{name}:") || column + 1 != at.column {
        return None;
    }
    let is_inside = |line: &String| {
        let item = line.trim_start().starts_with("- ") && indent(line) == column;
        line.trim().is_empty() || indent(line) > column || item
    };
    let length = lines[first + 1..].iter().take_while(|line| is_inside(line)).count();
    Some(first..first + 1 + length)
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// What a file says besides whom its data key is encrypted to, and its age recipients.
fn rest(text: &str, without: &[&str]) -> Option<(Value, Vec<String>)> {
    let mut document: Value = serde_yaml::from_str(text).ok()?;
    let metadata: &mut Mapping = document.get_mut("sops")?.as_mapping_mut()?;
    for name in without {
        metadata.remove(*name);
    }
    let age = metadata.remove(AGE)?;
    let recipients = age.as_sequence()?.iter().map(|entry| entry["recipient"].as_str().map(str::to_owned));
    Some((document, recipients.collect::<Option<_>>()?))
}

#[cfg(test)]
mod tests {
    use age::x25519::Identity;

    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn reseal(text: &str, to: &[Recipient], without: &[&str]) -> Option<String> {
        resealed(text, &DataKey::new(KEY), to, without)
    }

    #[test]
    fn only_the_lines_of_the_recipients_change() {
        let (one, two) = (Identity::generate(), Identity::generate());
        let to = [one.to_public(), two.to_public()];
        for (before, age, after) in [
            (
                "# kept\nkind: Secret\nsops:\n",
                "  age:\n  - recipient: a\n    enc: |\n      x\n\n      y\n",
                "  mac: m # kept\n",
            ),
            (
                "kind: Secret\nsops:\n    kms: []\n",
                "    age:\n        - recipient: a\n          enc: |\n            x\n",
                "    mac: m\n",
            ),
            ("sops:\n  mac: m\n", "  age:\n  - enc: x\n    recipient: a\n", "kind: Secret\n"),
        ] {
            let text = format!("{before}{age}{after}");
            let new = reseal(&text, &to, &[]).expect("resealed");
            let middle = new.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).expect("the rest stays");
            let document: Value = serde_yaml::from_str(&new).expect("YAML");
            let list = document["sops"]["age"].as_sequence().expect("a list");
            for (entry, identity) in list.iter().zip([&one, &two]) {
                let opened = age::decrypt(identity, entry["enc"].as_str().expect("text").as_bytes()).expect("opened");
                assert_eq!(opened, KEY);
            }
            assert_eq!(list.len(), 2, "{middle}");
        }
    }

    #[test]
    fn lists_of_other_kinds_are_removed_by_name() {
        let to = [Identity::generate().to_public()];
        let text = "sops:\n  pgp:\n  - fp: A\n    enc: |\n      x\n  age:\n  - recipient: a\n    enc: x\n  hc_vault: []\n  mac: m\n";
        let new = reseal(text, &to, &["pgp"]).expect("resealed");
        assert!(new.starts_with("sops:\n  age:\n  - recipient: age1"), "{new}");
        assert!(new.ends_with("  hc_vault: []\n  mac: m\n"), "{new}");
        assert!(reseal(text, &to, &["kms"]).is_none(), "not there");
    }

    #[test]
    fn other_forms_are_left_alone() {
        let to = [Identity::generate().to_public()];
        for text in [
            "sops: {age: [{recipient: a, enc: x}], mac: m}\n",
            "sops:\n  age: [{recipient: a, enc: x}]\n  mac: m\n",
            "{\"sops\": {\"age\": [{\"recipient\": \"a\"}], \"mac\": \"m\"}}\n",
            "sops:\n  mac: m\n",
            "kind: Secret\n",
        ] {
            assert!(reseal(text, &to, &[]).is_none(), "{text}");
        }
    }
}
