//! Destinations, compared without regard to their order.

use super::context::Cx;
use crate::ask::{Leg, Named};
use crate::model::policy_test::{DestinationExpectation, TextsByName};
use crate::plan::{Plan, Subset};

/// Whether every expected destination is one of those found, and the other way round.
pub(super) fn are_equal(plan: &Plan<'_>, wanted: &[DestinationExpectation], found: &[Leg]) -> bool {
    if wanted.len() != found.len() {
        return false;
    }
    // Expectations may be incomplete, so that one fits several: each takes what no other needs.
    let mut taken: Vec<Option<usize>> = vec![None; found.len()];
    (0..wanted.len())
        .all(|i| assign(i, &|i, j| is_one(plan, &wanted[i], &found[j]), &mut vec![false; found.len()], &mut taken))
}

/// Gives an expectation a destination, perhaps by giving those before it others.
fn assign(
    wanted: usize,
    fits: &dyn Fn(usize, usize) -> bool,
    seen: &mut Vec<bool>,
    taken: &mut Vec<Option<usize>>,
) -> bool {
    for at in 0..taken.len() {
        if seen[at] || !fits(wanted, at) {
            continue;
        }
        seen[at] = true;
        if taken[at].is_none_or(|other| assign(other, fits, seen, taken)) {
            taken[at] = Some(wanted);
            return true;
        }
    }
    false
}

/// Whether a destination is as expected.
fn is_one(plan: &Plan<'_>, wanted: &DestinationExpectation, found: &Leg) -> bool {
    let DestinationExpectation { service, failover, subset, port, weight, cluster } = wanted;
    let is_service = |name: &str| matches!(found.to, Named::Service(target) if plan.service_name(target) == name);
    let is_failover = |name: &str| matches!(found.to, Named::Failover(id) if plan[id].policy.key.to_string() == name);
    service.as_ref().is_none_or(|name| is_service(name))
        && failover.as_ref().is_none_or(|name| is_failover(name))
        && subset.as_ref().is_none_or(|TextsByName(labels)| match self::subset(plan, found) {
            Some(subset) => subset.labels == labels,
            None => labels.is_empty(),
        })
        && port.is_none_or(|port| port == found.port)
        && weight.is_none_or(|weight| weight == found.weight)
        && cluster.as_ref().is_none_or(|cluster| **cluster == found.envoy_cluster())
}

/// The subset of a destination.
fn subset<'p>(plan: &'p Plan<'_>, leg: &Leg) -> Option<&'p Subset<'p>> {
    let subsets = match leg.to {
        Named::Service(target) => &plan[target].subsets,
        Named::Failover(id) => &plan[id].subsets,
    };
    subsets.iter().find(|subset| subset.name == leg.subset)
}

/// Destinations as they are expected.
pub(super) fn expected(wanted: &[DestinationExpectation]) -> String {
    let one = |wanted: &DestinationExpectation| {
        let DestinationExpectation { service, failover, subset, port, weight, cluster } = wanted;
        let parts = [
            weight.map(|weight| format!("{weight}%")),
            service.as_ref().map(ToString::to_string),
            failover.as_ref().map(|name| format!("FailoverService {name}")),
            cluster.as_ref().map(ToString::to_string),
            port.map(|port| format!("port {port}")),
            subset.as_ref().map(|TextsByName(labels)| shown(labels)),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    listed(wanted.iter().map(one))
}

/// Destinations as they are.
pub(super) fn found(plan: &Plan<'_>, legs: &[Leg]) -> String {
    listed(legs.iter().map(|leg| {
        let name = match leg.to {
            Named::Service(target) => plan.service_name(target),
            Named::Failover(id) => plan[id].policy.named.to_string(),
        };
        let subset = subset(plan, leg).map(|subset| format!(" {}", shown(subset.labels))).unwrap_or_default();
        format!("{}% {name} port {}{subset}", leg.weight, leg.port)
    }))
}

fn listed(texts: impl Iterator<Item = String>) -> String {
    let texts: Vec<String> = texts.collect();
    if texts.is_empty() { "no destinations".to_owned() } else { texts.join(", ") }
}

fn shown(labels: &std::collections::BTreeMap<crate::ids::Text, crate::ids::Text>) -> String {
    if labels.is_empty() {
        return "no subset".to_owned();
    }
    let labels = labels.iter().map(|(key, value)| format!("{key}={value}"));
    format!("subset {}", labels.collect::<Vec<_>>().join(","))
}

/// Reports names in expected destinations that the fleet does not have.
pub(super) fn check(cx: &mut Cx<'_, '_, '_>, wanted: &[DestinationExpectation]) {
    for DestinationExpectation { service, failover, .. } in wanted {
        if let Some(service) = service {
            cx.service("expect", service);
        }
        let plan = cx.evaluator.plan;
        let is_known = |name: &str| plan.failovers.iter().any(|failover| failover.policy.key.to_string() == name);
        if let Some(failover) = failover.as_ref().filter(|name| !is_known(name)) {
            cx.unknown(
                "expect",
                format!("unknown FailoverService {failover}"),
                Some("write NAMESPACE/NAME".to_owned()),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::assign;

    #[test]
    fn incomplete_expectations_leave_each_other_room() {
        // The first fits both, the second only what the first would take.
        let fits = |wanted: usize, at: usize| wanted == 0 || at == 0;
        let mut taken = vec![None, None];
        assert!((0..2).all(|i| assign(i, &fits, &mut vec![false; 2], &mut taken)));
        assert_eq!(taken, [Some(1), Some(0)]);
        let neither = |_: usize, at: usize| at == 0;
        let mut taken = vec![None, None];
        assert!(!(0..2).all(|i| assign(i, &neither, &mut vec![false; 2], &mut taken)));
    }
}
