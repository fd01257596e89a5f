//! What libyaml and Go's readers, hence kubectl and sops, take for something else than YAML 1.2 does.
//!
//! A fleet is read by both. So that nothing means one thing in a review and another in a cluster, it is refused.

use saphyr_parser::{Event, ScalarStyle, Span};

use super::super::tree::ParseError;
use crate::diag::{Code, Pos};

/// The characters that end a line in YAML 1.1 alone: next line, line separator and paragraph separator.
pub(in crate::load) const BREAKS: [char; 3] = ['\u{85}', '\u{2028}', '\u{2029}'];

/// The first of these characters that is in a text, whose first line has this number.
pub(super) fn line_break(text: &str, first_line: usize) -> Option<ParseError> {
    if text.is_ascii() {
        return None;
    }
    let at = text.find(BREAKS)?;
    let before = &text[..at];
    let line = first_line + before.matches('\n').count();
    let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
    let code = text[at..].chars().next().map_or(0, u32::from);
    let message = format!("the character U+{code:04X}, which kubectl takes for the end of a line");
    let hint = match code {
        0x85 => "delete it, or write it as \\N in double quotes",
        0x2028 => "delete it, or write it as \\L in double quotes",
        _ => "delete it, or write it as \\P in double quotes",
    };
    Some(ParseError::new(Code::Syntax, Pos { line, column }, message).hint(hint))
}

/// Looks at events in their order.
pub(super) struct OtherReaders<'t> {
    text: &'t str,
    /// A position in the text, in characters and in bytes: the parser counts characters.
    chars: usize,
    bytes: usize,
    /// Whether each collection that has not ended is in brackets.
    in_brackets: Vec<bool>,
    is_needed: bool,
}

impl<'t> OtherReaders<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let is_needed = memchr::memchr3(b'?', b'&', b'*', text.as_bytes()).is_some();
        Self { text, chars: 0, bytes: 0, in_brackets: Vec::new(), is_needed }
    }

    /// What is wrong with an event that is at this position.
    pub(super) fn check(&mut self, event: &Event<'_>, span: Span, pos: Pos) -> Option<ParseError> {
        if !self.is_needed {
            return None;
        }
        self.advance(span.start.index());
        let rest = &self.text[self.bytes..];
        match event {
            Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) => {
                let is_inside = self.in_brackets.last().is_some_and(|inside| *inside);
                self.in_brackets.push(is_inside || rest.starts_with(['[', '{']));
                self.anchor(*anchor, pos)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.in_brackets.pop();
                None
            }
            Event::Scalar(text, ScalarStyle::Plain, anchor, _) => {
                let is_key = text.starts_with('?') && self.in_brackets.last().is_some_and(|inside| *inside);
                is_key.then(|| question_mark(pos)).or_else(|| self.anchor(*anchor, pos))
            }
            Event::Scalar(_, _, anchor, _) => self.anchor(*anchor, pos),
            Event::Alias(_) => name(rest.strip_prefix('*')?).map(|name| wrong_name("alias", name, pos)),
            _ => None,
        }
    }

    fn advance(&mut self, to: usize) {
        if let Some(more) = to.checked_sub(self.chars) {
            let rest = &self.text[self.bytes..];
            self.bytes += rest.char_indices().nth(more).map_or(rest.len(), |(at, _)| at);
            self.chars = to;
        }
    }

    /// What is wrong with the anchor of the value at the position.
    fn anchor(&self, anchor: usize, pos: Pos) -> Option<ParseError> {
        if anchor == 0 {
            return None;
        }
        // The anchor and a tag, in either order, are before the value: a scalar begins with them, a collection with its bracket.
        let (before, here) = self.text.split_at(self.bytes);
        let found = if here.starts_with(['&', '!']) {
            here.split_whitespace().take(2).find_map(|word| word.strip_prefix('&'))
        } else {
            before.split_whitespace().rev().take(2).find_map(|word| word.rsplit_once('&').map(|(_, name)| name))
        };
        name(found?).map(|name| wrong_name("anchor", name, pos))
    }
}

/// The name at the beginning of a text, if other readers see a shorter one.
fn name(text: &str) -> Option<&str> {
    let name = text.split(|c: char| c.is_whitespace() || ",[]{}".contains(c)).next()?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (!name.chars().all(is_plain)).then_some(name)
}

fn wrong_name(what: &str, name: &str, pos: Pos) -> ParseError {
    let message = format!("the {what} `{name}`, whose name kubectl reads differently");
    ParseError::new(Code::Syntax, pos, message).hint("use letters, digits, `-` and `_` in names of anchors")
}

fn question_mark(pos: Pos) -> ParseError {
    let message = "a `?` at the beginning of text in brackets, which kubectl takes for the mark of a key";
    ParseError::new(Code::Syntax, pos, message).hint("put the text in quotes")
}
