//! Writing single files that are for people: a new one never takes the place of another.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::diag::{Code, Diag, Place};

/// Writes a file that does not exist yet, with the directories above it.
///
/// # Errors
/// A file or link that is there, and what the system says.
pub(super) fn create(path: &Path, text: &str) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
}

/// The same for a path below a directory, in which no link may lead elsewhere: whoever proposes a change to a repository can add one.
///
/// # Errors
/// A directory below `root` that is a link, beside those of [`create`].
pub(super) fn create_below(root: &Path, path: &str, text: &str) -> io::Result<()> {
    let mut at = root.to_owned();
    for part in Path::new(path).parent().into_iter().flatten() {
        at.push(part);
        if fs::symlink_metadata(&at).is_ok_and(|found| found.is_symlink()) {
            let message = format!("{} is a symbolic link, and must be a directory", at.display());
            return Err(io::Error::new(ErrorKind::NotADirectory, message));
        }
    }
    create(&root.join(path), text)
}

/// The refusal to write over something.
pub(super) fn in_the_way(path: &Path, hint: &str) -> Diag {
    let message = "this file exists, and nothing is overwritten";
    Diag::new(Code::ForeignFile, Place::File(path.display().to_string().into()), message).hint(hint)
}

/// Writes a file atomically over one that it may replace; anything else, such as a pipe, is written to directly.
pub(super) fn replace(out: &Path, text: &str) -> io::Result<()> {
    if fs::metadata(out).is_ok_and(|metadata| !metadata.is_file()) {
        return OpenOptions::new().write(true).open(out)?.write_all(text.as_bytes());
    }
    let (beside, mut file) = create_beside(out)?;
    let done = file.write_all(text.as_bytes()).and_then(|()| fs::rename(&beside, out));
    if done.is_err() {
        _ = fs::remove_file(&beside);
    }
    done
}

/// A new file beside another. It is never one that exists: that could be a link, or somebody's own.
fn create_beside(out: &Path) -> io::Result<(PathBuf, File)> {
    const ATTEMPTS: u32 = 100;
    let mut taken = io::Error::from(ErrorKind::AlreadyExists);
    for attempt in 0..ATTEMPTS {
        let mut name = out.file_name().unwrap_or_default().to_os_string();
        name.push(format!(".{}-{attempt}.tmp", std::process::id()));
        let beside = out.with_file_name(name);
        match OpenOptions::new().write(true).create_new(true).open(&beside) {
            Ok(file) => return Ok((beside, file)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => taken = error,
            Err(error) => return Err(error),
        }
    }
    Err(taken)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn nothing_is_written_over() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("a/b.yaml");
        create(&path, "one").expect("written");
        assert_eq!(create(&path, "two").map_err(|error| error.kind()), Err(ErrorKind::AlreadyExists));
        symlink(dir.path().join("nowhere"), dir.path().join("link")).expect("a link");
        assert!(create(&dir.path().join("link"), "two").is_err());
        assert_eq!(fs::read_to_string(&path).expect("a file"), "one");
    }

    #[test]
    fn links_below_a_directory_are_not_followed() {
        let (dir, elsewhere) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
        symlink(elsewhere.path(), dir.path().join("link")).expect("a link");
        for path in ["link/b.yaml", "link/a/b.yaml"] {
            let error = create_below(dir.path(), path, "text").expect_err("a link");
            assert!(error.to_string().ends_with("link is a symbolic link, and must be a directory"), "{error}");
        }
        assert_eq!(fs::read_dir(elsewhere.path()).expect("a directory").count(), 0);
        create_below(dir.path(), "a/b.yaml", "text").expect("written");
        // The directory itself may be one.
        create_below(&dir.path().join("link"), "a/b.yaml", "text").expect("written");
    }

    #[test]
    fn a_link_at_the_temporary_name_is_not_written_through() {
        let dir = tempfile::tempdir().expect("a directory");
        let (out, victim) = (dir.path().join("east.yaml"), dir.path().join("victim"));
        fs::write(&victim, "theirs").expect("a file");
        symlink(&victim, dir.path().join(format!("east.yaml.{}-0.tmp", std::process::id()))).expect("a link");
        symlink(dir.path().join("new"), dir.path().join(format!("east.yaml.{}-1.tmp", std::process::id())))
            .expect("a link");
        replace(&out, "inventory").expect("written");
        assert_eq!(fs::read_to_string(&out).expect("a file"), "inventory");
        assert_eq!(fs::read_to_string(&victim).expect("a file"), "theirs");
        assert!(!dir.path().join("new").exists());
        assert_eq!(fs::read_dir(dir.path()).expect("a directory").count(), 4, "no temporary file is left");
    }
}
