//! The objects of a YAML document, by a scan of its lines.
//!
//! In block style a line's indentation says what it belongs to: a key at the column of the mapping begins an entry, and
//! whatever is deeper, or is an item of a list at that column, goes on with it. A line that goes on with a value in quotes,
//! in brackets or of plain text may have any indentation: [`Layout`] knows those.

use super::super::layout::{Layout, Line};
use super::super::lines::{count, lines};
use super::super::tree::ParseError;
use super::{Piece, Syntax};
use crate::diag::{Code, Pos};
use crate::load::MOST_OBJECTS;
use crate::load::yaml::other_readers::BREAKS;

/// The objects of a document that begins at line `first_line` of its file.
pub(super) fn pieces(text: &str, first_line: usize) -> Option<Vec<Piece<'_>>> {
    let top = Top::scan(text).filter(|top| top.has_header() && !top.has_too_many)?;
    if (top.api_version, top.kind) != ("v1", "List") {
        let pos = Pos { line: first_line + top.content, column: 1 };
        let header = Some((top.api_version.into(), top.kind.into()));
        return Some(vec![Piece { text, first_line, pos, item: None, syntax: Syntax::Yaml, is_certain: true, header }]);
    }
    let ends = top.items.iter().skip(1).map(|(at, _)| *at).chain([top.items_end]);
    let pieces = top.items.iter().zip(ends).enumerate();
    Some(pieces.map(|(i, ((at, line), end))| item(&text[*at..end], first_line + line, i)).collect())
}

/// Checks a document that could not be split by its lines for signs of a cut: kubectl prints the kind of a List after its items, so
/// one that has been cut off has no kind.
pub(super) fn check(text: &str, first_line: usize) -> Result<Option<Vec<Piece<'_>>>, ParseError> {
    match Top::scan(text) {
        Some(top) if top.kind.is_empty() && top.api_version == "v1" && !top.items.is_empty() => {
            let ended = text.trim_end();
            let line = first_line + count(ended);
            let column = lines(ended).last().map_or(0, |last| last.chars().count()) + 1;
            let message = "the List is incomplete: it ends before its kind";
            Err(ParseError::new(Code::Syntax, Pos { line, column }, message)
                .hint("dump it again: it may have been cut off"))
        }
        Some(top) if top.has_too_many => {
            let message = format!("the List has more than {MOST_OBJECTS} items, which is the limit");
            Err(ParseError::new(Code::TooLarge, Pos { line: first_line, column: 1 }, message)
                .hint("split it by namespace or by kind"))
        }
        _ => Ok(None),
    }
}

/// What is in the first column of a document.
#[derive(Default)]
struct Top<'a> {
    /// The key of the entry that the last line belongs to.
    key: &'a str,
    api_version: &'a str,
    kind: &'a str,
    /// How many lines are before the first key.
    content: usize,
    /// The bytes and lines, from 0, where the items begin.
    items: Vec<(usize, usize)>,
    items_end: usize,
    /// The column, from 0, of the items' dashes.
    column: Option<usize>,
    /// Whether there are more items than there may be.
    has_too_many: bool,
}

impl<'a> Top<'a> {
    fn scan(text: &'a str) -> Option<Self> {
        if has_lone_return(text) || !text.is_ascii() && text.contains(BREAKS) {
            return None;
        }
        let mut top = Self::default();
        let mut layout = Layout::default();
        let mut at = 0;
        for (number, line) in lines(text).enumerate() {
            let is_marker = top.key.is_empty() && is_bare_marker(line);
            match if is_marker { Line::Empty } else { layout.line(line)? } {
                Line::Empty => {}
                // The header is more than its line.
                Line::Continues if matches!(top.key, "apiVersion" | "kind") => return None,
                Line::Continues => {}
                Line::Begins => top.begins(line, at, number)?,
            }
            at += line.len();
        }
        if top.key == "items" {
            top.items_end = at;
        }
        Some(top)
    }

    /// Takes a line in which something begins.
    fn begins(&mut self, line: &'a str, at: usize, number: usize) -> Option<()> {
        if line.starts_with(' ') && (self.key != "items" || self.column == Some(0)) {
            return Some(());
        }
        if self.key == "items" {
            self.item(line, at, number)?;
        }
        if line.starts_with(' ') || !self.key.is_empty() && is_item(line) {
            return Some(());
        }
        let (name, value) = entry(line)?;
        if self.key.is_empty() {
            self.content = number;
        }
        if self.key == "items" {
            self.items_end = at;
        }
        self.key = name;
        match name {
            "apiVersion" if self.api_version.is_empty() => self.api_version = header(value)?,
            "kind" if self.kind.is_empty() => self.kind = header(value)?,
            "items" if self.items.is_empty() && matches!(scalar(value), Some("" | "[]")) => {}
            // A second one, which the parser reports.
            "apiVersion" | "kind" | "items" => return None,
            _ => {}
        }
        Some(())
    }

    /// Whether the document has an apiVersion and a kind.
    fn has_header(&self) -> bool {
        !self.api_version.is_empty() && !self.kind.is_empty()
    }

    /// Takes a line below `items`; `None` if the first is not an item.
    fn item(&mut self, line: &str, at: usize, number: usize) -> Option<()> {
        let rest = line.trim_start_matches(' ');
        let column = line.len() - rest.len();
        match self.column {
            Some(known) if known != column => {}
            None if rest.starts_with(['\n', '\r', '#']) || column == 0 && !rest.starts_with('-') => {}
            _ if is_item(rest) => {
                self.column = Some(column);
                self.has_too_many = self.items.len() == MOST_OBJECTS;
                if !self.has_too_many {
                    self.items.push((at, number));
                }
            }
            Some(_) => {}
            None => return None,
        }
        Some(())
    }
}

/// One item of a list, with what its header says.
pub(super) fn item(text: &str, first_line: usize, index: usize) -> Piece<'_> {
    let indent = item_indent(text);
    let header = item_header(text, indent).map(|(api_version, kind)| (api_version.into(), kind.into()));
    let pos = Pos { line: first_line, column: indent + 1 };
    Piece { text, first_line, pos, item: Some(index), syntax: Syntax::YamlItem, is_certain: true, header }
}

/// The `apiVersion` and `kind` of an item; none if they are not seen by its lines.
fn item_header(text: &str, indent: usize) -> Option<(&str, &str)> {
    let mut layout = Layout::default();
    let (mut api_version, mut kind, mut last) = (None, None, "");
    for (i, line) in lines(text).enumerate() {
        let found = match layout.line(line)? {
            Line::Empty => continue,
            Line::Continues if matches!(last, "apiVersion" | "kind") => return None,
            Line::Continues => continue,
            Line::Begins => line_at(line, indent, i == 0),
        };
        // Only now is it known that the value of the second one ends in its line.
        if api_version.is_some() && kind.is_some() {
            break;
        }
        last = found.map(|(name, _)| name).unwrap_or_default();
        match found {
            Some(("apiVersion", value)) => api_version = Some(header(value)?),
            Some(("kind", value)) => kind = Some(header(value)?),
            _ => {}
        }
    }
    api_version.zip(kind)
}

/// The column, from 0, of the keys of an item that begins with a dash.
pub(super) fn item_indent(text: &str) -> usize {
    let after = text.trim_start_matches(' ').strip_prefix('-').map_or(text, |rest| rest.trim_start_matches(' '));
    text.len() - after.len()
}

/// The entry that begins in a line at this column; `dash` when the line has the dash of the item before it.
pub(super) fn line_at(line: &str, indent: usize, dash: bool) -> Option<(&str, &str)> {
    let (before, rest) = line.split_at_checked(indent)?;
    let blank = |byte: u8| byte == b' ' || dash && byte == b'-';
    before.bytes().all(blank).then(|| entry(rest)).flatten()
}

/// The key and the rest of a line that begins an entry.
pub(super) fn entry(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(':')?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/');
    let ends = value.is_empty() || value.starts_with([' ', '\n', '\r']);
    (ends && !name.is_empty() && !name.starts_with('-') && name.bytes().all(plain)).then_some((name, value))
}

/// The text of a simple scalar: plain or quoted, on its line.
pub(super) fn scalar(value: &str) -> Option<&str> {
    let value = value.trim();
    let value = match value.strip_prefix('#') {
        Some(_) => "",
        None => value.split_once(" #").map_or(value, |(value, _)| value).trim_end(),
    };
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote) {
            return inner.strip_suffix(quote).filter(|inner| !inner.contains([quote, '\\']));
        }
    }
    (!value.starts_with(['&', '*', '!', '|', '>', '{', '%', '@', '`'])).then_some(value)
}

/// The text of an `apiVersion` or a `kind`, unless it is absent or begins in another line.
fn header(value: &str) -> Option<&str> {
    scalar(value).filter(|text| !matches!(*text, "" | "~" | "null" | "Null" | "NULL"))
}

/// Whether a line ends with a carriage return alone, which YAML knows as a line break and [`lines`] does not.
fn has_lone_return(text: &str) -> bool {
    memchr::memchr_iter(b'\r', text.as_bytes()).any(|at| text.as_bytes().get(at + 1) != Some(&b'\n'))
}

pub(super) fn is_item(line: &str) -> bool {
    line.strip_prefix('-').is_some_and(|rest| rest.starts_with([' ', '\n', '\r']))
}

/// Whether a line is `---` with nothing but a comment behind it.
pub(super) fn is_bare_marker(line: &str) -> bool {
    line.strip_prefix("---").map(str::trim).is_some_and(|rest| rest.is_empty() || rest.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "# c\napiVersion: v1\nitems:\n- apiVersion: v1\n  data:\n    x: |\n      - no\n\n      kind: no\n  kind: \
                        ConfigMap # c\n-   kind: 'Pod'\n    apiVersion: \"v1\"\n- {kind: Pod}\nkind: List\nmetadata: {}\n";

    #[test]
    fn a_list_has_a_limit() {
        let list = |items: usize| format!("apiVersion: v1\nitems:\n{}kind: List\n", "- a: b\n".repeat(items));
        assert!(check(&list(MOST_OBJECTS), 3).is_ok());
        let text = list(MOST_OBJECTS + 2);
        assert!(pieces(&text, 1).is_none());
        let error = check(&text, 3).expect_err("too many");
        assert_eq!((error.code, error.pos.line), (Code::TooLarge, 3));
    }

    #[test]
    fn lists_are_cut_at_their_items() {
        let found = pieces(LIST, 5).expect("pieces");
        let shown: Vec<_> = found
            .iter()
            .map(|p| (p.item, p.first_line, p.pos.column, p.header.as_ref().map(|(v, k)| format!("{v} {k}"))))
            .collect();
        assert_eq!(
            shown,
            [
                (Some(0), 8, 3, Some("v1 ConfigMap".to_owned())),
                (Some(1), 15, 5, Some("v1 Pod".to_owned())),
                (Some(2), 17, 3, None),
            ]
        );
        assert_eq!(found[2].text, "- {kind: Pod}\n");
    }

    #[test]
    fn a_document_is_one_piece() {
        let found = pieces("--- # c\n# d\nkind: Service\nspec:\n  ports:\n- x\napiVersion: v1\n", 1).expect("pieces");
        assert_eq!((found.len(), found[0].pos.line, found[0].item), (1, 3, None));
    }

    #[test]
    fn what_is_not_plain_block_style_has_no_pieces() {
        for text in [
            "{kind: Service, apiVersion: v1}",
            "kind: &a Service\napiVersion: v1\n",
            "kind: List\napiVersion: v1\nitems: [{kind: Pod}]\n",
            "%YAML 1.2\n---\nkind: A\napiVersion: v1\n",
            "--- |\nkind: A\napiVersion: v1\n\"",
            "kind: A\n",
            "garbage\n",
            "- kind: A\n  apiVersion: v1\n",
        ] {
            assert_eq!(pieces(text, 1), None, "{text}");
        }
    }
}
