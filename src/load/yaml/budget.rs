//! What anchors and aliases may copy.

use crate::diag::{Code, Pos};
use crate::load::tree::{Entry, Node, ParseError, Value};

/// What may be copied beyond ten times the document itself, in units of [`weight`].
const COPIES: usize = 10_000;

/// How much a document holds so far, as written and as copies.
#[derive(Default)]
pub(super) struct Budget {
    /// What is written in the document.
    pub(super) written: usize,
    copied: usize,
}

impl Budget {
    /// Counts a copy of a value, or refuses it.
    pub(super) fn copy(&mut self, weight: usize, pos: Pos) -> Result<(), ParseError> {
        if self.copied + weight > COPIES + 10 * self.written {
            let message = "anchors and aliases expand to far more than the document contains";
            return Err(ParseError::new(Code::AliasBomb, pos, message).hint("write the values out"));
        }
        self.copied += weight;
        Ok(())
    }
}

/// What a value costs by itself: one, and more if it is long text.
pub(super) fn weight(value: &Value) -> usize {
    match value {
        Value::Null | Value::List(_) | Value::Map(_) => 1,
        Value::Plain(text) | Value::Quoted(text) => 1 + text.len() / 64,
    }
}

/// What a value costs with all in it, and how deep it nests.
pub(super) fn measure(node: &Node) -> (usize, usize) {
    let own = weight(&node.value);
    let add = |(sum, height): (usize, usize), (weight, deep): (usize, usize)| (sum + weight, height.max(deep + 1));
    match &node.value {
        Value::Null | Value::Plain(_) | Value::Quoted(_) => (own, 0),
        Value::List(items) => items.iter().map(measure).fold((own, 1), add),
        Value::Map(entries) => {
            let cost = |entry: &Entry| {
                let (weight, height) = measure(&entry.value);
                (weight + 1 + entry.key.len() / 64, height)
            };
            entries.iter().map(cost).fold((own, 1), add)
        }
    }
}
