//! `meshtree test`: whether the fleet does what its PolicyTests expect.

use clap::Args;

use super::Outcome;
use super::question::Question;
use super::results::Results;
use crate::ask::Evaluator;
use crate::diag::{Code, Diag, Place, Report};
use crate::expect;
use crate::model::policy_test;
use crate::report::places::Places;
use crate::report::tested::Tested;

/// Runs the expectations in the PolicyTests of the fleet: who may call what, where requests go, and what is rendered.
///
/// Exit code 0 if all are met, 1 if one is not, 3 for a test that is not valid or names something unknown.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  meshtree test fleet\n  meshtree test fleet --run reviews\n  meshtree test fleet --format junit > report.xml"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) question: Question,
    /// Only tests whose names contain this text; a name is 'POLICYTEST: TEST'
    #[arg(long, value_name = "TEXT")]
    run: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let Arguments { question, run } = arguments;
    let (session, mut report) = question.read();
    let meaning = question.resolve(&session, &mut report);
    if report.has_errors() {
        return session.unanswered(report);
    }
    let fleet = &session.fleet;
    let tests = policy_test::read(&fleet.sources, &fleet.snapshot.tests, &mut report);
    if fleet.snapshot.tests.is_empty() {
        let hint = "add a PolicyTest of meshtree.io/v1alpha1, by convention in tests/";
        report.push(Diag::new(Code::NoTests, Place::Nowhere, "the fleet has no PolicyTest").hint(hint));
    }
    if report.has_errors() {
        return session.unanswered(report);
    }
    let evaluator = Evaluator::new(&meaning.plan, &meaning.index);
    let is_chosen = |name: &str| run.as_ref().is_none_or(|text| name.contains(text));
    let suites = expect::run((&evaluator, &meaning.built), &tests, is_chosen, &mut report);
    if suites.is_empty() {
        push_unmatched(run.as_deref(), &mut report);
    }
    if report.has_errors() {
        return session.unanswered(report);
    }
    let tested = Tested::of(&suites, &Places::of(&fleet.sources));
    let outcome = if tested.failed == 0 { Outcome::Done } else { Outcome::Negative };
    let results = Results {
        junit: Some(tested.junit()),
        annotations: tested.annotations(&session.file_facts()),
        ..Results::default()
    };
    session.answer(report, (Tested::KIND, &tested), Some(&tested.text(question.common.verbose)), results, outcome)
}

/// Reports that no test was chosen.
fn push_unmatched(run: Option<&str>, report: &mut Report) {
    let message = match run {
        Some(text) => format!("--run {text}: no test has a name that contains it"),
        None => "no test was run".to_owned(),
    };
    report.push(Diag::new(Code::Usage, Place::Nowhere, message).hint("meshtree test --verbose lists all tests"));
}
