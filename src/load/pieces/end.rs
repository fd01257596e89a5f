//! Whether what a cluster printed ends where it was meant to.

use super::super::lines::{count, lines};
use super::super::tree::ParseError;
use crate::diag::{Code, Pos};
use crate::load::SourceFile;

/// What was cut off in the middle of a line: kubectl, and whatever else prints objects that a cluster has stored, ends the last one.
/// People do not always end the last line, so a manifest without such objects may end anywhere. So may JSON, whose brackets
/// show its end.
pub fn cut_off(file: &SourceFile) -> Option<ParseError> {
    let text = &*file.text;
    let last = text.rsplit('\n').next().filter(|line| !line.is_empty() && !is_marker(line))?;
    if !lines(text).any(is_of_stored) {
        return None;
    }
    let pos = Pos { line: count(text) + 1, column: last.chars().count() + 1 };
    let hint = "dump again if it was cut off, or add a line break if it is complete";
    if file.documents().last().is_some_and(|document| is_whole(document.text())) {
        let message = "the last line has no line ending; what is read of the dump is complete";
        return Some(ParseError::new(Code::UnendedLine, pos, message).hint(hint));
    }
    let message = "the dump ends in the middle of a line";
    Some(ParseError::new(Code::Syntax, pos, message).hint(hint))
}

/// Whether all that is read of a document is before its last line: kubectl ends a List with its kind and metadata.
fn is_whole(text: &str) -> bool {
    let after = |key: &str| memchr::memmem::rfind(text.as_bytes(), format!("\n{key}").as_bytes());
    let items = after("items:");
    items.is_some() && after("kind: List\n").max(after("kind: List\r\n")) > items && after("metadata:") > items
}

/// Whether a document is a single object that a cluster has stored. A List and JSON show by their end whether they are complete.
pub fn is_stored(text: &str) -> bool {
    !lines(text).any(|line| line.starts_with("items:")) && lines(text).any(is_of_stored)
}

/// Whether a line begins or ends a document.
fn is_marker(line: &str) -> bool {
    matches!(line.trim_end(), "---" | "...")
}

/// Whether a line is in no object but those that a cluster has stored.
fn is_of_stored(line: &str) -> bool {
    let value = |key| line.trim_start_matches(' ').strip_prefix(key);
    value("creationTimestamp: ").is_some_and(|time| !time.starts_with("null"))
        || value("resourceVersion: ").is_some()
        || value("kubectl.kubernetes.io/last-applied-configuration: ").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pos(text: &str) -> Option<(usize, usize)> {
        let file = SourceFile::new("", "", text.to_owned());
        cut_off(&file).map(|error| (error.pos.line, error.pos.column))
    }

    #[test]
    fn a_dump_ends_with_a_line() {
        let dump = "kind: Pod\nmetadata:\n  creationTimestamp: \"2020-09-01T10:00:00Z\"\n  name: wéb";
        assert_eq!(pos(dump), Some((4, 12)));
        assert_eq!(pos(&dump[..dump.len() - 3]), Some((4, 10)));
        for end in ["\n", "\r\n", "\n---", "\n...\n"] {
            assert_eq!(pos(&format!("{dump}{end}")), None, "{end:?}");
        }
    }

    #[test]
    fn a_manifest_ends_as_it_likes() {
        for text in [
            "",
            "kind: Pod",
            "{\n  \"metadata\": {\n    \"creationTimestamp\": \"2020-09-01T10:00:00Z\"\n  }\n}",
            "kind: Pod\nmetadata:\n  creationTimestamp: null\n  name: web",
            "kind: ConfigMap\ndata:\n  x: |\n    datasources:\n    - uid: prometheus",
        ] {
            assert_eq!(pos(text), None, "{text}");
        }
    }
}
