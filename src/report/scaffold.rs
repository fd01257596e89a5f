//! `meshtree gitops init`

use serde::Serialize;

/// The files of a target.
#[derive(Debug, Serialize)]
pub struct Scaffold {
    /// Sorted by path.
    pub files: Vec<Written>,
}

/// One of them.
#[derive(Debug, Serialize)]
pub struct Written {
    /// Its path from the root of the repository.
    pub path: String,
    /// Whether this run wrote it; false if it was there.
    pub written: bool,
}

impl Scaffold {
    /// The kind of its document.
    pub const KIND: &'static str = "ScaffoldReport";

    /// One line for each file.
    pub fn text(&self) -> String {
        let line = |Written { path, written }: &Written| {
            format!("{path}: {}\n", if *written { "written" } else { "is there already" })
        };
        self.files.iter().map(line).collect()
    }
}
