//! Ports: which one a route sends requests to, what is spoken there, and where it leads in the pods.

use crate::discover::{Port, TargetPort};

use super::{Destination, DestinationKind, Feature, Mirror, Operation, Plan, Route, TargetId};

/// The ports of what a route sends requests to; `None` where Istio's choice, the port that is called, is right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoutePorts {
    /// Of its destinations, in order; of the service itself if there is no traffic shift.
    pub destinations: Vec<Option<u32>>,
    pub mirror: Option<u32>,
}

/// What is spoken at a port, as far as it decides whether requests make sense there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spoken {
    Http,
    Grpc,
    /// Anything that is not HTTP.
    Other,
}

impl Spoken {
    /// What the name of a protocol says, in Istio's words; `None` for what says nothing.
    pub fn of_protocol(name: &str) -> Option<Self> {
        if name == "http" {
            // Nearly every port: nothing else is compared.
            return Some(Self::Http);
        }
        let is = |known: &[&str]| known.iter().any(|known| known.eq_ignore_ascii_case(name));
        if is(&["http", "http2", "http_proxy"]) {
            Some(Self::Http)
        } else if is(&["grpc"]) {
            Some(Self::Grpc)
        } else if is(&["https", "tls", "tcp", "udp", "mongo", "mysql", "redis", "thrift"]) {
            Some(Self::Other)
        } else {
            None
        }
    }

    /// What a service's port says.
    pub fn of_port(port: &Port) -> Option<Self> {
        match &*port.protocol {
            "TCP" => Self::of_protocol(stated_protocol(port)),
            _ => Some(Self::Other),
        }
    }

    /// Whether requests of this kind fail at a port where something else is spoken.
    pub fn fails_at(self, other: Self) -> bool {
        self != other && self != Self::Other
    }
}

/// The protocol that a service's port states, in Istio's words: by its application protocol, otherwise by its name up to the first
/// hyphen.
pub fn stated_protocol(port: &Port) -> &str {
    let stated: &str = if port.app_protocol.is_empty() { &port.name } else { &port.app_protocol };
    match stated {
        "kubernetes.io/h2c" => "http2",
        "kubernetes.io/ws" => "http",
        "kubernetes.io/wss" => "https",
        _ if stated.starts_with("grpc-web") => "grpc-web",
        _ => stated.find('-').map_or(stated, |at| &stated[..at]),
    }
}

impl<'a> Plan<'a> {
    /// The ports of what a route of a service sends requests to.
    pub fn ports(&self, service: TargetId, route: &Route<'_>) -> RoutePorts {
        // Of what the route does, nothing else sends requests anywhere.
        let by = |feature| route.owners.owner(feature).map(|by| &self[by].features);
        let shift = by(Feature::TrafficShift).and_then(|features| features.shift.as_ref());
        let mirror = by(Feature::Mirror).and_then(|features| features.mirror);
        let called = route.when.port.or_else(|| Some(self[service].known.ports.first()?.number));
        let destinations = match shift {
            None => vec![route.when.port],
            Some(shift) => shift.iter().map(|to| self.port_of(to, service, called, route.when.port)).collect(),
        };
        let mirror = mirror.and_then(|mirror| self.mirror_port(mirror, called));
        RoutePorts { destinations, mirror }
    }

    /// The port of a destination. `one_of` is the called port where the service has several.
    fn port_of(
        &self,
        to: &Destination<'a>,
        service: TargetId,
        called: Option<u32>,
        one_of: Option<u32>,
    ) -> Option<u32> {
        match to.to {
            DestinationKind::Service { target, port } if target == service => self.own_port(service, port, one_of),
            DestinationKind::Service { target, port } => port.or_else(|| self.only_port(target, called)),
            DestinationKind::Failover(failover) => Some(self[failover].port),
        }
    }

    /// The port of a destination that is the service itself: the one that the policy names, unless requests for the called port
    /// would fail there, since another protocol is spoken.
    fn own_port(&self, service: TargetId, named: Option<u32>, called: Option<u32>) -> Option<u32> {
        let (Some(named), Some(called)) = (named, called) else { return called.or(named) };
        // HTTP/3 may have the number of a port that takes HTTP by TCP.
        let spoken = |number| Spoken::of_port(self[service].known.distinct_ports().find(|port| port.number == number)?);
        let fails = spoken(called).zip(spoken(named)).is_some_and(|(called, named)| called.fails_at(named));
        Some(if fails { called } else { named })
    }

    fn mirror_port(&self, mirror: Mirror, called: Option<u32>) -> Option<u32> {
        let Mirror { target, port, percentage: _ } = mirror;
        port.or_else(|| self.only_port(target, called))
    }

    /// The only port of a service, unless it is the one that is called.
    fn only_port(&self, service: TargetId, called: Option<u32>) -> Option<u32> {
        let only = self[service].known.ports.first()?.number;
        (Some(only) != called).then_some(only)
    }

    /// The ports of a service that can be called by HTTP, once each.
    pub fn called_ports(&self, service: TargetId) -> impl Iterator<Item = &'a Port> {
        self[service].known.distinct_ports()
    }

    /// The ports of a service's pods that an operation allows: those to which its ports lead. A number that is not one of the
    /// service's ports is a port of the pods as it is.
    pub fn pod_ports(&self, service: TargetId, operation: &Operation<'a>) -> Vec<u32> {
        let mut out = Vec::with_capacity(operation.ports.len());
        for allowed in operation.ports {
            let from = out.len();
            for port in self[service].known.ports.iter().filter(|port| port.number == *allowed) {
                let target = match port.target {
                    Some(TargetPort::Number(target)) => target,
                    Some(TargetPort::Name(_)) | None => *allowed,
                };
                if !out[from..].contains(&target) {
                    out.push(target);
                }
            }
            if out.len() == from {
                out.push(*allowed);
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_is_spoken() {
        let port = |name: &str, protocol: &str| Port {
            number: 1,
            name: name.into(),
            protocol: protocol.into(),
            app_protocol: Default::default(),
            target: None,
        };
        for (name, protocol, wanted) in [
            ("http", "TCP", Some(Spoken::Http)),
            ("http-web", "TCP", Some(Spoken::Http)),
            ("GRPC-a", "TCP", Some(Spoken::Grpc)),
            ("grpc-web", "TCP", None),
            ("tcp-db", "TCP", Some(Spoken::Other)),
            ("https", "TCP", Some(Spoken::Other)),
            ("httpx", "TCP", None),
            ("", "TCP", None),
            ("dns", "UDP", Some(Spoken::Other)),
        ] {
            assert_eq!(Spoken::of_port(&port(name, protocol)), wanted, "{name}");
        }
        let stated = Port { app_protocol: "kubernetes.io/h2c".into(), ..port("tcp-web", "TCP") };
        assert_eq!((stated_protocol(&stated), Spoken::of_port(&stated)), ("http2", Some(Spoken::Http)));
        assert!(Spoken::Grpc.fails_at(Spoken::Http) && Spoken::Http.fails_at(Spoken::Grpc));
        assert!(Spoken::Http.fails_at(Spoken::Other) && !Spoken::Http.fails_at(Spoken::Http));
        assert!(!Spoken::Other.fails_at(Spoken::Http), "routes of a VirtualService are for HTTP alone");
    }
}
