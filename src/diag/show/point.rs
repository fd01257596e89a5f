//! Places as programs read them.

use serde::Serialize;

use crate::diag::{Place, Pos};

/// A place; what is not known of it is null.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Point {
    pub file: Option<String>,
    pub line: Option<usize>,
    pub column: Option<usize>,
}

impl From<&Place> for Point {
    fn from(place: &Place) -> Self {
        let (file, pos) = match place {
            Place::Nowhere => (None, None),
            Place::File(file) => (Some(file), None),
            Place::Point(file, pos) => (Some(file), Some(pos)),
            Place::Field(origin, _) => (Some(&origin.file), None),
        };
        Self { file: file.map(ToString::to_string), line: pos.map(|pos| pos.line), column: pos.map(|pos| pos.column) }
    }
}

impl Point {
    /// The file and the position in it.
    pub(super) fn known(&self) -> Option<(&str, Pos)> {
        let pos = Pos { line: self.line?, column: self.column? };
        self.file.as_deref().map(|file| (file, pos))
    }
}
