//! The lock lists the files that meshtree wrote to a cluster's directory, so that nothing else is ever overwritten or deleted.
//!
//! ```text
//! meshtree-lock v1
//! <sha256>\t<path>\t<object>\t<source>, <source>
//! ```
//! One line per object, sorted by path, so that Git merges two changes of a cluster unless they touch adjacent lines. Objects that
//! share a file have the same path and hash. If lines conflict, the lock is read with its conflict markers: both sides were written by this program.

use std::collections::BTreeMap;

use crate::render::tree::{ClusterTree, path_fault};

use super::hash::Hash;
use super::merge::Marker;

/// The first line; it changes with the format.
const HEADER: &str = "meshtree-lock v1";

/// What is wrong with a lock or a journal, and on which line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct LockFault {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub fault: String,
}

/// A lock's entry for one file, borrowed from its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockEntry<'a> {
    pub object: &'a str,
    /// The policies it comes from, with `, ` between them.
    pub sources: &'a str,
    /// The accepted hashes: one, or one from each side of an unresolved merge.
    pub hashes: Vec<Hash>,
    /// The objects that come after the first in the same file, each with its sources.
    pub more: Vec<(&'a str, &'a str)>,
}

/// A lock as read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock<'a> {
    /// The files by path.
    pub entries: BTreeMap<&'a str, LockEntry<'a>>,
}

impl<'a> Lock<'a> {
    /// Reads a lock. Anything that this program would not have written is refused, since paths in the lock may be deleted.
    pub fn parse(text: &'a str) -> Result<Self, LockFault> {
        let mut lock = Self::default();
        let mut conflict = Conflict::default();
        for (line, text) in lines(text, HEADER)? {
            if conflict.takes(text) {
                continue;
            }
            let (path, entry) = parse_entry(line, text)?;
            match lock.entries.get_mut(path) {
                None => drop(lock.entries.insert(path, entry)),
                Some(other) => {
                    if !other.takes(&entry, conflict.seen) {
                        return Err(fault(line, format!("`{path}` is listed twice")));
                    }
                }
            }
        }
        Ok(lock)
    }

    /// The lock of a tree whose files have these hashes.
    pub(super) fn text(tree: &ClusterTree, hashes: &[Hash]) -> String {
        let mut text = String::with_capacity(tree.len() * 192 + HEADER.len() + 1);
        text.push_str(HEADER);
        text.push('\n');
        for (file, hash) in tree.files().iter().zip(hashes) {
            for (object, sources) in file.objects() {
                hash.append_to(&mut text);
                for field in [&file.path, object] {
                    text.push('\t');
                    text.push_str(field);
                }
                text.push('\t');
                for (i, source) in sources.iter().enumerate() {
                    text.push_str(if i == 0 { "" } else { ", " });
                    text.push_str(source);
                }
                text.push('\n');
            }
        }
        text
    }
}

impl<'a> LockEntry<'a> {
    /// Its objects, in order, each with its sources.
    pub fn objects(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        std::iter::once((self.object, self.sources)).chain(self.more.iter().copied())
    }

    /// Takes another line for the same file: of another object, or from the other side of a merge.
    fn takes(&mut self, other: &Self, has_conflict: bool) -> bool {
        let is_new = self.objects().all(|(object, _)| object != other.object);
        let is_same = other.hashes.iter().all(|hash| self.hashes.contains(hash));
        let is_other_object = is_new && is_same;
        if !has_conflict && !is_other_object {
            return false;
        }
        if is_new {
            self.more.push((other.object, other.sources));
        }
        if !is_same {
            self.hashes.extend(&other.hashes);
        }
        true
    }
}

/// Whether the current lines are inside the conflict markers of a merge.
#[derive(Default)]
struct Conflict {
    seen: bool,
    open: bool,
}

impl Conflict {
    /// Takes a line that is a conflict marker in a valid place.
    fn takes(&mut self, line: &str) -> bool {
        match Marker::of(line) {
            Some(Marker::Ours) if !self.open => {
                self.seen = true;
                self.open = true;
                true
            }
            Some(Marker::Base | Marker::Theirs) => self.open,
            Some(Marker::End) => std::mem::take(&mut self.open),
            Some(Marker::Ours) | None => false,
        }
    }
}

/// The numbered lines after the first, which must be `header`.
pub(super) fn lines<'a>(text: &'a str, header: &str) -> Result<impl Iterator<Item = (usize, &'a str)>, LockFault> {
    let Some(body) = text.strip_suffix('\n') else {
        return Err(fault(text.lines().count().max(1), "the last line has no line break"));
    };
    let mut lines = body.split('\n').enumerate().map(|(i, line)| (i + 1, line));
    match lines.next() {
        Some((_, first)) if first == header => Ok(lines),
        Some((_, first)) if first.strip_suffix('\r') == Some(header) => Err(fault(
            1,
            "the lines end in CR LF; add `* -text` to .gitattributes in the output directory to keep Git from converting them, then delete the tree and render again",
        )),
        Some((_, first)) => Err(fault(1, format!("expected `{header}`, found `{}`", first.escape_debug()))),
        None => Err(fault(1, format!("expected `{header}`, found an empty file"))),
    }
}

/// Reads one file's line.
fn parse_entry(line: usize, text: &str) -> Result<(&str, LockEntry<'_>), LockFault> {
    let fields: Vec<&str> = text.split('\t').collect();
    let &[hash, path, object, sources] = fields.as_slice() else {
        return Err(fault(line, format!("expected 4 fields, found {}", fields.len())));
    };
    // These are printed to the terminal, where control characters would take effect.
    if object.is_empty() || object.chars().chain(sources.chars()).any(char::is_control) {
        return Err(fault(line, "the object or a source is not a valid name"));
    }
    Ok((
        checked_path(line, path)?,
        LockEntry { object, sources, hashes: vec![checked_hash(line, hash)?], more: Vec::new() },
    ))
}

/// Reads a path, which must be below the cluster's directory.
pub(super) fn checked_path(line: usize, path: &str) -> Result<&str, LockFault> {
    match path_fault(path) {
        Some(why) => Err(fault(line, format!("the path `{}` {why}", path.escape_debug()))),
        None => Ok(path),
    }
}

/// Reads a hash.
pub(super) fn checked_hash(line: usize, hash: &str) -> Result<Hash, LockFault> {
    Hash::parse(hash).ok_or_else(|| fault(line, format!("`{}` is not a valid SHA-256", hash.escape_debug())))
}

/// A fault of a line.
pub(super) fn fault(line: usize, fault: impl Into<String>) -> LockFault {
    LockFault { line, fault: fault.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::tree::TreeBuilder;

    const A: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const B: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn what_is_written_is_read_back() {
        let mut builder = TreeBuilder::new("kind1".into());
        builder.push("b/y.yaml", "Y b/y", ["P a/b".into(), "Q c/d".into()].into(), |buf| buf.push_str("abc"));
        builder.push("a/x.yaml", "X.example.com a/x", [].into(), |_| {});
        let tree = builder.finish().expect("a tree");
        let hashes: Vec<Hash> = tree.iter().map(|(_, text)| Hash::of(text.as_bytes())).collect();
        let text = Lock::text(&tree, &hashes);
        let expected =
            format!("meshtree-lock v1\n{B}\ta/x.yaml\tX.example.com a/x\t\n{A}\tb/y.yaml\tY b/y\tP a/b, Q c/d\n");
        assert_eq!(text, expected);
        let lock = Lock::parse(&text).expect("a lock");
        assert_eq!(lock.entries.keys().copied().collect::<Vec<_>>(), ["a/x.yaml", "b/y.yaml"]);
        assert_eq!(lock.entries["b/y.yaml"].sources, "P a/b, Q c/d");
        assert_eq!(lock.entries["b/y.yaml"].hashes, [Hash::of(b"abc")]);
    }

    #[test]
    fn what_this_program_does_not_write_is_refused() {
        let cases = [
            (String::new(), 1, "no line break"),
            ("meshtree-lock v2\n".into(), 1, "expected `meshtree-lock v1`"),
            ("meshtree-lock v1\r\n".into(), 1, "CR LF"),
            (format!("meshtree-lock v1\n{A}\ta/x\tX a/x\t"), 2, "no line break"),
            (format!("meshtree-lock v1\n{A}\ta/x\tX a/x\n"), 2, "found 3"),
            (format!("meshtree-lock v1\n\n{A}\ta/x\tX a/x\t\n"), 2, "found 1"),
            (format!("meshtree-lock v1\n{}\ta/x\tX a/x\t\n", A.to_uppercase()), 2, "not a valid SHA-256"),
            (format!("meshtree-lock v1\n{A}\t/etc/passwd\tX a/x\t\n"), 2, "is absolute"),
            (format!("meshtree-lock v1\n{A}\ta/../../b\tX a/x\t\n"), 2, "`..`"),
            (format!("meshtree-lock v1\n{A}\ta//b\tX a/x\t\n"), 2, "empty component"),
            (format!("meshtree-lock v1\n{A}\ta\\b\tX a/x\t\n"), 2, "backslash"),
            (format!("meshtree-lock v1\n{A}\t.git/config\tX a/x\t\n"), 2, "hidden"),
            (format!("meshtree-lock v1\n{A}\ta/x\tX\u{1b}[2J\t\n"), 2, "not a valid name"),
            (format!("meshtree-lock v1\n{A}\ta/x\tX a/x\t\n{B}\ta/x\tX a/x\t\n"), 3, "twice"),
            (format!("meshtree-lock v1\n=======\n{A}\ta/x\tX a/x\t\n"), 2, "found 1"),
        ];
        for (text, line, what) in cases {
            let found = Lock::parse(&text).expect_err(&text);
            assert!(found.line == line && found.fault.contains(what), "{text:?}: {found}");
        }
    }

    #[test]
    fn a_file_may_have_several_objects() {
        let text = format!("meshtree-lock v1\n{A}\ta/x\tX a/x\tP a/b\n{A}\ta/x\tX a/y\t\n");
        let lock = Lock::parse(&text).expect("a lock");
        let objects: Vec<_> = lock.entries["a/x"].objects().collect();
        assert_eq!(objects, [("X a/x", "P a/b"), ("X a/y", "")]);
        assert_eq!(lock.entries["a/x"].hashes, [Hash::of(b"abc")]);
        let other_hash = format!("meshtree-lock v1\n{A}\ta/x\tX a/x\t\n{B}\ta/x\tX a/y\t\n");
        assert!(Lock::parse(&other_hash).is_err(), "one file has one hash");
    }

    #[test]
    fn both_sides_of_a_merge_are_taken() {
        let text = format!(
            "meshtree-lock v1\n<<<<<<< HEAD\n{A}\ta/x\tX a/x\tP a/b\n{A}\ta/y\tX a/y\t\n||||||| 1234567\n=======\n\
             {B}\ta/x\tX a/x\tP a/b, Q a/b\n>>>>>>> branch\n{A}\tb/z\tX b/z\t\n"
        );
        let lock = Lock::parse(&text).expect("a lock");
        assert_eq!(lock.entries["a/x"].hashes, [Hash::of(b"abc"), Hash::of(b"")]);
        assert_eq!(lock.entries["a/y"].hashes, [Hash::of(b"abc")]);
        assert_eq!(lock.entries["b/z"].hashes, [Hash::of(b"abc")]);
        let nested = format!("meshtree-lock v1\n<<<<<<< HEAD\n<<<<<<< HEAD\n{A}\ta/x\tX a/x\t\n");
        assert!(Lock::parse(&nested).is_err());
    }
}
