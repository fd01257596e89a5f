//! What users decided about findings: `--deny`, `spec.diagnostics` and `allow` comments.

use crate::diag::allow::Allowed;
use crate::diag::levels::{Deny, Levels};
use crate::diag::{Diag, Place, Raised, Report};
use crate::load::Files;
use crate::model::settings::Settings;

/// The decisions of a fleet and of a command line.
#[derive(Debug)]
pub(super) struct Judge {
    levels: Levels,
    allowed: Allowed,
}

impl Judge {
    /// Reads the decisions. Comments that are not valid are reported.
    pub(super) fn new(settings: &Settings, deny: &[Deny], sources: &Files, report: &mut Report) -> Self {
        let of_code = |(code, level): (&crate::ids::Text, &crate::model::settings::Level)| {
            Some((code.parse().ok()?, (*level).into()))
        };
        let levels = Levels::new(settings.diagnostics.iter().filter_map(of_code).collect(), deny);
        let mut allowed = Allowed::default();
        // JSON has no comments.
        for file in sources.files.iter().chain(&sources.settings).filter(|file| !file.relative.ends_with(".json")) {
            allowed.read(&file.shown, &file.text);
        }
        allowed.refused().iter().for_each(|diag| report.push(diag.clone()));
        Self { levels, allowed }
    }

    /// Removes what is allowed or turned off, and raises what is denied. Judging again changes nothing.
    pub(super) fn judge(&self, sources: &Files, report: &mut Report) {
        let locate = sources.locator();
        report.revise(|diag| !self.is_allowed(diag, &locate));
        self.levels.apply(report);
    }

    /// Reports comments that allow nothing, if all findings are known.
    pub(super) fn report_unused(&self, sources: &Files, report: &mut Report) {
        // An error may keep the finding from being looked for.
        if !report.has_errors() {
            self.judge(sources, report);
            self.allowed.report_unused(report);
        }
    }

    fn is_allowed(
        &self,
        diag: &Diag,
        locate: &impl Fn(&crate::diag::Origin, &crate::diag::FieldPath) -> Option<crate::diag::Pos>,
    ) -> bool {
        let (file, pos) = match &diag.place {
            Place::Point(file, pos) => (file, Some(*pos)),
            Place::Field(origin, path) if self.allowed.concerns(&origin.file) => (&origin.file, locate(origin, path)),
            Place::Nowhere | Place::File(_) | Place::Field(..) => return false,
        };
        pos.is_some_and(|pos| self.allowed.allows(diag, file, pos.line))
    }
}

/// Whether a finding was raised by `--deny`.
pub(super) fn is_denied(diag: &Diag) -> bool {
    matches!(diag.raised, Some(Raised::Denied(_)))
}
