//! Diagnostics for programs.

use serde::Serialize;

use super::Summary;
use super::annotation::Annotation;
use super::file_facts::{FileFacts, Object};
use super::point::Point;
use crate::diag::{Code, Diag, Severity};

/// The document that holds the diagnostics of a run.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnostics {
    api_version: &'static str,
    kind: &'static str,
    summary: Summary,
    diagnostics: Vec<Entry>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    code: Code,
    severity: Severity,
    #[serde(skip_serializing_if = "Option::is_none")]
    raised: Option<String>,
    #[serde(flatten)]
    place: Point,
    end_column: Option<usize>,
    object: Option<Object>,
    policy: Option<String>,
    cluster: Option<String>,
    message: String,
    hint: Option<String>,
    related: Vec<Related>,
}

#[derive(Debug, Serialize)]
struct Related {
    #[serde(flatten)]
    place: Point,
    message: String,
}

/// The diagnostics as a JSON document that ends in a newline.
pub fn json(diags: &[Diag], files: &FileFacts<'_>) -> String {
    // Nothing in it can fail: the keys are text, and there is no writer.
    let mut text = serde_json::to_string_pretty(&Diagnostics::of(diags, files)).unwrap_or_default();
    text.push('\n');
    text
}

impl Diagnostics {
    /// The document of some diagnostics.
    pub fn of(diags: &[Diag], files: &FileFacts<'_>) -> Self {
        Self {
            api_version: "meshtree.io/v1alpha1",
            kind: "Diagnostics",
            summary: Summary::of(diags),
            diagnostics: diags.iter().map(|diag| Entry::of(diag, files)).collect(),
        }
    }
}

impl Entry {
    fn of(diag: &Diag, files: &FileFacts<'_>) -> Self {
        let Annotation { rule: _, severity, message, hint, place, end_column, object, policy, cluster, related } =
            Annotation::of(diag, files);
        Self {
            code: diag.code,
            severity,
            raised: diag.raised.map(|by| by.to_string()),
            place,
            end_column,
            object,
            policy,
            cluster,
            message,
            hint,
            related: related.into_iter().map(|(place, message)| Related { place, message }).collect(),
        }
    }
}
