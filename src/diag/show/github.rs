//! Findings as the workflow commands of GitHub Actions, which shows them beside the lines of a pull request.

use std::fmt::Write as _;

use super::annotation::Annotation;
use super::point::Point;
use crate::diag::Severity;

/// One command in a line for each finding: `::error file=…,line=…,col=…,title=MT0201::message`.
pub fn github(annotations: &[Annotation]) -> String {
    let mut out = String::new();
    for annotation in annotations {
        let command = match annotation.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let Point { file, line, column } = &annotation.place;
        let mut properties = Vec::new();
        let mut add = |name: &str, value: Option<String>| {
            properties.extend(value.map(|value| format!("{name}={}", property(&value))));
        };
        add("file", file.clone());
        add("line", line.map(|line| line.to_string()));
        add("col", column.map(|column| column.to_string()));
        // The end is the last character itself here.
        add("endColumn", annotation.end_column.map(|end| end.saturating_sub(1).max(column.unwrap_or(1)).to_string()));
        add("title", Some(format!("{}: {}", annotation.rule.id, annotation.rule.summary)));
        // Writing to a String does not fail.
        let _ = writeln!(out, "::{command} {}::{}", properties.join(","), data(&annotation.sentence()));
    }
    out
}

/// The text of a command, which ends with its line.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, which ends with a comma or a colon.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
