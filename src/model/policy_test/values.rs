//! The types of values that only tests have.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::TextsByName;
use crate::ids::Text;
use crate::load::tree::{Node, Value};
use crate::model::decode::schema::Defs;
use crate::model::decode::{Cx, Decode, Field};

/// A text, or a list of texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OneOrMore(pub Vec<Text>);

impl Decode for OneOrMore {
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        match node.value {
            Value::List(_) => Vec::decode(node, cx).map(Self),
            _ => Text::decode(node, cx).map(|text| Self(vec![text])),
        }
    }

    fn schema(_: &mut Defs) -> Json {
        json!({"type": ["string", "array", "null"], "items": {"type": "string"}, "minItems": 1})
    }
}

impl Field for OneOrMore {
    fn set(&mut self, node: &Node, cx: &mut Cx<'_>) {
        if node.value != Value::Null {
            *self = Self::decode(node, cx).unwrap_or_default();
        }
    }

    fn schema(defs: &mut Defs) -> Json {
        <Self as Decode>::schema(defs)
    }
}

/// A value that must be there, or `none` for one that must not.
#[derive(Clone, Debug, PartialEq)]
pub enum Wanted<T> {
    Absent,
    Present(T),
}

impl<T: Decode> Decode for Wanted<T> {
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        match node.text() {
            Some("none") => Some(Self::Absent),
            _ => T::decode(node, cx).map(Self::Present),
        }
    }

    fn paths(at: &str, out: &mut Vec<String>) {
        T::paths(at, out);
    }

    fn schema(defs: &mut Defs) -> Json {
        json!({"anyOf": [{"const": "none", "description": "It must not be set."}, T::schema(defs)]})
    }
}

impl Decode for TextsByName {
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        cx.map(node)?;
        let mut labels = BTreeMap::new();
        labels.set(node, cx);
        Some(Self(labels))
    }

    fn paths(at: &str, out: &mut Vec<String>) {
        <BTreeMap<Text, Text> as Field>::paths(at, out);
    }

    fn schema(defs: &mut Defs) -> Json {
        <BTreeMap<Text, Text> as Field>::schema(defs)
    }
}

/// Any value, as JSON has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Literal(pub Json);

impl Decode for Literal {
    fn decode(node: &Node, _: &mut Cx<'_>) -> Option<Self> {
        Some(Self(as_json(node)))
    }

    fn from_null(_: &mut Cx<'_>) -> Option<Self> {
        Some(Self(Json::Null))
    }

    fn schema(_: &mut Defs) -> Json {
        json!({})
    }
}

fn as_json(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Quoted(text) => Json::String(text.to_string()),
        // Numbers, `true` and `false` are written alike; anything else is text.
        Value::Plain(text) => match serde_json::from_str(text) {
            Ok(scalar @ (Json::Number(_) | Json::Bool(_))) => scalar,
            _ => Json::String(text.to_string()),
        },
        Value::List(items) => items.iter().map(as_json).collect(),
        Value::Map(entries) => {
            Json::Object(entries.iter().map(|entry| (entry.key.to_string(), as_json(&entry.value))).collect())
        }
    }
}
