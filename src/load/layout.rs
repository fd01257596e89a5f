//! What each line of a YAML document is: the beginning of something, or the rest of a value of several lines.
//!
//! Indentation shows what a line of block style belongs to. It shows nothing in a value that goes on over lines: text in
//! quotes, plain text, a block of text, a collection in brackets, in which a line may look like an entry. Who reads lines
//! asks here first.

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Blank, or a comment.
    Empty,
    /// An entry, an item or a value begins in it.
    Begins,
    /// It goes on with a value that began before.
    Continues,
}

/// What is known after the lines so far.
#[derive(Debug, Default)]
pub(super) struct Layout {
    state: State,
    /// The column, from 0, of the key or indicator whose value has not begun.
    waiting: Option<usize>,
    has_begun: bool,
    /// Whether there were anchors, aliases, tags or explicit keys.
    is_special: bool,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Ready,
    /// Plain text, or a block of it with `|` or `>`, of what is at this column; of nothing at the root.
    Text { parent: Option<usize>, is_block: bool },
    /// In quotes or brackets.
    Open(Open),
}

/// A value in quotes or brackets that has not ended.
#[derive(Debug, Default)]
struct Open {
    parent: Option<usize>,
    brackets: usize,
    quote: Option<u8>,
    /// Whether the place is in plain text, in which quotes mean nothing.
    in_plain: bool,
    is_special: bool,
}

/// What has a meaning in brackets: nearly every byte has none, and these are to be found fast.
const INDICATORS: [bool; 256] = {
    let mut table = [false; 256];
    let indicators = b"[]{},:#\"'&*!?";
    let mut i = 0;
    while i < indicators.len() {
        table[indicators[i] as usize] = true;
        i += 1;
    }
    table
};

impl Layout {
    /// Takes the next line; none if it is not understood.
    pub(super) fn line(&mut self, line: &str) -> Option<Line> {
        let column = line.bytes().take_while(|byte| *byte == b' ').count();
        let rest = &line[column..];
        if let State::Open(open) = &mut self.state {
            if let Some(end) = open.scan(line) {
                self.ended(&line[end..])?;
            }
            return Some(Line::Continues);
        }
        if is_end(rest) {
            return Some(Line::Empty);
        }
        let is_comment = rest.starts_with('#');
        if let State::Text { parent, is_block } = self.state {
            if parent.is_none_or(|parent| column > parent) && (is_block || !is_comment) {
                return Some(Line::Continues);
            }
            self.state = State::Ready;
        }
        if is_comment {
            return Some(Line::Empty);
        }
        self.begin(rest, column)?;
        Some(Line::Begins)
    }

    /// Whether there was something that means more than the lines show: anchors, aliases, tags, explicit keys.
    pub(super) fn is_special(&self) -> bool {
        self.is_special || matches!(&self.state, State::Open(open) if open.is_special)
    }

    /// The column, from 0, that the next line has to exceed by the rules of YAML, if it is in quotes or brackets.
    pub(super) fn open_below(&self) -> Option<Option<usize>> {
        match &self.state {
            State::Open(open) => Some(open.parent),
            State::Ready | State::Text { .. } => None,
        }
    }

    /// A line in which something begins.
    fn begin(&mut self, mut rest: &str, mut column: usize) -> Option<()> {
        let mut parent = self.waiting.take();
        let is_root = !std::mem::replace(&mut self.has_begun, true);
        let mut is_known = is_root || parent.is_some_and(|parent| column > parent);
        while let Some(after) =
            rest.strip_prefix(['-', '?', ':']).filter(|after| is_end(after) || after.starts_with(' '))
        {
            self.is_special |= !rest.starts_with('-');
            (parent, is_known) = (Some(column), true);
            let next = after.trim_start_matches(' ');
            column += rest.len() - next.len();
            rest = next;
            if is_end(rest) || rest.starts_with('#') {
                self.waiting = parent;
                return Some(());
            }
        }
        match self.key(rest)? {
            Some(value) => self.value(value, Some(column)),
            None if is_known => self.value(rest, parent),
            None => None,
        }
    }

    /// What follows the key and its colon, if the line begins with a key; the outer none if that cannot be said.
    fn key<'a>(&mut self, rest: &'a str) -> Option<Option<&'a str>> {
        let value = |after: &'a str| after.strip_prefix(':').filter(|value| is_blank(value));
        match rest.as_bytes().first()? {
            b'"' | b'\'' => {
                let mut open = Open::default();
                Some(open.scan(rest).and_then(|end| value(rest[end..].trim_start_matches([' ', '\t']))))
            }
            b'&' | b'!' | b'*' => {
                self.is_special = true;
                let after = rest.trim_start_matches(|c| !is_space(c)).trim_start_matches([' ', '\t']);
                match (rest.starts_with('*'), value(after)) {
                    (true, found) => Some(found),
                    (false, _) if is_end(after) || after.starts_with('#') => Some(None),
                    (false, _) => self.key(after),
                }
            }
            b'[' | b'{' | b'|' | b'>' => Some(None),
            b'%' | b'@' | b'`' | b',' | b']' | b'}' | b'\t' => None,
            _ => Some(plain_key(rest)),
        }
    }

    /// A value, or nothing, in the rest of a line.
    fn value(&mut self, rest: &str, parent: Option<usize>) -> Option<()> {
        let rest = rest.trim_start_matches([' ', '\t']);
        let Some(first) = rest.bytes().next().filter(|first| !is_end(rest) && *first != b'#') else {
            self.waiting = parent;
            return Some(());
        };
        match first {
            b'"' | b'\'' | b'[' | b'{' => {
                let mut open = Open { parent, ..Open::default() };
                match open.scan(rest) {
                    Some(end) => {
                        self.is_special |= open.is_special;
                        self.ended(&rest[end..])?;
                    }
                    None => self.state = State::Open(open),
                }
            }
            b'&' | b'!' => {
                self.is_special = true;
                return self.value(rest.trim_start_matches(|c| !is_space(c)), parent);
            }
            b'*' => self.is_special = true,
            b'|' | b'>' => self.state = State::Text { parent, is_block: true },
            b'%' | b'@' | b'`' | b',' | b']' | b'}' => return None,
            _ => self.state = State::Text { parent, is_block: false },
        }
        Some(())
    }

    /// Takes what follows a closed quote or bracket in its line; none if it is more than a comment.
    fn ended(&mut self, rest: &str) -> Option<()> {
        self.is_special = self.is_special();
        self.state = State::Ready;
        let after = rest.trim_start_matches([' ', '\t']);
        (is_end(after) || after.len() < rest.len() && after.starts_with('#')).then_some(())
    }
}

impl Open {
    /// Goes through a line, or the rest of one; where the value ends in it.
    fn scan(&mut self, line: &str) -> Option<usize> {
        let bytes = line.as_bytes();
        let mut at = 0;
        loop {
            // An escape at the end of a text ends behind it.
            at += self.skip(bytes.get(at..)?);
            let byte = *bytes.get(at)?;
            let next = bytes.get(at + 1).copied();
            at += match self.quote {
                Some(quote) => self.quoted(quote, byte, next),
                None if byte == b'#' && (at == 0 || b" \t".contains(&bytes[at - 1])) => {
                    self.in_plain = false;
                    return None;
                }
                None => self.bare(byte, next, (line, at)),
            };
            if self.brackets == 0 && self.quote.is_none() {
                return Some(at);
            }
        }
    }

    /// How many bytes come before the next one that may change more than whether the place is in plain text.
    fn skip(&mut self, rest: &[u8]) -> usize {
        let found = match self.quote {
            Some(b'"') => memchr::memchr2(b'"', b'\\', rest),
            Some(quote) => memchr::memchr(quote, rest),
            None => rest.iter().position(|byte| INDICATORS[usize::from(*byte)]),
        };
        let skipped = found.unwrap_or(rest.len());
        self.in_plain |= self.quote.is_none() && !rest[..skipped].iter().all(|byte| b" \t\r\n".contains(byte));
        skipped
    }

    /// Takes a byte in quotes; how many bytes that were.
    fn quoted(&mut self, quote: u8, byte: u8, next: Option<u8>) -> usize {
        let is_escape = byte == b'\\' && quote == b'"' || byte == b'\'' && quote == b'\'' && next == Some(b'\'');
        if is_escape {
            return 2;
        }
        if byte == quote {
            self.quote = None;
        }
        1
    }

    /// Takes one of the [`INDICATORS`] in brackets, or the first byte of all; how many bytes that were.
    fn bare(&mut self, byte: u8, next: Option<u8>, (line, at): (&str, usize)) -> usize {
        let is_before = |set: &[u8]| next.is_none_or(|next| set.contains(&next));
        match byte {
            b'[' | b'{' => (self.brackets, self.in_plain) = (self.brackets + 1, false),
            b']' | b'}' => (self.brackets, self.in_plain) = (self.brackets.saturating_sub(1), false),
            b',' => self.in_plain = false,
            b':' if !self.in_plain || is_before(b" \t\r\n,[]{}") => self.in_plain = false,
            b'"' | b'\'' if !self.in_plain => self.quote = Some(byte),
            b'&' | b'*' | b'!' if !self.in_plain => {
                self.is_special = true;
                let rest = &line[at..];
                let end = if rest.starts_with("!<") { rest.find('>').map(|end| end + 1) } else { None };
                return end
                    .or_else(|| rest.find([' ', '\t', '\r', '\n', ',', '[', ']', '{', '}']))
                    .unwrap_or(rest.len());
            }
            b'?' if !self.in_plain && is_before(b" \t\r\n") => self.is_special = true,
            _ => self.in_plain = true,
        }
        1
    }
}

/// What follows the colon of a plain key.
fn plain_key(rest: &str) -> Option<&str> {
    let colons = memchr::memchr_iter(b':', rest.as_bytes());
    let at = colons.into_iter().find(|at| is_blank(&rest[at + 1..]))?;
    // A key is before any comment.
    let begins_comment = |hash: usize| rest[..hash].ends_with([' ', '\t']);
    let is_comment = memchr::memchr_iter(b'#', &rest.as_bytes()[..at]).any(begins_comment);
    (!is_comment).then(|| &rest[at + 1..])
}

/// Whether a text is empty or begins with white space.
fn is_blank(text: &str) -> bool {
    text.is_empty() || text.starts_with(is_space)
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// Whether nothing but white space is left of a line.
fn is_end(rest: &str) -> bool {
    rest.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

#[cfg(test)]
mod tests {
    use super::super::lines::lines;
    use super::*;

    /// A letter for each line; an exclamation mark where a line is not understood, and at the end if something was special.
    fn shape(text: &str) -> String {
        let mut layout = Layout::default();
        let mut out = String::new();
        for line in lines(text) {
            match layout.line(line) {
                Some(Line::Empty) => out.push('.'),
                Some(Line::Begins) => out.push('B'),
                Some(Line::Continues) => out.push('c'),
                None => return out + "!",
            }
        }
        out + if layout.is_special() { "*" } else { "" }
    }

    #[test]
    fn values_go_on_until_they_end() {
        for (text, wanted) in [
            ("a: {b: 1,\nc: 2,\n  d: [3,\n4]}\ne: f\n", "BcccB"),
            ("- {a: b,\n  c: d}\n- e: f\n  g: h\n", "BcBB"),
            ("a: \"b\nc: d\\\"\n\n e\" # x\nf: g\n", "Bcc.cB".replace('.', "").as_str()),
            ("a: 'it''s\nb: c'\nd: e\n", "BcB"),
            ("a: b\n  c: d\ne: f\n", "BcB"),
            ("a:\n    b\n  c\nd: e\n", "BBcB"),
            ("a: |\n  b: \"\n\n # c\nd: e\n", "Bc.cB"),
            ("- |\n x: {\n- >-\n  y\nz: 1", "BcBcB"),
            ("a: # x\n  - b\n  # y\n- c\n", "BB.B"),
            ("a: {b: it's, c: d}\ne: f'{\ng: h\n", "BBB"),
            ("a: [b, # it's ]\n  c]\nd: e\n", "BcB"),
            ("a: [\"]\", ']', x]\nb: [{'y]'\n: z}]\nc: d", "BBcB"),
            ("\"a: b\": c\n'd': 'e'\n", "BB"),
        ] {
            assert_eq!(shape(text), wanted, "{text}");
        }
    }

    #[test]
    fn what_only_a_parser_knows_is_named() {
        for text in [
            "a: &x\n  b: c\n",
            "a: *x\n",
            "a: !!str\n  b\n",
            "? a\n: b\n",
            "a: [&x b]\n",
            "&x a: b\n",
            "a: {? b : c}\n",
            "*x : a\n",
            "a: [!<tag:x,y> b,\n c]\n",
        ] {
            assert!(shape(text).ends_with('*'), "{text}: {}", shape(text));
        }
    }

    #[test]
    fn what_is_not_yaml_is_not_understood() {
        for text in
            ["a: \"b\" c\n", "a: b\n\tc\n", "%YAML 1.2\n", "a: \"b\"\n  c\n", "a: [b] c\n", "a: {b}:\n", "a: @b\n"]
        {
            assert!(shape(text).ends_with('!'), "{text}: {}", shape(text));
        }
    }
}
