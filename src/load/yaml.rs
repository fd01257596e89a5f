//! One YAML or JSON document as a tree of nodes with positions.

use crate::diag::Pos;

/// A value and where it begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where the value begins in its file.
    pub pos: Pos,
    /// The value.
    pub value: Value,
}

/// What a node holds. Plain scalars keep their text: what it means is the reader's to say.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`, `~` or nothing.
    Null,
    /// An unquoted scalar that is not null; in JSON a number, `true` or `false`.
    Plain(String),
    /// A quoted or block scalar, or one tagged `!!str`.
    Quoted(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the file's order, without duplicate keys.
    Map(Vec<Entry>),
}

/// One entry of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key's text.
    pub key: String,
    /// Where the key stands.
    pub key_pos: Pos,
    /// The value.
    pub value: Node,
}
