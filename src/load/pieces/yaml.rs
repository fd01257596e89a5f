//! The objects of a YAML document, by a scan of its lines.
//!
//! In block style a line's indentation says what it belongs to: a key at the column of the mapping begins an entry, and
//! whatever is deeper, or is an item of a list at that column, goes on with it.

use std::borrow::Cow;

use super::{Piece, Syntax};
use crate::diag::Pos;

/// The objects of a document that begins at line `first_line` of its file.
pub(super) fn pieces(text: &str, first_line: usize) -> Option<Vec<Piece<'_>>> {
    let top = Top::scan(text)?;
    if (top.api_version, top.kind) != ("v1", "List") {
        let pos = Pos { line: first_line + top.content, column: 1 };
        let header = Some((top.api_version.into(), top.kind.into()));
        return Some(vec![Piece { text, first_line, pos, item: None, syntax: Syntax::Yaml, header }]);
    }
    let ends = top.items.iter().skip(1).map(|(at, _)| *at).chain([top.items_end]);
    let pieces = top.items.iter().zip(ends).enumerate();
    Some(pieces.map(|(i, ((at, line), end))| item(&text[*at..end], first_line + line, i)).collect())
}

/// What stands in the first column of a document.
#[derive(Default)]
struct Top<'a> {
    api_version: &'a str,
    kind: &'a str,
    /// How many lines are before the first key.
    content: usize,
    /// The bytes and lines, from 0, where the items begin.
    items: Vec<(usize, usize)>,
    items_end: usize,
}

impl<'a> Top<'a> {
    fn scan(text: &'a str) -> Option<Self> {
        let mut top = Self::default();
        let mut key = "";
        let mut at = 0;
        for (number, line) in text.split_inclusive('\n').enumerate() {
            match line.as_bytes()[0] {
                b' ' | b'\n' | b'\r' | b'#' => {}
                b'-' if key == "items" && is_item(line) => top.items.push((at, number)),
                b'-' if !key.is_empty() && is_item(line) => {}
                b'-' if key.is_empty() && is_bare_marker(line) => {}
                _ => {
                    let (name, value) = entry(line)?;
                    if key.is_empty() {
                        top.content = number;
                    }
                    if key == "items" {
                        top.items_end = at;
                    }
                    key = name;
                    match name {
                        "apiVersion" => top.api_version = scalar(value)?,
                        "kind" => top.kind = scalar(value)?,
                        "items" if !matches!(scalar(value), Some("" | "[]")) => return None,
                        _ => {}
                    }
                }
            }
            at += line.len();
        }
        if key == "items" {
            top.items_end = at;
        }
        (!top.api_version.is_empty() && !top.kind.is_empty()).then_some(top)
    }
}

/// One item of a list, with what its header says.
fn item(text: &str, first_line: usize, index: usize) -> Piece<'_> {
    let indent = item_indent(text);
    let (mut api_version, mut kind) = (None, None);
    for (i, line) in text.split_inclusive('\n').enumerate() {
        if let Some((name, value)) = line_at(line, indent, i == 0) {
            match name {
                "apiVersion" => api_version = scalar(value),
                "kind" => kind = scalar(value),
                _ => {}
            }
        }
        if api_version.is_some() && kind.is_some() {
            break;
        }
    }
    let header = api_version.zip(kind).map(|(api_version, kind)| (api_version.into(), kind.into()));
    let pos = Pos { line: first_line, column: indent + 1 };
    Piece { text, first_line, pos, item: Some(index), syntax: Syntax::YamlItem, header }
}

/// The column, from 0, of the keys of an item that begins with a dash.
fn item_indent(text: &str) -> usize {
    text.strip_prefix('-').map_or(0, |rest| 1 + rest.len() - rest.trim_start_matches(' ').len())
}

/// The entry that begins in a line at this column; `dash` when the line has the dash of the item before it.
fn line_at(line: &str, indent: usize, dash: bool) -> Option<(&str, &str)> {
    let (before, rest) = line.split_at_checked(indent)?;
    let blank = before.trim_start_matches(if dash { '-' } else { ' ' }).bytes().all(|byte| byte == b' ');
    blank.then(|| entry(rest)).flatten()
}

/// The key and the rest of a line that begins an entry.
fn entry(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(':')?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/');
    let ends = value.is_empty() || value.starts_with([' ', '\n', '\r']);
    (ends && !name.is_empty() && !name.starts_with('-') && name.bytes().all(plain)).then_some((name, value))
}

/// The text of a simple scalar: plain or quoted, on its line.
fn scalar(value: &str) -> Option<&str> {
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

fn is_item(line: &str) -> bool {
    line.strip_prefix('-').is_some_and(|rest| rest.starts_with([' ', '\n', '\r']))
}

/// Whether a line is `---` with nothing but a comment behind it.
fn is_bare_marker(line: &str) -> bool {
    line.strip_prefix("---").map(str::trim).is_some_and(|rest| rest.is_empty() || rest.starts_with('#'))
}

/// The fields that are kept of an object: its own, and of each those named; all when none is named.
pub type Kept = &'static [(&'static str, &'static [&'static str])];

/// The text of an object in YAML without what stands below other fields than those kept.
///
/// This only looks at lines. If what is left cannot be parsed, nothing follows: the whole has to be parsed then.
pub fn prune<'a>(piece: &Piece<'a>, kept: Kept) -> Cow<'a, str> {
    let indent = match piece.syntax {
        Syntax::Json => return piece.text.into(),
        Syntax::Yaml => 0,
        Syntax::YamlItem => item_indent(piece.text),
    };
    let mut out = String::with_capacity(piece.text.len() / 2);
    let mut state = Pruning { kept, fields: None, inner: None, keep: false };
    for (i, line) in piece.text.split_inclusive('\n').enumerate() {
        let dash = i == 0 && piece.syntax == Syntax::YamlItem;
        if dash {
            out.push_str("-\n");
        }
        if state.line(line, indent, dash) {
            out.push_str(if dash { " " } else { "" });
            out.push_str(if dash { &line[1..] } else { line });
        }
    }
    out.into()
}

struct Pruning {
    kept: Kept,
    /// The fields wanted of the field that is being read.
    fields: Option<&'static [&'static str]>,
    /// The column of those fields, once one is seen.
    inner: Option<usize>,
    keep: bool,
}

impl Pruning {
    /// Whether a line is kept.
    fn line(&mut self, line: &str, indent: usize, dash: bool) -> bool {
        if let Some((name, _)) = line_at(line, indent, dash) {
            self.fields = self.kept.iter().find(|(kept, _)| *kept == name).map(|(_, fields)| *fields);
            (self.inner, self.keep) = (None, self.fields.is_some());
            return self.keep;
        }
        let Some(fields) = self.fields.filter(|fields| !fields.is_empty()) else { return self.keep };
        let column = line.len() - line.trim_start_matches(' ').len();
        if self.inner.is_none() && column > indent && !line.trim().is_empty() && !line.trim_start().starts_with('#') {
            self.inner = Some(column);
        }
        if let Some((name, _)) = self.inner.and_then(|inner| line_at(line, inner, false)) {
            self.keep = fields.contains(&name);
        }
        self.keep
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "# c\napiVersion: v1\nitems:\n- apiVersion: v1\n  data:\n    x: |\n      - no\n\n      kind: no\n  kind: \
                        ConfigMap # c\n-   kind: 'Pod'\n    apiVersion: \"v1\"\n- {kind: Pod}\nkind: List\nmetadata: {}\n";

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

    #[test]
    fn fields_that_are_not_read_are_left_out() {
        let text = "- apiVersion: v1\n  metadata:\n    managedFields:\n    - a: b\n    name: x\n    labels:\n      a: |\n        \
                    b\n\n        status: c\n  status:\n    y: z\n  spec:\n    a: b\n";
        let piece = item(text, 1, 0);
        let kept: Kept = &[("metadata", &["name", "labels"]), ("spec", &[])];
        assert_eq!(
            prune(&piece, kept),
            "-\n  metadata:\n    name: x\n    labels:\n      a: |\n        b\n\n        status: c\n  spec:\n    a: b\n"
        );
        let first = item("- metadata:\n    name: x\n    uid: y\n", 1, 0);
        assert_eq!(prune(&first, kept), "-\n  metadata:\n    name: x\n");
    }
}
