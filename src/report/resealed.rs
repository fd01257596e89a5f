//! `meshtree ca reseal`

use std::path::PathBuf;

use serde::Serialize;

use super::table::plural;
use crate::ca::Resealed;

/// What was encrypted to other recipients.
#[derive(Debug, Serialize)]
pub struct ResealReport {
    /// The encrypted files of the store.
    pub files: usize,
    pub resealed: Vec<ResealedView>,
    /// The sealed copies that say now which roots they are for.
    pub said: Vec<String>,
}

/// A file that was encrypted to other recipients.
#[derive(Debug, Serialize)]
pub struct ResealedView {
    pub file: String,
    pub added: Vec<String>,
    pub removed: Vec<String>,
}

impl ResealReport {
    /// The kind of its document.
    pub const KIND: &'static str = "CaResealReport";

    /// Of so many files, those that were changed, and the sealed copies that were.
    pub fn of(files: usize, resealed: Vec<Resealed>, said: &[PathBuf]) -> Self {
        let view = |resealed| {
            let Resealed { file, added, removed } = resealed;
            ResealedView { file: file.display().to_string(), added, removed }
        };
        let said = said.iter().map(|file| file.display().to_string()).collect();
        Self { files, resealed: resealed.into_iter().map(view).collect(), said }
    }

    /// A line for each file.
    pub fn text(&self) -> String {
        let files = plural(self.files, "file of the CA store is", "files of the CA store are");
        if self.resealed.is_empty() && self.said.is_empty() {
            return format!("nothing to do: {files} encrypted to the recipients of today\n");
        }
        let mut out: String = self.resealed.iter().map(ResealedView::text).collect();
        for file in &self.said {
            out.push_str(&format!("{file}: says now which roots it is for\n"));
        }
        out.push_str("next: run meshtree render, and commit\n");
        if self.resealed.iter().any(|resealed| !resealed.removed.is_empty()) {
            out.push_str(
                "whoever was removed can still decrypt what Git has of these files: issue new keys if that must not be\n",
            );
        }
        out
    }
}

impl ResealedView {
    fn text(&self) -> String {
        let Self { file, added, removed } = self;
        let added = added.iter().map(|who| format!(" +{who}"));
        let removed = removed.iter().map(|who| format!(" -{who}"));
        format!("{file}:{}\n", added.chain(removed).collect::<String>())
    }
}
