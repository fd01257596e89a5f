//! Warns of ports at which requests would fail.

use std::collections::BTreeMap;

use crate::diag::{Code, Diag, FieldPath, Ground, Report};
use crate::discover::{Port, TargetPort};
use crate::path;
use crate::plan::{AccessPolicy, DestinationKind, Feature, Plan, Spoken, TargetId, TrafficId};
use crate::resolve::meant::{describe_service, describe_services};

/// Warns about the ports of routes and of access policies.
pub(super) fn report(plan: &Plan<'_>, report: &mut Report) {
    warn_of_protocols(plan, report);
    for access in &plan.access {
        warn_of_named_ports(access, plan, report);
        warn_of_other_ports(access, plan, report);
    }
}

/// Where a route sends requests: the field, whose port it is, the port with its name, and what is spoken there.
struct Receiver {
    at: FieldPath,
    whose: String,
    port: String,
    spoken: Spoken,
    /// The service whose routes stay on the port that is called.
    keeps_called: Option<TargetId>,
}

/// Warns of destinations and mirrors where something else is spoken than at the port that is called.
fn warn_of_protocols(plan: &Plan<'_>, report: &mut Report) {
    let mut receivers: BTreeMap<TrafficId, Vec<Receiver>> = BTreeMap::new();
    // By policy and the position of the receiver: the called port, and the services of which it is one.
    let mut found: BTreeMap<(TrafficId, usize), Vec<(TargetId, &Port)>> = BTreeMap::new();
    for id in TargetId::all(plan.targets.len()).filter(|id| plan[*id].mesh.is_some()) {
        for owners in &plan[id].routes {
            for by in [Feature::TrafficShift, Feature::Mirror].into_iter().filter_map(|feature| owners.owner(feature)) {
                let of_policy = receivers.entry(by).or_insert_with(|| receivers_of(by, plan));
                for (index, receiver) in of_policy.iter().enumerate().filter(|(_, r)| r.keeps_called != Some(id)) {
                    let fails =
                        |port: &&Port| Spoken::of_port(port).is_some_and(|spoken| spoken.fails_at(receiver.spoken));
                    let services = found.entry((by, index)).or_default();
                    if let Some(port) = plan.called_ports(id).find(fails)
                        && services.last().is_none_or(|(last, _)| *last != id)
                    {
                        services.push((id, port));
                    }
                }
            }
        }
    }
    for ((by, index), services) in found {
        let (Some((_, called)), Some(receiver)) = (services.first(), receivers.get(&by).and_then(|r| r.get(index)))
        else {
            continue;
        };
        let Receiver { at, whose, port, spoken: _, keeps_called: _ } = receiver;
        let services: Vec<TargetId> = services.iter().map(|(id, _)| *id).collect();
        let message = format!(
            "requests to port {} ({}) of {} are sent to port {port} of {whose}, which has another protocol",
            called.number,
            called.name,
            describe_services(&services, plan)
        );
        let hint = "name a port with the same protocol, or select services that have no port with another one";
        let diag = Diag::new(Code::OtherProtocol, plan[by].policy.place(at.clone()), message).hint(hint);
        report.push(diag.on(Ground::Inventory));
    }
}

/// Where the routes of a policy send requests, if it is known what is spoken there.
fn receivers_of(id: TrafficId, plan: &Plan<'_>) -> Vec<Receiver> {
    let policy = &plan[id];
    let mut out = Vec::new();
    for (j, destination) in policy.features.shift.iter().flatten().enumerate() {
        let at = path!["spec", "trafficShift", "destinations", j];
        match destination.to {
            DestinationKind::Service { target, port } => out.extend(receiver(target, port, at, plan)),
            DestinationKind::Failover(failover) => {
                let failover = &plan[failover];
                let protocol = failover.protocol.to_ascii_lowercase();
                out.extend(Spoken::of_protocol(&protocol).map(|spoken| Receiver {
                    at,
                    whose: failover.policy.named.to_string(),
                    port: format!("{} ({protocol})", failover.port),
                    spoken,
                    keeps_called: None,
                }));
            }
        }
    }
    if let Some(mirror) = policy.features.mirror {
        // A mirror keeps its port, also if it is the service itself.
        let receiver = receiver(mirror.target, mirror.port, path!["spec", "mirror"], plan);
        out.extend(receiver.map(|receiver| Receiver { keeps_called: None, ..receiver }));
    }
    out
}

fn receiver(target: TargetId, port: Option<u32>, at: FieldPath, plan: &Plan<'_>) -> Option<Receiver> {
    let ports = &plan[target].known.ports;
    let port = match port {
        Some(number) => ports.iter().find(|port| port.number == number && &*port.protocol != "UDP"),
        None => ports.first(),
    }?;
    Some(Receiver {
        at,
        whose: describe_service(plan.service(target)),
        port: format!("{} ({})", port.number, port.name),
        spoken: Spoken::of_port(port)?,
        keeps_called: Some(target),
    })
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
            numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(", ")
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
