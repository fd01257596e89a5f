//! One YAML document as a tree; one in JSON is left to the reader of JSON.

mod budget;
mod build;
mod indent;
pub(super) mod other_readers;
mod scalar;
mod wording;

use super::tree::{Node, ParseError};
use crate::diag::Code;

/// The tree of the one document that `text` holds, which begins at line `first_line` (from 1) of its file.
///
/// An empty document is [`Value::Null`](super::tree::Value::Null). A document in JSON is read as such first: YAML would refuse the tabs that may
/// indent it, and does not know the surrogate pairs of its escapes.
///
/// # Errors
/// Everything that is wrong with the document, as far as the parser gets.
pub fn parse(text: &str, first_line: usize) -> Result<Node, Vec<ParseError>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Some((json, line)) = maybe_json(text, first_line) else { return build::document(text, first_line) };
    match super::json::parse(json, line) {
        // Not JSON, but a flow mapping or sequence in YAML begins the same.
        Err(errors) if errors.iter().any(|error| error.code == Code::Syntax) => {
            let read = build::document(text, first_line);
            // Tabs show that this was meant to be JSON; the YAML parser would only complain about the tabs.
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

#[cfg(test)]
mod tests;
