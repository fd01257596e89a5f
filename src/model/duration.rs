//! Decoding of durations.

use crate::load::tree::{Node, Value};

use super::decode::{Cx, Decode, is_number_or_bool};

pub use crate::ids::Duration;

impl Decode for Duration {
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        let (Value::Quoted(text) | Value::Plain(text)) = &node.value else {
            return cx.text(node).and(None);
        };
        let parsed = Self::parse(text);
        if parsed.is_some() && matches!(node.value, Value::Plain(_)) && is_number_or_bool(text) {
            // `0` needs no unit, and unquoted it is a number to other YAML readers.
            cx.warn_of_bare(node, text);
        }
        if parsed.is_none() {
            let hint = "use a number with a unit (ns, us, ms, s, m, h), such as 2m, 1h30m, 100ms or 1.5s";
            cx.bad_value(node, format!("{text:?} is not a valid duration"), Some(hint.into()));
        }
        parsed
    }

    fn from_null(_: &mut Cx<'_>) -> Option<Self> {
        Some(Self(0))
    }
}
