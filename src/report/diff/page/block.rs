//! The differences of one file on a page.

use super::reasons;
use crate::diag::show::plain_lines;
use crate::output::diff::{Change, Detail};
use crate::report::differences::{LISTED, same_change, write_secret};
use crate::report::hunks::{File, Files, Hunk};
use crate::report::markdown::{code, fence};

/// The longest hunk that a page shows whole, in bytes.
const LONGEST_HUNK: usize = 12_000;

/// The differences of a file that are shown there.
pub(super) fn block(files: &Files<'_>, index: usize) -> String {
    let File { diff, object, names, hunks } = &files.files[index];
    let cluster = code(diff.cluster.as_str());
    let mut out = format!("#### {} in {cluster}: {}\n\n", code(&object.object), object.change.as_str());
    let reasons = reasons(object);
    if !reasons.is_empty() {
        out.push_str(&format!("{reasons}\n\n"));
    }
    if let Detail::Secret(secret) = &object.detail {
        let mut text = String::new();
        // Writing into a string cannot fail.
        let _ = write_secret(secret, &mut text);
        return out + &fence("", cut(&text).0) + "\n";
    }
    let mut text = (*names).to_owned();
    for hunk in hunks.iter().filter(|hunk| files.is_first(index, hunk)) {
        let lines = plain_lines(hunk.text);
        let (shown, left) = cut(&lines);
        text.push_str(shown);
        let mut note = if left > 0 { format!("\nand {left} more lines\n") } else { String::new() };
        note.push_str(&others(files, object.change, hunk));
        if !note.is_empty() {
            out.push_str(&format!("{}{note}\n", fence("diff", &std::mem::take(&mut text))));
        }
    }
    if text.is_empty() { out } else { out + &fence("diff", &text) + "\n" }
}

/// The beginning of a text in whole lines, and how many lines are left out.
fn cut(text: &str) -> (&str, usize) {
    if text.len() <= LONGEST_HUNK {
        return (text, 0);
    }
    let end = text.as_bytes()[..LONGEST_HUNK].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    (&text[..end], text[end..].lines().count())
}

/// The other files that have a hunk, folded.
fn others(files: &Files<'_>, change: Change, hunk: &Hunk<'_>) -> String {
    let others = files.others(hunk);
    let count = others.len();
    if count == 0 {
        return String::new();
    }
    let listed: String = others.take(LISTED).map(|file| format!("- {}\n", code(&file.object.path))).collect();
    let more = if count > LISTED { format!("\nand {} more\n", count - LISTED) } else { String::new() };
    format!("\n<details><summary>{}</summary>\n\n{listed}{more}\n</details>\n", same_change(change, count))
}
