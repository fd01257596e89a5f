//! Lists the relevant directories: one system call per directory instead of one per file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{self, FileType};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::error::{Operation, OutputError};
use super::names::{join, parents, split};

/// What is at a path, without following links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Dir,
    /// A symbolic link.
    Symlink,
    /// A device, a socket, a pipe.
    Other,
}

impl Kind {
    fn of(kind: FileType) -> Self {
        if kind.is_file() {
            Self::File
        } else if kind.is_dir() {
            Self::Dir
        } else if kind.is_symlink() {
            Self::Symlink
        } else {
            Self::Other
        }
    }

    /// What is at a path, if anything.
    pub(super) fn at(path: &Path) -> Result<Option<Self>, OutputError> {
        match fs::symlink_metadata(path) {
            Ok(meta) => Ok(Some(Self::of(meta.file_type()))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(OutputError::io(Operation::List, path)(error)),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "a file",
            Self::Dir => "a directory",
            Self::Symlink => "a symbolic link",
            Self::Other => "a special file",
        })
    }
}

/// Names and what is there, sorted by name.
pub(super) type Entries = Vec<(String, Kind)>;

/// The entries of a directory. Names that are not UTF-8 are never ours, so it is enough that they are listed.
pub(super) fn entries(dir: &Path) -> Result<Entries, OutputError> {
    let list = || -> io::Result<Entries> {
        let entry = |entry: io::Result<fs::DirEntry>| {
            let entry = entry?;
            let kind = Kind::of(entry.file_type()?);
            let name = entry.file_name().into_string().unwrap_or_else(|name| name.to_string_lossy().into_owned());
            Ok((name, kind))
        };
        let mut entries = fs::read_dir(dir)?.map(entry).collect::<io::Result<Entries>>()?;
        entries.sort_unstable();
        Ok(entries)
    };
    list().map_err(OutputError::io(Operation::List, dir))
}

/// The state of a path that should be a directory.
#[derive(Debug)]
pub(super) enum Dir {
    /// Nothing.
    Missing,
    /// Something else.
    Blocked(Kind),
    /// A directory with these entries.
    Listed(Entries),
}

/// A directory and those below it that were asked for, by relative path; the root's is empty.
#[derive(Debug)]
pub(super) struct Listing {
    root: PathBuf,
    dirs: BTreeMap<String, Dir>,
}

impl Listing {
    /// A listing of only the root.
    pub(super) fn of(root: PathBuf) -> Result<Self, OutputError> {
        let dir = match Kind::at(&root)? {
            None => Dir::Missing,
            Some(Kind::Dir) => Dir::Listed(entries(&root)?),
            Some(other) => Dir::Blocked(other),
        };
        Ok(Self { root, dirs: BTreeMap::from([(String::new(), dir)]) })
    }

    /// Adds the directories that these files are in.
    pub(super) fn add_parents<'a>(&mut self, files: impl Iterator<Item = &'a str>) -> Result<(), OutputError> {
        // A directory sorts after its parent, so the parent is already listed.
        for dir in directories(files) {
            if !self.dirs.contains_key(dir) {
                let listed = match self.kind(dir) {
                    None => Dir::Missing,
                    Some(Kind::Dir) => Dir::Listed(entries(&self.root.join(dir))?),
                    Some(other) => Dir::Blocked(other),
                };
                self.dirs.insert(dir.to_owned(), listed);
            }
        }
        Ok(())
    }

    /// The directory that this is a listing of.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// What is at a relative path in one of the directories.
    pub(super) fn kind(&self, path: &str) -> Option<Kind> {
        let (dir, name) = split(path);
        let entries = self.entries(dir)?;
        entries.binary_search_by(|(other, _)| other.as_str().cmp(name)).ok().map(|at| entries[at].1)
    }

    /// Whether all of these, which are sorted, are files in directories of the listing.
    pub(super) fn has_files<'a>(&self, paths: impl Iterator<Item = &'a str>) -> bool {
        let mut rest: BTreeMap<&str, std::slice::Iter<'_, (String, Kind)>> = BTreeMap::new();
        for (dir, name) in paths.map(split) {
            let entries = || self.entries(dir).map_or(&[][..], Vec::as_slice).iter();
            // Both are sorted, so one pass is enough.
            let found = rest.entry(dir).or_insert_with(entries).find(|(other, _)| other == name);
            if found.is_none_or(|(_, kind)| *kind != Kind::File) {
                return false;
            }
        }
        true
    }

    /// How many entries all directories have.
    pub(super) fn len(&self) -> usize {
        let entries = |dir: &Dir| match dir {
            Dir::Listed(entries) => entries.len(),
            Dir::Missing | Dir::Blocked(_) => 0,
        };
        self.dirs.values().map(entries).sum()
    }

    /// The entries of one of the directories, if it is one.
    pub(super) fn entries(&self, dir: &str) -> Option<&Entries> {
        match self.dirs.get(dir)? {
            Dir::Listed(entries) => Some(entries),
            Dir::Missing | Dir::Blocked(_) => None,
        }
    }

    /// Every directory by relative path, each before those below it.
    pub(super) fn dirs(&self) -> impl DoubleEndedIterator<Item = (&str, &Dir)> {
        self.dirs.iter().map(|(path, dir)| (path.as_str(), dir))
    }

    /// Every entry of every directory, with its relative path.
    pub(super) fn all(&self) -> impl Iterator<Item = (String, Kind)> {
        self.dirs
            .iter()
            .filter_map(|(path, dir)| match dir {
                Dir::Listed(entries) => Some((path, entries)),
                Dir::Missing | Dir::Blocked(_) => None,
            })
            .flat_map(|(path, entries)| entries.iter().map(|(name, kind)| (join(path, name), *kind)))
    }
}

/// The directories that files are in and those above them, without the root.
pub(super) fn directories<'a>(files: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
    let mut dirs = BTreeSet::new();
    let mut last = "";
    for file in files {
        let (dir, _) = split(file);
        // Files come sorted, thousands to a directory.
        if dir != last {
            dirs.extend(parents(file));
            last = dir;
        }
    }
    dirs
}
