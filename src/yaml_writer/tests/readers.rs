//! Two readers that share no code: saphyr for YAML 1.2, libyaml's port below serde_yaml for YAML 1.1's syntax.

use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde::ser::{Serialize, SerializeMap as _, Serializer};

/// A document as data.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tree {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Tree>),
    Map(Vec<(Tree, Tree)>),
}

impl From<&str> for Tree {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => value.serialize(serializer),
            Self::Int(value) => value.serialize(serializer),
            Self::Float(value) => value.serialize(serializer),
            Self::Text(value) => value.serialize(serializer),
            Self::List(items) => items.serialize(serializer),
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(None)?;
                for (key, value) in entries {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

/// What both readers see in `document`; they must agree, and see exactly one document.
pub(super) fn read(document: &str) -> Tree {
    let tree = saphyr(document);
    assert_eq!(serde_yaml(document), tree, "the readers differ on\n{document}");
    tree
}

fn saphyr(document: &str) -> Tree {
    let documents = Yaml::load_from_str(document);
    let documents = documents.unwrap_or_else(|error| panic!("saphyr: {error}\n{document:?}\n{document}"));
    assert_eq!(documents.len(), 1, "{document}");
    from_saphyr(&documents[0])
}

fn from_saphyr(node: &Yaml<'_>) -> Tree {
    match node {
        Yaml::Value(Scalar::Null) => Tree::Null,
        Yaml::Value(Scalar::Boolean(value)) => Tree::Bool(*value),
        Yaml::Value(Scalar::Integer(value)) => Tree::Int(*value),
        Yaml::Value(Scalar::FloatingPoint(value)) => Tree::Float(value.into_inner()),
        Yaml::Value(Scalar::String(value)) => Tree::Text(value.to_string()),
        Yaml::Sequence(items) => Tree::List(items.iter().map(from_saphyr).collect()),
        Yaml::Mapping(entries) => {
            Tree::Map(entries.iter().map(|(key, value)| (from_saphyr(key), from_saphyr(value))).collect())
        }
        other => panic!("no plain data: {other:?}"),
    }
}

fn serde_yaml(document: &str) -> Tree {
    let value = serde_yaml::from_str(document);
    from_serde_yaml(&value.unwrap_or_else(|error| panic!("serde_yaml: {error}\n{document:?}\n{document}")))
}

fn from_serde_yaml(node: &serde_yaml::Value) -> Tree {
    use serde_yaml::Value;
    match node {
        Value::Null => Tree::Null,
        Value::Bool(value) => Tree::Bool(*value),
        Value::Number(value) => {
            value.as_i64().map_or_else(|| Tree::Float(value.as_f64().expect("a number")), Tree::Int)
        }
        Value::String(value) => Tree::Text(value.clone()),
        Value::Sequence(items) => Tree::List(items.iter().map(from_serde_yaml).collect()),
        Value::Mapping(entries) => {
            Tree::Map(entries.iter().map(|(key, value)| (from_serde_yaml(key), from_serde_yaml(value))).collect())
        }
        Value::Tagged(tagged) => panic!("no plain data: {tagged:?}"),
    }
}
