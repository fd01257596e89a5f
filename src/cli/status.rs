//! `meshtree status`: the status of every policy as Service Mesh Hub would have set it.

use clap::{Args, ValueEnum};

use super::session::Session;
use super::{Common, Outcome, terminal};
use crate::diag::secrets::redacted;
use crate::diag::{Code, Exit, Severity};
use crate::report::status::StatusList;
use crate::resolve::status::statuses;
use crate::yaml_writer;

/// Shows the state, targets and errors of every policy. An INVALID policy is not an error of this command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// The output format: a table, or a List of the policies with their status
    #[arg(short, long, value_enum, default_value_t = Form::Table)]
    output: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Human-readable
    Table,
    /// A List of the policies with their status, without spec
    Yaml,
    /// The List as JSON
    Json,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let (session, mut report) = Session::read(&arguments.common, None);
    let meaning = session.fleet.resolve(&mut report);
    // Two objects with the same path only prevent rendering: the statuses are known.
    let stops = |code: Code| code.exit() != Exit::Invalid && code != Code::SamePath && !code.is_about_templates();
    if report.diags().iter().any(|diag| diag.severity == Severity::Error && stops(diag.code)) {
        return Ok(session.conclude(report).unwrap_or(Outcome::Done));
    }
    let list = StatusList::of(statuses(&meaning.plan).collect());
    let text = match arguments.output {
        Form::Table => list.text(),
        Form::Yaml => {
            let mut text = String::new();
            yaml_writer::write(&list, &mut text)?;
            text
        }
        Form::Json => serde_json::to_string_pretty(&list)? + "\n",
    };
    // Errors quote names, and a key may have been pasted as one.
    terminal::print(redacted(&text).as_bytes(), session.conclude_denied(report))
}
