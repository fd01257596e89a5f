//! When routes are taken, in a form in which equal conditions are equal.

use std::collections::{BTreeMap, BTreeSet};

use super::super::matchers::{Canonical, canonical};
use crate::model::traffic_policy::HttpMatcher;
use crate::plan::{Plan, SourceMatch};

/// The conditions under which a policy's route is taken, in an order of their own: equal ones are one route.
pub(super) type Conditions<'a> = (Vec<SourceMatch<'a>>, Option<usize>);

/// The conditions of a policy with these sources.
pub(super) fn conditions<'a>(requests: Requests, sources: &[SourceMatch<'a>]) -> Conditions<'a> {
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
pub(super) fn number_requests<'p>(plan: &'p Plan<'_>) -> Vec<Requests> {
    let mut numbers: BTreeMap<BTreeSet<Canonical<'_>>, usize> = BTreeMap::new();
    let of = |requests: Option<&'p [HttpMatcher]>| match requests {
        None => Requests::None,
        Some([]) => Requests::Empty,
        Some(requests) => {
            let next = numbers.len();
            Requests::Equal(*numbers.entry(requests.iter().map(canonical).collect()).or_insert(next))
        }
    };
    plan.traffic.iter().map(|policy| policy.requests).map(of).collect()
}
