//! Lines, found fast: dumps have millions of them.

/// The lines of a text with their line breaks.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |at| at + 1);
        let line;
        (line, rest) = rest.split_at(end);
        Some(line)
    })
}

/// How many line breaks a text has.
pub(super) fn count(text: &str) -> usize {
    memchr::memchr_iter(b'\n', text.as_bytes()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_the_standard_library() {
        for text in ["", "\n", "a", "a\n", "a\nb", "\n\na\r\n", "é\nü"] {
            assert!(lines(text).eq(text.split_inclusive('\n')), "{text:?}");
            assert_eq!(count(text), text.matches('\n').count(), "{text:?}");
        }
    }
}
