//! `meshtree ca check`: what there is to say about the CA store, and nothing else.

use clap::Args;
use time::OffsetDateTime;

use super::is_shown;
use crate::ca;
use crate::cli::clock::time;
use crate::cli::session::Session;
use crate::cli::{Common, Outcome};
use crate::report::certificates::CaChecked;

/// Checks the CA store as of a time: for a scheduled job that reports certificates before they end.
///
/// Where an age identity is available, private keys are compared with their certificates too.
///
/// Errors in other inputs are reported as well, since the policies decide what the store must have.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// The time at which certificates must be valid, such as 2027-01-15 or 2027-01-15T08:00:00Z; by default the current time
    #[arg(long, value_name = "TIME", value_parser = time)]
    now: Option<OffsetDateTime>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let (session, mut report) = Session::read(&arguments.common, None);
    let meaning = session.resolve(&mut report);
    let pending = session.authorities_at(&meaning, arguments.now, &mut report);
    pending.check_form(&mut report);
    let private_keys = ca::prove(&session.fleet.store(), &session.custody(None).identities, &mut report);
    report.revise(|diag| is_shown(diag));
    let checked = CaChecked::of(pending.authorities(), private_keys);
    let text = if report.has_errors() || session.is_quiet() { String::new() } else { checked.text() };
    session.finish(report, CaChecked::KIND, &checked, &text, Outcome::Done)
}
