//! The coverage for people: counts, then a section for everything that is left out.

use std::collections::BTreeMap;

use super::{
    CoverageReport, IdleView, PlaintextView, ServiceCounts, UncalledView, UnguardedView, UnmatchedView, WorkloadCounts,
};
use crate::report::places::PolicyView;
use crate::report::table::plural;

impl CoverageReport {
    /// The counts, and a section for each kind of gap that there is.
    pub fn text(&self) -> String {
        let Self { services, workloads, without_access_policy, without_effect, uncalled, unmatched, plaintext } = self;
        let mut out = counts(services, workloads);
        let called = |callers: &str| uncalled.iter().filter(|one| one.callers == callers).map(name).collect::<Vec<_>>();
        let sections = [
            ("Workloads with no AccessPolicy in force", unguarded(without_access_policy)),
            ("Policies without effect", without_effect.iter().map(idle).collect()),
            ("Services that nobody may call", called("nobody")),
            ("Services that no known workload may call", called("unknown")),
            ("Services that answer some requests with 404", unmatched.iter().map(no_route).collect()),
            ("Services without mutual TLS", plaintext.iter().map(in_clear).collect()),
        ];
        for (title, lines) in sections.into_iter().filter(|(_, lines)| !lines.is_empty()) {
            out += &format!("\n{title}\n");
            lines.iter().for_each(|line| out += &format!("  {line}\n"));
        }
        out
    }
}

fn counts(services: &ServiceCounts, workloads: &WorkloadCounts) -> String {
    let ServiceCounts { total, with_access_policy, with_traffic_policy, not_istio } = services;
    let have = |count: &usize| if *count == 1 { "has" } else { "have" };
    let mut out = format!(
        "{with_access_policy} of {} {} an AccessPolicy, {with_traffic_policy} {} a TrafficPolicy\n",
        plural(*total, "service", "services"),
        have(with_access_policy),
        have(with_traffic_policy)
    );
    let WorkloadCounts { total, with_access_policy } = workloads;
    let all = plural(*total, "workload", "workloads");
    out += &format!("an AccessPolicy is in force at the pods of {with_access_policy} of {all}\n");
    if *not_istio > 0 {
        out += &format!("not counted: {} of meshes other than Istio\n", plural(*not_istio, "service", "services"));
    }
    out
}

/// The workloads, below what is done with requests to them.
fn unguarded(all: &[UnguardedView]) -> Vec<String> {
    let mut by: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for UnguardedView { workload, access, by: policy } in all {
        let policy = || policy.as_ref().map(|policy| format!(" {policy}")).unwrap_or_default();
        let title = match *access {
            "open" => "open, since the mesh allows by default:".to_owned(),
            "gateway" => format!("gateways, left open by{}:", policy()),
            _ => format!("shut by{}:", policy()),
        };
        by.entry(title).or_default().push(workload);
    }
    let section = |(title, workloads): (String, Vec<&str>)| {
        let lines: Vec<String> = workloads.into_iter().map(|workload| format!("  {workload}")).collect();
        std::iter::once(title).chain(lines)
    };
    by.into_iter().flat_map(section).collect()
}

fn idle(IdleView { policy, reason, because }: &IdleView) -> String {
    let why = match *reason {
        "selects-nothing" => "selects no service",
        "invalid" => "INVALID for every service that it selects",
        "not-rendered" => "nothing is rendered for the meshes of its services",
        "gateways" => "selects gateways only, where rules for some callers do not apply",
        "sets-nothing" => "sets nothing",
        "no-ports" => "its services have no ports",
        "shadowed" => "its routes are never taken, since these come first:",
        _ => "earlier policies set the same",
    };
    let because = if because.is_empty() { String::new() } else { format!(" {}", list(because)) };
    format!("{policy}: {why}{because}")
}

fn name(UncalledView { service, callers: _ }: &UncalledView) -> String {
    service.clone()
}

fn no_route(UnmatchedView { service, policies }: &UnmatchedView) -> String {
    format!("{service}: requests that do not meet the conditions of {}", list(policies))
}

fn in_clear(PlaintextView { service, by }: &PlaintextView) -> String {
    format!("{service}: {by}")
}

fn list(policies: &[PolicyView]) -> String {
    policies.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
