//! What `--dump-dir` writes: everything about one run of the plugin, since its own directory is gone when it ends.

use std::fs;
use std::io;
use std::path::Path;

use super::application::Application;
use crate::cli::Outcome;

/// One run.
pub(super) struct Dump<'d> {
    pub(super) application: &'d Application,
    pub(super) stdout: &'d [u8],
    pub(super) stderr: &'d str,
    pub(super) outcome: Outcome,
}

impl Dump<'_> {
    /// Writes it into a directory of the application, in place of the run before.
    pub(super) fn write(&self, directory: &Path) -> io::Result<()> {
        let at = directory.join(file_name(self.application.name()));
        fs::create_dir_all(&at)?;
        fs::write(at.join("variables.txt"), self.application.lines())?;
        fs::write(at.join("manifests.yaml"), self.stdout)?;
        fs::write(at.join("diagnostics.txt"), self.stderr)?;
        let code = match self.outcome {
            Outcome::Done => 0,
            Outcome::Negative => 1,
            Outcome::Failed(exit) => exit.code(),
        };
        fs::write(at.join("exit-code.txt"), format!("{code}\n"))
    }
}

/// The name of an application as that of a directory.
fn file_name(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect()
}
