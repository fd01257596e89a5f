//! Why a document has no tree.

use crate::diag::{Code, Diag, Place, Pos};
use crate::ids::Text;

/// How many mistakes of one document are reported.
pub(in crate::load) const MAX_ERRORS: usize = 100;

/// Why a document has no tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// What kind of mistake it is.
    pub code: Code,
    /// Where it is in the file.
    pub pos: Pos,
    /// What was found.
    pub message: String,
    /// What would be right.
    pub hint: Option<String>,
}

impl ParseError {
    /// An error without a hint.
    pub(in crate::load) fn new(code: Code, pos: Pos, message: impl Into<String>) -> Self {
        Self { code, pos, message: message.into(), hint: None }
    }

    /// Adds what would be right.
    pub(in crate::load) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The second use of a key in one mapping.
    pub(in crate::load) fn duplicate(key: &str, pos: Pos, first: Pos) -> Self {
        Self::new(Code::DuplicateKey, pos, format!("duplicate key `{key}` (first at line {})", first.line))
            .hint("remove one of the two")
    }

    /// The diagnostic of it in `file`.
    pub fn diag(self, file: Text) -> Diag {
        Diag::new(self.code, Place::Point(file, self.pos), self.message).maybe_hint(self.hint)
    }
}

/// Errors in the order of the lines, up to a limit.
pub(in crate::load) fn in_order(mut errors: Vec<ParseError>) -> Vec<ParseError> {
    // They come up where mappings end.
    errors.sort_by_key(|error| error.pos);
    errors.truncate(MAX_ERRORS);
    errors
}
