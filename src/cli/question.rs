//! Shared by the commands that answer a question about what would be rendered.

use clap::Args;

use super::Common;
use super::session::Session;
use crate::diag::Report;
use crate::fleet::Meaning;

/// The fleet that is asked.
#[derive(Debug, Args)]
pub(super) struct Question {
    #[command(flatten)]
    pub(super) common: Common,
    /// Answer as if INVALID policies were not there, target by target, as 'render --allow-invalid' writes it
    #[arg(long)]
    pub(super) allow_invalid: bool,
}

impl Question {
    /// Reads the fleet, all but its output directory, and gives what was found in it.
    pub(super) fn read(&self) -> (Session<'_>, Report) {
        Session::read(&self.common, None)
    }

    /// The plan that the answer is about. Without `--allow-invalid`, an INVALID policy is an error: nothing would be rendered.
    pub(super) fn resolve<'s>(&self, session: &'s Session<'_>, report: &mut Report) -> Meaning<'s> {
        let meaning = session.fleet.resolve(report);
        if self.allow_invalid {
            report.allow_invalid();
        }
        meaning
    }
}
