//! Where the documents of a file begin and end, by a scan of its lines.
//!
//! YAML lets `---` and `...` at the beginning of a line mean nothing else, not even within text, so no parser is needed.

use memchr::memmem;

use super::lines::{count, lines};
use super::{DocumentSpan, MOST_OBJECTS};

/// The documents that have content, up to the first that is one too many to be read.
pub(super) fn documents(text: &str) -> Vec<DocumentSpan> {
    let mut scan = Scan::default();
    let mut markers = Markers::new(text);
    let (mut at, mut number) = (0, 1);
    while at < text.len() && scan.found.len() <= MOST_OBJECTS {
        if scan.content {
            // Only markers matter now.
            let next = markers.from(at);
            (number, at) = (number + count(&text[at..next]), next);
        }
        let line = lines(&text[at..]).next().unwrap_or_default();
        scan.line(line, at, number);
        (number, at) = (number + 1, at + line.len());
    }
    scan.close(text.len());
    scan.found
}

/// The lines that begin as markers do.
struct Markers<'a> {
    text: &'a str,
    /// Of `---` and of `...`: where such a line begins next, behind all that was asked for.
    next: [usize; 2],
}

impl<'a> Markers<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, next: [0, 0] }
    }

    /// Where the first such line begins from this beginning of a line on; the end of the text if no such line follows.
    fn from(&mut self, at: usize) -> usize {
        for (next, marker) in self.next.iter_mut().zip(["---", "..."]) {
            if *next < at || at == 0 {
                let here = self.text[at..].starts_with(marker);
                let behind = || memmem::find(&self.text.as_bytes()[at..], format!("\n{marker}").as_bytes());
                *next = if here { at } else { behind().map_or(self.text.len(), |found| at + found + 1) };
            }
        }
        self.next[0].min(self.next[1])
    }
}

/// The document that is being read, and those before it.
#[derive(Default)]
struct Scan {
    found: Vec<DocumentSpan>,
    index: usize,
    begin: Option<(usize, usize)>,
    /// Whether `---` has begun the document.
    explicit: bool,
    content: bool,
}

impl Scan {
    /// Takes a line that begins at byte `at` and has this number.
    fn line(&mut self, line: &str, at: usize, number: usize) {
        if let Some(rest) = marker(line, "---") {
            if self.explicit || self.content {
                self.close(at);
            }
            self.begin.get_or_insert((at, number));
            self.explicit = true;
            self.content = says_something(rest);
        } else if marker(line, "...").is_some() {
            self.close(at);
        } else if !self.content {
            if self.begin.is_none() && says_something(line) {
                self.begin = Some((at, number));
            }
            // A directive belongs to the document that the next `---` begins.
            self.content = says_something(line) && (self.explicit || !line.starts_with('%'));
        }
    }

    /// Ends the document before byte `end`.
    fn close(&mut self, end: usize) {
        if let Some((begin, first_line)) = self.begin.take()
            && self.content
        {
            self.found.push(DocumentSpan { index: self.index, range: begin..end, first_line });
        }
        self.index += usize::from(self.explicit || self.content);
        (self.explicit, self.content) = (false, false);
    }
}

/// What follows a marker that begins the line and is a word of its own.
fn marker<'a>(line: &'a str, marker: &str) -> Option<&'a str> {
    let rest = line.strip_prefix(marker)?;
    (rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n'])).then_some(rest)
}

/// Whether a line is neither blank nor a comment.
fn says_something(line: &str) -> bool {
    let line = line.trim_start();
    !line.is_empty() && !line.starts_with('#')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The documents as index, line and text.
    fn split(text: &str) -> Vec<(usize, usize, &str)> {
        documents(text).into_iter().map(|d| (d.index, d.first_line, &text[d.range])).collect()
    }

    #[test]
    fn documents_end_at_markers() {
        assert_eq!(
            split("a: 1\n---\nb: 2\n--- # c\nc: 3"),
            [(0, 1, "a: 1\n"), (1, 2, "---\nb: 2\n"), (2, 4, "--- # c\nc: 3"),]
        );
        assert_eq!(split("a: 1\r\n---\r\nb: 2\r\n"), [(0, 1, "a: 1\r\n"), (1, 2, "---\r\nb: 2\r\n")]);
        assert_eq!(split("a: |\n  ---\n ---\n----\n---x\n"), [(0, 1, "a: |\n  ---\n ---\n----\n---x\n")]);
        assert_eq!(split("--- a\n--- >\n b\n"), [(0, 1, "--- a\n"), (1, 2, "--- >\n b\n")]);
    }

    #[test]
    fn empty_documents_are_counted_and_left_out() {
        assert_eq!(
            split("---\n# Source: x\n---\na: 1\n---\n---\nb: 2\n---\n"),
            [(1, 3, "---\na: 1\n"), (3, 6, "---\nb: 2\n")]
        );
        assert_eq!(split("# licence\n\n---\na: 1\n"), [(0, 3, "---\na: 1\n")]);
        assert_eq!(split(""), []);
        assert_eq!(split("# only this\n\n  # and that\n"), []);
    }

    #[test]
    fn an_end_marker_ends_and_directives_begin() {
        assert_eq!(split("a: 1\n...\nb: 2\n...\n...\n# c\n"), [(0, 1, "a: 1\n"), (1, 3, "b: 2\n")]);
        assert_eq!(
            split("%YAML 1.2\n# c\n---\na: 1\n...\n%YAML 1.2\n---\nb: 2\n"),
            [(0, 1, "%YAML 1.2\n# c\n---\na: 1\n"), (1, 6, "%YAML 1.2\n---\nb: 2\n")]
        );
        assert_eq!(split("a: |\n%x\n"), [(0, 1, "a: |\n%x\n")]);
    }

    proptest! {
        #[test]
        fn documents_are_lines_in_order(text in "(---|\\.\\.\\.|%YAML 1.2|# c|a: b|--- x| |\n|\r\n|é){0,40}") {
            let mut end = 0;
            let mut next = 0;
            for span in documents(&text) {
                prop_assert!(span.range.start >= end && span.range.start < span.range.end && span.index >= next);
                let before = &text[..span.range.start];
                prop_assert!(before.is_empty() || before.ends_with('\n'));
                prop_assert_eq!(before.matches('\n').count() + 1, span.first_line);
                (end, next) = (span.range.end, span.index + 1);
            }
        }

        #[test]
        fn a_parser_finds_the_same_documents(parts in prop::collection::vec(0usize..5, 1..6)) {
            let bodies = ["a: 1\n", "# nothing\n", "- |\n  x\n  --- y\n", "'q': \"r\"\n", "{}\n"];
            let text: String = parts.iter().map(|&i| format!("---\n{}", bodies[i])).collect();
            let wanted: Vec<_> = (0..).zip(&parts).filter(|(_, body)| **body != 1).map(|(i, _)| i).collect();
            let found: Vec<usize> = documents(&text).iter().map(|d| d.index).collect();
            prop_assert_eq!(found, wanted);
        }
    }
}
