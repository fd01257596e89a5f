//! A Secret as a document: in the order in which it is hashed, sealed and written.

use serde::{Serialize, Serializer};
use serde_yaml::Value;
use zeroize::Zeroizing;

/// A mapping, in its order.
pub(super) type Map = Vec<(String, Node)>;

/// A value of a document.
pub(super) enum Node {
    /// A text; wiped, since any may be a private key before it is sealed.
    Text(Zeroizing<String>),
    Map(Map),
    /// A list of mappings.
    List(Vec<Map>),
    /// Yes or no, in the metadata of SOPS.
    Flag(bool),
}

impl Node {
    /// A text.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(Zeroizing::new(text.into()))
    }

    /// A value of metadata that was read.
    pub(super) fn of(value: &Value) -> Self {
        let entries = |value: &Value| -> Map {
            let pairs = value.as_mapping().into_iter().flatten();
            pairs.map(|(key, value)| (key.as_str().unwrap_or_default().to_owned(), Self::of(value))).collect()
        };
        match value {
            Value::Mapping(_) => Self::Map(entries(value)),
            Value::Sequence(items) => Self::List(items.iter().map(entries).collect()),
            Value::Bool(flag) => Self::Flag(*flag),
            Value::Number(number) => Self::text(number.to_string()),
            Value::String(text) => Self::text(&**text),
            Value::Null | Value::Tagged(_) => Self::text(""),
        }
    }
}

/// A mapping from pairs.
pub(super) fn map<const N: usize>(entries: [(&str, Node); N]) -> Map {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// A mapping as it is written.
pub(super) struct Entries<'a>(pub(super) &'a [(String, Node)]);

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Map(entries) => Entries(entries).serialize(serializer),
            Self::List(items) => serializer.collect_seq(items.iter().map(|item| Entries(item))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml_writer;

    #[test]
    fn a_document_is_written_in_its_order() {
        let document = [
            ("kind".to_owned(), Node::text("Secret")),
            ("data".to_owned(), Node::Map(map([("a.pem", Node::text("one\ntwo\n")), ("b", Node::text(""))]))),
            ("list".to_owned(), Node::List(vec![map([("x", Node::text("1")), ("y", Node::text("z\n"))])])),
        ];
        let mut out = String::new();
        yaml_writer::write(&Entries(&document), &mut out).expect("YAML");
        assert_eq!(
            out,
            "kind: Secret\ndata:\n  a.pem: |\n    one\n    two\n  b: ''\nlist:\n- x: '1'\n  'y': |\n    z\n"
        );
    }
}
