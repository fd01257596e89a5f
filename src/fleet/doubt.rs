//! What could not be read, and what is therefore in doubt: that something is missing may only mean that it was not read. One
//! mistake would otherwise be told again for everything that relies on it.
//!
//! Whoever finds something says what it follows from ([`Ground`](crate::diag::Ground)); only here is it decided what is told.

use crate::diag::{Code, Diag, Place, Report, Severity};
use crate::load::{CLUSTERS, LoadOptions};
use crate::model::Unread;

/// What files may hold that could not be read at all: any policy, and below `clusters/` anything about the clusters.
pub(super) fn of_files(options: &LoadOptions, report: &Report) -> Unread {
    let mut unread = if report.has_errors() { Unread::any_policy() } else { Unread::default() };
    let clusters = match options.shown.trim_end_matches('/') {
        "" | "." => format!("{CLUSTERS}/"),
        shown => format!("{shown}/{CLUSTERS}/"),
    };
    unread.inventory = report.has_errors_below(&clusters);
    unread
}

/// Sets aside what is in doubt, and says in a note that there is such.
pub(super) fn set_aside(findings: &mut Report, unread: &Unread) {
    if !findings.set_aside(|diag| unread.leaves_in_doubt(diag.ground)) {
        return;
    }
    let message = match unread.inventory {
        true => "references were not checked, since part of the inventory could not be read".to_owned(),
        false => {
            format!("what relies on it was not checked, since it could not be read: {}", unread.policies())
        }
    };
    let note = Diag::new(Code::UnknownReference, Place::Nowhere, message);
    findings.push(Diag { severity: Severity::Note, ..note });
}
