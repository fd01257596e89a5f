//! The lines and comments of a YAML text, as far as comments need them: quoted text and block scalars are not comments.

use crate::diag::Pos;

/// A line with content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Its number, from 1.
    pub(super) number: usize,
    /// How many spaces are before its content.
    pub(super) indent: usize,
    /// Whether it begins an element of a list.
    pub(super) is_item: bool,
    /// Which document of the file it is in.
    pub(super) document: usize,
    /// Whether it is the first line of that document.
    pub(super) begins_document: bool,
}

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comment<'t> {
    pub(super) at: Pos,
    /// What is behind the `#`, trimmed.
    pub(super) text: &'t str,
    /// The index of the line that it is behind or above; that of no line below the last one.
    pub(super) above: usize,
}

/// The lines with content of a text, and its comments.
pub(super) fn lines(text: &str) -> (Vec<Line>, Vec<Comment<'_>>) {
    let (mut lines, mut comments): (Vec<Line>, Vec<Comment<'_>>) = Default::default();
    let mut quote = None;
    let mut block: Option<usize> = None;
    let mut document = 0;
    for (number, line) in (1..).zip(text.lines()) {
        let indent = line.len() - line.trim_start_matches(' ').len();
        let is_blank = line.trim().is_empty();
        if is_blank || block.is_some_and(|parent| indent > parent) {
            continue;
        }
        block = None;
        let is_continued = quote.is_some();
        let (content, comment) = split(line, &mut quote);
        let is_content = !content.trim().is_empty();
        if let Some(text) = comment {
            let column = line[..content.len()].chars().count() + 1;
            comments.push(Comment { at: Pos { line: number, column }, text, above: lines.len() });
        }
        if !is_continued && (content.trim_end() == "---" || content.trim_end() == "...") {
            document += 1;
        } else if is_content && !is_continued {
            let begins_document = lines.last().is_none_or(|last| last.document != document);
            let is_item = content[indent..].starts_with("- ") || content[indent..].trim_end() == "-";
            lines.push(Line { number, indent, is_item, document, begins_document });
            block = block_scalar(content, indent);
        }
    }
    (lines, comments)
}

/// The content of a line, and its comment. `quote` is the quote that is open before the line, and then the one behind it.
fn split<'t>(line: &'t str, quote: &mut Option<char>) -> (&'t str, Option<&'t str>) {
    // A quote opens text only where a value or key can begin.
    let (mut previous, mut can_begin) = (' ', true);
    let mut chars = line.char_indices();
    while let Some((at, c)) = chars.next() {
        match *quote {
            Some('"') if c == '\\' => drop(chars.next()),
            Some('\'') if line[at..].starts_with("''") => drop(chars.next()),
            Some(open) if c == open => *quote = None,
            Some(_) => {}
            None if c == '#' && (previous == ' ' || previous == '\t') => {
                return (&line[..at], Some(line[at + 1..].trim()));
            }
            None if (c == '"' || c == '\'') && can_begin => *quote = Some(c),
            None => {}
        }
        can_begin = match c {
            ' ' | '\t' => can_begin || ":-,?".contains(previous),
            '[' | '{' => true,
            _ => false,
        };
        previous = c;
    }
    (line, None)
}

/// If a line begins a block scalar, the number of spaces that its text has more than.
fn block_scalar(content: &str, indent: usize) -> Option<usize> {
    let indicator = content.split_whitespace().next_back()?;
    let is_one = indicator.starts_with(['|', '>']) && indicator[1..].chars().all(|c| "+-123456789".contains(c));
    if !is_one {
        return None;
    }
    // In `- key: |`, the text is indented more than the key; in `- |`, more than the dash.
    let (mut parent, mut rest) = (indent, &content[indent..]);
    while let Some(after) = rest.strip_prefix('-').filter(|after| after.starts_with(' ')) {
        let inner = after.trim_start_matches(' ');
        if inner.starts_with(['|', '>']) {
            break;
        }
        parent += rest.len() - inner.len();
        rest = inner;
    }
    Some(parent)
}
