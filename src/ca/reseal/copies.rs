//! Sealed copies that were made before they said which roots they are for: it is written beside what is sealed, so no key is needed.

use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::super::error::CaError;
use super::super::sealer::Content;
use super::super::store;
use super::super::write::Writer;

/// Has the sealed copies below a directory of a store say which roots they are for. Gives those that have changed. A copy of another
/// Secret than the store has now is left to the run that seals it again.
///
/// # Errors
/// A store that cannot be written or was written meanwhile.
pub fn say_roots(store: &Path, directory: &Path) -> Result<Vec<PathBuf>, CaError> {
    let files = WalkDir::new(directory).sort_by_file_name().into_iter().filter_map(Result::ok);
    let changed: Vec<_> = files.filter_map(|entry| changed(store, entry.path())).collect();
    if changed.is_empty() {
        return Ok(Vec::new());
    }
    let writer = Writer::open(store)?;
    for (file, text, former) in &changed {
        writer.put(file, text, Some(former))?;
    }
    Ok(changed.into_iter().map(|(file, ..)| file).collect())
}

/// A copy with what it has to say, and its text before.
fn changed(store: &Path, file: &Path) -> Option<(PathBuf, String, String)> {
    let (parent, name) = (file.parent()?, file.file_name()?);
    if parent.file_name()? != "sealed" || file.extension()? != "yaml" {
        return None;
    }
    // What cannot be read is for its reader to report.
    let copy = store::read_file(store, file).ok()??;
    let secret = store::read_file(store, &parent.parent()?.join("meshes").join(name)).ok()??;
    let text = Content::of(&secret).ok()?.saying_roots(&copy)?;
    Some((file.to_path_buf(), text, copy))
}
