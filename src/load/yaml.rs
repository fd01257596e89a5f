//! One YAML or JSON document as a tree of nodes with positions.

mod budget;
mod build;
mod find;
mod scalar;
mod share;
mod wording;

pub use find::find;
pub(super) use share::Shared;

use crate::diag::{Code, Diag, Place, Pos};
use crate::ids::Text;

/// How deep values may nest, aliases expanded. Readers of a [`Node`] may recurse: this bounds their stack.
pub const MAX_DEPTH: usize = 128;

/// How many mistakes of one document are told.
const MAX_ERRORS: usize = 100;

/// A value and where it begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    at: At,
    /// The value.
    pub value: Value,
}

/// What a node holds. Plain scalars keep their text: what it means is the reader's to say.
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
    /// The key's text.
    pub key: Text,
    at: At,
    /// The value.
    pub value: Node,
}

/// A position in half the room: trees of large files have millions.
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
    /// An entry whose key stands at a position.
    pub(super) fn new(key: Text, pos: Pos, value: Node) -> Self {
        Self { key, at: pos.into(), value }
    }

    /// Where the key stands.
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

/// Why a document has no tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YamlError {
    /// What kind of mistake it is.
    pub code: Code,
    /// Where it is in the file.
    pub pos: Pos,
    /// What was found.
    pub message: String,
    /// What would be right.
    pub hint: Option<String>,
}

impl YamlError {
    /// An error without a hint.
    pub(super) fn new(code: Code, pos: Pos, message: impl Into<String>) -> Self {
        Self { code, pos, message: message.into(), hint: None }
    }

    /// Adds what would be right.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The second use of a key in one mapping.
    pub(super) fn duplicate(key: &str, pos: Pos, first: Pos) -> Self {
        Self::new(Code::DuplicateKey, pos, format!("`{key}` is already a key of this mapping, at line {}", first.line))
            .hint("keep one of the two")
    }

    /// The diagnostic of it in `file`.
    pub fn diag(self, file: Text) -> Diag {
        Diag::new(self.code, Place::Point(file, self.pos), self.message).maybe_hint(self.hint)
    }
}

/// The tree of the one document that `text` holds, which begins at line `first_line` (from 1) of its file.
///
/// An empty document is [`Value::Null`]. A document in JSON is read as such first: YAML would refuse the tabs that may
/// indent it, and does not know the surrogate pairs of its escapes.
///
/// # Errors
/// Everything that is wrong with the document, as far as the parser comes.
pub fn parse(text: &str, first_line: usize) -> Result<Node, Vec<YamlError>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Some((json, line)) = maybe_json(text, first_line) else { return build::document(text, first_line) };
    match super::json::parse(json, line) {
        // Not JSON, but a flow mapping or sequence in YAML begins the same.
        Err(errors) if errors.iter().any(|error| error.code == Code::Syntax) => {
            let read = build::document(text, first_line);
            // Nobody indents YAML with tabs: this was to be JSON, and the other parser would go on about the tabs.
            if json.contains("\n\t") { read.or(Err(errors)) } else { read }
        }
        read => read,
    }
}

/// The text from the line on that begins with a bracket, and that line's number, if nothing that counts is before it.
fn maybe_json(text: &str, first_line: usize) -> Option<(&str, usize)> {
    let mut at = 0;
    for (i, line) in text.split_inclusive('\n').enumerate() {
        match line.trim() {
            "" | "---" => at += line.len(),
            comment if comment.starts_with('#') => at += line.len(),
            value => return value.starts_with(['{', '[']).then_some((&text[at..], first_line + i)),
        }
    }
    None
}

/// Errors in the order of the lines, and not more of them than anybody reads.
pub(super) fn in_order(mut errors: Vec<YamlError>) -> Vec<YamlError> {
    // They come up where mappings end.
    errors.sort_by_key(|error| error.pos);
    errors.truncate(MAX_ERRORS);
    errors
}

/// Drops the later ones of entries with equal keys and gives an error for each.
pub(super) fn unique(entries: Vec<Entry>, errors: &mut Vec<YamlError>) -> Vec<Entry> {
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
    let kept = entries.into_iter().zip(earlier).filter_map(|(entry, earlier)| match earlier {
        Some(first) => {
            errors.push(YamlError::duplicate(&entry.key, entry.key_pos(), first));
            None
        }
        None => Some(entry),
    });
    kept.collect()
}

#[cfg(test)]
mod tests;
