//! The port of the pods to which a port of their service leads.

use serde_json::{Value as Json, json};

use super::decode::schema::Defs;
use super::decode::{Cx, Decode};
use super::port_number::PortNumber;
use crate::ids::Text;
use crate::load::tree::{Node, Value};

/// The port of the pods to which a port of their service leads.
#[derive(Clone, Debug, PartialEq)]
pub enum TargetPort {
    /// Its number.
    Number(u32),
    /// Its name in the containers, where the number is not known or not the same in all of them.
    Name(Text),
}

impl Decode for TargetPort {
    fn decode(node: &Node, cx: &mut Cx<'_>) -> Option<Self> {
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        match &node.value {
            Value::Plain(text) | Value::Quoted(text) if !text.is_empty() && is_number(text) => {
                PortNumber::decode(node, cx).map(|PortNumber(number)| Self::Number(number))
            }
            _ => cx.text(node).map(Self::Name),
        }
    }

    fn schema(_: &mut Defs) -> Json {
        json!({"type": ["integer", "string", "null"], "minimum": 1, "maximum": 65535})
    }
}
