//! Differences as text. The long form is a patch with headings between the files, which `patch` and `git apply` skip.

use std::borrow::Cow;
use std::fmt::{self, Write};

use crate::output::diff::{Cause, Change, ClusterDiff, Detail, ObjectDiff, SecretDiff};

/// The maximum number of policies in a heading.
const NAMED: usize = 4;

/// Escape sequences of a terminal, with the colours of `git diff`.
const BOLD: &str = "\x1b[1m";
const CYAN: &str = "\x1b[36m";
const GREEN: &str = "\x1b[32m";
const RED: &str = "\x1b[31m";
const PLAIN: &str = "\x1b[0m";

/// Appends every difference with its heading.
pub fn write_text(diffs: &[ClusterDiff], color: bool, out: &mut String) {
    for diff in diffs {
        for object in &diff.objects {
            // Writing into a string cannot fail.
            let _ = write_object(diff, object, color, out);
        }
    }
}

/// Appends one line per object and the totals.
pub fn write_stat(diffs: &[ClusterDiff], color: bool, out: &mut String) {
    for diff in diffs {
        for object in &diff.objects {
            let ObjectDiff { additions, deletions, change, .. } = object;
            let (added, removed) = (format!("+{additions}"), format!("-{deletions}"));
            let (added, removed) = (paint(&added, GREEN, color), paint(&removed, RED, color));
            let _ = writeln!(out, "{}: {}, {added} {removed}", heading(diff, object), change.as_str());
        }
    }
    let count = |change| diffs.iter().flat_map(|diff| &diff.objects).filter(|object| object.change == change).count();
    let unchanged: usize = diffs.iter().map(|diff| diff.unchanged).sum();
    let (added, changed, removed) = (count(Change::Added), count(Change::Changed), count(Change::Removed));
    let _ = writeln!(out, "{added} added, {changed} changed, {removed} removed, {unchanged} unchanged");
}

fn write_object(diff: &ClusterDiff, object: &ObjectDiff, color: bool, out: &mut String) -> fmt::Result {
    let heading = format!("{}: {}", heading(diff, object), object.change.as_str());
    writeln!(out, "{}", paint(&heading, BOLD, color))?;
    match &object.detail {
        Detail::Text(text) if color => write_patch(text, out)?,
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

/// The object and the policies that caused its difference, or those it comes from.
fn heading(diff: &ClusterDiff, object: &ObjectDiff) -> String {
    let causes = object.causes.iter().map(|Cause { source, change }| format!("{source} {}", change.as_str()));
    let is_cause = |source: &&String| object.causes.iter().any(|cause| cause.source == **source);
    let others = object.sources.iter().filter(|source| !is_cause(source)).cloned();
    let named: Vec<String> = causes.chain(others).collect();
    let policies = match named.len() {
        0 => String::new(),
        1..=NAMED => format!(" ({})", named.join(", ")),
        more => format!(" ({} and {} more)", named[..NAMED].join(", "), more - NAMED),
    };
    format!("{} in {}{policies}", object.object, diff.cluster)
}

/// A unified diff in colours.
fn write_patch(text: &str, out: &mut String) -> fmt::Result {
    for (number, line) in text.lines().enumerate() {
        let style = match line.as_bytes().first() {
            _ if number < 2 => BOLD,
            Some(b'@') => CYAN,
            Some(b'+') => GREEN,
            Some(b'-') => RED,
            _ => "",
        };
        writeln!(out, "{}", paint(line, style, !style.is_empty()))?;
    }
    Ok(())
}

fn paint<'t>(text: &'t str, style: &str, color: bool) -> Cow<'t, str> {
    if color { format!("{style}{text}{PLAIN}").into() } else { text.into() }
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
