//! Warns of ports at which requests would fail.

use std::cell::LazyCell;
use std::collections::BTreeMap;

use crate::diag::listing::shortened;
use crate::diag::{Code, Diag, Ground, Report};
use crate::discover::{Port, TargetPort};
use crate::path;
use crate::plan::{AccessPolicy, DestinationKind, Feature, Plan, Spoken, TargetId, TrafficId, TrafficPolicy};
use crate::resolve::meant::{describe_service, describe_services};

/// Warns about the ports of routes and of access policies.
pub(super) fn report(plan: &Plan<'_>, report: &mut Report) {
    warn_of_protocols(plan, report);
    for access in &plan.access {
        warn_of_named_ports(access, plan, report);
        warn_of_other_ports(access, plan, report);
    }
}

/// Where the routes of a policy send requests.
struct Receiver {
    /// The position among the destinations; the mirror has none.
    destination: Option<usize>,
    spoken: Spoken,
    /// The service whose routes stay on the port that is called.
    keeps_called: Option<TargetId>,
}

/// Warns of destinations and mirrors where something else is spoken than at the port that is called.
fn warn_of_protocols(plan: &Plan<'_>, report: &mut Report) {
    let receivers: Vec<Vec<Receiver>> = plan.traffic.iter().map(|policy| receivers_of(policy, plan)).collect();
    // By policy and the position of the receiver: the called port, and the services of which it is one.
    let mut found: BTreeMap<(TrafficId, usize), Vec<(TargetId, &Port)>> = BTreeMap::new();
    for id in TargetId::all(plan.targets.len()).filter(|id| plan[*id].mesh.is_some()) {
        let spoken = |port| Spoken::of_port(port).map(|spoken| (port, spoken));
        // Few services have routes to others.
        let called: LazyCell<Vec<(&Port, Spoken)>, _> =
            LazyCell::new(|| plan.called_ports(id).filter_map(spoken).collect());
        // Callers in other clusters may have other routes.
        for owners in plan[id].routes.iter().chain(plan[id].routes_elsewhere.values().flatten()) {
            for by in [Feature::TrafficShift, Feature::Mirror].into_iter().filter_map(|feature| owners.owner(feature)) {
                let of_policy = receivers[by.index()].iter().enumerate();
                for (index, receiver) in of_policy.filter(|(_, receiver)| receiver.keeps_called != Some(id)) {
                    let Some((port, _)) = called.iter().find(|(_, spoken)| spoken.fails_at(receiver.spoken)) else {
                        continue;
                    };
                    let services = found.entry((by, index)).or_default();
                    if services.last().is_none_or(|(last, _)| *last != id) {
                        services.push((id, port));
                    }
                }
            }
        }
    }
    for ((by, index), services) in found {
        if let (Some((_, called)), Some(receiver)) = (services.first(), receivers[by.index()].get(index)) {
            let services: Vec<TargetId> = services.iter().map(|(id, _)| *id).collect();
            report.push(other_protocol(&plan[by], receiver, called, &services, plan));
        }
    }
}

fn other_protocol(
    policy: &TrafficPolicy<'_>,
    receiver: &Receiver,
    called: &Port,
    services: &[TargetId],
    plan: &Plan<'_>,
) -> Diag {
    let (at, to) = match receiver.destination {
        Some(j) => {
            let to = policy.features.shift.as_ref().and_then(|shift| shift.get(j)).map(|to| to.to);
            (path!["spec", "trafficShift", "destinations", j], to)
        }
        None => {
            let to = policy.features.mirror.map(|to| DestinationKind::Service { target: to.target, port: to.port });
            (path!["spec", "mirror"], to)
        }
    };
    let there = to.map(|to| described(to, plan)).unwrap_or_default();
    let message = format!(
        "requests to port {} ({}) of {} are sent to port {there}, which has another protocol",
        called.number,
        called.name,
        describe_services(services, plan)
    );
    let hint = "name a port with the same protocol, or select services that have no port with another one";
    Diag::new(Code::OtherProtocol, policy.policy.place(at), message).hint(hint).on(Ground::Inventory)
}

/// The port to which requests are sent, with its name, and whose it is.
fn described(to: DestinationKind, plan: &Plan<'_>) -> String {
    match to {
        DestinationKind::Service { target, port } => {
            let port = receiving(target, port, plan).map(|port| format!("{} ({})", port.number, port.name));
            format!("{} of {}", port.unwrap_or_default(), describe_service(plan.service(target)))
        }
        DestinationKind::Failover(failover) => {
            let failover = &plan[failover];
            let protocol = failover.protocol.to_ascii_lowercase();
            format!("{} ({protocol}) of {}", failover.port, failover.policy.named)
        }
    }
}

/// Where the routes of a policy send requests, if it is known what is spoken there.
fn receivers_of(policy: &TrafficPolicy<'_>, plan: &Plan<'_>) -> Vec<Receiver> {
    // SCTP is reported by itself.
    let spoken = |target, port| receiving(target, port, plan).filter(|port| !port.is_sctp()).and_then(Spoken::of_port);
    let mut out = Vec::new();
    for (j, destination) in policy.features.shift.iter().flatten().enumerate() {
        let (spoken, keeps_called) = match destination.to {
            DestinationKind::Service { target, port } => (spoken(target, port), Some(target)),
            DestinationKind::Failover(failover) => (Spoken::of_protocol(plan[failover].protocol), None),
        };
        out.extend(spoken.map(|spoken| Receiver { destination: Some(j), spoken, keeps_called }));
    }
    if let Some(mirror) = policy.features.mirror {
        // A mirror keeps its port, also if it is the service itself.
        let spoken = spoken(mirror.target, mirror.port);
        out.extend(spoken.map(|spoken| Receiver { destination: None, spoken, keeps_called: None }));
    }
    out
}

/// The port of a service to which requests are sent, if it is known.
fn receiving<'a>(target: TargetId, port: Option<u32>, plan: &Plan<'a>) -> Option<&'a Port> {
    let ports = &plan[target].known.ports;
    match port {
        Some(number) => ports.iter().find(|port| port.number == number && &*port.protocol != "UDP"),
        None => ports.first(),
    }
}

/// Warns of allowed ports that lead to a port of the pods of which only the name is known.
fn warn_of_named_ports(access: &AccessPolicy<'_>, plan: &Plan<'_>, report: &mut Report) {
    let mut found: BTreeMap<(usize, &str), Vec<TargetId>> = BTreeMap::new();
    for (i, allowed) in access.operation.ports.iter().enumerate() {
        for target in plan.applied(&access.verdict) {
            let of_number = plan[target].known.ports.iter().filter(|port| port.number == *allowed);
            let named = of_number.filter_map(|port| match &port.target {
                Some(TargetPort::Name(name)) => Some(&**name),
                Some(TargetPort::Number(_)) | None => None,
            });
            named.for_each(|name| found.entry((i, name)).or_default().push(target));
        }
    }
    for ((i, name), services) in found {
        let number = access.operation.ports[i];
        let message = format!(
            "port {number} of {} leads to the container port {name:?}, whose number is not in the inventory or differs between pods: \
             calls are compared with {number}",
            describe_services(&services, plan)
        );
        let hint = "add the pod template to the inventory, or list the number of the container port in allowedPorts";
        let place = access.policy.place(path!["spec", "allowedPorts", i]);
        report.push(Diag::new(Code::NamedTargetPort, place, message).hint(hint).on(Ground::Inventory));
    }
}

/// Warns of services that have none of the allowed ports, so that nobody may call them.
fn warn_of_other_ports(access: &AccessPolicy<'_>, plan: &Plan<'_>, report: &mut Report) {
    let allowed = access.operation.ports;
    let may_be = |port: &Port| {
        let target = match &port.target {
            None | Some(TargetPort::Name(_)) => return true,
            Some(TargetPort::Number(target)) => target,
        };
        allowed.contains(&port.number) || allowed.contains(target)
    };
    let has_none = |target: &TargetId| {
        let ports = &plan[*target].known.ports;
        !ports.is_empty() && !ports.iter().any(may_be)
    };
    if allowed.is_empty() {
        return;
    }
    let services: Vec<TargetId> = plan.applied(&access.verdict).filter(has_none).collect();
    if let Some(first) = services.first() {
        let listed = |numbers: &mut dyn Iterator<Item = u32>| {
            shortened(&numbers.map(|number| number.to_string()).collect::<Vec<_>>())
        };
        let message = format!(
            "{} allows no call of {}, which has none of the ports {}",
            access.policy.named,
            describe_services(&services, plan),
            listed(&mut allowed.iter().copied())
        );
        let known = &plan[*first].known.ports;
        let hint = format!("use its ports: {}", listed(&mut known.iter().map(|port| port.number)));
        let place = access.policy.place(path!["spec", "allowedPorts"]);
        report.push(Diag::new(Code::PortNotAllowed, place, message).hint(hint).on(Ground::Inventory));
    }
}
