//! Differences as text. The long form is a patch with headings between the files, which `patch` and `git apply` skip.

use std::fmt::{self, Write};

use crate::output::diff::{Change, ClusterDiff, Detail, ObjectDiff, SecretDiff};

/// The maximum number of policies in a heading.
const NAMED: usize = 4;

/// Appends every difference with its heading.
pub fn write_text(diffs: &[ClusterDiff], out: &mut String) {
    for diff in diffs {
        for object in &diff.objects {
            // Writing into a string cannot fail.
            let _ = write_object(diff, object, out);
        }
    }
}

/// Appends one line per object and the totals.
pub fn write_stat(diffs: &[ClusterDiff], out: &mut String) {
    for diff in diffs {
        for object in &diff.objects {
            let _ = writeln!(
                out,
                "{} in {}: {}, +{} -{}",
                object.object,
                diff.cluster,
                object.change.as_str(),
                object.additions,
                object.deletions
            );
        }
    }
    let count = |change| diffs.iter().flat_map(|diff| &diff.objects).filter(|object| object.change == change).count();
    let unchanged: usize = diffs.iter().map(|diff| diff.unchanged).sum();
    let (added, changed, removed) = (count(Change::Added), count(Change::Changed), count(Change::Removed));
    let _ = writeln!(out, "{added} added, {changed} changed, {removed} removed, {unchanged} unchanged");
}

fn write_object(diff: &ClusterDiff, object: &ObjectDiff, out: &mut String) -> fmt::Result {
    write!(out, "{} in {}", object.object, diff.cluster)?;
    let sources = &object.sources;
    match sources.len() {
        0 => {}
        1..=NAMED => write!(out, " ({})", sources.join(", "))?,
        more => write!(out, " ({} and {} more)", sources[..NAMED].join(", "), more - NAMED)?,
    }
    writeln!(out, ": {}", object.change.as_str())?;
    match &object.detail {
        Detail::Text(text) => {
            out.push_str(text);
            if !text.ends_with('\n') {
                out.push('\n');
            }
        }
        Detail::Secret(secret) => write_secret(secret, out)?,
    }
    Ok(())
}

fn write_secret(secret: &SecretDiff, out: &mut String) -> fmt::Result {
    for fact in &secret.facts {
        match (&fact.old, &fact.new) {
            (Some(old), Some(new)) => writeln!(out, "  {}: {old} -> {new}", fact.name)?,
            (None, Some(new)) => writeln!(out, "  {}: {new}", fact.name)?,
            (Some(old), None) => writeln!(out, "  {}: {old} -> nothing", fact.name)?,
            (None, None) => {}
        }
    }
    for field in &secret.fields {
        writeln!(out, "  {}: {}", field.field, field.change.as_str())?;
    }
    let unreadable = if secret.unreadable { ", and it is not valid YAML" } else { "" };
    writeln!(out, "  (a Secret's content is not shown{unreadable})")
}
