//! Changes entries of a file of the store: what is encrypted keeps its bytes, the rest may change, and SOPS accepts the whole.
//!
//! An identity is needed although nothing private is read: the MAC covers every value, the encrypted ones in clear.

use age::x25519::Identity;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_yaml::{Mapping, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::go_regexp::GoRegexp;
use super::manifest::values;
use super::secret::{IN_CLUSTER, KEY_IS};
use super::stored::Closed;
use super::{sops, unseal};
use crate::yaml_writer;

/// A change to an entry of a Secret.
pub(super) enum Change<'c> {
    /// An entry that anybody may read: it takes the place of the one that is there, or comes last.
    Public(&'c str, String),
    /// An entry that is there no longer.
    Removed(&'c str),
}

/// The text of a file with changes made to it, if one of the identities opens it and it is as SOPS or this program left it.
pub(super) fn amend(
    text: &str,
    identities: &[Identity],
    changes: &[Change<'_>],
    now: OffsetDateTime,
) -> Result<String, Closed> {
    let broken = |what: &str| Closed::Broken(what.to_owned());
    let mut document = values(text).ok_or_else(|| broken("is not a YAML document"))?;
    if is_plain(&document) {
        changes.iter().try_for_each(|change| apply(&mut document, change))?;
        return written(text, &document);
    }
    let key = unseal::verified(&document, identities)?;
    for change in changes {
        apply(&mut document, change)?;
    }
    let modified = now.format(&Rfc3339).map_err(|_| broken("cannot be given the time of its change"))?;
    let mac = unseal::mac(&document, &key)?;
    let sealed = sops::encrypt(&key, &modified, mac.as_bytes()).map_err(|error| Closed::Broken(error.to_string()))?;
    document["sops"]["lastmodified"] = modified.into();
    document["sops"]["mac"] = sealed.into();
    written(text, &document)
}

/// Whether a file has no private key, and so nothing that is encrypted: its cluster has the key.
fn is_plain(document: &Value) -> bool {
    document["sops"].is_null() && document["metadata"]["annotations"][KEY_IS] == IN_CLUSTER
}

/// A document below the comments of the text that it was read from.
fn written(text: &str, document: &Value) -> Result<String, Closed> {
    let broken = |what: &str| Closed::Broken(what.to_owned());
    let comments = text.lines().take_while(|line| line.starts_with('#'));
    let mut out: String = comments.map(|line| format!("{line}\n")).collect();
    yaml_writer::write(document, &mut out).map_err(|_| broken("has values that a Secret cannot have"))?;
    Ok(out)
}

fn apply(document: &mut Value, change: &Change<'_>) -> Result<(), Closed> {
    let (name, text) = match change {
        Change::Public(name, text) => (name, text),
        Change::Removed(name) => {
            for field in ["stringData", "data"] {
                document[field].as_mapping_mut().and_then(|entries| entries.shift_remove(*name));
            }
            return Ok(());
        }
    };
    let has = |field: &str| document[field].get(*name).is_some();
    let is_base64 = has("data") && !has("stringData") || document["stringData"].is_null();
    let field = if is_base64 { "data" } else { "stringData" };
    if !document["sops"].is_null() && encrypts(&document["sops"], &[field, name])? {
        let what = format!("has SOPS metadata that encrypts `{field}.{name}`, which is public");
        return Err(Closed::Broken(what));
    }
    let value = if is_base64 { STANDARD.encode(text) } else { text.clone() };
    let Value::Mapping(top) = document else { return Err(Closed::Broken("is not a Secret".to_owned())) };
    match top.entry(field.into()).or_insert_with(|| Mapping::new().into()) {
        Value::Mapping(entries) => _ = entries.insert((*name).into(), value.into()),
        _ => return Err(Closed::Broken(format!("has `{field}` that is not a mapping"))),
    }
    Ok(())
}

/// Whether the metadata of a file have the value at a path encrypted: readers decrypt by them, whatever a value looks like.
fn encrypts(sops: &Value, path: &[&str]) -> Result<bool, Closed> {
    let rule = |name: &str| sops[name].as_str().filter(|rule| !rule.is_empty());
    if rule("encrypted_comment_regex").or(rule("unencrypted_comment_regex")).is_some() {
        return Err(Closed::Broken("has SOPS metadata that encrypt by comments".to_owned()));
    }
    let ends = |suffix: &str| path.iter().any(|part| part.ends_with(suffix));
    let matches = |text: &str| {
        let regexp = GoRegexp::new(text)?;
        path.iter().try_fold(false, |found, part| Ok::<_, String>(found | regexp.is_match(part)?))
    };
    let matches =
        |text: &str| matches(text).map_err(|why| Closed::Broken(format!("has SOPS metadata with `{text}`: {why}")));
    let mut is_encrypted = !rule("unencrypted_suffix").is_some_and(ends);
    if let Some(suffix) = rule("encrypted_suffix") {
        is_encrypted = ends(suffix);
    }
    if let Some(text) = rule("unencrypted_regex") {
        is_encrypted = !matches(text)?;
    }
    if let Some(text) = rule("encrypted_regex") {
        is_encrypted = matches(text)?;
    }
    Ok(is_encrypted)
}

#[cfg(test)]
mod tests {
    use super::super::document::{Node, map};
    use super::super::secret::{CA_KEY, ROOT_CERT};
    use super::*;

    const SECRET: &str = "the private text";

    fn file(identity: &Identity) -> String {
        let entries =
            map([("a.pem", Node::text("one\n")), (CA_KEY, Node::text(SECRET)), (ROOT_CERT, Node::text("root A\n"))]);
        let document = map([("kind", Node::text("Secret")), ("stringData", Node::Map(entries))]);
        let sealed = sops::seal(document, &[identity.to_public()], OffsetDateTime::UNIX_EPOCH).expect("sealed");
        sealed.text("A comment.").expect("a text")
    }

    fn later() -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + time::Duration::DAY
    }

    fn value(text: &str) -> Value {
        serde_yaml::from_str(text).expect("YAML")
    }

    #[test]
    fn what_is_not_changed_keeps_its_bytes() {
        let identity = Identity::generate();
        let before = file(&identity);
        let changes = [Change::Public(ROOT_CERT, "root A\nroot B\n".to_owned()), Change::Public("b", "two".to_owned())];
        let after = amend(&before, &[identity], &changes, later()).unwrap_or_else(|_| panic!("not amended"));
        let expected = before.replace("    root A\n", "    root A\n    root B\n  b: two\n");
        let differing: Vec<_> = expected.lines().zip(after.lines()).filter(|(one, other)| one != other).collect();
        let keys: Vec<_> = differing.iter().map(|(line, _)| line.trim().split(':').next().unwrap_or("")).collect();
        assert_eq!(keys, ["lastmodified", "mac"], "{before}{after}");
        assert_eq!(expected.lines().count(), after.lines().count());
        assert_eq!(value(&after)["sops"]["lastmodified"], "1970-01-02T00:00:00Z");
        assert!(!after.contains(SECRET));
    }

    #[test]
    fn what_is_amended_opens_again() {
        let identities = [Identity::generate()];
        let changes = [Change::Removed("a.pem"), Change::Removed("not there")];
        let text = amend(&file(&identities[0]), &identities, &changes, later()).unwrap_or_else(|_| panic!("no"));
        let document = value(&text);
        let key = unseal::verified(&document, &identities).unwrap_or_else(|_| panic!("the MAC is of what is there"));
        assert_eq!(document["stringData"].as_mapping().map(Mapping::len), Some(2));
        let opened = |entry: &str| {
            let sealed = document["stringData"][entry].as_str().expect("a value");
            unseal::decrypt(&key, &format!("stringData:{entry}:"), sealed).expect("opens").to_string()
        };
        assert_eq!(opened(CA_KEY), SECRET);
    }

    #[test]
    fn entries_in_base64_stay_in_base64() {
        let identity = Identity::generate();
        let entries = map([(CA_KEY, Node::text("c2VjcmV0")), (ROOT_CERT, Node::text("QQ=="))]);
        let document = map([("kind", Node::text("Secret")), ("data", Node::Map(entries))]);
        let sealed = sops::seal(document, &[identity.to_public()], OffsetDateTime::UNIX_EPOCH).expect("sealed");
        let changes = [Change::Public(ROOT_CERT, "AB".to_owned())];
        let text = amend(&sealed.text("x").expect("a text"), &[identity], &changes, later());
        assert_eq!(value(&text.unwrap_or_else(|_| panic!("not amended")))["data"][ROOT_CERT], "QUI=");
    }

    #[test]
    fn what_cannot_be_amended_is_refused() {
        let identities = [Identity::generate()];
        let before = file(&identities[0]);
        let said =
            |text: &str, identities: &[Identity], change: Change<'_>| match amend(text, identities, &[change], later())
            {
                Err(Closed::Because(why) | Closed::Broken(why)) => why,
                _ => panic!("amended"),
            };
        let public = |name| Change::Public(name, String::new());
        assert!(said(&before, &[], public("b")).starts_with("is encrypted to age1"));
        assert!(said(&before, &[Identity::generate()], public("b")).starts_with("is encrypted to age1"));
        assert!(said(&before.replace("one", "two"), &identities, public("b")).contains("MAC that does not match"));
        assert!(
            said(&before, &identities, public("key.pem")).contains("encrypts `stringData.key.pem`, which is public")
        );
    }

    #[test]
    fn the_rules_of_a_file() {
        let is = |rules: &str, path: &[&str]| encrypts(&value(rules), path).unwrap_or_else(|_| panic!("{rules}"));
        assert!(is("{}", &["a"]), "without a rule, all is encrypted");
        assert!(is("encrypted_regex: ^(data|stringData)$", &["data", "x"]));
        assert!(!is("encrypted_regex: ^key$", &["data", "x.key"]));
        assert!(!is("unencrypted_suffix: _unencrypted", &["data", "x_unencrypted"]));
        assert!(!is("encrypted_suffix: .pem", &["data", "x"]) && is("encrypted_suffix: .pem", &["data", "x.pem"]));
        assert!(!is("unencrypted_regex: ^data$", &["data", "x"]));
        assert!(encrypts(&value("encrypted_comment_regex: x"), &["a"]).is_err());
        assert!(encrypts(&value("encrypted_regex: a**"), &["a"]).is_err());
    }
}
