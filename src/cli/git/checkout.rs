//! A fleet as it was in a commit, in a directory of its own.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Component, Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, bail};

use super::commit::{Commit, Entry, ancestors};
use super::filter;
use super::links::{Links, is_wanted};
use crate::load::Lost;

/// How Git lays files: no links, none of the user's hooks, and all files whatever part of the repository the user has checked out.
const SETTINGS: [&str; 6] = [
    "core.symlinks=false",
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.sparseCheckout=false",
    "core.splitIndex=false",
    "core.safecrlf=false",
];

/// A fleet's directory as it was in a commit; removed when dropped.
pub(in crate::cli) struct Checkout {
    root: PathBuf,
    revision: String,
    /// The fleet's path in the repository.
    prefix: String,
    repository: Repository,
    commit: Commit,
    /// What of the fleet could not be put into the directory.
    pub(in crate::cli) lost: Vec<Lost>,
}

/// Where a repository is.
struct Repository {
    top: PathBuf,
    git: PathBuf,
}

impl Drop for Checkout {
    fn drop(&mut self) {
        // Best effort: nobody else can read it.
        let _ = fs::remove_dir_all(&self.root);
    }
}

/// Lays the files that a fleet's directory had in a commit into a directory of their own.
///
/// Only the fleet is laid, without the `.sops.yaml` files above it: no CA material is issued for an earlier commit.
pub(in crate::cli) fn checkout(fleet: &Path, revision: &str) -> anyhow::Result<Checkout> {
    if revision.starts_with('-') {
        bail!("{revision:?} is not a valid Git revision");
    }
    let top = PathBuf::from(super::line(fleet, &["rev-parse", "--show-toplevel"])?);
    let git = PathBuf::from(super::line(fleet, &["rev-parse", "--absolute-git-dir"])?);
    let prefix = super::line(fleet, &["rev-parse", "--show-prefix"])?.trim_end_matches('/').to_owned();
    let commit = super::line(fleet, &["rev-parse", "--verify", "--quiet", &format!("{revision}^{{commit}}")])
        .with_context(|| format!("unknown Git commit {revision}"))?;
    let commit = Commit::read(&top, &commit).with_context(|| format!("cannot use {revision}"))?;
    let root = temporary()?;
    let repository = Repository { top, git };
    let mut out = Checkout { root, revision: revision.to_owned(), prefix, repository, commit, lost: Vec::new() };
    fs::create_dir_all(out.fleet())?;
    out.lay_fleet().with_context(|| format!("cannot lay the files of {revision} into a temporary directory"))?;
    let pointers = filter::take_pointers(&out.fleet(), revision)?;
    out.lost.extend(pointers);
    Ok(out)
}

impl Checkout {
    /// The fleet's directory.
    pub(in crate::cli) fn fleet(&self) -> PathBuf {
        self.files().join(&self.prefix)
    }

    /// Whether the commit has anything in the fleet's directory.
    pub(in crate::cli) fn has_fleet(&self) -> bool {
        self.commit.is_directory(&self.prefix)
    }

    /// Lays a rendered tree of the commit, which may be outside of the fleet, as it was committed: its line ends are its own
    /// whatever the user's are. Nothing if the directory is outside of the repository.
    pub(in crate::cli) fn tree(&self, directory: &Path) -> anyhow::Result<Option<PathBuf>> {
        let Some(below) = self.below(directory) else { return Ok(None) };
        let found = self.commit.below(&below).filter(|(path, entry)| is_wanted(path, entry)).map(owned);
        let trees = self.root.join("tree");
        fs::create_dir_all(&trees)?;
        self.lay(&found.collect(), &trees, &["core.autocrlf=false"])?;
        let tree = trees.join(below);
        match filter::take_pointers(&tree, &self.revision)?.first() {
            Some(Lost { relative, message, .. }) => bail!("{relative}: {message}"),
            None => Ok(Some(tree)),
        }
    }

    /// When files below a directory were changed last on the way of first parents, in RFC 3339: of a merge, when it was merged.
    pub(in crate::cli) fn last_change<'f>(
        &self,
        directory: &Path,
        files: impl Iterator<Item = &'f PathBuf>,
    ) -> anyhow::Result<String> {
        let below = self.below(directory).unwrap_or_default();
        let paths = files.map(|file| format!(":(top,literal){}", Path::new(&below).join(file).display()));
        let mut log = super::command(&self.repository.top);
        log.args(["log", "--first-parent", "-1", "--format=%cI", &self.revision, "--"]).args(paths);
        Ok(String::from_utf8_lossy(&super::answer(&mut log)?).trim().to_owned())
    }

    /// A directory in the place of the fleet's, as a path in the repository; nothing if it is outside.
    fn below(&self, directory: &Path) -> Option<String> {
        normal(directory).and_then(|path| Some(path.strip_prefix(self.files()).ok()?.to_str()?.to_owned()))
    }

    fn files(&self) -> PathBuf {
        self.root.join("files")
    }

    fn lay_fleet(&mut self) -> anyhow::Result<()> {
        let mut links = Links::new(&self.repository.top, &self.commit, &self.prefix)?;
        links.below(&self.prefix, &self.prefix, &mut Vec::new())?;
        let Links { copies, lost, .. } = links;
        let files = self.commit.below(&self.prefix).filter(|(path, entry)| is_wanted(path, entry)).map(owned);
        let files: BTreeSet<String> = files.chain(copies.values().cloned()).collect();
        self.lost = lost;
        self.lay(&files, &self.files(), &[])?;
        for (to, from) in &copies {
            self.copy(from, to).with_context(|| format!("cannot copy {from:?} to {to:?}"))?;
        }
        Ok(())
    }

    /// Copies what a link leads to. The file is new: nothing is written through what is there.
    fn copy(&self, from: &str, to: &str) -> anyhow::Result<()> {
        let to = self.files().join(to);
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut from = fs::File::open(self.files().join(from))?;
        std::io::copy(&mut from, &mut fs::File::create_new(to)?)?;
        Ok(())
    }

    /// Lets Git check files out into an empty directory, as its attributes and filters have them. The index holds nothing but
    /// these files and the attributes of the commit.
    fn lay(&self, files: &BTreeSet<String>, into: &Path, settings: &[&str]) -> anyhow::Result<()> {
        if files.is_empty() {
            return Ok(());
        }
        let git = |command: &[&str]| {
            let mut git = super::command(into);
            git.env("GIT_DIR", &self.repository.git).env("GIT_WORK_TREE", into);
            git.env("GIT_INDEX_FILE", into.with_extension("index"));
            SETTINGS.iter().chain(settings).for_each(|setting| _ = git.args(["-c", setting]));
            git.args(command);
            git
        };
        let mut update = git(&["update-index", "-z", "--index-info"]);
        update.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = update.spawn().context("cannot run git")?;
        let input = child.stdin.take().context("cannot write to git update-index")?.write_all(&self.index(files));
        super::check(&update, &child.wait_with_output()?)?;
        input.context("cannot write to git update-index")?;
        super::answer(&mut git(&["checkout-index", "--all", "--force", "--quiet"]))?;
        let is_there = |path: &&String| fs::symlink_metadata(into.join(path)).is_ok_and(|found| found.is_file());
        match files.iter().find(|path| !is_there(path)) {
            Some(path) => bail!("git did not check out {path:?}"),
            None => Ok(()),
        }
    }

    /// These files, and the attributes that they may have, as `git update-index` reads them.
    fn index(&self, files: &BTreeSet<String>) -> Vec<u8> {
        let directories: BTreeSet<&str> = files.iter().flat_map(|path| ancestors(path)).collect();
        let attributes = directories.iter().map(|directory| format!("{directory}/.gitattributes"));
        let mut index = Vec::new();
        for path in files.iter().cloned().chain([".gitattributes".to_owned()]).chain(attributes) {
            if let Some(Entry::File(object)) = self.commit.get(&path) {
                index.extend(format!("100644 {object}\t{path}\0").bytes());
            }
        }
        index
    }
}

fn owned((path, _): (&str, &Entry)) -> String {
    path.to_owned()
}

/// A path without `.` and `..`, as it is written; nothing if it begins with them.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => normal.pop().then_some(())?,
            part => normal.push(part),
        }
    }
    Some(normal)
}

/// A new directory for this user alone.
fn temporary() -> anyhow::Result<PathBuf> {
    let base = std::env::temp_dir();
    let base = base.canonicalize().unwrap_or(base);
    for attempt in 0..100 {
        let path = base.join(format!("meshtree-{}-{attempt}", std::process::id()));
        #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has modes"))]
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        match builder.create(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(|| format!("cannot create {}", path.display())),
        }
    }
    bail!("cannot create a directory in {}", base.display())
}
