//! An earlier commit's inputs, through the `git` program, which honours the user's configuration.

use std::fs;
use std::io::Write as _;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// A fleet's directory as it was in a commit; removed when dropped.
pub(super) struct Checkout {
    root: PathBuf,
    fleet: PathBuf,
}

impl Checkout {
    /// The fleet's directory.
    pub(super) fn fleet(&self) -> &Path {
        &self.fleet
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        // Best effort: it is a copy of what is in Git and contains no other secrets.
        let _ = fs::remove_dir_all(&self.root);
    }
}

/// Writes the files that a fleet's directory had in a commit into a directory of their own.
///
/// Only the fleet is copied, without the `.sops.yaml` files above it: no CA material is issued for an earlier commit.
pub(super) fn checkout(fleet: &Path, revision: &str) -> anyhow::Result<Checkout> {
    if revision.starts_with('-') {
        bail!("{revision:?} is not a valid Git revision");
    }
    let top = text(git(fleet, &["rev-parse", "--show-toplevel"])?);
    let prefix = text(git(fleet, &["rev-parse", "--show-prefix"])?);
    let commit = text(
        git(fleet, &["rev-parse", "--verify", "--quiet", &format!("{revision}^{{commit}}")])
            .with_context(|| format!("unknown Git commit {revision}"))?,
    );
    let listing =
        git(Path::new(&top), &["ls-tree", "-r", "-z", &commit, "--", if prefix.is_empty() { "." } else { &prefix }])?;
    let entries = parse(&listing)?;
    if entries.is_empty() {
        bail!("the commit {revision} has no files in {}", fleet.display());
    }
    let root = temporary()?;
    let out = Checkout { fleet: root.join(&prefix), root };
    fs::create_dir_all(&out.fleet)?;
    write_files(Path::new(&top), &entries, &out.root)?;
    Ok(out)
}

/// A file of a commit.
struct Entry {
    mode: String,
    object: String,
    path: PathBuf,
}

/// Reads what `git ls-tree -z` prints.
fn parse(listing: &[u8]) -> anyhow::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for line in listing.split(|byte| *byte == 0).filter(|line| !line.is_empty()) {
        let line = String::from_utf8(line.to_vec()).context("a path in the commit is not UTF-8")?;
        let (meta, path) = line.split_once('\t').context("unexpected output of git ls-tree")?;
        let [mode, kind, object] = meta.split(' ').collect::<Vec<_>>()[..] else {
            bail!("unexpected output of git ls-tree");
        };
        let path = PathBuf::from(path);
        if kind != "blob" || !path.components().all(|component| matches!(component, Component::Normal(_))) {
            continue;
        }
        entries.push(Entry { mode: mode.into(), object: object.into(), path });
    }
    Ok(entries)
}

/// Writes the files, which one `git cat-file` gives one after the other.
fn write_files(top: &Path, entries: &[Entry], root: &Path) -> anyhow::Result<()> {
    let mut child = Command::new("git")
        .current_dir(top)
        .args(["cat-file", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run git")?;
    let names: String = entries.iter().map(|entry| format!("{}\n", entry.object)).collect();
    let mut stdin = child.stdin.take().context("cannot open the input of git cat-file")?;
    // A thread of its own: git stops reading while nobody reads its output, so writing everything first would deadlock.
    let feeder = std::thread::spawn(move || stdin.write_all(names.as_bytes()));
    let mut stdout = std::io::BufReader::new(child.stdout.take().context("cannot open the output of git cat-file")?);
    for entry in entries {
        let content = read_object(&mut stdout)?;
        write_file(entry, &content, &root.join(&entry.path))?;
    }
    feeder.join().ok().context("cannot write to git cat-file")??;
    if !child.wait()?.success() {
        bail!("git cat-file failed");
    }
    Ok(())
}

/// One answer of `git cat-file --batch`: a line with the size, the bytes, a line feed.
fn read_object(from: &mut impl std::io::BufRead) -> anyhow::Result<Vec<u8>> {
    let mut header = String::new();
    from.read_line(&mut header)?;
    let size = header.trim_end().rsplit(' ').next().and_then(|size| size.parse().ok());
    let size: usize = size.with_context(|| format!("unexpected output of git cat-file: {header:?}"))?;
    let mut content = vec![0; size + 1];
    from.read_exact(&mut content)?;
    content.truncate(size);
    Ok(content)
}

fn write_file(entry: &Entry, content: &[u8], path: &Path) -> anyhow::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    if entry.mode == "120000" {
        #[cfg(unix)]
        std::os::unix::fs::symlink(String::from_utf8_lossy(content).as_ref(), path)?;
        return Ok(());
    }
    fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}

/// A new directory for this process alone.
fn temporary() -> anyhow::Result<PathBuf> {
    let base = std::env::temp_dir();
    for attempt in 0..100 {
        let path = base.join(format!("meshtree-{}-{attempt}", std::process::id()));
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(|| format!("cannot create {}", path.display())),
        }
    }
    bail!("cannot create a directory in {}", base.display())
}

fn git(directory: &Path, arguments: &[&str]) -> anyhow::Result<Vec<u8>> {
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    let output = Command::new("git").current_dir(directory).args(arguments).output().context("cannot run git")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.trim();
        let command = arguments.join(" ");
        if said.is_empty() {
            bail!("git {command} failed");
        }
        bail!("git {command} failed: {said}");
    }
    Ok(output.stdout)
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']).to_owned()
}
