//! Text in which lines in quotes and brackets are indented as YAML 1.2 wants it.
//!
//! libyaml, and so kubectl, lets them begin in any column; the blanks that begin such a line mean nothing to either.

use std::collections::BTreeMap;

use crate::load::layout::Layout;
use crate::load::lines::lines;

/// How many blanks were added to lines, by their numbers from 1.
pub(super) type Added = BTreeMap<usize, usize>;

/// A text to which blanks were added.
pub(super) struct Indented {
    pub(super) text: String,
    pub(super) added: Added,
}

/// The text with enough blanks before each line in quotes or brackets; none if nothing is to be added, or if it is not seen where.
pub(super) fn indented(text: &str) -> Option<Indented> {
    let mut layout = Layout::default();
    let mut out = Indented { text: String::with_capacity(text.len() + text.len() / 8), added: Added::new() };
    for (i, line) in lines(text).enumerate() {
        let below = layout.open_below();
        let is_marker = below.is_none() && line.starts_with("---") && line.trim().trim_start_matches('-').is_empty();
        if !is_marker {
            layout.line(line)?;
        }
        let content = line.trim_start_matches([' ', '\t']);
        let column = line.len() - content.len();
        let needed = below.flatten().map_or(0, |parent| parent + 1).saturating_sub(column);
        // The parser takes a tab for indentation in brackets, too.
        let has_tab = below.is_some() && line[..column].contains('\t');
        if content.trim_end().is_empty() || needed == 0 && !has_tab {
            out.text.push_str(line);
            continue;
        }
        out.added.insert(i + 1, needed);
        out.text.extend(std::iter::repeat_n(' ', column + needed));
        out.text.push_str(content);
    }
    (!out.added.is_empty()).then_some(out)
}
