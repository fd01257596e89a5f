//! The journal: what a run is about to do to a cluster's directory, written before it begins and gone when it ends.
//!
//! ```text
//! meshtree-journal v1
//! write\t<sha256>\t<path>
//! delete\t<sha256>\t<path>
//! ```
//! A file that a killed run wrote is not in a lock yet; the journal shows that it is our own. A run that continues after
//! another keeps the other's lines, since some of its files may remain if it is killed as well.

use std::collections::BTreeMap;

use super::hash::Hash;
use super::lock::{LockFault, checked_hash, checked_path, fault, lines};

/// The first line; it changes with the format.
const HEADER: &str = "meshtree-journal v1";

/// The hashes that each path may have, in order and without repetition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Journal {
    entries: BTreeMap<String, Vec<(Verb, Hash)>>,
}

/// The planned operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verb {
    /// These bytes were about to be written.
    Write,
    /// These bytes were about to be deleted.
    Delete,
}

impl Journal {
    /// Reads a journal as strictly as a lock.
    pub(super) fn parse(text: &str) -> Result<Self, LockFault> {
        let mut journal = Self::default();
        for (line, text) in lines(text, HEADER)? {
            let fields: Vec<&str> = text.split('\t').collect();
            let (verb, hash, path) = match fields.as_slice() {
                ["write", hash, path] => (Verb::Write, hash, path),
                ["delete", hash, path] => (Verb::Delete, hash, path),
                _ => return Err(fault(line, "expected `write` or `delete`, a hash and a path")),
            };
            journal.add(verb, checked_hash(line, hash)?, checked_path(line, path)?);
        }
        Ok(journal)
    }

    /// Adds a planned operation.
    pub(super) fn add(&mut self, verb: Verb, hash: Hash, path: &str) {
        let entries = match self.entries.get_mut(path) {
            Some(entries) => entries,
            None => self.entries.entry(path.to_owned()).or_default(),
        };
        if let Err(at) = entries.binary_search(&(verb, hash)) {
            entries.insert(at, (verb, hash));
        }
    }

    /// The paths in it with the bytes that each may have.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, impl Iterator<Item = Hash>)> {
        self.entries.iter().map(|(path, entries)| (path.as_str(), entries.iter().map(|(_, hash)| *hash)))
    }

    /// The journal as it is written, sorted by path.
    pub(super) fn text(&self) -> String {
        let mut text = String::with_capacity(self.entries.len() * 128 + HEADER.len() + 1);
        text.push_str(HEADER);
        text.push('\n');
        for (path, entries) in &self.entries {
            for (verb, hash) in entries {
                text.push_str(match verb {
                    Verb::Write => "write\t",
                    Verb::Delete => "delete\t",
                });
                hash.append_to(&mut text);
                text.push('\t');
                text.push_str(path);
                text.push('\n');
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let mut journal = Journal::default();
        journal.add(Verb::Write, Hash::of(b"2"), "b/y");
        journal.add(Verb::Delete, Hash::of(b"1"), "a/x");
        journal.add(Verb::Write, Hash::of(b"1"), "b/y");
        journal.add(Verb::Write, Hash::of(b"2"), "b/y");
        let text = journal.text();
        assert_eq!(text.lines().count(), 4);
        assert_eq!(Journal::parse(&text), Ok(journal));
    }

    #[test]
    fn anything_else_is_refused() {
        let hash = Hash::of(b"");
        for line in ["x", "move\ta\tb", "write\tabc\ta/x", &format!("write\t{hash}\t../x"), &format!("write\t{hash}")] {
            assert_eq!(Journal::parse(&format!("{HEADER}\n{line}\n")).map_err(|f| f.line), Err(2), "{line}");
        }
        assert!(Journal::parse("meshtree-lock v1\n").is_err());
    }
}
