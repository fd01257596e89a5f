//! From a tree to the same structs that plain text is read into, for what cannot be read in one go: merge keys, aliases into
//! another item, flow style, and mistakes, which a tree has the places of.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use crate::diag::{Code, Pos};
use crate::load::tree::{Entry, Node, ParseError, Value};

/// A tree as the source of a struct.
pub(in crate::model) struct Tree<'a>(pub(in crate::model) &'a Node);

/// Why a tree is not the struct, and where.
#[derive(Debug)]
pub(in crate::model) struct TreeError {
    message: String,
    pos: Option<Pos>,
    /// The fields on the way, the outermost last.
    path: Vec<String>,
}

impl TreeError {
    /// Adds the place, unless it is known better.
    fn at(mut self, pos: Pos) -> Self {
        self.pos.get_or_insert(pos);
        self
    }

    pub(super) fn into_inner(self) -> Box<ParseError> {
        let path: Vec<_> = self.path.into_iter().rev().collect();
        let message = if path.is_empty() { self.message } else { format!("{}: {}", path.join("."), self.message) };
        Box::new(ParseError { code: Code::WrongType, pos: self.pos.unwrap_or_default(), message, hint: None })
    }
}

impl fmt::Display for TreeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TreeError {}

impl Error for TreeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        // People do not know the Rust type of a number.
        let message = message.to_string().replace("expected u32", "expected a number");
        Self { message, pos: None, path: Vec::new() }
    }
}

/// An object without a name.
pub(super) fn nameless(node: &Node) -> ParseError {
    let message = "the object has no metadata.name".to_owned();
    ParseError { code: Code::MissingField, pos: node.pos(), message, hint: None }
}

impl<'de> Deserializer<'de> for Tree<'de> {
    type Error = TreeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        let found = match &self.0.value {
            Value::Null => visitor.visit_unit(),
            Value::Plain(text) => match &**text {
                "true" | "True" | "TRUE" => visitor.visit_bool(true),
                "false" | "False" | "FALSE" => visitor.visit_bool(false),
                text => match (unsigned(text), text.strip_prefix('-').and_then(unsigned)) {
                    (Some(number), _) => visitor.visit_u64(number),
                    (_, Some(number)) => visitor.visit_i64(0i64.saturating_sub_unsigned(number)),
                    _ => visitor.visit_str(text),
                },
            },
            Value::Quoted(text) => visitor.visit_str(text),
            Value::List(items) => visitor.visit_seq(Items(items.iter())),
            Value::Map(entries) => visitor.visit_map(Entries { entries: entries.iter(), value: None }),
        };
        found.map_err(|error| error.at(self.0.pos()))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match &self.0.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match &self.0.value {
            Value::Plain(text) | Value::Quoted(text) => visitor.visit_str(text),
            Value::Null | Value::List(_) | Value::Map(_) => self.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, TreeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct seq tuple tuple_struct map
        struct enum identifier
    }
}

/// A number as YAML's core schema writes it. One with a leading zero is none: YAML 1.1 reads it with base 8.
fn unsigned(text: &str) -> Option<u64> {
    let text = text.strip_prefix('+').unwrap_or(text);
    let digits = |text: &str, base| u64::from_str_radix(text, base).ok().filter(|_| !text.starts_with('+'));
    match (text.strip_prefix("0x"), text.strip_prefix("0o")) {
        (Some(hex), _) => digits(hex, 16),
        (_, Some(octal)) => digits(octal, 8),
        _ if text.len() > 1 && text.starts_with('0') => None,
        _ => digits(text, 10),
    }
}

struct Items<'a>(std::slice::Iter<'a, Node>);

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = TreeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, TreeError> {
        self.0.next().map(|item| seed.deserialize(Tree(item))).transpose()
    }
}

struct Entries<'a> {
    entries: std::slice::Iter<'a, Entry>,
    value: Option<&'a Entry>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = TreeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, TreeError> {
        self.value = self.entries.next();
        self.value.map(|entry| seed.deserialize((&*entry.key).into_deserializer())).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, TreeError> {
        let entry = self.value.take().ok_or_else(|| TreeError::custom("a value without a key"))?;
        seed.deserialize(Tree(&entry.value)).map_err(|mut error| {
            error.path.push(entry.key.to_string());
            error
        })
    }
}
