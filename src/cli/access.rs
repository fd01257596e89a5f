//! `meshtree access`: who may call what.

use clap::{Args, ValueEnum};

use super::question::Question;
use super::results::Results;
use super::{Outcome, complete, trace};
use crate::ask::Evaluator;
use crate::diag::Report;
use crate::plan::TargetId;
use crate::report::access::AccessMatrix;
use crate::report::places::Places;

/// Lists who may call each service: a row for each caller that a policy names, and one for a service that no policy is about.
///
/// Where an AccessPolicy applies, everyone who is not listed is refused.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  meshtree access fleet\n  meshtree access fleet --service kind2/default/reviews\n  \
                        meshtree access fleet -o csv > access.csv"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    question: Question,
    /// Only this service: CLUSTER/NAMESPACE/NAME; can be repeated
    #[arg(long, value_name = "SERVICE", add = complete::services())]
    service: Vec<String>,
    /// The output format
    #[arg(short, long, value_enum, default_value_t = Form::Table)]
    output: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Human-readable
    Table,
    /// Comma-separated values
    Csv,
    /// Machine-readable
    Json,
    /// A table in Markdown
    Markdown,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let (session, mut report) = arguments.question.read();
    let meaning = arguments.question.resolve(&session, &mut report);
    if report.has_errors() {
        return session.unanswered(report);
    }
    let evaluator = Evaluator::new(&meaning.plan, &meaning.index);
    let services = chosen(&evaluator, &arguments.service, &mut report);
    if report.has_errors() {
        return session.unanswered(report);
    }
    let matrix = AccessMatrix::of(&evaluator, &services, &Places::of(&session.fleet.sources));
    let text = match arguments.output {
        Form::Table => Some(matrix.text()),
        Form::Csv => Some(matrix.csv()),
        Form::Markdown => Some(matrix.markdown()),
        Form::Json => None,
    };
    session.answer(report, (AccessMatrix::KIND, &matrix), text.as_deref(), Results::default(), Outcome::Done)
}

/// The services of some names, or all of them.
fn chosen(evaluator: &Evaluator<'_, '_>, names: &[String], report: &mut Report) -> Vec<TargetId> {
    if names.is_empty() {
        return evaluator.index.targets().to_vec();
    }
    let mut out = Vec::new();
    for name in names {
        match evaluator.names.service(evaluator.index, name) {
            Ok(target) => out.push(target),
            Err(error) => {
                trace::unknown(&error, evaluator.service_hint(name), report);
            }
        }
    }
    out
}
