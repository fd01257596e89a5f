//! A JSON document as a tree of nodes with positions.
//!
//! YAML takes most of JSON, but neither its indentation by tabs nor its surrogate pairs.

use std::borrow::Cow;

use serde::Deserialize;

use super::tree::{Entry, MAX_DEPTH, Node, ParseError, Shared, Value, in_order, unique};
use crate::diag::{Code, Pos};
use crate::ids::Text;

/// The tree of the one document that `text` holds, which begins at line `first_line` (from 1) of its file.
///
/// # Errors
/// Duplicate keys, and the syntax error at which the reader stopped.
pub fn parse(text: &str, first_line: usize) -> Result<Node, Vec<ParseError>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let pos = Pos { line: first_line, column: 1 };
    let mut reader = Reader { text, at: 0, pos, depth: 0, errors: Vec::new(), shared: Shared::new() };
    match reader.document() {
        Ok(node) if reader.errors.is_empty() => Ok(node),
        read => {
            reader.errors.extend(read.err());
            Err(in_order(reader.errors))
        }
    }
}

/// Text, borrowed unless something in it is escaped.
#[derive(Deserialize)]
struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);

/// A cursor in the text; the position moves along, so that one long line costs no more than many short ones.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    pos: Pos,
    depth: usize,
    errors: Vec<ParseError>,
    shared: Shared,
}

type Read<T> = Result<T, ParseError>;

impl Reader<'_> {
    fn document(&mut self) -> Read<Node> {
        self.blanks();
        if self.peek().is_none() {
            return Ok(Node::new(self.pos, Value::Null));
        }
        let node = self.value()?;
        self.blanks();
        match self.peek() {
            None => Ok(node),
            Some(_) => {
                Err(self.wrong("text after the end of the document").hint("put several objects into a `kind: List`"))
            }
        }
    }

    fn value(&mut self) -> Read<Node> {
        let pos = self.pos;
        let value = match self.peek() {
            Some('{') => {
                let entries = self.nested('}', Self::entry)?;
                Value::Map(unique(entries, &mut self.errors).into())
            }
            Some('[') => Value::List(self.nested(']', Self::value)?.into()),
            Some('"') => Value::Quoted(self.string()?),
            Some(c) if c.is_ascii_alphanumeric() || c == '-' => self.word()?,
            Some(_) => return Err(self.wrong("a value is missing here")),
            None => return Err(self.wrong("the document is incomplete: it ends here")),
        };
        Ok(Node::new(pos, value))
    }

    /// A collection that this character closes.
    fn nested<T>(&mut self, close: char, item: fn(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        if self.depth >= MAX_DEPTH {
            return Err(self.wrong(format!("values are nested deeper than {MAX_DEPTH} levels here")));
        }
        self.depth += 1;
        let open = self.pos;
        self.step();
        // Only the innermost open bracket adds a hint; the ones around it find that there is one.
        let items = self.items(close, item).map_err(|error| match error.hint {
            Some(_) => error,
            None => error.hint(format!("check the bracket that opens at line {}, column {}", open.line, open.column)),
        });
        self.depth -= 1;
        items
    }

    fn items<T>(&mut self, close: char, item: fn(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        let mut items = Vec::new();
        self.blanks();
        if self.take(close) {
            return Ok(items);
        }
        loop {
            items.push(item(self)?);
            self.blanks();
            if self.take(close) {
                return Ok(items);
            }
            if !self.take(',') {
                return Err(self.wrong(format!("`,` or `{close}` is missing before this")));
            }
            self.blanks();
        }
    }

    fn entry(&mut self) -> Read<Entry> {
        let key_pos = self.pos;
        if self.peek() != Some('"') {
            return Err(self.wrong("a key in double quotes is missing here"));
        }
        let key = self.string()?;
        self.blanks();
        if !self.take(':') {
            return Err(self.wrong("`:` is missing before this"));
        }
        self.blanks();
        Ok(Entry::new(key, key_pos, self.value()?))
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self) -> Read<Value> {
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c))).unwrap_or(rest.len());
        let word = &rest[..end];
        let value = match word {
            "null" => Value::Null,
            "true" | "false" => Value::Plain(self.shared.text(word)),
            // serde_json knows JSON's numbers exactly; the text stays as it is written.
            _ if serde_json::from_str::<serde::de::IgnoredAny>(word).is_ok() => Value::Plain(self.shared.text(word)),
            _ => return Err(self.wrong(format!("`{word}` is not a valid JSON value"))),
        };
        self.advance(end);
        Ok(value)
    }

    fn string(&mut self) -> Read<Text> {
        let mut escaped = false;
        let rest = &self.text[self.at + 1..];
        let end = rest.bytes().position(|b| match b {
            b'"' if !escaped => true,
            _ => {
                escaped = b == b'\\' && !escaped;
                false
            }
        });
        let Some(end) = end else { return Err(self.wrong("the quote is never closed")) };
        let token = &self.text[self.at..self.at + end + 2];
        let Borrowed(string) = serde_json::from_str(token).map_err(|error| {
            let why = error.to_string();
            self.wrong(format!("this string is not valid JSON: {}", why.split(" at line").next().unwrap_or(&why)))
        })?;
        let string = self.shared.text(&string);
        self.advance(end + 2);
        Ok(string)
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.step();
        }
    }

    fn take(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        if found {
            self.step();
        }
        found
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn step(&mut self) {
        if let Some(c) = self.peek() {
            self.at += c.len_utf8();
            self.pos.column += 1;
            if c == '\n' {
                self.pos = Pos { line: self.pos.line + 1, column: 1 };
            }
        }
    }

    /// Passes text in one line.
    fn advance(&mut self, bytes: usize) {
        self.pos.column += self.text[self.at..self.at + bytes].chars().count();
        self.at += bytes;
    }

    fn wrong(&self, message: impl Into<String>) -> ParseError {
        ParseError::new(Code::Syntax, self.pos, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_where_and_in_which_bracket() {
        for (text, wanted) in [
            ("{\n\t\"a\": [1, 2\n}", "3:1 `,` or `]` is missing before this"),
            ("{\"a\" 1}", "1:6 `:` is missing before this"),
            ("{a: 1}", "1:2 a key in double quotes is missing here"),
            ("[1,]", "1:4 a value is missing here"),
            ("[01]", "1:2 `01` is not a valid JSON value"),
            ("[nul]", "1:2 `nul` is not a valid JSON value"),
            ("[\"é\", \"\\x\"]", "1:7 this string is not valid JSON: invalid escape"),
            ("{\"a\": \"b}", "1:7 the quote is never closed"),
            ("[", "1:2 the document is incomplete: it ends here"),
            ("{}\n{}", "2:1 text after the end of the document"),
        ] {
            let errors = parse(text, 1).expect_err(text);
            let shown = format!("{}:{} {}", errors[0].pos.line, errors[0].pos.column, errors[0].message);
            assert_eq!(shown, wanted);
        }
        let errors = parse("{\n \"a\": [1", 1).expect_err("it is not closed");
        assert_eq!(errors[0].hint.as_deref(), Some("check the bracket that opens at line 2, column 7"));
    }

    #[test]
    fn numbers_keep_their_text() {
        let node = parse("[1e999, 18446744073709551616, -0.10, true]", 1).expect("well-formed");
        let Value::List(items) = node.value else { panic!("not a list") };
        let texts: Vec<_> = items.iter().filter_map(Node::text).collect();
        assert_eq!(texts, ["1e999", "18446744073709551616", "-0.10", "true"]);
    }
}
