//! The reports of the commands, each as text and as JSON.
//!
//! JSON reports are part of a [`Document`], whose `apiVersion` determines which fields are stable; docs/json.md lists them.
//! Nothing here prints.

pub mod access;
pub mod affected;
pub mod certificates;
pub mod checked;
pub mod coverage;
pub mod crls;
pub mod described;
pub mod description;
pub mod diff;
pub mod differences;
pub mod forms;
pub mod graph;
pub mod impact;
pub mod inventory;
pub mod issued;
pub mod markdown;
pub mod packed;
pub mod places;
pub mod rendered;
pub mod resealed;
pub mod rotation;
pub mod scaffold;
pub mod status;
pub mod tested;
pub mod traced;

mod hunks;
mod requests;
mod table;

use serde::Serialize;

use crate::diag::Diag;
use crate::diag::show::{Diagnostics, FileFacts};

/// The version of JSON reports. It changes when a field is removed or changes its meaning, not when one is added.
pub const API_VERSION: &str = "meshtree.io/v1alpha1";

/// A JSON report: what a command did, and the diagnostics.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Document<'a, T> {
    api_version: &'static str,
    kind: &'static str,
    #[serde(flatten)]
    result: &'a T,
    diagnostics: Diagnostics,
}

impl<'a, T: Serialize> Document<'a, T> {
    /// A report of a kind.
    pub fn new(kind: &'static str, result: &'a T, diags: &[Diag], files: &FileFacts<'_>) -> Self {
        Self { api_version: API_VERSION, kind, result, diagnostics: Diagnostics::of(diags, files) }
    }

    /// The report as JSON that ends in a newline.
    ///
    /// # Errors
    /// A report that is not a map with text keys; no such report exists.
    pub fn json(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}
