//! When routes are taken, in a form in which equal conditions are equal.

use std::collections::BTreeMap;

use super::super::plan::{Plan, SourceMatch, Traffic};
use crate::model::traffic_policy::HttpMatcher;

/// The conditions under which a policy's route is taken, in an order of their own: equal ones are one route.
pub(super) type Conditions = (Vec<SourceMatch>, Option<usize>);

/// The conditions of a policy with these sources.
pub(super) fn conditions(requests: Requests, sources: &[SourceMatch]) -> Conditions {
    let mut sources = sources.to_vec();
    sources.sort();
    sources.dedup();
    match requests {
        Requests::None => (sources, None),
        // An empty list of request matchers drops the source matchers too.
        Requests::Empty => (Vec::new(), None),
        Requests::Equal(number) => (sources, Some(number)),
    }
}

/// What a policy says of requests.
#[derive(Clone, Copy, Debug)]
pub(super) enum Requests {
    None,
    Empty,
    /// Equal conditions have equal numbers.
    Equal(usize),
}

/// The conditions on requests of every policy, compared once and not for each target.
pub(super) fn number_requests(plan: &Plan<'_>) -> Vec<Requests> {
    let mut numbers: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    let mut number = |requests: &[HttpMatcher]| {
        let mut texts: Vec<String> = requests.iter().map(canonical).collect();
        texts.sort();
        texts.dedup();
        let next = numbers.len();
        *numbers.entry(texts).or_insert(next)
    };
    let of = |policy: &Traffic<'_>| match policy.requests {
        None => Requests::None,
        Some([]) => Requests::Empty,
        Some(requests) => Requests::Equal(number(requests)),
    };
    plan.traffic.iter().map(of).collect()
}

/// A matcher as text that is equal for equal conditions, whatever the order of its lists.
fn canonical(matcher: &HttpMatcher) -> String {
    let mut matcher = matcher.clone();
    matcher.headers.sort_by(|a, b| (&a.name, &a.value).cmp(&(&b.name, &b.value)));
    matcher.query_parameters.sort_by(|a, b| (&a.name, &a.value).cmp(&(&b.name, &b.value)));
    format!("{matcher:?}")
}
