//! A description for people.

use super::{AddedView, CallView, Description, Fact, LineView, RoutesView, StateView, TargetView};
use crate::report::access::AccessRow;
use crate::report::places::PolicyView;
use crate::report::table::table;

/// How many lines of a section are printed.
const MOST: usize = 100;

impl Description {
    /// Facts, then a section for each thing that there is.
    pub fn text(&self) -> String {
        let Self { thing, name, facts, policies, targets, access, calls, routes, objects, added } = self;
        let mut out = format!("{thing} {name}\n");
        let rows: Vec<[String; 2]> = facts.iter().flat_map(fact_rows).collect();
        table(&rows).iter().for_each(|line| out += &format!("  {line}\n"));
        section(&mut out, "Policies", policies.iter().map(state));
        section(&mut out, "Applies to", targets.iter().map(target));
        section(&mut out, "Who may call", access.iter().map(caller));
        section(&mut out, "May call", calls.iter().map(call));
        for RoutesView { clusters, routes } in routes {
            section(
                &mut out,
                &format!("Routes of callers in {}", clusters.join(", ")),
                routes.iter().enumerate().map(route),
            );
        }
        section(&mut out, "Rendered objects", objects.iter().map(ToString::to_string));
        section(&mut out, "Objects that no policy asks for", added.iter().map(self::added));
        out
    }
}

fn section(out: &mut String, title: &str, lines: impl ExactSizeIterator<Item = String>) {
    let more = lines.len().saturating_sub(MOST);
    for (at, line) in lines.take(MOST).enumerate() {
        if at == 0 {
            *out += &format!("{title}\n");
        }
        *out += &format!("  {line}\n");
    }
    if more > 0 {
        *out += &format!("  and {more} more; --format json has all of them\n");
    }
}

/// How many names of a fact have lines of their own.
const FEW: usize = 5;

/// A row for each value, or one for many names; the first has the name of the fact.
fn fact_rows(Fact { name, values }: &Fact) -> Vec<[String; 2]> {
    if values.len() > FEW && values.len() <= MOST && values.iter().all(|value| !value.contains(' ')) {
        return vec![[(*name).to_owned(), values.join(", ")]];
    }
    let more = values.len().saturating_sub(MOST);
    let more = (more > 0).then(|| format!("and {more} more; --format json has all of them"));
    let row = |(at, value): (usize, String)| [if at == 0 { (*name).to_owned() } else { String::new() }, value];
    values.iter().take(MOST).cloned().chain(more).enumerate().map(row).collect()
}

fn state(StateView { policy, state, order, errors }: &StateView) -> String {
    format!("{policy}: {}", stated(state, *order, errors))
}

fn target(TargetView { name, state, order, errors }: &TargetView) -> String {
    format!("{name}: {}", stated(state, *order, errors))
}

/// A state, with the place among the policies of the same kind, which counts from 1 for people.
fn stated(state: &str, order: Option<usize>, errors: &[String]) -> String {
    let order = order.map(|order| format!(", number {}", order + 1)).unwrap_or_default();
    let words = |error: &String| error.split_whitespace().collect::<Vec<_>>().join(" ");
    let errors: String = errors.iter().map(|error| format!("; {}", words(error))).collect();
    format!("{state}{order}{errors}")
}

fn caller(row: &AccessRow) -> String {
    let AccessRow { workloads, access, caller, known, methods, paths, ports, reason, policy, place, .. } = row;
    let known = match known {
        None => String::new(),
        Some(known) if known.is_empty() => " (no known workload)".to_owned(),
        Some(known) => format!(" ({})", known.join(", ")),
    };
    let part = |name: &str, list: Vec<String>| (!list.is_empty()).then(|| format!("{name} {}", list.join(", ")));
    let ports = ports.as_deref().map(|ports| ports.iter().map(u32::to_string).collect());
    let limits =
        [part("methods", methods.clone()), part("paths", paths.clone()), ports.and_then(|list| part("ports", list))];
    let limits: Vec<String> = limits.into_iter().flatten().collect();
    let limits = if limits.is_empty() { String::new() } else { format!(", {}", limits.join(", ")) };
    let pods = if workloads.is_empty() { String::new() } else { format!(", pods of {}", workloads.join(", ")) };
    let why = match policy {
        Some(policy) => PolicyView { policy: policy.clone(), place: place.clone() }.to_string(),
        None => reason.clone(),
    };
    format!("{access}: {caller}{known}{limits}{pods}: {why}")
}

fn call(CallView { service, requests, policy }: &CallView) -> String {
    let requests = if requests.is_empty() { String::new() } else { format!(" {requests}") };
    format!("{service}{requests}: {policy}")
}

fn added(AddedView { object, from, place }: &AddedView) -> String {
    let place = place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
    format!("{object}: {from}{place}")
}

fn route((at, LineView { requests, action, policies }): (usize, &LineView)) -> String {
    let requests = if requests.is_empty() { "every request".to_owned() } else { format!("requests {requests}") };
    let by: Vec<String> = policies.iter().map(ToString::to_string).collect();
    let by = if by.is_empty() { String::new() } else { format!(": {}", by.join(", ")) };
    format!("{}. {requests} → {action}{by}", at + 1)
}
