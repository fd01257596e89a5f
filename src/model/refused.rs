//! Fields that are read only to be refused.

use super::decode::{Cx, Field};
use crate::diag::Code;
use crate::load::yaml::{Node, Value};

/// A field of a later version of the API that has no equal here: given a value, it is an error. The values that stand for
/// an absent field in protocol buffers (`false`, 0, an empty text or list) are as good as none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Refused;

impl Field for Refused {
    fn set(&mut self, node: &Node, cx: &mut Cx<'_>) {
        let is_absent = match &node.value {
            Value::Null => true,
            Value::Plain(text) => matches!(&**text, "false" | "0"),
            Value::Quoted(text) => text.is_empty(),
            Value::List(items) => items.is_empty(),
            Value::Map(_) => false,
        };
        if !is_absent {
            let message = format!("{} is known in later versions of the API and has no equal here", cx.here());
            cx.push(Code::NotYet, node.pos(), message, Some("leave it out".into()));
        }
    }
}
