//! `meshtree status`: the status of every policy as Service Mesh Hub would have set it.

use std::fmt::Write as _;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::session::Session;
use super::{Common, Outcome, terminal};
use crate::diag::{Code, Exit, Severity};
use crate::render::yaml;
use crate::resolve::status::{Approval, Status, statuses};

/// Shows state, targets and errors of every policy. INVALID policies are no error here: showing them is what was asked for.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// The form: a table, or a List of the policies with their status
    #[arg(short, long, value_enum, default_value_t = Form::Table)]
    output: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people
    Table,
    /// A List, without specifications
    Yaml,
    /// The same as JSON
    Json,
}

/// The policies as the API server lists them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct List {
    api_version: &'static str,
    items: Vec<Status>,
    kind: &'static str,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let mut session = Session::read(&arguments.common, None);
    let mut report = std::mem::take(&mut session.report);
    let resolution = session.input.resolve(&mut report);
    // That two objects want one file is a matter of rendering: what became of the policies is known all the same.
    let stops = |code: Code| code.exit() != Exit::Invalid && code != Code::SamePath;
    if report.diags().iter().any(|diag| diag.severity == Severity::Error && stops(diag.code)) {
        return Ok(session.conclude(report).unwrap_or(Outcome::Done));
    }
    let items: Vec<Status> = statuses(&session.input.snapshot, &resolution).collect();
    let text = match arguments.output {
        Form::Table => table(&items),
        Form::Yaml => {
            let mut text = String::new();
            yaml::write(&List { api_version: "v1", items, kind: "List" }, &mut text)?;
            text
        }
        Form::Json => serde_json::to_string_pretty(&List { api_version: "v1", items, kind: "List" })? + "\n",
    };
    terminal::data(text.as_bytes())?;
    Ok(Outcome::Done)
}

/// One line for a policy, one for each of its targets or meshes, one for each error.
fn table(statuses: &[Status]) -> String {
    let mut rows: Vec<[String; 4]> = vec![["POLICY", "STATE", "TARGET", "ORDER"].map(str::to_owned)];
    let mut notes: Vec<(usize, String)> = Vec::new();
    for Status { api_version: _, kind, key, state, errors, approvals } in statuses {
        rows.push([format!("{} {key}", kind.as_str()), state.as_str().into(), String::new(), String::new()]);
        notes.extend(errors.iter().map(|error| (rows.len(), error.clone())));
        for (target, Approval { acceptance_order, errors, state }) in approvals {
            let order = if errors.is_empty() { acceptance_order.to_string() } else { String::new() };
            rows.push([String::new(), state.as_str().into(), target.name.to_string(), order]);
            notes.extend(errors.iter().map(|error| (rows.len(), error.clone())));
        }
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths = [width(0), width(1), width(2)];
    let mut out = String::new();
    let mut notes = notes.into_iter().peekable();
    for (i, [policy, state, target, order]) in rows.iter().enumerate() {
        let line = format!("{policy:0$}  {state:1$}  {target:2$}  {order}", widths[0], widths[1], widths[2]);
        let _ = writeln!(out, "{}", line.trim_end());
        while let Some((_, note)) = notes.next_if(|(row, _)| *row == i + 1) {
            for line in note.trim_end().lines() {
                let _ = writeln!(out, "{:1$}  ! {line}", "", widths[0]);
            }
        }
    }
    out
}
