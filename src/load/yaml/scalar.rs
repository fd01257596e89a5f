//! What scalars, tags and keys mean.

use std::borrow::Cow;

use saphyr_parser::{ScalarStyle, Tag};

use super::wording;
use crate::diag::{Code, Pos};
use crate::ids::Text;
use crate::load::tree::{Node, ParseError, Shared, Value};

/// The prefix of the tags that are written `!!…`.
const CORE: &str = "tag:yaml.org,2002:";

/// The value of a scalar.
pub(super) fn value(
    text: &str,
    style: ScalarStyle,
    tag: Option<&Tag>,
    pos: Pos,
    shared: &mut Shared,
) -> Result<Value, ParseError> {
    let plain = style == ScalarStyle::Plain;
    let Some(tag) = tag else {
        return Ok(match text {
            "" | "~" | "null" | "Null" | "NULL" if plain => Value::Null,
            _ if plain => Value::Plain(shared.text(text)),
            _ => Value::Quoted(shared.text(text)),
        });
    };
    let name = format!("{}{}", tag.handle, tag.suffix);
    match name.strip_prefix(CORE).unwrap_or(&name) {
        // `!` alone says: not what a plain scalar would mean.
        "str" | "!" => Ok(Value::Quoted(shared.text(text))),
        "null" => Ok(Value::Null),
        "int" | "float" | "bool" | "timestamp" | "merge" => Ok(Value::Plain(shared.text(text))),
        _ => Err(wording::tag(tag, pos)),
    }
}

/// A block scalar at the end of a text that does not end its last line: libyaml adds no line end, and the parser here does.
pub(super) fn without_line_end<'t>(block: Cow<'t, str>, style: ScalarStyle, text: &str) -> Cow<'t, str> {
    let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
    let last = text.rsplit('\n').next().unwrap_or_default().trim_start_matches(' ');
    let is_end = |block: &&str| match last {
        // Blanks are taken for one more line, which is empty or has more of them than the indentation.
        "" => block.rsplit('\n').next().is_some_and(|line| line.trim_matches(' ').is_empty()),
        // After a comment, the lines of the scalar have all ended.
        last => block.ends_with(last),
    };
    match block.strip_suffix('\n').filter(|block| is_block && is_end(block)) {
        Some(unended) => Cow::Owned(unended.to_owned()),
        None => block,
    }
}

/// An error about the tag of a collection that is neither absent nor `!!wanted`.
pub(super) fn wrong_tag(tag: Option<&Tag>, wanted: &str, pos: Pos) -> Option<ParseError> {
    let tag = tag?;
    let name = format!("{}{}", tag.handle, tag.suffix);
    (name.strip_prefix(CORE) != Some(wanted)).then(|| wording::tag(tag, pos))
}

/// A key that waits for its value.
pub(super) struct Key {
    /// Where it is.
    pub(super) pos: Pos,
    /// What it means.
    pub(super) name: Name,
}

/// What a key means for its value.
pub(super) enum Name {
    /// The entry's key.
    Text(Text),
    /// `<<`: the value's entries are this mapping's.
    Merge,
    /// Not text; this has been reported.
    Wrong,
}

impl Key {
    /// A mapping's key, which must be text.
    pub(super) fn from(node: Node, errors: &mut Vec<ParseError>) -> Self {
        let pos = node.pos();
        let mut wrong = |what: &str| {
            let error = ParseError::new(Code::Syntax, pos, format!("the key of a mapping must be text, not {what}"));
            errors.push(error.hint("quote the key"));
            Name::Wrong
        };
        let name = match node.value {
            Value::Plain(text) if &*text == "<<" => Name::Merge,
            Value::Plain(text) | Value::Quoted(text) => Name::Text(text),
            Value::Null => wrong("null"),
            Value::List(_) => wrong("a list"),
            Value::Map(_) => wrong("a mapping"),
        };
        Self { pos, name }
    }
}
