//! Warns of services that a policy uses in place of each other, and whose ports are not alike.

use std::collections::BTreeMap;

use super::is_current;
use crate::diag::listing::shortened;
use crate::diag::{Code, Diag, Ground, Report};
use crate::path;
use crate::plan::{DestinationKind, FailoverId, Plan, Spoken, TargetId, TrafficPolicy, stated_protocol};
use crate::resolve::meant::describe_service;

/// Warns about traffic shifts and failover services.
pub(super) fn report(plan: &Plan<'_>, report: &mut Report) {
    for traffic in plan.traffic.iter().filter(|traffic| traffic.features.shift.is_some()) {
        warn_of_shift(traffic, plan, report);
    }
    for id in FailoverId::all(plan.failovers.len()) {
        let failover = &plan[id];
        let is_sni = |target: &TargetId| is_current(plan, plan[*target].cluster);
        if failover.verdict.is_accepted() && failover.backing.iter().any(|(target, _)| is_sni(target)) {
            warn_of_failover(id, plan, report);
        }
    }
}

/// Warns of a destination without a port that has one port, while the service of the same name in the caller's cluster has others:
/// requests to all of them are sent to that one.
fn warn_of_shift(traffic: &TrafficPolicy<'_>, plan: &Plan<'_>, report: &mut Report) {
    let mut named: BTreeMap<_, TargetId> = BTreeMap::new();
    for target in plan.applied(&traffic.verdict).filter(|target| is_current(plan, plan[*target].cluster)) {
        let service = plan.service(target);
        named.entry((&service.namespace, &service.name)).or_insert(target);
    }
    for (j, destination) in traffic.features.shift.iter().flatten().enumerate() {
        let DestinationKind::Service { target, port: None } = destination.to else { continue };
        let service = plan.service(target);
        let Some(called) = named.get(&(&service.namespace, &service.name)).copied() else { continue };
        let known = plan[target].known;
        let is_missing = |number: &u32| known.ports.iter().all(|port| port.number != *number);
        let missing: Vec<String> = plan
            .called_ports(called)
            .filter(|port| port.is_passed_on())
            .map(|port| port.number)
            .filter(is_missing)
            .map(|number| number.to_string())
            .collect();
        let Some(only) = known.ports.first().filter(|_| plan[called].known.ports.len() > 1 && !missing.is_empty())
        else {
            continue;
        };
        let message = format!(
            "{} does not have port {} of the service of that name in cluster {}: requests to it are sent to port {}",
            describe_service(service),
            shortened(&missing),
            plan[plan[called].cluster].name,
            only.number
        );
        let place = traffic.policy.place(path!["spec", "trafficShift", "destinations", j]);
        let diag = Diag::new(Code::DifferentPorts, place, message)
            .related(known.place.clone(), "the service is defined here")
            .hint("give both Services equal ports, or name the port of the destination if that is meant");
        report.push(diag.on(Ground::Inventory));
    }
}

/// Warns of services behind a failover service that speak something else than it does.
fn warn_of_failover(id: FailoverId, plan: &Plan<'_>, report: &mut Report) {
    let failover = &plan[id];
    let Some(spoken) = Spoken::of_protocol(failover.protocol) else { return };
    for ((index, _), (target, number)) in failover.verdict.backing.iter().zip(&failover.backing) {
        let known = plan[*target].known;
        let Some(port) = known.distinct_ports().find(|port| port.number == *number) else { continue };
        if !Spoken::of_port(port).is_some_and(|other| spoken.fails_at(other)) {
            continue;
        }
        let message = format!(
            "port {number} of {} is {}, and {} is {}: requests would fail there",
            describe_service(&known.service),
            stated_protocol(port),
            failover.policy.named,
            failover.protocol
        );
        let place = failover.policy.place(path!["spec", "backingServices", *index, "kubeService"]);
        let diag = Diag::new(Code::DifferentPorts, place, message)
            .related(known.place.clone(), "the service is defined here")
            .hint("name a service with the same protocol at that port, or change port.protocol");
        report.push(diag.on(Ground::Inventory));
    }
}
