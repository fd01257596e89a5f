//! The files of a commit by their paths, as Git has them.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, bail};

/// The files of a commit, of the whole repository: links may lead anywhere in it.
pub(super) struct Commit {
    entries: BTreeMap<String, Entry>,
}

/// What a path of a commit is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// A file, by the name of its object.
    File(String),
    /// A symbolic link, by the name of the object that holds its target.
    Link(String),
    /// Another repository; its files are not part of the commit.
    Submodule,
}

impl Commit {
    pub(super) fn read(top: &Path, commit: &str) -> anyhow::Result<Self> {
        let listing = super::answer(super::command(top).args(["ls-tree", "-r", "-z", "--full-tree", commit]))?;
        Self::parse(&listing)
    }

    /// Reads what `git ls-tree -z` prints. Only a commit that was not made by Git has two entries of one name, or one that is
    /// both a file and a directory.
    fn parse(listing: &[u8]) -> anyhow::Result<Self> {
        let mut entries = BTreeMap::new();
        for line in listing.split(|byte| *byte == 0).filter(|line| !line.is_empty()) {
            let line = String::from_utf8_lossy(line);
            let (meta, path) = line.split_once('\t').context("unexpected output of git ls-tree")?;
            let [mode, kind, object] = meta.split(' ').collect::<Vec<_>>()[..] else {
                bail!("unexpected output of git ls-tree");
            };
            let entry = match (kind, mode) {
                ("blob", "120000") => Entry::Link(object.to_owned()),
                ("blob", _) => Entry::File(object.to_owned()),
                _ => Entry::Submodule,
            };
            if path.split('/').any(|part| matches!(part, "" | "." | "..") || part.eq_ignore_ascii_case(".git")) {
                bail!("the commit has the path {path:?}, which no checkout would create");
            }
            if entries.insert(path.to_owned(), entry).is_some() {
                bail!("the commit has two entries with the path {path:?}, which no checkout would create");
            }
        }
        let commit = Self { entries };
        for path in commit.entries.keys() {
            if let Some(file) = ancestors(path).find(|directory| commit.entries.contains_key(*directory)) {
                bail!("the commit has {file:?} both as a file and as a directory, which no checkout would create");
            }
        }
        Ok(commit)
    }

    /// What a path is; nothing for a directory, and for what is not there.
    pub(super) fn get(&self, path: &str) -> Option<&Entry> {
        self.entries.get(path)
    }

    /// Everything below a directory; the empty path is the whole commit.
    pub(super) fn below<'a>(&'a self, directory: &str) -> impl Iterator<Item = (&'a str, &'a Entry)> + use<'a> {
        let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
        let entries = self.entries.range(prefix.clone()..);
        entries.map(|(path, entry)| (path.as_str(), entry)).take_while(move |(path, _)| path.starts_with(&prefix))
    }

    /// Whether a path is a directory.
    pub(super) fn is_directory(&self, path: &str) -> bool {
        self.below(path).next().is_some()
    }
}

/// The directories above a path, the nearest one first, without the repository's own.
pub(super) fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    path.rmatch_indices('/').map(|(at, _)| &path[..at])
}

#[cfg(test)]
impl Commit {
    /// A commit of files, and of links with their targets as the names of their objects.
    pub(super) fn of(files: &[&str], links: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|path| ((*path).to_owned(), Entry::File("file".to_owned())));
        let links = links.iter().map(|(path, target)| ((*path).to_owned(), Entry::Link((*target).to_owned())));
        Self { entries: files.chain(links).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(lines: &[&str]) -> Result<Commit, String> {
        let listing: String = lines.iter().map(|line| format!("{line}\0")).collect();
        Commit::parse(listing.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn what_a_commit_has() {
        let lines =
            ["100644 blob 1\ta/b.yaml", "120000 blob 2\ta/link", "160000 commit 3\tab", "100755 blob 4\tab.yaml"];
        let commit = parse(&lines).expect("a commit");
        assert_eq!(commit.get("a/link"), Some(&Entry::Link("2".to_owned())));
        assert_eq!(commit.below("a").map(|(path, _)| path).collect::<Vec<_>>(), ["a/b.yaml", "a/link"]);
        assert_eq!(commit.below("").count(), 4);
        assert!(commit.is_directory("a") && !commit.is_directory("ab") && !commit.is_directory("a/b.yaml"));
        assert_eq!(ancestors("a/b/c").collect::<Vec<_>>(), ["a/b", "a"]);
    }

    #[test]
    fn what_no_checkout_would_create_is_refused() {
        for (lines, wanted) in [
            (&["120000 blob 1\tzz", "100644 blob 2\tzz/x.yaml"][..], "both as a file and as a directory"),
            (&["120000 blob 1\tzz", "100644 blob 2\tzz"], "two entries"),
            (&["100644 blob 1\ta/../../x"], "no checkout would create"),
            (&["100644 blob 1\t.GIT/config"], "no checkout would create"),
            (&["100644 blob 1\t/etc/x"], "no checkout would create"),
        ] {
            let found = parse(lines).err();
            assert!(found.as_deref().is_some_and(|found| found.contains(wanted)), "{lines:?}: {found:?}");
        }
    }
}
