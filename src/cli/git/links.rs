//! What of a fleet is reached through the links of a commit.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::bail;

use super::blobs::Blobs;
use super::commit::{Commit, Entry};
use super::link::{Found, follow};
use super::submodules;
use crate::diag::Code;
use crate::load::{IGNORE_FILE, Lost, is_input, is_template_name};
use crate::model::settings::is_certificate;

/// The most files that links may add to a fleet.
const MOST_COPIES: usize = 100_000;

/// How deep links to directories may nest.
const DEEPEST: usize = 40;

/// What the links of a fleet lead to.
pub(super) struct Links<'c> {
    directory: &'c Path,
    commit: &'c Commit,
    blobs: Blobs,
    top: String,
    prefix: &'c str,
    /// The files of the commit that are also elsewhere, by where.
    pub(super) copies: BTreeMap<String, String>,
    /// What the commit does not have.
    pub(super) lost: Vec<Lost>,
}

impl<'c> Links<'c> {
    pub(super) fn new(directory: &'c Path, commit: &'c Commit, prefix: &'c str) -> anyhow::Result<Self> {
        let blobs = Blobs::of(directory)?;
        let top = directory.display().to_string();
        Ok(Self { directory, commit, blobs, top, prefix, copies: BTreeMap::new(), lost: Vec::new() })
    }

    /// Follows the links below a directory of the commit, which is shown at a path; `within` are the directories that links have
    /// led to on the way.
    pub(super) fn below(&mut self, directory: &str, shown: &str, within: &mut Vec<String>) -> anyhow::Result<()> {
        let commit = self.commit;
        for (path, entry) in commit.below(directory) {
            let rest = path.strip_prefix(directory).unwrap_or(path).trim_start_matches('/');
            let at = if shown.is_empty() { rest.to_owned() } else { format!("{shown}/{rest}") };
            if hidden(&at[self.prefix.len()..]) {
                continue;
            }
            match entry {
                Entry::Submodule => {
                    let name = submodules::name(self.directory, commit, path)?;
                    let what = format!(
                        "Git submodule {name:?}, whose files are in another repository: they cannot be compared"
                    );
                    self.lose(at, Code::Unreadable, &what)
                }
                Entry::Link(_) => self.link(path, at, within)?,
                Entry::File(_) if within.is_empty() || !is_wanted(path, entry) => {}
                Entry::File(_) => self.copy(path.to_owned(), at)?,
            }
        }
        Ok(())
    }

    fn link(&mut self, link: &str, at: String, within: &mut Vec<String>) -> anyhow::Result<()> {
        let blobs = &mut self.blobs;
        match follow(self.commit, &self.top, link, &mut |object| blobs.text(object))? {
            Found::File(path) if is_wanted(&at, &Entry::File(String::new())) => {
                let is_read = is_input(Path::new(&path)) || is_template_name(Path::new(&path));
                if !path_is_below(&path, self.prefix) && !is_read && !at.ends_with(IGNORE_FILE) {
                    let what = "a symbolic link to a file outside the fleet that is not a *.yaml, *.yml or *.json file";
                    self.lose(at, Code::LinkOut, what);
                    return Ok(());
                }
                self.copy(path, at)?;
            }
            Found::File(_) => {}
            Found::Directory(directory) => {
                let around = |outer: &str| path_is_below(outer, &directory);
                if around(&at) || within.iter().any(|outer| around(outer)) || within.len() >= DEEPEST {
                    self.lose(at, Code::Unreadable, "a symbolic link to a directory that contains it");
                    return Ok(());
                }
                within.push(directory.clone());
                self.below(&directory, &at, within)?;
                within.pop();
            }
            // A file by another name is not an input, wherever it is.
            Found::Outside if Path::new(&at).extension().is_some() && !is_input(Path::new(&at)) => {}
            Found::Outside => self.lose(at, Code::LinkOut, "a symbolic link that leads out of the repository"),
            Found::Missing => self.lose(at, Code::Unreadable, "a broken symbolic link"),
            Found::Submodule => self.lose(at, Code::Unreadable, "a symbolic link into a Git submodule"),
        }
        Ok(())
    }

    fn copy(&mut self, from: String, to: String) -> anyhow::Result<()> {
        self.copies.insert(to, from);
        if self.copies.len() > MOST_COPIES {
            bail!("symbolic links add more than {MOST_COPIES} files to the fleet");
        }
        Ok(())
    }

    fn lose(&mut self, at: String, code: Code, message: &str) {
        let relative = at[self.prefix.len()..].trim_start_matches('/').to_owned();
        self.lost.push(Lost { relative, code, message: message.to_owned() });
    }
}

/// Whether a file can matter to a fleet: an input, or one of our own.
pub(super) fn is_wanted(path: &str, entry: &Entry) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_certificate = is_certificate(Path::new(path));
    matches!(entry, Entry::File(_))
        && (is_input(Path::new(path))
            || is_template_name(Path::new(path))
            || is_certificate
            || name.starts_with(".meshtree"))
}

fn path_is_below(path: &str, directory: &str) -> bool {
    directory.is_empty() || path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a path has a part that begins with a dot and is not one of our own files.
fn hidden(relative: &str) -> bool {
    relative.split('/').any(|part| part.starts_with('.') && part != IGNORE_FILE)
}
