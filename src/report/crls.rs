//! `meshtree ca crl`

use serde::Serialize;

use super::certificates::time;
use super::table::plural;
use crate::ca::AuthorityFacts;

/// What was signed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CrlReport {
    pub virtual_mesh: String,
    /// When the CRLs end; none if there are none.
    pub next_update: Option<String>,
    /// The serial numbers that the root revokes.
    pub revoked: Vec<String>,
    /// The files of the store that have the CRLs.
    pub files: Vec<String>,
}

impl CrlReport {
    /// The kind of its document.
    pub const KIND: &'static str = "CaCrlReport";

    /// What the store has now.
    pub fn of(facts: &AuthorityFacts) -> Self {
        let files = facts.meshes.iter().map(|(_, kept)| kept.file.display().to_string());
        Self {
            virtual_mesh: facts.virtual_mesh.to_string(),
            next_update: facts.crls.as_ref().map(|crls| time(crls.ends)),
            revoked: facts.crls.as_ref().map(|crls| crls.revoked.clone()).unwrap_or_default(),
            files: files.collect(),
        }
    }

    /// What was signed, and what is to be done.
    pub fn text(&self) -> String {
        let Self { virtual_mesh, next_update, revoked, files } = self;
        let Some(next_update) = next_update else {
            return format!(
                "VirtualMesh {virtual_mesh} has no CRLs\nnext: run meshtree render, commit everything at once, and apply\n"
            );
        };
        let meshes = plural(files.len(), "mesh", "meshes");
        let mut out = format!(
            "VirtualMesh {virtual_mesh}: CRLs of its root and of all intermediates, in {meshes}, until {next_update}\n"
        );
        revoked.iter().for_each(|serial| out.push_str(&format!("  revoked  {serial}\n")));
        out.push_str(&format!(
            "next: run meshtree render, commit everything at once, and apply; sign them again before {next_update}\n"
        ));
        out
    }
}
