//! A document of Kubernetes objects as pieces of text, one an object, each known by its header.
//!
//! A dump of a cluster is large and mostly of no interest. Cut like this, what is not needed is never parsed, the rest is
//! parsed piece by piece on all threads, and no parser ever holds the whole of it. Whatever is not written as kubectl and
//! people usually write it has no pieces: [`Document::objects`] reads it then.

mod end;
mod json;
mod prune;
mod yaml;

use std::borrow::Cow;

pub use end::{cut_off, is_stored};
pub use prune::{Below, Kept, prune};

use super::Document;
use super::tree::{Node, ParseError, Value};
use crate::diag::{Origin, Pos};

/// The `apiVersion` and `kind` of an object.
pub type Header<'a> = (Cow<'a, str>, Cow<'a, str>);

/// The text of one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece<'a> {
    /// The text. An item of a YAML list has its `- `.
    pub text: &'a str,
    /// The line of its first byte, from 1.
    pub first_line: usize,
    /// Where the object begins.
    pub pos: Pos,
    /// The item's index when the document is a `List`.
    pub item: Option<usize>,
    pub syntax: Syntax,
    /// Whether the bounds of the object are certain; if not, they are right only if the text parses as one value.
    pub is_certain: bool,
    /// What the object is; none when that is not seen at a glance.
    pub header: Option<Header<'a>>,
}

/// The syntax of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// JSON.
    Json,
    /// A YAML document.
    Yaml,
    /// An element of a YAML list, as a list of one.
    YamlItem,
}

impl<'a> Document<'a> {
    /// Its objects as text, split by looking at its lines only; `None` if that is not possible. If one piece turns out
    /// to be wrong, all of them are.
    pub fn pieces_by_lines(&self) -> Option<Vec<Piece<'a>>> {
        let text = self.text();
        match is_json(text) {
            true => json::cut(text, self.span.first_line),
            false => yaml::pieces(text, self.span.first_line),
        }
    }

    /// Its objects as text, for which all of it has to be read; `None` if it has to be read as a tree.
    ///
    /// # Errors
    /// Where the text stops being valid JSON, in a document too large for a tree; where a List was cut off.
    pub fn pieces(&self) -> Result<Option<Vec<Piece<'a>>>, ParseError> {
        let text = self.text();
        if is_json(text) { json::read(text, self.span.first_line) } else { yaml::check(text, self.span.first_line) }
    }
}

fn is_json(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

impl Piece<'_> {
    /// What diagnostics call it.
    pub fn origin(&self, document: &Document<'_>) -> Origin {
        Origin { item: self.item, ..document.origin() }
    }

    /// Whether it is an object by itself, if that is not certain.
    pub fn is_whole(&self) -> bool {
        self.is_certain || json::is_valid(self.text)
    }

    /// A cheaper check for an object that is skipped: whether its last line closes it.
    pub fn seems_whole(&self) -> bool {
        self.is_certain || json::cut::is_closed(self.text, self.pos.column - 1)
    }

    /// Its tree.
    ///
    /// # Errors
    /// Everything that is wrong with its syntax.
    pub fn node(&self) -> Result<Node, Vec<ParseError>> {
        match self.syntax {
            Syntax::Json => super::json::parse(self.text, self.first_line),
            Syntax::Yaml => super::yaml::parse(self.text, self.first_line),
            Syntax::YamlItem => super::yaml::parse(self.text, self.first_line).map(|list| {
                let pos = list.pos();
                match list.value {
                    Value::List(items) => items.into_iter().next().unwrap_or(Node::new(pos, Value::Null)),
                    value => Node::new(pos, value),
                }
            }),
        }
    }
}
