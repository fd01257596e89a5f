//! `meshtree coverage`: what policies leave out.

use clap::Args;

use super::overview::is_answerable;
use super::results::Results;
use super::session::Session;
use super::{Common, Outcome};
use crate::ask::Evaluator;
use crate::report::coverage::CoverageReport;
use crate::report::places::Places;

/// Shows what the policies leave out: workloads without an AccessPolicy, policies without effect, services that nobody may call,
/// requests without a route, services without mutual TLS.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let (session, mut report) = Session::read(&arguments.common, None);
    let meaning = session.fleet.resolve(&mut report);
    if !is_answerable(&mut report) {
        return session.unanswered(report);
    }
    let coverage = Evaluator::new(&meaning.plan, &meaning.index).coverage();
    let view = CoverageReport::of(&meaning.plan, &coverage, &Places::of(&session.fleet.sources));
    session.answer(report, (CoverageReport::KIND, &view), Some(&view.text()), Results::default(), Outcome::Done)
}
