//! Shared by the commands that show a fleet as it is: an INVALID policy is part of the answer.

use crate::diag::{Code, Exit, Report, Severity};

/// Takes INVALID policies out of what was found. Returns whether there is an answer.
pub(super) fn is_answerable(report: &mut Report) -> bool {
    // Two objects with the same path only prevent rendering.
    let is_shown = |code: Code| code.exit() == Exit::Invalid || code == Code::SamePath;
    report.revise(|diag| diag.severity != Severity::Error || !is_shown(diag.code));
    !report.has_errors()
}
