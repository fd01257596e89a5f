//! Decoding of durations.

use serde_json::{Value as Json, json};

use crate::load::tree::{Node, Value};

use super::decode::schema::Defs;
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
            cx.bad_value(node, format!("{text:?} is not a valid duration"), Some(hint(text)));
        }
        parsed
    }

    fn from_null(_: &mut Cx<'_>) -> Option<Self> {
        Some(Self(0))
    }

    fn schema(_: &mut Defs) -> Json {
        const DURATION: &str = r"^[-+]?(0|((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$";
        json!({"type": ["string", "null"], "pattern": DURATION})
    }
}

/// What was probably meant by a text that is not a duration, or what one is.
fn hint(text: &str) -> String {
    let rule = "use a number with a unit (ns, us, ms, s, m, h), such as 2m, 1h30m, 100ms or 1.5s";
    let days = || text.strip_suffix('d')?.parse::<u32>().ok()?.checked_mul(24);
    match days() {
        _ if Duration::parse(&format!("{text}s")).is_some() => format!("did you mean {text}s? A duration needs a unit"),
        Some(hours) => format!("did you mean {hours}h? The units are ns, us, ms, s, m, h"),
        None => rule.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_alone_is_probably_meant_in_seconds() {
        assert_eq!(hint("5"), "did you mean 5s? A duration needs a unit");
        assert_eq!(hint("1.5"), "did you mean 1.5s? A duration needs a unit");
        assert_eq!(hint("2d"), "did you mean 48h? The units are ns, us, ms, s, m, h");
        assert!(hint("soon").starts_with("use a number with a unit"));
    }
}
