//! Where in the files things are: fields as positions, positions as lines.

use std::cell::RefCell;

use super::tree::{self, Node, Value};
use super::{Document, DocumentSpan, Files, LARGEST_TREE, SourceFile};
use crate::diag::{FieldPath, Origin, Pos};

impl Files {
    /// Where a field of an object is, by reading its document again.
    pub fn locate(&self, origin: &Origin, path: &FieldPath) -> Option<Pos> {
        match self.alone(origin) {
            Some(node) => tree::find(&node, path),
            None => find(&self.node(origin)?, origin, path),
        }
    }

    /// [`Self::locate`] that remembers the document it read last.
    pub fn locator(&self) -> impl Fn(&Origin, &FieldPath) -> Option<Pos> {
        let last: RefCell<Option<(Origin, Option<Node>)>> = RefCell::new(None);
        move |origin, path| {
            if let Some(node) = self.alone(origin) {
                return tree::find(&node, path);
            }
            let document = Origin { item: None, ..origin.clone() };
            let known = last.take().filter(|(known, _)| *known == document);
            let (document, node) = known.unwrap_or_else(|| {
                let node = self.node(&document);
                (document, node)
            });
            let found = node.as_ref().and_then(|node| find(node, origin, path));
            last.replace(Some((document, node)));
            found
        }
    }

    /// A function that gives the line of a file with a number (from 1), for showing diagnostics.
    ///
    /// Lines of documents with a Secret are kept back. Asked in the order of the lines, it reads no file twice.
    pub fn lines<'a>(&'a self) -> impl Fn(&str, usize) -> Option<&'a str> {
        let last: RefCell<Option<Cursor<'a>>> = RefCell::new(None);
        move |shown, wanted| {
            let file = self.file(shown)?;
            let mut last = last.borrow_mut();
            let cursor = last.take().filter(|cursor| std::ptr::eq(cursor.file, file) && cursor.line <= wanted);
            let mut cursor = cursor.unwrap_or_else(|| Cursor::new(file));
            let line = cursor.forward(wanted);
            let secret = cursor.secret;
            *last = Some(cursor);
            line.filter(|_| !secret)
        }
    }

    /// The tree of an item of a List that is too large for one.
    fn alone(&self, origin: &Origin) -> Option<Node> {
        let document = self.document(origin).filter(|document| document.text().len() > LARGEST_TREE)?;
        origin.item?;
        let pieces = document.pieces_by_lines().or_else(|| document.pieces().ok().flatten())?;
        pieces.into_iter().find(|piece| piece.item == origin.item)?.node().ok()
    }

    /// The document of an object.
    pub fn document(&self, origin: &Origin) -> Option<Document<'_>> {
        let file = self.file(&origin.file)?;
        let at = file.documents.binary_search_by_key(&origin.document, |span| span.index).ok()?;
        file.documents().nth(at)
    }

    /// The tree of a document.
    fn node(&self, origin: &Origin) -> Option<Node> {
        self.document(origin).filter(|document| document.text().len() <= LARGEST_TREE)?.node().ok()
    }
}

/// A line of a file.
struct Cursor<'a> {
    file: &'a SourceFile,
    line: usize,
    /// The byte at which it begins.
    at: usize,
    document: Option<&'a DocumentSpan>,
    /// Whether there is a Secret in that document.
    secret: bool,
}

impl<'a> Cursor<'a> {
    fn new(file: &'a SourceFile) -> Self {
        Self { file, line: 1, at: 0, document: None, secret: false }
    }

    /// Goes to the line with this number, which is not before this one.
    fn forward(&mut self, wanted: usize) -> Option<&'a str> {
        let after = self.file.documents.partition_point(|span| span.first_line <= wanted);
        let document = after.checked_sub(1).and_then(|i| self.file.documents.get(i));
        if let Some(span) = document.filter(|span| self.document != Some(span)) {
            self.secret = holds_secret(&self.file.text[span.range.clone()]);
            if span.first_line > self.line {
                (self.line, self.at) = (span.first_line, span.range.start);
            }
        }
        self.document = document;
        let mut lines = self.file.text.get(self.at..)?.split_inclusive('\n');
        while self.line < wanted {
            self.at += lines.next()?.len();
            self.line += 1;
        }
        lines.next().filter(|_| self.line == wanted)
    }
}

/// Whether something in a document has the kind Secret.
fn holds_secret(document: &str) -> bool {
    document.match_indices("kind").any(|(at, kind)| {
        let value = document[at + kind.len()..].trim_start_matches(['"', '\'', ' ', ':']);
        value.strip_prefix("Secret").is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
    })
}

/// Where a field of the object at `origin` is in its document.
fn find(document: &Node, origin: &Origin, path: &FieldPath) -> Option<Pos> {
    match (origin.item, document.get("items").map(|items| &items.value)) {
        (Some(i), Some(Value::List(items))) => tree::find(items.get(i)?, path),
        (Some(_), _) => None,
        (None, _) => tree::find(document, path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_recognised() {
        for text in ["kind: Secret\n", "- \"kind\": 'Secret'", "{\"kind\":\"Secret\",\"a\":1}", "a: 1\nkind:   Secret"]
        {
            assert!(holds_secret(text), "{text}");
        }
        for text in ["kind: SecretStore\n", "secretName: x", "kind: Service # no Secret", ""] {
            assert!(!holds_secret(text), "{text}");
        }
    }
}
