//! `meshtree check`: diagnostics only.

use clap::Args;

use super::session::Session;
use super::{Common, Outcome};
use crate::diag::{Code, Report};
use crate::report::checked::Checked;

/// Reads the fleet, checks everything and writes nothing.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let (session, mut report) = Session::read(&arguments.common, None);
    let meaning = session.fleet.resolve(&mut report);
    let mut findings = Report::default();
    meaning.authorities(session.custody(None), &mut findings);
    // After an error the CA findings are not reliable, except for settings that are not valid.
    let certain = !report.has_errors();
    let diags = findings.diags().iter().filter(|diag| certain || diag.code == Code::BadSettings);
    diags.cloned().for_each(|diag| report.push(diag));
    session.judge_all(&mut report);
    let checked = Checked::of(&session.fleet);
    let text = if report.has_errors() || session.is_quiet() { String::new() } else { checked.text() };
    session.finish(report, Checked::KIND, &checked, &text, Outcome::Done)
}
