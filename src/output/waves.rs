//! The order of clusters, in a file beside their directories: JSON, one line for each cluster, so that Git merges it.
//!
//! The generators of Argo CD's ApplicationSets read it whatever its name is; nothing takes it for a manifest.

use std::fs;
use std::path::Path;

use serde::Serialize;

use super::difference::{Difference, DifferenceKind};
use super::disk::Disk;
use super::error::OutputError;
use super::names::{TEMP, WAVES};
use crate::ids::ClusterName;

/// The order of clusters.
#[derive(Debug)]
pub struct Waves(String);

#[derive(Serialize)]
struct Line<'l> {
    cluster: &'l str,
    wave: usize,
}

impl Waves {
    /// That of these clusters, which are sorted by name.
    pub fn of<'c>(clusters: impl Iterator<Item = (&'c ClusterName, usize)>) -> Self {
        let line = |(name, wave): (&ClusterName, usize)| {
            // A name and a number are always JSON.
            serde_json::to_string(&Line { cluster: name.as_str(), wave }).unwrap_or_default()
        };
        let lines: Vec<String> = clusters.map(line).collect();
        Self(format!("[\n{}\n]\n", lines.join(",\n")))
    }

    /// How the file in the output directory differs.
    pub fn difference(&self, out: &Path) -> Option<Difference> {
        let kind = match fs::read(out.join(WAVES)) {
            Ok(found) if found == self.0.as_bytes() => return None,
            Ok(_) => DifferenceKind::Changed,
            Err(_) => DifferenceKind::Missing,
        };
        Some(Difference { path: WAVES.to_owned(), kind })
    }

    /// Writes the file unless it is up to date.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, out: &Path, disk: &Disk) -> Result<(), OutputError> {
        match self.difference(out) {
            Some(_) => disk.replace(&out.join(format!("{TEMP}waves")), &out.join(WAVES), self.0.as_bytes()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_written_once() {
        let dir = tempfile::tempdir().expect("a directory");
        let names: [ClusterName; 2] = ["east".into(), "west".into()];
        let waves = |last| Waves::of(names.iter().zip([0, last]));
        let disk = Disk::new();
        waves(1).write(dir.path(), &disk).expect("written");
        let text = fs::read_to_string(dir.path().join(WAVES)).expect("text");
        assert_eq!(text, "[\n{\"cluster\":\"east\",\"wave\":0},\n{\"cluster\":\"west\",\"wave\":1}\n]\n");
        let before = disk.operations();
        waves(1).write(dir.path(), &disk).expect("nothing to do");
        assert_eq!(disk.operations(), before);
        let difference = waves(2).difference(dir.path()).expect("another wave");
        assert_eq!(difference.to_string(), ".meshtree.waves: changed");
    }
}
