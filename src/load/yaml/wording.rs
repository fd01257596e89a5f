//! The parser's errors in the user's terms.

use saphyr_parser::{ScanError, Tag};

use crate::diag::{Code, Pos};
use crate::load::tree::ParseError;

/// A syntax error of the parser in `text`; `open` is where the innermost unfinished collection begins.
pub(super) fn syntax(text: &str, first_line: usize, error: &ScanError, open: Option<Pos>) -> ParseError {
    let info = error.info();
    let (message, hint) = known(info).unwrap_or((info, None));
    let (line, column) = (error.marker().line(), error.marker().col() + 1);
    let pos = match info {
        "while scanning a plain scalar, found a tab" => next_tab(text, Pos { line, column }),
        _ => within(text, Pos { line, column }),
    };
    let bracket = open.and_then(|open| {
        let written = Pos { line: open.line + 1 - first_line, ..open };
        character(text, written).filter(|c| matches!(c, '[' | '{')).map(|c| (c, open))
    });
    let wrong = ParseError::new(Code::Syntax, Pos { line: pos.line + first_line - 1, ..pos }, message);
    match (hint, bracket) {
        _ if info.contains("tab ") || info.contains("tabs ") || bracket.is_none() && tab_indents(text, pos) => {
            wrong.hint("indent YAML with spaces, not with tabs")
        }
        (_, Some((bracket, open))) if pos != (Pos { line, column }) => {
            ParseError::new(Code::Syntax, open, format!("the `{bracket}` is never closed"))
        }
        (None, Some((bracket, open))) => {
            wrong.hint(format!("check the `{bracket}` at line {}, column {}", open.line, open.column))
        }
        (Some(hint), _) => wrong.hint(hint),
        (None, None) => wrong,
    }
}

/// The one error for a document that is not YAML because it is a template, instead of one for each of its actions.
pub(super) fn template(text: &str, first_line: usize, errors: &[ParseError]) -> Option<ParseError> {
    let line = |pos: Pos| text.split('\n').nth(pos.line.checked_sub(first_line)?);
    let at = errors.iter().find_map(|error| {
        let column = line(error.pos)?.find("{{")?;
        Some(Pos { line: error.pos.line, column: line(error.pos)?[..column].chars().count() + 1 })
    })?;
    let wrong = ParseError::new(
        Code::Template,
        at,
        "`{{` begins a template action, which is not valid YAML until it is rendered",
    );
    Some(wrong.hint("use the rendered output, such as that of `helm template`, or add the file to .meshtreeignore"))
}

/// The errors for keys that are duplicates because a second object begins: one for each object, at its first key.
pub(super) fn second_objects(mut repeated: Vec<ParseError>) -> Vec<ParseError> {
    repeated.sort_by_key(|error| error.pos);
    let first = repeated.first().map(|error| error.message.clone()).unwrap_or_default();
    repeated.retain(|error| error.message == first);
    for error in &mut repeated {
        error.message.push_str(": a second object begins here");
        error.hint = Some("insert a line with `---` before this one".to_owned());
    }
    repeated
}

/// The position, or the one behind the last character if it is beyond the end: an editor has no such line.
fn within(text: &str, pos: Pos) -> Pos {
    let ended = text.trim_end();
    let last = Pos {
        line: ended.split('\n').count(),
        column: ended.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1,
    };
    pos.min(last)
}

/// The character at a position of the text.
fn character(text: &str, pos: Pos) -> Option<char> {
    text.split('\n').nth(pos.line.checked_sub(1)?)?.chars().nth(pos.column.checked_sub(1)?)
}

/// An error of the parser in the user's terms, and a hint.
fn known(info: &str) -> Option<(&'static str, Option<&'static str>)> {
    Some(match info {
        "while scanning a quoted scalar, found unexpected end of stream" => ("the quote is never closed", None),
        "while scanning a quoted scalar, found unexpected document indicator" => {
            ("the quote is not closed before the document ends", None)
        }
        "invalid indentation in quoted scalar" => (
            "the quoted text continues on a line that is not indented enough",
            Some("add the closing quote, or indent the line"),
        ),
        "invalid trailing content after double-quoted scalar" => (
            "text after a closing quote",
            Some("write a quote inside double quotes as `\\\"`, inside single quotes as `''`"),
        ),
        "mapping values are not allowed in this context" => {
            ("a second `: ` in one line, or incorrect indentation", Some("quote the value if the colon is part of it"))
        }
        "':' must be followed by a valid YAML whitespace" => {
            ("a colon that is not followed by a space", Some("write a space, not a tab, between the `:` and the value"))
        }
        "invalid indentation" => ("a line in brackets that is not indented enough", None),
        "simple key expect ':'" | "simple key expected" => {
            ("a key without a `:`, or text that is not indented under its key", None)
        }
        "while parsing a block mapping, did not find expected key" => {
            ("this is not indented like the keys of the mapping above", None)
        }
        "while parsing node, found unknown anchor" => {
            ("an alias of an unknown anchor: anchors must come before their aliases", None)
        }
        "while parsing a flow mapping, did not find expected ',' or '}'" => ("`,` or `}` is missing before this", None),
        "while parsing a flow sequence, expected ',' or ']'" => ("`,` or `]` is missing before this", None),
        "while parsing a node, did not find expected node content" => ("a value is missing here", None),
        "while scanning a plain scalar, found a tab" => ("this line begins with a tab", None),
        "illegal placement of ':' indicator" => ("`: ` without a key before it", None),
        "while parsing a quoted scalar, found unknown escape character" => {
            ("unknown escape sequence in double quotes", Some("write `\\\\` for a backslash, or use single quotes"))
        }
        "while parsing a quoted scalar, found invalid Unicode character escape code" => {
            ("this escape sequence is not a valid character", Some("write the character itself"))
        }
        "found unprintable character" => ("YAML does not allow this character", None),
        "recursion limit exceeded" => ("brackets are nested too deeply", None),
        _ => return None,
    })
}

/// The tab that indents a continuation line of the scalar that begins at `pos`.
fn next_tab(text: &str, pos: Pos) -> Pos {
    let tab = |line: &str| line.chars().take_while(|c| c.is_whitespace()).position(|c| c == '\t');
    let mut lines = text.split('\n').enumerate().skip(pos.line);
    lines.find_map(|(i, line)| tab(line).map(|at| Pos { line: i + 1, column: at + 1 })).unwrap_or(pos)
}

/// Whether a tab is among the blanks that begin the line of the error, up to its place.
fn tab_indents(text: &str, pos: Pos) -> bool {
    let line = text.split('\n').nth(pos.line - 1).unwrap_or_default();
    line.chars().take(pos.column).take_while(|c| c.is_whitespace()).any(|c| c == '\t')
}

/// A tag whose meaning is not known.
pub(super) fn tag(tag: &Tag, pos: Pos) -> ParseError {
    let name = match tag.handle.as_str() {
        "tag:yaml.org,2002:" => format!("!!{}", tag.suffix),
        handle => format!("{handle}{}", tag.suffix),
    };
    ParseError::new(Code::Syntax, pos, format!("tag `{name}` is not supported here"))
        .hint("remove the tag; use `!!str` to make a value text")
}
