//! Diagnostics for people, in the manner of rustc.

use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use super::clean;
use crate::diag::{Diag, Place, Pos, Severity};

/// Longer lines are not given to the renderer, which would look at every character of them.
const LONG_LINE: usize = 4000;

/// How much of such a line is shown, in characters.
const EXCERPT: usize = 60;

/// One block for each diagnostic, with the line it is about; `line` gives the line of a file with a number (from 1).
pub fn text<S: AsRef<str>>(diags: &[Diag], line: impl Fn(&str, usize) -> Option<S>, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() }.decor_style(DecorStyle::Ascii);
    let mut shown = String::new();
    for diag in diags {
        let groups = groups(diag, &|file, number| {
            let found = line(file, number)?;
            clean::source(file, found.as_ref()).map(std::borrow::Cow::into_owned)
        });
        shown.push_str(&renderer.render(&groups));
        shown.push_str("\n\n");
    }
    shown
}

/// One line for each diagnostic: `file:line:col: error[MT0201]: message (hint)`.
pub fn short(diags: &[Diag]) -> String {
    let mut shown = String::new();
    for diag in diags {
        let place = match &diag.place {
            Place::Nowhere => String::new(),
            Place::File(file) => format!("{}: ", clean::one_line(file)),
            Place::Point(file, pos) => format!("{}:{}:{}: ", clean::one_line(file), pos.line, pos.column),
            Place::Field(origin, path) => {
                format!("{}: {}: ", clean::one_line(&origin.file), clean::one_line(&path.to_string()))
            }
        };
        let hint = diag.hint.as_deref().map(|hint| format!(" ({})", clean::one_line(hint))).unwrap_or_default();
        let message = clean::one_line(&diag.message);
        // Writing to a String does not fail.
        let _ = writeln!(shown, "{place}{}[{}]: {message}{hint}", diag.severity, diag.code);
    }
    shown
}

type Lines<'a> = &'a dyn Fn(&str, usize) -> Option<String>;

/// The diagnostic itself, and a group for each other place that matters.
fn groups<'a>(diag: &Diag, lines: Lines<'_>) -> Vec<Group<'a>> {
    let level = match diag.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level.primary_title(clean::message(&diag.message)).id(diag.code.as_str());
    let mut main = Group::with_title(title).elements(place(&diag.place, AnnotationKind::Primary, lines));
    if let Some(by) = diag.raised {
        main = main.element(Level::NOTE.message(format!("an error because of {by}")));
    }
    if let Some(hint) = &diag.hint {
        main = main.element(Level::HELP.message(clean::message(hint)));
    }
    let related = diag.related.iter().map(|(other, what)| {
        let title = Level::NOTE.secondary_title(clean::message(what));
        Group::with_title(title).elements(place(other, AnnotationKind::Context, lines))
    });
    std::iter::once(main).chain(related).collect()
}

/// The line of a place, or only where it is.
fn place<'a>(place: &Place, kind: AnnotationKind, lines: Lines<'_>) -> Vec<Element<'a>> {
    let (file, pos) = match place {
        Place::Nowhere => return Vec::new(),
        Place::File(file) => return vec![Origin::path(clean::one_line(file)).into()],
        Place::Field(origin, path) => {
            let field = Level::NOTE.message(clean::message(&format!("this is about `{path}`")));
            return vec![Origin::path(clean::one_line(&origin.file)).into(), field.into()];
        }
        Place::Point(file, pos) => (clean::one_line(file), *pos),
    };
    let origin = |file| Origin::path(file).line(pos.line).char_column(pos.column).into();
    match lines(&file, pos.line) {
        None => vec![origin(file)],
        Some(line) if line.len() > LONG_LINE => {
            let excerpt = excerpt(&line, pos);
            vec![origin(file), Level::NOTE.message(format!("the line is long; this is at `{excerpt}`")).into()]
        }
        Some(line) => {
            let span = word(&line, pos);
            // The renderer gives the column of the span; what is behind the line's end it would move.
            if line[..span.start].chars().count() + 1 != pos.column {
                return vec![origin(file)];
            }
            let snippet = Snippet::source(line).path(file).line_start(pos.line);
            vec![snippet.annotation(kind.span(span)).into()]
        }
    }
}

/// The beginning of what is at a position of a long line.
fn excerpt(line: &str, pos: Pos) -> String {
    let mut rest = line.chars().skip(pos.column.saturating_sub(1));
    let mut excerpt: String = rest.by_ref().take(EXCERPT).collect();
    if rest.next().is_some() {
        excerpt.push('…');
    }
    excerpt
}

/// The column behind the word at a position of a line; none if the line is too long to be looked at, or ends before.
pub(super) fn end_column(line: &str, pos: Pos) -> Option<usize> {
    if line.len() > LONG_LINE {
        return None;
    }
    let span = word(line, pos);
    let before = line[..span.start].chars().count() + 1;
    (before == pos.column).then(|| before + line[span].chars().count())
}

/// The bytes of the word, or of the quoted text, at a position of a line.
fn word(line: &str, pos: Pos) -> Range<usize> {
    let start = line.char_indices().nth(pos.column.saturating_sub(1)).map_or(line.len(), |(at, _)| at);
    let rest = &line[start..];
    let length = match rest.chars().next() {
        None => 0,
        Some(quote @ ('"' | '\'')) => rest[1..].find(quote).map_or(1, |end| end + 2),
        Some(first) => {
            let end = rest.find(|c: char| c.is_whitespace() || ",]}".contains(c)).unwrap_or(rest.len());
            let word = rest[..end].trim_end_matches(':');
            word.len().max(first.len_utf8())
        }
    };
    start..start + length
}
