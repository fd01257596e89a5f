//! What could not be read, and what is therefore not certain: that something is missing may only mean that it was not read.

use crate::diag::{Code, Diag, Report};
use crate::discover;
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

/// Where part of the inventory was not read, what discovery misses in the rest is not reported, but for a note. What discovery
/// itself could not take adds to what is not known.
pub(super) fn of_inventory(unread: &mut Unread, findings: &mut Report) {
    if unread.inventory && findings.drop_those(Code::is_about_inventory) {
        findings.push(Diag::unchecked_references());
    }
    unread.inventory |= discover::has_lost(findings);
}
