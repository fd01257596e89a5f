//! The types that values are decoded into: the traits, and what they mean for scalars, lists and maps.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::Cx;
use super::schema::{Defs, integer, list, map, number, text};
use crate::ids::Text;
use crate::load::tree::{Node, Value};
use crate::model::port_number::PortNumber;

/// A type that a node can be decoded into.
pub trait Decode: Sized {
    /// Decodes; `None` when the mistake was reported or noted as a fault.
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self>;

    /// The value of a variant of a oneof that is given as null.
    fn from_null(cx: &mut Cx<'_>) -> Option<Self> {
        cx.null(
            "null stands for nothing here: give the member a value or leave it out",
            "null is not allowed here: set a value or remove the field",
        );
        None
    }

    /// Adds the paths of the fields that are read below `at`; a type without fields is one itself.
    fn paths(at: &str, out: &mut Vec<String>) {
        out.push(at.to_owned());
    }

    /// The JSON Schema of its values.
    fn schema(defs: &mut Defs) -> Json;
}

/// The paths of the fields that are read for a type, with `[]` for a list's elements and `*` for a map's keys.
pub fn field_paths<T: Decode>() -> Vec<String> {
    let mut out = Vec::new();
    T::paths("", &mut out);
    out
}

/// The path of what is one step below another.
pub fn join(at: &str, step: &str) -> String {
    if at.is_empty() { step.to_owned() } else { format!("{at}.{step}") }
}

/// A type that a field can have: decoded into, with null meaning absent.
pub trait Field {
    /// Takes the field's value.
    fn set(&mut self, node: &Node, cx: &mut Cx<'_>);

    /// Adds the paths of the fields that are read at `at` and below.
    fn paths(at: &str, out: &mut Vec<String>) {
        out.push(at.to_owned());
    }

    /// The JSON Schema of its values.
    fn schema(defs: &mut Defs) -> Json;
}

impl<T: Decode> Field for Option<T> {
    fn set(&mut self, node: &Node, cx: &mut Cx<'_>) {
        *self = if node.value == Value::Null { None } else { T::decode(node, cx) };
    }

    fn paths(at: &str, out: &mut Vec<String>) {
        T::paths(at, out);
    }

    fn schema(defs: &mut Defs) -> Json {
        T::schema(defs)
    }
}

impl<T: Decode> Field for Vec<T> {
    fn set(&mut self, node: &Node, cx: &mut Cx<'_>) {
        if node.value != Value::Null {
            *self = Self::decode(node, cx).unwrap_or_default();
        }
    }

    fn paths(at: &str, out: &mut Vec<String>) {
        T::paths(&format!("{at}[]"), out);
    }

    fn schema(defs: &mut Defs) -> Json {
        list(T::schema(defs))
    }
}

impl<T: Decode> Decode for Box<T> {
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        T::decode(node, cx).map(Self::new)
    }

    fn from_null(cx: &mut Cx<'_>) -> Option<Self> {
        T::from_null(cx).map(Self::new)
    }

    fn paths(at: &str, out: &mut Vec<String>) {
        T::paths(at, out);
    }

    fn schema(defs: &mut Defs) -> Json {
        T::schema(defs)
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        let Value::List(items) = &node.value else {
            cx.wrong_type(node, "a list");
            return None;
        };
        let mut out = Self::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            cx.at(index, |cx| match item.value {
                Value::Null => cx.null(
                    "a list element is null: give it a value or remove it",
                    "null list element: set a value or remove it",
                ),
                _ => out.extend(T::decode(item, cx)),
            });
        }
        Some(out)
    }

    fn paths(at: &str, out: &mut Vec<String>) {
        T::paths(&format!("{at}[]"), out);
    }

    fn schema(defs: &mut Defs) -> Json {
        list(T::schema(defs))
    }
}

impl<V: Decode> Field for BTreeMap<Text, V> {
    fn set(&mut self, node: &Node, cx: &mut Cx<'_>) {
        if node.value == Value::Null {
            return;
        }
        for entry in cx.map(node).unwrap_or_default() {
            let key = entry.key.clone();
            cx.at(&*key.clone(), |cx| match entry.value.value {
                Value::Null => {
                    cx.null("an entry is null: give it a value or remove it", "null entry: set a value or remove it")
                }
                _ => {
                    if let Some(value) = V::decode(&entry.value, cx) {
                        self.insert(key, value);
                    }
                }
            });
        }
    }

    fn paths(at: &str, out: &mut Vec<String>) {
        V::paths(&join(at, "*"), out);
    }

    fn schema(defs: &mut Defs) -> Json {
        map(V::schema(defs))
    }
}

impl<T: Field + Clone> Field for Arc<T> {
    fn set(&mut self, node: &Node, cx: &mut Cx<'_>) {
        Self::make_mut(self).set(node, cx);
    }

    fn paths(at: &str, out: &mut Vec<String>) {
        T::paths(at, out);
    }

    fn schema(defs: &mut Defs) -> Json {
        T::schema(defs)
    }
}

macro_rules! scalar {
    ($($type:ty, |$node:ident, $cx:ident| $decode:expr, $schema:expr;)*) => { $(
        impl Decode for $type {
            fn decode($node: &Node, $cx: &mut Cx<'_>) -> Option<Self> {
                $decode
            }

            fn from_null(_: &mut Cx<'_>) -> Option<Self> {
                Some(Self::default())
            }

            fn schema(_: &mut Defs) -> Json {
                $schema
            }
        }

        impl Field for $type {
            fn set(&mut self, node: &Node, cx: &mut Cx<'_>) {
                if node.value != Value::Null {
                    *self = <$type>::decode(node, cx).unwrap_or_default();
                }
            }

            fn schema(_: &mut Defs) -> Json {
                $schema
            }
        }
    )* };
}

scalar! {
    Text, |node, cx| cx.text(node), text();
    bool, |node, cx| cx.boolean(node), json!({"type": ["boolean", "null"]});
    u32, |node, cx| cx.integer(node, 0, i64::from(u32::MAX)).and_then(|n| n.try_into().ok()),
        integer(0, i64::from(u32::MAX));
    PortNumber, |node, cx| cx.integer(node, 1, 65535).and_then(|n| n.try_into().ok()).map(PortNumber),
        integer(1, 65535);
    i32, |node, cx| cx.integer(node, i64::from(i32::MIN), i64::from(i32::MAX)).and_then(|n| n.try_into().ok()),
        integer(i64::from(i32::MIN), i64::from(i32::MAX));
    f64, |node, cx| cx.number(node), number();
}
