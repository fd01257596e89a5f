//! Differences as text. The long form is a patch with headings between the files, and lists of files that have the same hunk, which
//! `patch` and `git apply` skip.

use std::borrow::Cow;
use std::fmt::{self, Write};

use super::hunks::{File, Files, Hunk};
use crate::diag::show::plain_lines;
use crate::output::diff::{Change, ClusterDiff, Detail, ObjectDiff, SecretDiff};

/// The maximum number of policies in a heading.
const NAMED: usize = 4;

/// Escape sequences of a terminal, with the colours of `git diff`.
const BOLD: &str = "\x1b[1m";
const CYAN: &str = "\x1b[36m";
const GREEN: &str = "\x1b[32m";
const RED: &str = "\x1b[31m";
const PLAIN: &str = "\x1b[0m";

/// The maximum number of files that are listed for one hunk.
pub const LISTED: usize = 20;

/// How differences are printed that several files have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Once, with the paths of the first [`LISTED`] other files.
    Short,
    /// Once, with the paths of all other files.
    AllFiles,
    /// In each file, as `patch` and `git apply` take it.
    Patch,
}

/// Appends the differences with their headings.
pub fn write_text(diffs: &[ClusterDiff], layout: Layout, color: bool, out: &mut String) {
    let files = Files::of(diffs, layout != Layout::Patch);
    for index in (0..files.files.len()).filter(|index| files.is_shown(*index)) {
        // Writing into a string cannot fail.
        let _ = write_file(&files, index, (layout, color), out);
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

fn write_file(files: &Files<'_>, index: usize, (layout, color): (Layout, bool), out: &mut String) -> fmt::Result {
    let File { diff, object, names, hunks } = &files.files[index];
    let heading = format!("{}: {}", heading(diff, object), object.change.as_str());
    writeln!(out, "{}", paint(&heading, BOLD, color))?;
    if let Detail::Secret(secret) = &object.detail {
        return write_secret(secret, out);
    }
    names.lines().try_for_each(|name| writeln!(out, "{}", paint(name, BOLD, color)))?;
    for hunk in hunks.iter().filter(|hunk| files.is_first(index, hunk)) {
        // A patch has the bytes of the file; what people read cannot tell their terminal what to do.
        let text = if layout == Layout::Patch { Cow::Borrowed(hunk.text) } else { plain_lines(hunk.text) };
        write_hunk(&text, color, out)?;
        write_others(files, (object.change, hunk), layout, out)?;
    }
    match hunks.iter().filter(|hunk| !files.is_first(index, hunk)).count() {
        0 => Ok(()),
        1 => writeln!(out, "1 other hunk of this file is shown above"),
        more => writeln!(out, "{more} other hunks of this file are shown above"),
    }
}

/// The other files that have a hunk.
fn write_others(
    files: &Files<'_>,
    (change, hunk): (Change, &Hunk<'_>),
    layout: Layout,
    out: &mut String,
) -> fmt::Result {
    let others = files.others(hunk);
    let count = others.len();
    if count == 0 {
        return Ok(());
    }
    let most = if layout == Layout::AllFiles { usize::MAX } else { LISTED };
    writeln!(out, "{}:", same_change(change, count))?;
    others.take(most).try_for_each(|file| writeln!(out, "  {}", file.object.path))?;
    if count > most { writeln!(out, "  and {} more: use --all-files to list them", count - most) } else { Ok(()) }
}

/// How many more files have a hunk, or are equal to a whole file.
pub(super) fn same_change(change: Change, count: usize) -> String {
    let files = if count == 1 { "file" } else { "files" };
    match change {
        Change::Changed => format!("same change in {count} more {files}"),
        Change::Added | Change::Removed => {
            format!("{} with the same content except for names: {count} more {files}", change.as_str())
        }
    }
}

/// The object and what caused its difference; the policies it comes from if that is not known.
fn heading(diff: &ClusterDiff, object: &ObjectDiff) -> String {
    let named: Vec<String> = match object.causes[..] {
        [] => object.sources.clone(),
        _ => object.causes.iter().map(ToString::to_string).collect(),
    };
    let policies = match named.len() {
        0 => String::new(),
        1..=NAMED => format!(" ({})", named.join(", ")),
        more => format!(" ({} and {} more)", named[..NAMED].join(", "), more - NAMED),
    };
    format!("{} in {}{policies}", object.object, diff.cluster)
}

/// The lines of a hunk.
fn write_hunk(text: &str, color: bool, out: &mut String) -> fmt::Result {
    if !color {
        out.push_str(text);
        return if text.ends_with('\n') { Ok(()) } else { writeln!(out) };
    }
    for line in text.lines() {
        let style = match line.as_bytes().first() {
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

/// What may be shown of a Secret.
pub(super) fn write_secret(secret: &SecretDiff, out: &mut String) -> fmt::Result {
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
