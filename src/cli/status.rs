//! `meshtree status`: the status of every policy as Service Mesh Hub would have set it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::session::Session;
use super::{Common, Outcome, terminal};
use crate::diag::{Code, Exit, Severity};
use crate::ids::ObjectRef;
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
    let items: Vec<Status> = statuses(&resolution.plan).collect();
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

/// The widest that a column gets; a longer text pushes the rest of its own line.
const WIDEST: usize = 300;

/// One line for a policy, one for each of its errors, one for each of its targets or meshes.
fn table(statuses: &[Status]) -> String {
    let mut rows: Vec<[String; 4]> = vec![["POLICY", "STATE", "TARGET", "ORDER"].map(str::to_owned)];
    let mut notes: Vec<(usize, String)> = Vec::new();
    for status in statuses {
        let Status { api_version: _, kind, key, state, errors: _, approvals } = status;
        rows.push([format!("{} {key}", kind.as_str()), state.as_str().into(), String::new(), String::new()]);
        notes.extend(errors(status).into_iter().map(|error| (rows.len(), error)));
        for (target, Approval { acceptance_order, errors, state }) in approvals {
            let order = if errors.is_empty() { acceptance_order.to_string() } else { String::new() };
            rows.push([String::new(), state.as_str().into(), target.name.to_string(), order]);
        }
    }
    let longest = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let width = |column: usize| longest(column).min(WIDEST);
    let widths = [width(0), width(1), width(2)];
    let mut out = String::new();
    let mut notes = notes.into_iter().peekable();
    for (i, [policy, state, target, order]) in rows.iter().enumerate() {
        let line = format!("{policy:0$}  {state:1$}  {target:2$}  {order}", widths[0], widths[1], widths[2]);
        let _ = writeln!(out, "{}", line.trim_end());
        while let Some((_, note)) = notes.next_if(|(row, _)| *row == i + 1) {
            let _ = writeln!(out, "{:1$}  ! {note}", "", widths[0]);
        }
    }
    out
}

/// The errors of a policy, each once in one line, with the targets or meshes it is for unless it is for all.
fn errors(status: &Status) -> Vec<String> {
    let mut alike: Vec<(&str, Vec<&ObjectRef>)> = Vec::new();
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for (target, approval) in &status.approvals {
        for error in &approval.errors {
            let index = *known.entry(error).or_insert(alike.len());
            match alike.get_mut(index) {
                Some((_, targets)) => targets.push(target),
                None => alike.push((error, vec![target])),
            }
        }
    }
    let line = |(error, targets): (&str, Vec<&ObjectRef>)| match targets.as_slice() {
        all if all.len() == status.approvals.len() => in_one_line(error),
        [] => in_one_line(error),
        [one] => format!("for {}: {}", one.name, in_one_line(error)),
        [first, others @ ..] => format!("for {} and {} more: {}", first.name, others.len(), in_one_line(error)),
    };
    status.errors.iter().map(|error| in_one_line(error)).chain(alike.into_iter().map(line)).collect()
}

/// A text that may be a list of errors, as Go prints one, in one line.
fn in_one_line(error: &str) -> String {
    let count = |line: &str| line.trim_end().strip_suffix(" occurred:").and_then(before_count).map(str::to_owned);
    let said = error.lines().map(|line| count(line).unwrap_or_else(|| line.to_owned()));
    let said = said.map(|line| line.trim().trim_start_matches("* ").to_owned()).filter(|line| !line.is_empty());
    let mut out = String::new();
    for line in said {
        if !out.is_empty() {
            out.push_str(if out.ends_with(':') { " " } else { "; " });
        }
        out.push_str(&line);
    }
    out
}

/// What stands before the number of errors: `1 error`, `cors: 2 errors`.
fn before_count(text: &str) -> Option<&str> {
    let number = text.strip_suffix("errors").or_else(|| text.strip_suffix("error"))?.strip_suffix(' ')?;
    let before = number.trim_end_matches(|c: char| c.is_ascii_digit());
    (before.len() < number.len()).then_some(before)
}

#[cfg(test)]
mod tests {
    use super::in_one_line;

    #[test]
    fn lists_of_errors_are_one_line() {
        assert_eq!(in_one_line("cors: no\n"), "cors: no");
        assert_eq!(in_one_line("1 error occurred:\n\t* no\n\n"), "no");
        assert_eq!(in_one_line("access: 2 errors occurred:\n\t* one\n\t* two\n\n"), "access: one; two");
        assert_eq!(in_one_line("an error occurred: no"), "an error occurred: no");
    }
}
