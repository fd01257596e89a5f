//! Findings in JUnit's XML, which CI systems show as tests: errors fail, warnings and notes are skipped.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::annotation::Annotation;
use super::point::Point;
use super::xml::escaped;
use crate::diag::Severity;

/// A suite for each file, a case for each finding in it. Without findings there is one case, which passed.
pub fn junit(annotations: &[Annotation], elsewhere: &str) -> String {
    let mut files: BTreeMap<&str, Vec<&Annotation>> = BTreeMap::new();
    for annotation in annotations {
        files.entry(annotation.place.file.as_deref().unwrap_or(elsewhere)).or_default().push(annotation);
    }
    let (failed, _) = counts(annotations.iter());
    let all = annotations.len().max(1);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a String does not fail.
    let _ = writeln!(out, "<testsuites name=\"meshtree\" tests=\"{all}\" failures=\"{failed}\" errors=\"0\">");
    files.iter().for_each(|(file, annotations)| push(file, annotations, &mut out));
    if files.is_empty() {
        let fleet = escaped(elsewhere);
        let _ = writeln!(out, "  <testsuite name=\"{fleet}\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\">");
        let _ = writeln!(out, "    <testcase name=\"no findings\" classname=\"{fleet}\"/>\n  </testsuite>");
    }
    out + "</testsuites>\n"
}

/// How many findings fail, and how many are skipped.
fn counts<'a>(annotations: impl Iterator<Item = &'a Annotation>) -> (usize, usize) {
    let (failed, skipped): (Vec<_>, Vec<_>) = annotations.partition(|one| one.severity == Severity::Error);
    (failed.len(), skipped.len())
}

fn push(file: &str, annotations: &[&Annotation], out: &mut String) {
    let (failed, skipped) = counts(annotations.iter().copied());
    let (all, file) = (annotations.len(), escaped(file));
    let _ = writeln!(
        out,
        "  <testsuite name=\"{file}\" tests=\"{all}\" failures=\"{failed}\" errors=\"0\" skipped=\"{skipped}\">"
    );
    for annotation in annotations {
        let Point { file: _, line, column } = annotation.place;
        // The schema has no attributes for the line.
        let pos = line.zip(column).map(|(line, column)| format!(":{line}:{column}")).unwrap_or_default();
        let name = escaped(&format!("{}: {}", annotation.rule.id, annotation.message));
        let _ = writeln!(out, "    <testcase name=\"{name}\" classname=\"{file}\">");
        let (id, message) = (escaped(&annotation.rule.id), escaped(&annotation.sentence()));
        let _ = match annotation.severity {
            Severity::Error => {
                writeln!(out, "      <failure type=\"{id}\" message=\"{message}\">{file}{pos}\n{message}</failure>")
            }
            severity => writeln!(out, "      <skipped message=\"{file}{pos}: {severity}: {message}\"/>"),
        };
        out.push_str("    </testcase>\n");
    }
    out.push_str("  </testsuite>\n");
}
