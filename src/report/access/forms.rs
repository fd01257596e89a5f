//! The matrix as a table, as CSV and as Markdown.

use super::{AccessMatrix, AccessRow};
use crate::report::table::table;

/// The columns.
const HEAD: [&str; 9] = ["SERVICE", "PODS", "ACCESS", "CALLER", "WORKLOADS", "METHODS", "PATHS", "PORTS", "WHY"];

/// The columns of CSV, which has each value in one of its own.
const COLUMNS: [&str; 12] = [
    "service",
    "pods",
    "access",
    "caller",
    "workloads",
    "methods",
    "paths",
    "ports",
    "podPorts",
    "reason",
    "policy",
    "place",
];

impl AccessMatrix {
    /// A table for people.
    pub fn text(&self) -> String {
        let rows: Vec<_> = std::iter::once(HEAD.map(str::to_owned)).chain(self.rows.iter().map(cells)).collect();
        table(&rows).into_iter().map(|line| line + "\n").collect()
    }

    /// A table in Markdown.
    pub fn markdown(&self) -> String {
        let line = |cells: [String; 9]| format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | "));
        let head = line(HEAD.map(str::to_lowercase)) + &format!("|{}\n", "---|".repeat(HEAD.len()));
        head + &self.rows.iter().map(cells).map(line).collect::<String>()
    }

    /// Comma-separated values, quoted as RFC 4180 has it, with `;` between the elements of a list.
    pub fn csv(&self) -> String {
        let line = |cells: [String; 12]| cells.map(|cell| quoted(&cell)).join(",") + "\n";
        line(COLUMNS.map(str::to_owned)) + &self.rows.iter().map(values).map(line).collect::<String>()
    }
}

/// The cells of a row for people; a dash stands for nothing, an asterisk for anything.
fn cells(row: &AccessRow) -> [String; 9] {
    let AccessRow {
        service,
        workloads,
        access,
        caller,
        known,
        methods,
        paths,
        ports,
        pod_ports,
        reason,
        policy,
        place,
    } = row;
    let any = |texts: &[String]| if texts.is_empty() { "*".to_owned() } else { texts.join(",") };
    let known = match known {
        None => "-".to_owned(),
        Some(known) if known.is_empty() => "none known".to_owned(),
        Some(known) => known.join(","),
    };
    let why = match (policy, place) {
        (Some(policy), Some(place)) => format!("{policy} ({place})"),
        (Some(policy), None) => policy.clone(),
        (None, _) => reason.clone(),
    };
    let numbers = |ports: &[u32]| ports.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
    let ports = match ports {
        None => "*".to_owned(),
        Some(ports) if numbers(ports) == numbers(pod_ports) || pod_ports.is_empty() => numbers(ports),
        Some(ports) => format!("{} (pods: {})", numbers(ports), numbers(pod_ports)).trim_start().to_owned(),
    };
    let caller = caller.clone();
    [service.clone(), any(workloads), (*access).to_owned(), caller, known, any(methods), any(paths), ports, why]
}

/// The values of a row; nothing stands for anything.
fn values(row: &AccessRow) -> [String; 12] {
    let AccessRow {
        service,
        workloads,
        access,
        caller,
        known,
        methods,
        paths,
        ports,
        pod_ports,
        reason,
        policy,
        place,
    } = row;
    let numbers = |ports: &[u32]| ports.iter().map(u32::to_string).collect::<Vec<_>>().join(";");
    [
        service.clone(),
        workloads.join(";"),
        (*access).to_owned(),
        caller.clone(),
        known.as_ref().map(|known| known.join(";")).unwrap_or_default(),
        methods.join(";"),
        paths.join(";"),
        ports.as_ref().map(|ports| numbers(ports)).unwrap_or_default(),
        numbers(pod_ports),
        reason.clone(),
        policy.clone().unwrap_or_default(),
        place.clone().unwrap_or_default(),
    ]
}

/// A value of CSV.
fn quoted(value: &str) -> String {
    match value.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", value.replace('"', "\"\"")),
        false => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_characters_stay_in_their_cell() {
        let row = AccessRow { service: "a,\"b".to_owned(), paths: vec!["/x|y".to_owned()], ..AccessRow::default() };
        let matrix = AccessMatrix { rows: vec![row] };
        assert!(matrix.csv().contains("\n\"a,\"\"b\",,"), "{}", matrix.csv());
        assert!(matrix.markdown().contains("/x\\|y"), "{}", matrix.markdown());
        assert!(matrix.markdown().lines().all(|line| line.replace("\\|", "").matches('|').count() == 10));
    }
}
