//! Findings as a Code Quality report of GitLab, which shows them in a merge request.

use serde::Serialize;

use super::annotation::{Annotation, fingerprints};
use crate::diag::Severity;

/// A finding, by the fields that GitLab reads.
#[derive(Debug, Serialize)]
struct Entry {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Debug, Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Debug, Serialize)]
struct Lines {
    begin: usize,
}

/// A JSON list that ends in a newline. What has no file is said about `elsewhere`: GitLab passes over entries without a path.
pub fn gitlab(annotations: &[Annotation], elsewhere: &str) -> String {
    let entry = |(annotation, fingerprint): (&Annotation, String)| Entry {
        description: annotation.sentence(),
        check_name: annotation.rule.id.clone(),
        fingerprint,
        severity: match annotation.severity {
            Severity::Error => "critical",
            Severity::Warning => "minor",
            Severity::Note => "info",
        },
        location: Location {
            path: path(annotation.place.file.as_deref().unwrap_or(elsewhere)),
            lines: Lines { begin: annotation.place.line.unwrap_or(1) },
        },
    };
    let entries: Vec<_> = annotations.iter().zip(fingerprints(annotations)).map(entry).collect();
    serde_json::to_string_pretty(&entries).unwrap_or_default() + "\n"
}

/// A path as GitLab compares it with those of the repository.
fn path(file: &str) -> String {
    file.replace('\\', "/").trim_start_matches("./").to_owned()
}
