//! Warns of what is sent to ports at which nothing of it arrives, because of what they state to be spoken there.

use std::collections::BTreeMap;

use crate::diag::listing::shortened;
use crate::diag::{Code, Diag, FieldPath, Ground, Report};
use crate::discover::{Port, Target};
use crate::path;
use crate::plan::{DestinationKind, FailoverId, Feature, Plan, Policy, TargetId, TrafficPolicy, stated_protocol};
use crate::resolve::meant::{describe_service, describe_services};

/// Warns about the ports of services, and about the policies for these and for what is sent there.
pub(super) fn report(plan: &Plan<'_>, report: &mut Report) {
    for id in TargetId::all(plan.targets.len()) {
        warn_of_sctp(id, plan, report);
    }
    // Many policies are for one service, whose ports are looked at once.
    let no_http: Vec<bool> = TargetId::all(plan.targets.len()).map(|id| has_no_http(id, plan)).collect();
    for policy in &plan.traffic {
        warn_of_no_http(policy, &no_http, plan, report);
        if plan.applied(&policy.verdict).next().is_some() {
            warn_of_destinations(policy, plan, report);
        }
    }
    for id in FailoverId::all(plan.failovers.len()).filter(|id| plan[*id].verdict.is_accepted()) {
        let failover = &plan[id];
        for ((index, _), (target, port)) in failover.verdict.backing.iter().zip(&failover.backing) {
            let at = path!["spec", "backingServices", *index, "kubeService"];
            warn_of_destination(&failover.policy, at, (*target, Some(*port)), plan, report);
        }
    }
}

/// Warns of a federated service with ports that other clusters cannot call.
fn warn_of_sctp(id: TargetId, plan: &Plan<'_>, report: &mut Report) {
    let Target { ports, place, service, .. } = plan[id].known;
    let sctp: Vec<String> = ports.iter().filter(|port| port.is_sctp()).map(described).collect();
    if sctp.is_empty() || !plan.is_federated(id) {
        return;
    }
    let (what, verb) = if sctp.len() == 1 { ("port", "is") } else { ("ports", "are") };
    let message = format!(
        "{what} {} of {} {verb} SCTP and cannot be called from other clusters: gateways pass on TCP alone",
        shortened(&sctp),
        describe_service(service)
    );
    report.push(Diag::new(Code::SctpPort, place.clone(), message).on(Ground::Federation));
}

/// A port with its name.
fn described(port: &Port) -> String {
    if port.name.is_empty() { port.number.to_string() } else { format!("{} ({})", port.number, port.name) }
}

/// Warns of destinations and a mirror at ports that take no requests.
fn warn_of_destinations(policy: &TrafficPolicy<'_>, plan: &Plan<'_>, report: &mut Report) {
    for (j, destination) in policy.destinations().iter().enumerate() {
        if let DestinationKind::Service { target, port } = destination.to {
            let at = path!["spec", "trafficShift", "destinations", j];
            warn_of_destination(&policy.policy, at, (target, port), plan, report);
        }
    }
    if let Some(mirror) = policy.features.mirror {
        let to = (mirror.target, mirror.port);
        warn_of_destination(&policy.policy, path!["spec", "mirror"], to, plan, report);
    }
}

fn warn_of_destination(
    policy: &Policy<'_>,
    at: FieldPath,
    (target, number): (TargetId, Option<u32>),
    plan: &Plan<'_>,
    report: &mut Report,
) {
    let known = plan[target].known;
    let found = known.distinct_ports().find(|port| number.is_none_or(|number| port.number == number));
    if let Some(port) = found.filter(|port| port.is_sctp()) {
        let message = format!(
            "requests are sent to port {} of {}, which is SCTP: they would fail there",
            described(port),
            describe_service(&known.service)
        );
        let diag = Diag::new(Code::SctpDestination, policy.place(at), message)
            .related(known.place.clone(), "the service is defined here")
            .hint("name a TCP port of the service");
        report.push(diag.on(Ground::Inventory));
    }
}

/// Whether a service has ports, and all of them state another protocol than HTTP.
fn has_no_http(target: TargetId, plan: &Plan<'_>) -> bool {
    let ports = &plan[target].known.ports;
    plan[target].mesh.is_some() && !ports.is_empty() && ports.iter().all(|port| other_protocol(port).is_some())
}

/// Warns of a policy whose routes do nothing, since no port of a service speaks HTTP: once for all of its services.
fn warn_of_no_http(policy: &TrafficPolicy<'_>, no_http: &[bool], plan: &Plan<'_>, report: &mut Report) {
    let Some(feature) = Feature::ROUTE.iter().find(|feature| policy.features.given().has(**feature)) else {
        return;
    };
    let services: Vec<TargetId> = plan.applied(&policy.verdict).filter(|target| no_http[target.index()]).collect();
    let Some(first) = services.first().map(|first| plan[*first].known) else { return };
    let ports: BTreeMap<u32, String> = first
        .ports
        .iter()
        .filter_map(|port| Some((port.number, format!("{} states {}", described(port), other_protocol(port)?))))
        .collect();
    let message = format!(
        "{} of {} has no effect on {}, of which no port is for HTTP: port {}",
        feature.written(),
        policy.policy.named,
        describe_services(&services, plan),
        shortened(&ports.into_values().collect::<Vec<_>>())
    );
    let diag = Diag::new(Code::NoHttp, policy.policy.place(path!["spec", feature.written()]), message)
        .related(first.place.clone(), "the service is defined here")
        .hint("if HTTP is spoken there, begin the name of the port with http-, or set appProtocol: http");
    report.push(diag.on(Ground::Inventory));
}

/// What a port states to be spoken there if that is not HTTP; none if it is, or if Istio finds out when the port is used.
fn other_protocol(port: &Port) -> Option<&str> {
    const OTHERS: [&str; 7] = ["tcp", "udp", "tls", "https", "mongo", "mysql", "redis"];
    if &*port.protocol == "TCP" && port.app_protocol.is_empty() && &*port.name == "http" {
        // Nearly every port: nothing else is compared.
        return None;
    }
    match &*port.protocol {
        "UDP" => return Some("UDP"),
        "SCTP" => return Some("SCTP"),
        _ => {}
    }
    let stated = stated_protocol(port);
    let is_other = stated != "http" && OTHERS.iter().any(|other| other.eq_ignore_ascii_case(stated));
    is_other.then_some(stated)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_stated_rules_http_out() {
        let port = |name: &str, protocol: &str, app_protocol: &str| Port {
            number: 1,
            name: name.into(),
            protocol: protocol.into(),
            app_protocol: app_protocol.into(),
            target: None,
        };
        for (name, protocol, app_protocol, wanted) in [
            ("tcp-db", "TCP", "", Some("tcp")),
            ("TLS", "TCP", "", Some("TLS")),
            ("db", "TCP", "", None),
            ("", "TCP", "", None),
            ("http", "TCP", "tcp", Some("tcp")),
            ("tcp", "TCP", "http", None),
            ("web", "TCP", "kubernetes.io/wss", Some("https")),
            ("http", "UDP", "", Some("UDP")),
            ("http", "SCTP", "", Some("SCTP")),
        ] {
            assert_eq!(other_protocol(&port(name, protocol, app_protocol)), wanted, "{name} {protocol} {app_protocol}");
        }
    }
}
