//! Suppresses findings that may only be caused by a document that could not be read. Otherwise one mistake would be reported
//! again for everything that refers to the document.
//!
//! Each finding has its [`Ground`](crate::diag::Ground); only this module decides which are suppressed.

use crate::diag::{Code, Diag, Place, Report, Severity};
use crate::load::{CLUSTERS, LoadOptions};
use crate::model::Unread;

/// What unreadable files may contain: any policy, and below `clusters/` any part of the inventory.
pub(super) fn of_files(options: &LoadOptions, report: &Report) -> Unread {
    let mut unread = if report.has_errors() { Unread::any_policy() } else { Unread::default() };
    let clusters = match options.shown.trim_end_matches('/') {
        "" | "." => format!("{CLUSTERS}/"),
        shown => format!("{shown}/{CLUSTERS}/"),
    };
    unread.inventory = report.has_errors_below(&clusters);
    unread
}

/// Removes findings that are in doubt, and adds a note if there were any.
pub(super) fn set_aside(findings: &mut Report, unread: &Unread) {
    if !findings.set_aside(|diag| unread.leaves_in_doubt(diag.ground)) {
        return;
    }
    let message = match unread.inventory {
        true => "references were not checked, because part of the inventory could not be read".to_owned(),
        false => {
            format!(
                "checks that depend on documents that could not be read were skipped (not read: {})",
                unread.policies()
            )
        }
    };
    let note = Diag::new(Code::UnknownReference, Place::Nowhere, message);
    findings.push(Diag { severity: Severity::Note, ..note });
}
