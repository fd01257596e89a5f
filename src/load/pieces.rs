//! A document of Kubernetes objects as pieces of text, one an object, each known by its header.
//!
//! A dump of a cluster is large and mostly of no interest. Cut like this, what is not needed is never parsed, the rest is
//! parsed piece by piece on all threads, and no parser ever holds the whole of it. Whatever is not written as kubectl and
//! people usually write it has no pieces: [`Document::objects`] reads it then.

mod json;
mod prune;
mod yaml;

use std::borrow::Cow;

pub use prune::{Kept, prune};

use super::Document;
use super::yaml::{Node, Value, YamlError};
use crate::diag::{Origin, Pos};

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
    /// The syntax it is in.
    pub syntax: Syntax,
    /// The object's `apiVersion` and `kind`; none when they are not seen at a glance.
    pub header: Option<(Cow<'a, str>, Cow<'a, str>)>,
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
    /// Its objects as text; none if it has to be read as a tree.
    ///
    /// # Errors
    /// Where JSON ends to be JSON, in a document too large for a tree.
    pub fn pieces(&self) -> Result<Option<Vec<Piece<'a>>>, YamlError> {
        let text = self.text();
        if text.trim_start().starts_with('{') {
            json::pieces(text, self.span.first_line)
        } else {
            Ok(yaml::pieces(text, self.span.first_line))
        }
    }
}

impl Piece<'_> {
    /// What diagnostics call it.
    pub fn origin(&self, document: &Document<'_>) -> Origin {
        Origin { item: self.item, ..document.origin() }
    }

    /// Its tree.
    ///
    /// # Errors
    /// Everything that is wrong with its syntax.
    pub fn node(&self) -> Result<Node, Vec<YamlError>> {
        match self.syntax {
            Syntax::Json => super::json::parse(self.text, self.first_line),
            Syntax::Yaml => super::yaml::parse(self.text, self.first_line),
            Syntax::YamlItem => super::yaml::parse(self.text, self.first_line).map(|list| match list.value {
                Value::List(items) => items.into_iter().next().unwrap_or(Node { pos: list.pos, value: Value::Null }),
                value => Node { pos: list.pos, value },
            }),
        }
    }
}
