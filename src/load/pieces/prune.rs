//! Removes the fields of an object that are not read, before it is parsed.

use std::borrow::Cow;

use super::super::layout::{Layout, Line};
use super::super::lines::lines;
use super::yaml::{entry, is_bare_marker, is_item, item_indent, scalar};
use super::{Piece, Syntax};

/// What is kept of a mapping: fields by name.
pub type Kept = &'static [(&'static str, Below)];

/// What is kept of a field's value. Of a list it is kept of each item.
#[derive(Clone, Copy, Debug)]
pub enum Below {
    /// All of it.
    All,
    /// These fields.
    Fields(Kept),
}

/// The text of an object in YAML without the fields that are not kept.
///
/// This only looks at lines. None where these are not what people and kubectl write, and where a line does not show what it
/// means: anchors, aliases, tags. If what is left cannot be parsed, nothing follows: the whole has to be parsed then.
pub fn prune<'a>(piece: &Piece<'a>, kept: Kept) -> Option<Cow<'a, str>> {
    let (column, is_item) = match piece.syntax {
        Syntax::Json => return Some(piece.text.into()),
        Syntax::Yaml => (0, false),
        Syntax::YamlItem => (item_indent(piece.text), true),
    };
    let mut layout = Layout::default();
    let mut pruning = Pruning::new(kept, column, piece.text.len() / 4);
    for (i, line) in lines(piece.text).enumerate() {
        let is_first = i == 0;
        if !is_item && is_bare_marker(line) {
            continue;
        }
        match layout.line(line)? {
            Line::Empty | Line::Continues => pruning.push(line),
            Line::Begins if is_first && is_item => pruning.item(line)?,
            Line::Begins => pruning.line(line)?,
        }
    }
    (!layout.is_special()).then_some(pruning.out.into())
}

/// A mapping some of whose fields are kept.
struct Level {
    /// The column, from 0, of its keys.
    column: usize,
    fields: Kept,
    /// The column of the dash when it is an item of a list.
    dash: Option<usize>,
}

struct Pruning {
    out: String,
    levels: Vec<Level>,
    /// The fields of a value that begins in the next line.
    pending: Option<Kept>,
    /// Whether what goes on with the last entry is kept.
    keep: bool,
    /// The header so far, which is not kept: a second one is a second object.
    header: [bool; 2],
}

impl Pruning {
    fn new(fields: Kept, column: usize, room: usize) -> Self {
        let levels = vec![Level { column, fields, dash: None }];
        Self { out: String::with_capacity(room), levels, pending: None, keep: false, header: [false; 2] }
    }

    /// Takes a line in which something begins; none if it is not understood.
    fn line(&mut self, line: &str) -> Option<()> {
        let rest = line.trim_start_matches(' ');
        let column = line.len() - rest.len();
        if let Some(fields) = self.pending.take() {
            return self.begin(line, rest, column, fields);
        }
        self.go_on(line, rest, column)
    }

    /// The first line of a value some of whose fields are kept.
    fn begin(&mut self, line: &str, rest: &str, column: usize, fields: Kept) -> Option<()> {
        let outer = self.levels.last()?.column;
        if is_item(rest) && column >= outer {
            self.levels.push(Level { column, fields, dash: Some(column) });
            return self.item(line);
        }
        if column <= outer {
            // The value is missing.
            return self.go_on(line, rest, column);
        }
        if entry(rest).is_none() {
            // It is in one piece, such as a mapping in braces.
            self.keep = true;
            self.push(line);
            return Some(());
        }
        self.levels.push(Level { column, fields, dash: None });
        self.entry(line, rest)
    }

    /// A line that is deeper in the last entry, or leaves it.
    fn go_on(&mut self, line: &str, rest: &str, column: usize) -> Option<()> {
        let dash = is_item(rest);
        let mut is_last = true;
        while let Some(level) = self.levels.last() {
            if dash && level.dash == Some(column) {
                return self.item(line);
            }
            // A list may begin in the column of the key that it belongs to.
            if column > level.column || column == level.column && dash {
                // What is deeper than this one and not as deep as the last is nowhere.
                return is_last.then(|| self.push(line));
            }
            if column == level.column {
                return self.entry(line, rest);
            }
            is_last = false;
            self.levels.pop();
        }
        None
    }

    /// An item's first line. Its dash is kept whether the entry beside it is kept or not.
    fn item(&mut self, line: &str) -> Option<()> {
        let column = item_indent(line);
        self.levels.last_mut()?.column = column;
        let (dash, rest) = line.split_at_checked(column)?;
        if entry(rest).is_none() {
            // A scalar, a list in a list, or nothing.
            self.keep = true;
            self.push(line);
            return Some(());
        }
        self.out.push_str(dash.trim_end());
        self.out.push('\n');
        self.entry_at(column, rest)
    }

    /// A line in which an entry begins.
    fn entry(&mut self, line: &str, rest: &str) -> Option<()> {
        self.entry_at(line.len() - rest.len(), rest)
    }

    fn entry_at(&mut self, column: usize, rest: &str) -> Option<()> {
        let (name, value) = entry(rest)?;
        if self.levels.len() == 1
            && let Some(i) = ["apiVersion", "kind"].iter().position(|key| *key == name)
            && std::mem::replace(&mut self.header[i], true)
        {
            return None;
        }
        let below = self.levels.last()?.fields.iter().find(|(field, _)| *field == name);
        self.keep = below.is_some();
        if let Some((_, Below::Fields(fields))) = below {
            // A value in this line is kept as it is, with what goes on with it.
            self.pending = (scalar(value) == Some("")).then_some(*fields);
        }
        if self.keep {
            (0..column).for_each(|_| self.out.push(' '));
            self.out.push_str(rest);
        }
        Some(())
    }

    fn push(&mut self, line: &str) {
        if self.keep {
            self.out.push_str(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::yaml::item;
    use super::*;

    const METADATA: (&str, Below) = ("metadata", Below::Fields(&[("name", Below::All), ("labels", Below::All)]));
    const KEPT: Kept = &[
        METADATA,
        (
            "spec",
            Below::Fields(&[
                (
                    "containers",
                    Below::Fields(&[("name", Below::All), ("ports", Below::Fields(&[("port", Below::All)]))]),
                ),
                ("a", Below::All),
            ]),
        ),
    ];

    fn pruned(text: &str) -> String {
        prune(&item(text, 1, 0), KEPT).unwrap_or_else(|| text.into()).into_owned()
    }

    #[test]
    fn fields_that_are_not_read_are_left_out() {
        let text = "- apiVersion: v1\n  metadata:\n    managedFields:\n    - a: b\n    name: x\n    labels:\n      a: |\n        \
                    b\n\n        status: c\n  status:\n    y: z\n  spec:\n    a: b\n";
        assert_eq!(
            pruned(text),
            "-\n  metadata:\n    name: x\n    labels:\n      a: |\n        b\n\n        status: c\n  spec:\n    a: b\n"
        );
        assert_eq!(pruned("- metadata:\n    name: x\n    uid: y\n"), "-\n  metadata:\n    name: x\n");
    }

    #[test]
    fn items_of_lists_are_pruned_too() {
        let text = "- spec:\n    containers:\n    - args:\n      - x\n      name: a\n      env:\n      - name: E\n        value: |\n          \
                    name: no\n      ports:\n      - port: 1\n        protocol: TCP\n      - protocol: TCP\n        port: 2\n    - name: \
                    b\n    tail: x\n";
        assert_eq!(
            pruned(text),
            "-\n  spec:\n    containers:\n    -\n      name: a\n      ports:\n      -\n        port: 1\n      -\n        port: 2\n    \
             -\n      name: b\n"
        );
        let indented =
            "- spec:\n    containers:\n      -   name: a\n          image: i\n      - image: i\n        name: b\n";
        assert_eq!(
            pruned(indented),
            "-\n  spec:\n    containers:\n      -\n          name: a\n      -\n        name: b\n"
        );
    }

    #[test]
    fn values_in_one_piece_are_kept_whole() {
        for text in [
            "-\n  spec: {containers: [{name: a}], b: c}\n",
            "-\n  spec:\n    {containers: [\n      {name: a}]}\n",
            "-\n  spec:\n    containers:\n    - null\n    -\n      name: a\n",
        ] {
            let text = text.replacen("-\n  ", "- ", 1);
            assert_eq!(pruned(&text), text.replacen("- ", "-\n  ", 1), "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_is_kept_whole() {
        for text in [
            "- metadata:\n    name: x\n  \"status\":\n    y: z\n",
            "- metadata:\n    uid: x\n    'name': y\n",
            "- metadata:\n    name: x\n    uid : x\n",
            "- metadata:\n    labels:\n        a: b\n    name: x\n   uid: y\n",
            "- metadata:\n    name: x\n \tb: c\n",
            "- spec:\n    containers: &c\n    - name: a\n      image: i\n",
            "- spec:\n    ? containers\n    : - name: a\n",
            "- kind: A\n  metadata:\n    name: x\n  kind: B\n",
        ] {
            assert_eq!(pruned(text), text);
        }
    }

    #[test]
    fn a_field_without_a_value_is_no_place_for_the_next() {
        assert_eq!(pruned("- spec:\n    containers:\n    a: b\n    c: d\n"), "-\n  spec:\n    containers:\n    a: b\n");
        assert_eq!(pruned("- spec:\n  metadata:\n    name: x\n"), "-\n  spec:\n  metadata:\n    name: x\n");
    }
}
