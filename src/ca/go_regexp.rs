//! Regular expressions as Go's package `regexp` reads them, which is how sops reads `path_regex`.
//!
//! The library that matches reads some expressions otherwise than Go, and a file would be encrypted to other people than the
//! rules say. So an expression is accepted only if all in it is known to mean the same to both; the rest is refused by name.

mod spelled;

use std::iter::Peekable;
use std::str::CharIndices;

use regex_lite::Regex;

use self::spelled::{Spelled, spelled};

/// The most that Go repeats.
const MOST: u32 = 1000;

/// An expression that Go and the library read alike.
#[derive(Debug)]
pub(super) struct GoRegexp {
    regex: Regex,
    /// Go folds cases by Unicode, the library those of ASCII.
    folds: bool,
    /// It has a class of Unicode, of which the library gets the characters of ASCII.
    is_ascii: bool,
}

impl GoRegexp {
    /// Reads an expression; says what is not supported in it.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        let Spelled { text, is_ascii } = spelled(text);
        let text = text.as_str();
        let mut scan =
            Scan { text, chars: text.char_indices().peekable(), folds: false, beyond_ascii: !text.is_ascii() };
        scan.expression()?;
        let Scan { folds, beyond_ascii, .. } = scan;
        if folds && beyond_ascii {
            return Err("`(?i)` is supported with ASCII characters only".to_owned());
        }
        let regex = Regex::new(text).map_err(|error| error.to_string())?;
        Ok(Self { regex, folds, is_ascii })
    }

    /// Whether it matches anywhere in a path.
    pub(super) fn is_match(&self, path: &str) -> Result<bool, String> {
        if self.folds && !path.is_ascii() {
            return Err(format!("`(?i)` is supported for paths of ASCII characters only, and this is `{path}`"));
        }
        if self.is_ascii && !path.is_ascii() {
            return Err(format!("`\\p` is supported for paths of ASCII characters only, and this is `{path}`"));
        }
        Ok(self.regex.is_match(path))
    }
}

/// A walk over an expression that stops at the first thing of which the two readers may differ.
struct Scan<'t> {
    text: &'t str,
    chars: Peekable<CharIndices<'t>>,
    folds: bool,
    beyond_ascii: bool,
}

/// Whether something can be repeated.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// Nothing is there.
    Nothing,
    Item,
    /// It is repeated already.
    Repeated,
}

impl Scan<'_> {
    fn expression(&mut self) -> Result<(), String> {
        let mut last = Last::Nothing;
        while let Some((at, c)) = self.chars.next() {
            last = match c {
                '\\' => self.escape(at, false)?,
                '[' => self.class(at)?,
                // Whether brackets are in pairs is for the library to see.
                '(' => self.group(at)?,
                '|' => Last::Nothing,
                '*' | '+' | '?' => self.repeated(at, last)?,
                '{' => {
                    self.count(at)?;
                    self.repeated(at, last)?
                }
                _ => Last::Item,
            };
        }
        Ok(())
    }

    /// What was read since a position, as it is refused.
    fn refuse<T>(&mut self, from: usize) -> Result<T, String> {
        let end = self.chars.peek().map_or(self.text.len(), |(at, _)| *at);
        Err(format!("`{}` is not supported", &self.text[from..end]))
    }

    fn take(&mut self, wanted: char) -> bool {
        self.chars.next_if(|(_, c)| *c == wanted).is_some()
    }

    fn digits(&mut self) -> String {
        std::iter::from_fn(|| self.chars.next_if(|(_, c)| c.is_ascii_digit()).map(|(_, c)| c)).collect()
    }

    /// `*`, `+`, `?` or a count, whose text has been read. Go refuses a second one behind it.
    fn repeated(&mut self, at: usize, last: Last) -> Result<Last, String> {
        self.take('?');
        if last == Last::Item { Ok(Last::Repeated) } else { self.refuse(at) }
    }

    /// `{2}`, `{2,}` or `{2,3}`. Anything else is text to Go and a mistake to the library.
    fn count(&mut self, at: usize) -> Result<(), String> {
        let least = self.digits();
        let most = if self.take(',') { self.digits() } else { least.clone() };
        let is_small = |digits: &str| digits.parse::<u32>().is_ok_and(|count| count <= MOST);
        if self.take('}') && is_small(&least) && (most.is_empty() || is_small(&most)) {
            Ok(())
        } else {
            self.refuse(at)
        }
    }

    /// An escape, whose backslash has been read.
    fn escape(&mut self, at: usize, in_class: bool) -> Result<Last, String> {
        let Some((_, c)) = self.chars.next() else { return self.refuse(at) };
        match c {
            'd' | 'D' | 'w' | 'W' | 's' | 'S' | 'a' | 'f' | 't' | 'n' | 'r' | 'v' => Ok(Last::Item),
            // `\b{…}` is more than a boundary to the library.
            'b' | 'B' | 'A' | 'z' if !in_class && self.chars.peek().is_none_or(|(_, c)| *c != '{') => Ok(Last::Item),
            'x' => self.hexadecimal(at),
            // `\<` and `\>` are boundaries to the library.
            '<' | '>' => self.refuse(at),
            c if c.is_ascii_punctuation() => Ok(Last::Item),
            _ => self.refuse(at),
        }
    }

    /// `\x2F` or `\x{2F}`, behind the `x`.
    fn hexadecimal(&mut self, at: usize) -> Result<Last, String> {
        let digit = |scan: &mut Self| scan.chars.next_if(|(_, c)| c.is_ascii_hexdigit()).is_some();
        if self.take('{') {
            self.beyond_ascii = true;
            let mut length = 0;
            while digit(self) {
                length += 1;
            }
            return if self.take('}') && (1..=6).contains(&length) { Ok(Last::Item) } else { self.refuse(at) };
        }
        let both = digit(self) && digit(self);
        // From 80 on it is beyond ASCII.
        self.beyond_ascii |= self.text.as_bytes().get(at + 2).is_some_and(|digit| !(b'0'..b'8').contains(digit));
        if both { Ok(Last::Item) } else { self.refuse(at) }
    }

    /// The start of a group, or flags: there is nothing to repeat behind either.
    fn group(&mut self, at: usize) -> Result<Last, String> {
        if !self.take('?') {
            return Ok(Last::Nothing);
        }
        if self.take('P') || self.chars.peek().is_some_and(|(_, c)| *c == '<') {
            let named = self.take('<') && self.name() && self.take('>');
            return if named { Ok(Last::Nothing) } else { self.refuse(at) };
        }
        while let Some((_, c)) = self.chars.next_if(|(_, c)| matches!(c, 'i' | 'm' | 's' | 'U' | '-')) {
            self.folds |= c == 'i';
        }
        if self.take(')') || self.take(':') {
            return Ok(Last::Nothing);
        }
        self.chars.next();
        self.refuse(at)
    }

    fn name(&mut self) -> bool {
        let first = self.chars.next_if(|(_, c)| c.is_ascii_alphabetic() || *c == '_').is_some();
        while self.chars.next_if(|(_, c)| c.is_ascii_alphanumeric() || *c == '_').is_some() {}
        first
    }

    /// The content of a class, behind its bracket.
    fn class(&mut self, at: usize) -> Result<Last, String> {
        self.take('^');
        let mut is_first = true;
        // What a `-` would begin a range with.
        let mut begin = false;
        loop {
            let Some((from, c)) = self.chars.next() else { return self.refuse(at) };
            match c {
                ']' if !is_first => return Ok(Last::Item),
                // Readers differ in what a bracket there means.
                ']' => return self.refuse(at),
                '[' => self.posix(from)?,
                '-' if is_first || self.chars.peek().is_some_and(|(_, c)| *c == ']') => {}
                '-' if begin => self.range_end(from)?,
                '-' => return self.refuse(from),
                '&' | '~' if self.chars.peek().is_some_and(|(_, next)| *next == c) => return self.refuse(from),
                '\\' => _ = self.escape(from, true)?,
                _ => {}
            }
            begin = match c {
                '-' | '[' => false,
                '\\' => self.text[from + 1..].starts_with(|c: char| c.is_ascii_punctuation()),
                _ => true,
            };
            is_first = false;
        }
    }

    /// What ends a range of a class.
    fn range_end(&mut self, at: usize) -> Result<(), String> {
        let Some((from, c)) = self.chars.next() else { return self.refuse(at) };
        match c {
            '[' | ']' | '-' => self.refuse(at),
            '\\' if self.text[from + 1..].starts_with(|c: char| c.is_ascii_punctuation()) => {
                self.escape(from, true).map(drop)
            }
            '\\' => self.refuse(at),
            _ => Ok(()),
        }
    }

    /// `[:alpha:]`, behind its first bracket.
    fn posix(&mut self, at: usize) -> Result<(), String> {
        let named = self.take(':') && {
            self.take('^');
            self.name()
        };
        if named && self.take(':') && self.take(']') { Ok(()) } else { self.refuse(at) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(text: &str, path: &str) -> bool {
        let regexp = GoRegexp::new(text).unwrap_or_else(|why| panic!("{text}: {why}"));
        regexp.is_match(path).unwrap_or_else(|why| panic!("{text}: {why}"))
    }

    #[test]
    fn what_both_readers_know_is_matched() {
        let path = "fleet/ca/hub.all/meshes/istiod-kind1.yaml";
        for (text, expected) in [
            (r"^fleet/ca/.*\.yaml$", true),
            (r"(?i)KIND1", true),
            (r"(?i:KIND2)|kind[0-9]{1,2}?\.", true),
            (r"^(?P<dir>[^/]+)/ca/", true),
            (r"[[:alpha:]_-]+kind[^2-9]\b", true),
            (r"\x66leet\/ca", true),
            (r"(^|/)root\.ya?ml\z", false),
            (r"^\Qfleet/ca/hub.all\E/\p{Ll}+/", true),
            (r"^\Qfleet/ca/hub?all\E/", false),
            (r"kind\Q1.y\E+aml", true),
            (r"^(a|b)*?$", false),
            (r"kind1.yaml$|", true),
        ] {
            assert_eq!(matches(text, path), expected, "{text}");
        }
    }

    #[test]
    fn what_they_read_differently_is_refused_by_name() {
        for (text, named) in [
            ("a**", "`*`"),
            ("a*+", "`+`"),
            ("a{2}{3}", "`{3}`"),
            ("a{1001}", "`{1001}`"),
            ("{x}", "`{`"),
            ("a{,3}", "`{,3}`"),
            (r"\<root", r"`\<`"),
            (r"\b{start}", r"`\b`"),
            (r"\p{Greek}", r"`\p`"),
            (r"[\PL]", r"`\P`"),
            (r"\Q\E*", r"`\Q`"),
            (r"a\Qb\E**", "`*`"),
            (r"\1", r"`\1`"),
            (r"\u0041", r"`\u`"),
            ("(?x) a", "`(?x`"),
            ("(?u)a", "`(?u`"),
            ("(?!a)", "`(?!`"),
            ("(?<=a)", "`(?<`"),
            ("(?P<a.b>c)", "`(?P<a`"),
            ("(?i)ä", "ASCII"),
            (r"(?i)\x{17F}", "ASCII"),
            ("[]a]", "`[]`"),
            ("[a[b]", "`[`"),
            ("[a&&b]", "`&`"),
            ("[a-c-e]", "`-`"),
            (r"[\d-z]", "`-`"),
            (r"[a-\d]", r"`-\`"),
            ("*a", "`*`"),
            ("a|*", "`*`"),
            ("(", "`(`"),
        ] {
            let why = GoRegexp::new(text).err().unwrap_or_else(|| panic!("{text} is accepted"));
            assert!(why.contains(named) || text == "(", "{text}: {why}");
        }
        for text in ["(?i)k", r"\pL"] {
            let regexp = GoRegexp::new(text).expect("an expression");
            assert!(regexp.is_match("häuser/kind1").is_err());
        }
    }
}
