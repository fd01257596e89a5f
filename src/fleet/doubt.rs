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
            let what = "checks that depend on documents that could not be read were skipped";
            match unread.policies() {
                // Nothing of the documents says what they hold.
                policies if policies.is_empty() => what.to_owned(),
                policies => format!("{what} (not read: {policies})"),
            }
        }
    };
    let note = Diag::new(Code::UnknownReference, Place::Nowhere, message);
    findings.push(Diag { severity: Severity::Note, ..note });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Ground;

    #[test]
    fn nothing_is_listed_where_nothing_is_known_of_what_was_not_read() {
        let note = |unread: &Unread| {
            let mut findings = Report::default();
            findings.push(Diag::new(Code::NoSource, Place::Nowhere, "in doubt").on(Ground::Unread));
            set_aside(&mut findings, unread);
            findings.diags().iter().map(|diag| diag.message.clone()).collect::<Vec<_>>()
        };
        let what = "checks that depend on documents that could not be read were skipped";
        assert_eq!(note(&Unread::default()), [what]);
        let all = note(&Unread::any_policy());
        assert!(all[0].starts_with(&format!("{what} (not read: a")), "{all:?}");
    }
}
