//! `meshtree check`: diagnostics only.

use clap::Args;
use time::OffsetDateTime;

use super::clock::time;
use super::session::Session;
use super::{Common, Outcome};
use crate::report::checked::Checked;

/// Reads the fleet, checks everything and writes nothing.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// The time at which certificates must be valid, such as 2027-01-15 or 2027-01-15T08:00:00Z; by default the current time
    #[arg(long, value_name = "TIME", value_parser = time)]
    now: Option<OffsetDateTime>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let (session, mut report) = Session::read(&arguments.common, None);
    let meaning = session.resolve(&mut report);
    session.authorities_at(&meaning, arguments.now, &mut report);
    session.judge_all(&mut report);
    let checked = Checked::of(&session.fleet);
    let text = if report.has_errors() || session.is_quiet() { String::new() } else { checked.text() };
    session.finish(report, Checked::KIND, &checked, &text, Outcome::Done)
}
