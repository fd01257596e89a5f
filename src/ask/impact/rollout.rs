//! What fails in the moment between two objects or two clusters being applied, and the order that avoids it.

use std::collections::{BTreeMap, BTreeSet};

use super::Sides;
use super::group::Finding;
use super::kinds::Kind;
use super::services::{Paired, shown};
use super::subject::Subject;
use crate::plan::{Plan, TargetId};

/// A moment in which requests fail that are answered before and after it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hazard {
    /// What fails, and why.
    pub what: String,
    /// What to apply first, then what next.
    pub order: Vec<String>,
}

/// Finds what fails for a moment.
pub(super) fn hazards(sides: &Sides<'_, '_, '_, '_>, services: &Paired<'_>, found: &[Finding]) -> Vec<Hazard> {
    let mut out = Vec::new();
    subsets(sides, services, &mut out);
    refusals(sides, services, &mut out);
    gateways(found, &mut out);
    federation(found, &mut out);
    failovers(found, &mut out);
    out
}

/// The names of a service's subsets, each with the clusters whose routes send requests to it.
fn subsets_of(plan: &Plan<'_>, target: TargetId) -> BTreeMap<String, BTreeSet<String>> {
    let of = |subset: &crate::plan::Subset<'_>| {
        let called = subset.policies.iter().flat_map(|policy| &plan[*policy].verdict.selected);
        let callers =
            called.flat_map(|called| [plan[*called].cluster].into_iter().chain(plan.clusters_with_routes(*called)));
        (subset.name.clone(), callers.map(|cluster| plan[cluster].name.to_string()).collect())
    };
    plan[target].subsets.iter().map(of).collect()
}

/// Subsets that come and go with routes to them.
fn subsets(sides: &Sides<'_, '_, '_, '_>, services: &Paired<'_>, out: &mut Vec<Hazard>) {
    // By what to do: the services.
    let mut come: BTreeMap<(String, Vec<String>), BTreeSet<String>> = BTreeMap::new();
    let mut go = come.clone();
    for (service, paired) in services {
        let (Some(before), Some(after)) = *paired else { continue };
        let (old, new) = (subsets_of(sides.before.plan, before), subsets_of(sides.after.plan, after));
        let owner = service.cluster.to_string();
        let add = |from: &BTreeMap<String, BTreeSet<String>>,
                   other: &BTreeMap<String, BTreeSet<String>>,
                   into: &mut BTreeMap<(String, Vec<String>), BTreeSet<String>>| {
            for (name, callers) in from.iter().filter(|(name, _)| !other.contains_key(*name)) {
                let key = (owner.clone(), callers.iter().cloned().collect());
                into.entry(key).or_default().insert(format!("{name} of {}", shown(service)));
            }
        };
        add(&new, &old, &mut come);
        add(&old, &new, &mut go);
    }
    let rules = |owner: &str, callers: &[String]| {
        let mut clusters: BTreeSet<&str> = callers.iter().map(String::as_str).collect();
        clusters.insert(owner);
        format!("DestinationRules in {}", clusters.into_iter().collect::<Vec<_>>().join(", "))
    };
    let routes = |callers: &[String]| format!("VirtualServices in {}", callers.join(", "));
    for ((owner, callers), names) in &come {
        let what = format!(
            "requests that routes send to {} are answered with 503 until the DestinationRule has the subset",
            few(names)
        );
        out.push(Hazard { what, order: vec![rules(owner, callers), routes(callers)] });
    }
    for ((owner, callers), names) in &go {
        let what = format!(
            "requests that old routes send to {} are answered with 503 once the DestinationRule lacks the subset",
            few(names)
        );
        out.push(Hazard { what, order: vec![routes(callers), rules(owner, callers)] });
    }
}

/// The first names, and how many more there are.
fn few(names: &BTreeSet<String>) -> String {
    let shown: Vec<&str> = names.iter().take(3).map(String::as_str).collect();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Refusals by default that come with the policies that let callers in, or go before them.
fn refusals(sides: &Sides<'_, '_, '_, '_>, services: &Paired<'_>, out: &mut Vec<Hazard>) {
    let is_shut = |plan: &Plan<'_>, target: TargetId| {
        plan[target].mesh.and_then(|mesh| plan[mesh].virtual_mesh).is_some_and(|parent| plan[parent].deny_by_default)
    };
    let has_rules = |plan: &Plan<'_>, target: TargetId| plan.rules(target).next().is_some();
    let (mut come, mut go): (BTreeSet<String>, BTreeSet<String>) = Default::default();
    for (service, paired) in services {
        let (Some(before), Some(after)) = *paired else { continue };
        let (old, new) = (sides.before.plan, sides.after.plan);
        let rules = (has_rules(old, before), has_rules(new, after));
        match (is_shut(old, before), is_shut(new, after)) {
            (false, true) if rules == (false, true) => {
                come.insert(shown(service));
            }
            (true, false) if rules == (true, false) => {
                go.insert(shown(service));
            }
            _ => {}
        }
    }
    let (deny, allow) =
        ("AuthorizationPolicy global-access-control", "the AuthorizationPolicies of services and gateways");
    if !come.is_empty() {
        let what = format!(
            "requests to {} are denied if global-access-control is applied before the AuthorizationPolicies that allow them",
            few(&come)
        );
        out.push(Hazard { what, order: vec![allow.to_owned(), deny.to_owned()] });
    }
    if !go.is_empty() {
        let what = format!(
            "requests to {} are denied if the AuthorizationPolicies that allow them are removed before global-access-control",
            few(&go)
        );
        out.push(Hazard { what, order: vec![format!("remove {deny}"), format!("remove {allow}")] });
    }
}

/// Clusters that are reached at other addresses.
fn gateways(found: &[Finding], out: &mut Vec<Hazard>) {
    let moved = found.iter().filter(|finding| finding.kind == Kind::Gateway);
    let names: BTreeSet<String> = moved.map(|finding| finding.subject.to_string()).collect();
    if !names.is_empty() {
        let what = format!(
            "requests to services of {} fail if one of the two addresses does not work while clusters are applied one after the other",
            few(&names)
        );
        out.push(Hazard {
            what,
            order: vec![
                "keep both addresses open".to_owned(),
                "all clusters".to_owned(),
                "close the old address".to_owned(),
            ],
        });
    }
}

/// Services that become callable from other clusters, or no longer are.
fn federation(found: &[Finding], out: &mut Vec<Hazard>) {
    let clusters = |kind: Kind| -> BTreeSet<String> {
        let owner = |finding: &Finding| match &finding.subject {
            Subject::Service(service, _) => Some(service.cluster.to_string()),
            Subject::Workload(_) | Subject::Cluster(_) | Subject::Policy(_) => None,
        };
        found.iter().filter(|finding| finding.kind == kind).filter_map(owner).collect()
    };
    let (come, go) = (clusters(Kind::Federated), clusters(Kind::Unfederated));
    let gateways = |names: &BTreeSet<String>| {
        format!("Gateways and EnvoyFilters in {}", names.iter().cloned().collect::<Vec<_>>().join(", "))
    };
    let entries = "VirtualServices, DestinationRules and ServiceEntries in the clusters that call them".to_owned();
    if !come.is_empty() {
        let what = format!(
            "calls from other clusters to services of {} fail as long as the gateways there do not let them in",
            few(&come)
        );
        out.push(Hazard { what, order: vec![gateways(&come), entries.clone()] });
    }
    if !go.is_empty() {
        let what = format!(
            "calls from other clusters to services of {} end with this change, and fail with errors if the gateways go first",
            few(&go)
        );
        out.push(Hazard { what, order: vec![format!("remove {entries}"), format!("remove {}", gateways(&go))] });
    }
}

/// Failover services that come and go with routes to them.
fn failovers(found: &[Finding], out: &mut Vec<Hazard>) {
    for (kind, is_new) in [(Kind::FailoverAdded, true), (Kind::FailoverRemoved, false)] {
        for finding in found.iter().filter(|finding| finding.kind == kind) {
            let Subject::Policy(name) = &finding.subject else { continue };
            let short = name.trim_start_matches("FailoverService ");
            let is_routed = found.iter().any(|other| other.kind == Kind::Moved && other.phrase.after.contains(short));
            if !is_routed {
                continue;
            }
            let mut order = vec![
                format!("ServiceEntry, DestinationRule and EnvoyFilter of {name}"),
                "VirtualServices with routes to it".to_owned(),
            ];
            let when = if is_new { "before it is there" } else { "after it is gone" };
            if !is_new {
                order.reverse();
            }
            out.push(Hazard {
                what: format!("requests that routes send to {name} are answered with 503 {when}"),
                order,
            });
        }
    }
}
