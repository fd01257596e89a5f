//! A document as a tree of nodes with positions, whether it was read as YAML or as JSON.

mod error;
mod find;
mod share;

pub use error::ParseError;
pub(super) use error::{MAX_ERRORS, in_order};
pub use find::find;
pub(super) use share::Shared;

use crate::diag::Pos;
use crate::ids::Text;

/// How deep values may nest, aliases expanded. Readers of a [`Node`] may recurse: this bounds their stack.
pub const MAX_DEPTH: usize = 128;

/// A value and where it begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    at: At,
    pub value: Value,
}

/// What a node holds. Plain scalars keep their text: the reader decides what it means.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`, `~` or nothing.
    Null,
    /// An unquoted scalar that is not null; in JSON a number, `true` or `false`.
    Plain(Text),
    /// A quoted or block scalar, or one tagged `!!str`.
    Quoted(Text),
    /// A sequence.
    List(Box<[Node]>),
    /// A mapping, in the file's order, without duplicate keys.
    Map(Box<[Entry]>),
}

/// One entry of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub key: Text,
    at: At,
    pub value: Node,
}

/// A position in half the memory: trees of large files have millions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct At {
    line: u32,
    column: u32,
}

impl From<Pos> for At {
    /// A position as exact as files of at most [`super::MAX_BYTES`] need it.
    fn from(Pos { line, column }: Pos) -> Self {
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Self { line: small(line), column: small(column) }
    }
}

impl From<At> for Pos {
    fn from(At { line, column }: At) -> Self {
        Self { line: line as usize, column: column as usize }
    }
}

impl Entry {
    /// An entry whose key is at a position.
    pub(super) fn new(key: Text, pos: Pos, value: Node) -> Self {
        Self { key, at: pos.into(), value }
    }

    /// Where the key is.
    pub fn key_pos(&self) -> Pos {
        self.at.into()
    }
}

impl Node {
    /// A value that begins at a position.
    pub(super) fn new(pos: Pos, value: Value) -> Self {
        Self { at: pos.into(), value }
    }

    /// Where the value begins in its file.
    pub fn pos(&self) -> Pos {
        self.at.into()
    }

    /// The value of a mapping's key, spelled exactly so.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|entry| *entry.key == *key).map(|entry| &entry.value),
            Value::Null | Value::Plain(_) | Value::Quoted(_) | Value::List(_) => None,
        }
    }

    /// The text of a scalar that is not null.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Plain(text) | Value::Quoted(text) => Some(text),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }
}

/// Drops the later ones of entries with equal keys and gives an error for each.
pub(super) fn unique(entries: Vec<Entry>, errors: &mut Vec<ParseError>) -> Vec<Entry> {
    /// Up to here it takes less time to compare all with all.
    const FEW: usize = 8;
    if entries.len() <= FEW {
        let is_new = |i: usize| entries[..i].iter().all(|before| before.key != entries[i].key);
        if (0..entries.len()).all(is_new) {
            return entries;
        }
    }
    let mut order: Vec<usize> = (0..entries.len()).collect();
    // Stable, so that of equal keys the first in the file stays first.
    order.sort_by(|a, b| entries[*a].key.cmp(&entries[*b].key));
    let mut earlier: Vec<Option<Pos>> = vec![None; entries.len()];
    let mut first = 0;
    for (i, &at) in order.iter().enumerate() {
        let before = &entries[order[first]];
        if i > 0 && before.key == entries[at].key {
            earlier[at] = Some(before.key_pos());
        } else {
            first = i;
        }
    }
    if earlier.iter().all(Option::is_none) {
        return entries;
    }
    // A file of nothing else would have millions.
    let most = errors.len() + MAX_ERRORS;
    let kept = entries.into_iter().zip(earlier).filter_map(|(entry, earlier)| match earlier {
        Some(first) => {
            if errors.len() < most {
                errors.push(ParseError::duplicate(&entry.key, entry.key_pos(), first));
            }
            None
        }
        None => Some(entry),
    });
    kept.collect()
}
