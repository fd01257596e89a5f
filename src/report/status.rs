//! `meshtree status`

use std::collections::BTreeMap;

use serde::Serialize;

use super::table::{table, widths};
use crate::ids::ObjectRef;
use crate::resolve::status::{Approval, Status};

/// The policies with their statuses, as the API server lists them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusList {
    api_version: &'static str,
    items: Vec<Status>,
    kind: &'static str,
}

impl StatusList {
    /// The list of these policies.
    pub fn of(items: Vec<Status>) -> Self {
        Self { api_version: "v1", items, kind: "List" }
    }

    /// One line for a policy, one for each of its errors, one for each of its targets or meshes.
    pub fn text(&self) -> String {
        let mut rows: Vec<[String; 4]> = vec![["POLICY", "STATE", "TARGET", "ORDER"].map(str::to_owned)];
        let mut notes: Vec<(usize, String)> = Vec::new();
        for status in &self.items {
            let Status { api_version: _, kind, key, state, errors: _, approvals } = status;
            rows.push([format!("{} {key}", kind.as_str()), state.as_str().into(), String::new(), String::new()]);
            notes.extend(errors(status).into_iter().map(|error| (rows.len(), error)));
            for (target, Approval { acceptance_order, errors, state }) in approvals {
                let order = if errors.is_empty() { acceptance_order.to_string() } else { String::new() };
                rows.push([String::new(), state.as_str().into(), target.name.to_string(), order]);
            }
        }
        let [indent, ..] = widths(&rows);
        let mut notes = notes.into_iter().peekable();
        let mut out = String::new();
        for (i, line) in table(&rows).into_iter().enumerate() {
            out += &line;
            out.push('\n');
            while let Some((_, note)) = notes.next_if(|(row, _)| *row == i + 1) {
                out += &format!("{:indent$}  ! {note}\n", "");
            }
        }
        out
    }
}

/// The errors of a policy, without duplicates and each on one line, with its targets or meshes unless it applies to all.
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

/// Joins a list of errors, as Go prints it, to one line.
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

/// The text before the number of errors: `1 error`, `cors: 2 errors`.
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
