//! What Go's expressions have and the library lacks, spelled in what both have: quotations and classes of Unicode.

use std::iter::Peekable;
use std::str::CharIndices;

/// Classes of Unicode, each with its characters of ASCII.
const CLASSES: [(&str, &str); 6] =
    [("L", "A-Za-z"), ("Latin", "A-Za-z"), ("Lu", "A-Z"), ("Ll", "a-z"), ("N", "0-9"), ("Nd", "0-9")];

/// An expression without quotations and classes of Unicode.
pub(super) struct Spelled {
    pub(super) text: String,
    /// Whether it means the same for texts of ASCII only.
    pub(super) is_ascii: bool,
}

/// Spells an expression out. What is not known stays as it is.
pub(super) fn spelled(text: &str) -> Spelled {
    let mut spelling =
        Spelling { text, chars: text.char_indices().peekable(), out: Spelled { text: String::new(), is_ascii: false } };
    let mut in_class = false;
    while let Some((at, c)) = spelling.chars.next() {
        match c {
            '\\' => spelling.escape(at, in_class),
            '[' if in_class && spelling.text[at..].starts_with("[:") => spelling.posix(at),
            '[' => {
                in_class = true;
                spelling.out.text.push(c);
            }
            _ => {
                in_class &= c != ']';
                spelling.out.text.push(c);
            }
        }
    }
    spelling.out
}

struct Spelling<'t> {
    text: &'t str,
    chars: Peekable<CharIndices<'t>>,
    out: Spelled,
}

impl Spelling<'_> {
    /// What begins with the backslash at a position.
    fn escape(&mut self, at: usize, in_class: bool) {
        let rest = &self.text[at + 1..];
        let (length, spelled) = match rest.chars().next() {
            Some('Q') if !in_class => quotation(&rest[1..]),
            Some('p' | 'P') => unicode(rest, in_class),
            _ => None,
        }
        .unwrap_or_else(|| {
            (
                rest.chars().next().map_or(0, char::len_utf8),
                format!("\\{}", rest.chars().next().map_or_else(String::new, String::from)),
            )
        });
        self.out.is_ascii |= matches!(rest.chars().next(), Some('p' | 'P')) && !spelled.starts_with('\\');
        self.out.text.push_str(&spelled);
        self.skip_to(at + 1 + length);
    }

    /// A class such as `[:alpha:]`, which is no class of its own.
    fn posix(&mut self, at: usize) {
        let end = self.text[at..].find(":]").map_or(self.text.len(), |length| at + length + 2);
        self.out.text.push_str(&self.text[at..end]);
        self.skip_to(end);
    }

    fn skip_to(&mut self, end: usize) {
        while self.chars.next_if(|(at, _)| *at < end).is_some() {}
    }
}

/// What `\Q` begins, up to `\E` or to the end; with its length from the `Q` on. An empty one would let two repetitions meet.
fn quotation(rest: &str) -> Option<(usize, String)> {
    let (quoted, length) = match rest.split_once(r"\E") {
        Some((quoted, _)) => (quoted, quoted.len() + 3),
        None => (rest, rest.len() + 1),
    };
    (!quoted.is_empty()).then(|| (length, regex_lite::escape(quoted)))
}

/// `pL`, `p{Lu}`, `p{^L}` or `PL`, with its length.
fn unicode(rest: &str, in_class: bool) -> Option<(usize, String)> {
    let (name, length) = match rest[1..].strip_prefix('{') {
        Some(braced) => braced.split_once('}').map(|(name, _)| (name, name.len() + 3))?,
        None => rest[1..].chars().next().map(|c| (&rest[1..1 + c.len_utf8()], 1 + c.len_utf8()))?,
    };
    let (name, is_negated) = name.strip_prefix('^').map_or((name, false), |name| (name, true));
    let is_negated = is_negated != rest.starts_with('P');
    let (_, characters) = CLASSES.iter().find(|(known, _)| *known == name)?;
    match (in_class, is_negated) {
        (true, true) => None,
        (true, false) => Some((length, (*characters).to_owned())),
        (false, _) => Some((length, format!("[{}{characters}]", if is_negated { "^" } else { "" }))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotations_and_classes_are_spelled_out() {
        for (text, expected, is_ascii) in [
            (r"^\Qfleet/a.b\E/.*", r"^fleet/a\.b/.*", false),
            (r"a\Q(x", r"a\(x", false),
            (r"\\Qa", r"\\Qa", false),
            (r"[\Qa]", r"[\Qa]", false),
            (r"\Q\E*", r"\Q\E*", false),
            (r"[[:alpha:]\]]\Q.\E", r"[[:alpha:]\]]\.", false),
            (r"\pL+\p{Nd}?", "[A-Za-z]+[0-9]?", true),
            (r"[\pL_]\PL\p{^Lu}", "[A-Za-z_][^A-Za-z][^A-Z]", true),
            (r"\p{Greek}[\P{L}]\pé", r"\p{Greek}[\P{L}]\pé", false),
            ("a\\", "a\\", false),
        ] {
            let found = spelled(text);
            assert_eq!((&*found.text, found.is_ascii), (expected, is_ascii), "{text}");
        }
    }
}
