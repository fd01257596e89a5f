//! What is fit to be shown.

use std::borrow::Cow;

use crate::diag::secrets::{HIDDEN, in_line, is_material, redacted};

/// Messages and paths without secrets and without characters that a terminal would obey.
pub fn message(text: &str) -> String {
    if is_material(text) {
        return HIDDEN.to_owned();
    }
    let mut clean = String::with_capacity(text.len());
    for c in redacted(text).chars() {
        if c != '\n' && unsafe_to_print(c) { clean.extend(c.escape_unicode()) } else { clean.push(c) }
    }
    clean
}

/// Lines of a file without characters that a terminal would obey.
pub fn lines(text: &str) -> Cow<'_, str> {
    let is_unsafe = |c: char| !matches!(c, '\n' | '\t') && unsafe_to_print(c);
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    text.chars().for_each(|c| if is_unsafe(c) { clean.extend(c.escape_unicode()) } else { clean.push(c) });
    Cow::Owned(clean)
}

/// A message in one line.
pub(super) fn one_line(text: &str) -> String {
    message(text).lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

/// The longest line of which a part is shown, in bytes. A longer one is a whole file, and for each finding all of it would be searched for
/// secrets.
const LONGEST: usize = 512 << 10;

/// A line of a file as it may be shown: every character keeps its column. `None` if it may hold a secret, or is too long.
pub(super) fn source<'a>(file: &str, line: &'a str) -> Option<Cow<'a, str>> {
    if line.len() > LONGEST || file.split('/').any(|part| part == "ca") || in_line(line) {
        return None;
    }
    let line = line.trim_end_matches(['\r', '\n']);
    let unsafe_here = |c: char| c != '\t' && unsafe_to_print(c);
    Some(if line.contains(unsafe_here) { line.replace(unsafe_here, "\u{fffd}").into() } else { line.into() })
}

/// Control characters, and those that reorder or hide the text around them.
fn unsafe_to_print(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_readable_length_are_shown() {
        let line = |length: usize| "a ".repeat(length / 2);
        assert_eq!(source("f.yaml", &line(LONGEST)).as_deref(), Some(&*line(LONGEST)));
        assert_eq!(source("f.yaml", &line(LONGEST + 2)), None);
    }
}
