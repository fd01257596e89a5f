//! Leaving out of an object what is not read, before it is parsed.

use std::borrow::Cow;

use super::yaml::{item_indent, line_at};
use super::{Piece, Syntax};

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
            match line.split_once('-').filter(|_| dash) {
                Some((before, after)) => out.extend([before, " ", after]),
                None => out.push_str(line),
            }
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
    use super::super::yaml::item;
    use super::*;

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
