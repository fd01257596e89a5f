//! The objects of a JSON document.

pub(super) mod cut;
mod header;

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::super::tree::ParseError;
use super::{Header, Piece, Syntax};
use crate::diag::{Code, Pos};
use crate::load::MOST_OBJECTS;

/// A document up to this size is read as a tree when it is not understood, since that gives better error messages.
const SMALL: usize = 1 << 20;

/// What is read of a document to see whether it is a List.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow, default, rename = "apiVersion")]
    api_version: Cow<'a, str>,
    #[serde(borrow, default)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    items: Option<Vec<&'a RawValue>>,
}

impl Head<'_> {
    fn is_list(&self) -> bool {
        self.api_version == "v1" && self.kind == "List"
    }
}

/// The objects of a document that begins at line `first_line` of its file, split by looking at its lines only; `None` if that is
/// not possible.
///
/// Each piece has to be JSON by itself for this to be right.
pub(super) fn cut(text: &str, first_line: usize) -> Option<Vec<Piece<'_>>> {
    let cut::Cut { items, rest } = cut::cut(text)?;
    let head: Head<'_> = serde_json::from_str(&rest).ok()?;
    // Otherwise the items are those of something inside.
    let is_right = head.is_list() && head.items.is_some_and(|items| items.is_empty());
    is_right.then(|| pieces(text, first_line, items, false))
}

/// The objects of a document that begins at line `first_line` of its file; none if it has to be read as a tree.
pub(super) fn read(text: &str, first_line: usize) -> Result<Option<Vec<Piece<'_>>>, ParseError> {
    let head: Head<'_> = match serde_json::from_str(text) {
        Ok(head) => head,
        Err(_) if text.len() <= SMALL || is_flow_yaml(text) => return Ok(None),
        Err(error) => return Err(broken(&error, first_line)),
    };
    let is_list = head.is_list();
    match head.items.filter(|_| is_list) {
        Some(items) if items.len() > MOST_OBJECTS => {
            let message = format!("the List has {} items, and the limit is {MOST_OBJECTS}", items.len());
            Err(ParseError::new(Code::TooLarge, Pos { line: first_line, column: 1 }, message)
                .hint("split it by namespace or by kind"))
        }
        Some(items) => Ok(Some(pieces(text, first_line, items.into_iter().map(RawValue::get), true))),
        None => {
            let pos = Pos { line: first_line, column: 1 };
            let header = known(head.api_version, head.kind);
            Ok(Some(vec![Piece { text, first_line, pos, item: None, syntax: Syntax::Json, is_certain: true, header }]))
        }
    }
}

/// Whether a text that begins with a brace is YAML in flow style: JSON has quotes around its keys. What has them too may be either.
fn is_flow_yaml(text: &str) -> bool {
    let inside = text.trim_start().strip_prefix('{').unwrap_or_default().trim_start();
    !inside.is_empty() && !inside.starts_with(['"', '}'])
}

/// Whether a text is one value.
pub(super) fn is_valid(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// Parts of a text as pieces.
fn pieces<'a>(
    text: &'a str,
    first_line: usize,
    items: impl IntoIterator<Item = &'a str>,
    is_certain: bool,
) -> Vec<Piece<'a>> {
    let (mut pos, mut at) = (Pos { line: first_line, column: 1 }, 0);
    let piece = |(i, item): (usize, &'a str)| {
        let start = item.as_ptr() as usize - text.as_ptr() as usize;
        pos = moved(pos, &text[at..start]);
        at = start;
        let header = header::header(item);
        Piece { text: item, first_line: pos.line, pos, item: Some(i), syntax: Syntax::Json, is_certain, header }
    };
    items.into_iter().enumerate().map(piece).collect()
}

/// The position behind a text that begins at `pos`.
fn moved(pos: Pos, text: &str) -> Pos {
    match memchr::memrchr(b'\n', text.as_bytes()) {
        Some(last) => {
            let lines = memchr::memchr_iter(b'\n', text.as_bytes()).count();
            Pos { line: pos.line + lines, column: text[last + 1..].chars().count() + 1 }
        }
        None => Pos { line: pos.line, column: pos.column + text.chars().count() },
    }
}

fn known<'a>(api_version: Cow<'a, str>, kind: Cow<'a, str>) -> Option<Header<'a>> {
    (!api_version.is_empty() && !kind.is_empty()).then_some((api_version, kind))
}

fn broken(error: &serde_json::Error, first_line: usize) -> ParseError {
    let pos = Pos { line: error.line().max(1) + first_line - 1, column: error.column().max(1) };
    if error.is_eof() {
        return ParseError::new(Code::Syntax, pos, "the document is incomplete: it ends here")
            .hint("dump it again: it may have been cut off");
    }
    let text = error.to_string();
    let message = text.split(" at line ").next().unwrap_or_default();
    ParseError::new(Code::Syntax, pos, format!("the document begins with a brace and is not valid JSON: {message}"))
        .hint("YAML in flow style is not read in documents of more than 1 MiB: write JSON, or YAML in block style")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_text_that_begins_with_a_brace_may_be_yaml() {
        let padding = "x".repeat(SMALL);
        let found = |text: String| read(&text, 1).map(|pieces| pieces.is_some()).map_err(|error| error.message);
        assert_eq!(found(format!("{{apiVersion: v1, kind: A, data: {padding}}}")), Ok(false), "it is read as a tree");
        assert_eq!(found(format!("{{\"kind\": \"A\", \"data\": \"{padding}\"}}")), Ok(true));
        let neither = found(format!("{{\"kind\": A, \"data\": \"{padding}\"}}")).expect_err("no JSON");
        assert!(neither.starts_with("the document begins with a brace and is not valid JSON: "), "{neither}");
    }
}
