//! Writes to the store: whole or not at all, whenever a run is killed.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::error::CaError;
use super::paths;

/// How the names of our temporary files and directories start. Hidden, so that no reader of the fleet takes them for inputs.
const TEMPORARY: &str = ".meshtree-tmp-";

/// A file of an authority: its path below the authority's directory, and its text.
pub(super) type NewFile = (PathBuf, String);

/// The store while this run writes to it. Others that would write wait, so that what looks temporary is left over.
pub(super) struct Writer {
    store: PathBuf,
    _lock: Option<File>,
}

impl Writer {
    /// Makes the store's directory and waits until nobody else writes to it.
    pub(super) fn open(store: &Path) -> Result<Self, CaError> {
        refuse_link(store, store)?;
        fs::create_dir_all(store).map_err(failed(store))?;
        // Not every system can lock a directory; then only what they find tells two runs at a time apart.
        let lock = File::open(store).ok().filter(|directory| directory.lock().is_ok());
        clean(store)?;
        Ok(Self { store: store.to_path_buf(), _lock: lock })
    }

    /// A new authority: written beside its place, then moved there at once.
    pub(super) fn authority(&self, directory: &Path, files: &[NewFile]) -> Result<(), CaError> {
        if paths::root_file(directory).exists() {
            return Err(CaError::Raced(directory.to_path_buf()));
        }
        refuse_link(&self.store, directory)?;
        let temporary = self.store.join(temporary_name(directory));
        let moved = files.iter().try_for_each(|(path, text)| write(&temporary.join(path), text)).and_then(|()| {
            // Empty directories may be left where the authority goes; Git does not know them.
            let _ = fs::remove_dir(directory.join("meshes"));
            let _ = fs::remove_dir(directory);
            fs::rename(&temporary, directory).map_err(failed(directory))
        });
        if moved.is_err() {
            // Best effort: the next run that writes clears it too.
            let _ = fs::remove_dir_all(&temporary);
        }
        moved
    }

    /// One more mesh of an authority.
    pub(super) fn joined(&self, directory: &Path, new: &NewFile) -> Result<(), CaError> {
        let file = directory.join(&new.0);
        if file.exists() {
            return Err(CaError::Raced(file));
        }
        self.mesh(directory, new)
    }

    /// A mesh's file in place of the one that is there, if that is still the one that was read.
    pub(super) fn renewed(&self, directory: &Path, new: &NewFile, former: &str) -> Result<(), CaError> {
        let file = directory.join(&new.0);
        let found = fs::read_to_string(&file).map_err(failed(&file))?;
        if found.replace("\r\n", "\n") != former {
            return Err(CaError::Raced(file));
        }
        self.mesh(directory, new)
    }

    /// A file in place of the text that was read, or of nothing.
    pub(super) fn put(&self, file: &Path, text: &str, former: Option<&str>) -> Result<(), CaError> {
        if self.current(file)?.as_deref() != former {
            return Err(CaError::Raced(file.to_path_buf()));
        }
        self.replace(file, text)
    }

    /// Removes a file, if it is still the one that was read.
    pub(super) fn remove(&self, file: &Path, former: &str) -> Result<(), CaError> {
        if self.current(file)?.as_deref() != Some(former) {
            return Err(CaError::Raced(file.to_path_buf()));
        }
        refuse_link(&self.store, file)?;
        fs::remove_file(file).map_err(failed(file))
    }

    /// The text of a file, with the line ends that it was written with.
    fn current(&self, file: &Path) -> Result<Option<String>, CaError> {
        match fs::read_to_string(file) {
            Ok(text) => Ok(Some(text.replace("\r\n", "\n"))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(file)(error)),
        }
    }

    /// A sealed copy, in place of the one that may be there.
    pub(super) fn copy(&self, directory: &Path, new: &NewFile) -> Result<(), CaError> {
        self.mesh(directory, new)
    }

    /// Removes a file that has served, if it is still there.
    pub(super) fn removed(&self, file: &Path) -> Result<(), CaError> {
        refuse_link(&self.store, file)?;
        match fs::remove_file(file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(file)(error)),
            _ => Ok(()),
        }
    }

    fn mesh(&self, directory: &Path, (path, text): &NewFile) -> Result<(), CaError> {
        self.replace(&directory.join(path), text)
    }

    /// Writes a file beside its place, and moves it there at once.
    fn replace(&self, file: &Path, text: &str) -> Result<(), CaError> {
        refuse_link(&self.store, file)?;
        let parent = file.parent().unwrap_or(&self.store);
        fs::create_dir_all(parent).map_err(failed(parent))?;
        clean(parent)?;
        let temporary = parent.join(temporary_name(file));
        let moved = write(&temporary, text).and_then(|()| fs::rename(&temporary, file).map_err(failed(file)));
        if moved.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        moved
    }
}

/// Refuses to write through a symbolic link in the store.
fn refuse_link(store: &Path, path: &Path) -> Result<(), CaError> {
    match paths::link(store, path) {
        Some(link) => Err(failed(&link)(io::Error::other("it is a symbolic link"))),
        None => Ok(()),
    }
}

/// Removes what a killed run left half-written in this directory.
fn clean(directory: &Path) -> Result<(), CaError> {
    for entry in fs::read_dir(directory).map_err(failed(directory))? {
        let entry = entry.map_err(failed(directory))?;
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            let path = entry.path();
            let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let removed = if is_dir { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            removed.map_err(failed(&path))?;
        }
    }
    Ok(())
}

fn temporary_name(path: &Path) -> String {
    format!("{TEMPORARY}{}", path.file_name().unwrap_or_default().to_string_lossy())
}

/// Writes a file through to the disk: unlike what is rendered, nothing can make it a second time.
fn write(file: &Path, text: &str) -> Result<(), CaError> {
    let parent = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(failed(parent))?;
    let mut open = File::create_new(file).map_err(failed(file))?;
    open.write_all(text.as_bytes()).and_then(|()| open.sync_all()).map_err(failed(file))
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> CaError {
    let path = path.to_path_buf();
    move |source| CaError::Write { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).expect("a directory");
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn an_authority_appears_at_once_and_leftovers_go() {
        let dir = tempfile::tempdir().expect("a directory");
        let store = dir.path().join("ca");
        let left = store.join(".meshtree-tmp-a.b/meshes");
        fs::create_dir_all(&left).expect("a directory");
        fs::write(left.join("half.yaml"), "half").expect("a file");
        fs::create_dir_all(store.join("a.b/meshes")).expect("a directory");
        let files = [("root.yaml".into(), "r".to_owned()), ("meshes/m.yaml".into(), "m".to_owned())];
        let writer = Writer::open(&store).expect("a store");
        writer.authority(&store.join("a.b"), &files).expect("written");
        assert_eq!(names(&store), ["a.b"]);
        assert_eq!(fs::read_to_string(store.join("a.b/meshes/m.yaml")).expect("a file"), "m");
        assert!(matches!(writer.authority(&store.join("a.b"), &files), Err(CaError::Raced(_))));
    }

    #[test]
    fn a_mesh_joins_by_one_file() {
        let dir = tempfile::tempdir().expect("a directory");
        let authority = dir.path().join("a.b");
        fs::create_dir_all(authority.join("meshes")).expect("a directory");
        fs::write(authority.join("meshes/.meshtree-tmp-m.yaml"), "half").expect("a file");
        let writer = Writer::open(dir.path()).expect("a store");
        let file: NewFile = ("meshes/m.yaml".into(), "m".to_owned());
        writer.joined(&authority, &file).expect("written");
        assert_eq!(names(&authority.join("meshes")), ["m.yaml"]);
        assert!(matches!(writer.joined(&authority, &file), Err(CaError::Raced(_))));
    }

    #[test]
    fn a_mesh_is_renewed_if_its_file_is_still_the_one() {
        let dir = tempfile::tempdir().expect("a directory");
        let authority = dir.path().join("a.b");
        let file = authority.join("meshes/m.yaml");
        fs::create_dir_all(authority.join("meshes")).expect("a directory");
        fs::write(&file, "old\r\n").expect("a file");
        let writer = Writer::open(dir.path()).expect("a store");
        let new: NewFile = ("meshes/m.yaml".into(), "new\n".to_owned());
        assert!(matches!(writer.renewed(&authority, &new, "other\n"), Err(CaError::Raced(_))));
        assert_eq!(fs::read_to_string(&file).expect("a file"), "old\r\n");
        writer.renewed(&authority, &new, "old\n").expect("written");
        assert_eq!(fs::read_to_string(&file).expect("a file"), "new\n");
        assert_eq!(names(&authority.join("meshes")), ["m.yaml"]);
    }

    #[test]
    fn what_cannot_be_written_is_an_error_and_leaves_no_authority() {
        let dir = tempfile::tempdir().expect("a directory");
        fs::write(dir.path().join("a.b"), "a file in the way").expect("a file");
        let writer = Writer::open(dir.path()).expect("a store");
        let files = [("root.yaml".into(), "r".to_owned())];
        assert!(matches!(writer.authority(&dir.path().join("a.b"), &files), Err(CaError::Write { .. })));
        assert_eq!(names(dir.path()), ["a.b"]);
        assert!(Writer::open(&dir.path().join("a.b")).is_err());
    }
}
