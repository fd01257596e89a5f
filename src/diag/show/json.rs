//! Diagnostics for programs.

use serde::Serialize;

use super::{Summary, clean};
use crate::diag::{Code, Diag, Place, Severity};

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
struct Entry {
    code: Code,
    severity: Severity,
    #[serde(skip_serializing_if = "Option::is_none")]
    raised: Option<String>,
    #[serde(flatten)]
    place: Point,
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

/// A place; what is not known of it is null.
#[derive(Debug, Serialize)]
struct Point {
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
}

/// The diagnostics as a JSON document that ends in a newline.
pub fn json(diags: &[Diag]) -> String {
    // Nothing in it can fail: the keys are text, and there is no writer.
    let mut text = serde_json::to_string_pretty(&Diagnostics::from(diags)).unwrap_or_default();
    text.push('\n');
    text
}

impl From<&[Diag]> for Diagnostics {
    fn from(diags: &[Diag]) -> Self {
        Self {
            api_version: "meshtree.io/v1alpha1",
            kind: "Diagnostics",
            summary: Summary::of(diags),
            diagnostics: diags.iter().map(Entry::from).collect(),
        }
    }
}

impl From<&Diag> for Entry {
    fn from(diag: &Diag) -> Self {
        let Diag { code, severity, raised, place, message, hint, related, ground: _ } = diag;
        let related =
            related.iter().map(|(place, what)| Related { place: place.into(), message: clean::message(what) });
        Self {
            code: *code,
            severity: *severity,
            raised: raised.map(|by| by.to_string()),
            place: place.into(),
            message: clean::message(message),
            hint: hint.as_deref().map(clean::message),
            related: related.collect(),
        }
    }
}

impl From<&Place> for Point {
    fn from(place: &Place) -> Self {
        let (file, pos) = match place {
            Place::Nowhere => (None, None),
            Place::File(file) => (Some(file), None),
            Place::Point(file, pos) => (Some(file), Some(pos)),
            Place::Field(origin, _) => (Some(&origin.file), None),
        };
        Self { file: file.map(ToString::to_string), line: pos.map(|pos| pos.line), column: pos.map(|pos| pos.column) }
    }
}
