//! The objects of a JSON document.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::yaml::YamlError;
use super::{Piece, Syntax};
use crate::diag::{Code, Pos};

/// A document that is not larger is read as a tree when it is not understood: that tells better what is wrong with it.
const SMALL: usize = 1 << 20;

/// What tells a document apart.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow, default, rename = "apiVersion")]
    api_version: Cow<'a, str>,
    #[serde(borrow, default)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    items: Option<Vec<&'a RawValue>>,
}

/// What tells an item apart.
#[derive(Deserialize)]
struct ItemHead<'a> {
    #[serde(borrow, default, rename = "apiVersion")]
    api_version: Cow<'a, str>,
    #[serde(borrow, default)]
    kind: Cow<'a, str>,
}

/// The objects of a document that begins at line `first_line` of its file.
pub(super) fn pieces(text: &str, first_line: usize) -> Result<Option<Vec<Piece<'_>>>, YamlError> {
    let head: Head<'_> = match serde_json::from_str(text) {
        Ok(head) => head,
        Err(_) if text.len() <= SMALL => return Ok(None),
        Err(error) => return Err(broken(&error, first_line)),
    };
    let Head { api_version, kind, items } = head;
    let is_list = api_version == "v1" && kind == "List";
    let Some(items) = items.filter(|_| is_list) else {
        let pos = Pos { line: first_line, column: 1 };
        let header = known(api_version, kind);
        return Ok(Some(vec![Piece { text, first_line, pos, item: None, syntax: Syntax::Json, header }]));
    };
    let mut pieces = Vec::with_capacity(items.len());
    let (mut pos, mut at) = (Pos { line: first_line, column: 1 }, 0);
    for (i, item) in items.into_iter().enumerate() {
        let item = item.get();
        // A raw value is a part of the text that it was read from.
        let start = item.as_ptr() as usize - text.as_ptr() as usize;
        pos = moved(pos, &text[at..start]);
        at = start;
        let header = match serde_json::from_str::<ItemHead<'_>>(item) {
            Ok(ItemHead { api_version, kind }) => known(api_version, kind),
            Err(_) => None,
        };
        let first_line = pos.line;
        pieces.push(Piece { text: item, first_line, pos, item: Some(i), syntax: Syntax::Json, header });
    }
    Ok(Some(pieces))
}

/// The position behind a text that begins at `pos`.
fn moved(pos: Pos, text: &str) -> Pos {
    match text.rsplit_once('\n') {
        Some((before, last)) => {
            Pos { line: pos.line + 1 + before.matches('\n').count(), column: last.chars().count() + 1 }
        }
        None => Pos { line: pos.line, column: pos.column + text.chars().count() },
    }
}

fn known<'a>(api_version: Cow<'a, str>, kind: Cow<'a, str>) -> Option<(Cow<'a, str>, Cow<'a, str>)> {
    (!api_version.is_empty() && !kind.is_empty()).then_some((api_version, kind))
}

fn broken(error: &serde_json::Error, first_line: usize) -> YamlError {
    let pos = Pos { line: error.line().max(1) + first_line - 1, column: error.column().max(1) };
    if error.is_eof() {
        return YamlError::new(Code::Syntax, pos, "the document ends in the middle").hint("it may have been cut off");
    }
    let text = error.to_string();
    let message = text.split(" at line ").next().unwrap_or_default();
    YamlError::new(Code::Syntax, pos, format!("this is no JSON: {message}"))
}
