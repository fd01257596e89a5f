//! Where something is wrong: in a template, and in what it gives.

use minijinja::Error;

use crate::diag::{Code, Place, Pos};
use crate::ids::Text;

/// Where in a template something is wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    /// From 1; 0 if it is not known.
    pub(super) line: usize,
    /// From 1, in characters.
    pub(super) column: usize,
}

impl Spot {
    /// The position of a byte of a text.
    pub(super) fn at(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
    }

    /// Where an error is in the text of its template.
    pub(super) fn of_error(error: &Error, text: &str) -> Self {
        match error.range() {
            Some(range) if range.start > 0 || range.end > 0 => Self::at(text, range.start),
            _ => Self { line: error.line().unwrap_or_default(), column: 1 },
        }
    }

    pub(super) fn place(self, shown: &Text) -> Place {
        match self.line {
            0 => Place::File(shown.clone()),
            line => Place::Point(shown.clone(), Pos { line, column: self.column.max(1) }),
        }
    }
}

/// Something that is wrong with an output.
#[derive(Debug)]
pub(super) struct Fault {
    /// Where in the output.
    pub(super) pos: Pos,
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}
