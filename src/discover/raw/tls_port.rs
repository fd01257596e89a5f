//! The port of a service by which other clusters reach the gateway behind it.

use super::fronts::{Front, GATEWAY_NAMES, NETWORK};
use super::gateway::Rank;
use crate::discover::defaults::TLS_PORT;
use crate::model::kubernetes::{Raw, Service, ServicePort};

/// The label with the number of the TLS port of a gateway between networks.
const PORT: &str = "networking.istio.io/gatewayPort";

/// The number in the label of a service.
fn labelled_port(raw: &Raw<Service>) -> Option<u32> {
    raw.object.metadata.labels.get(PORT)?.parse().ok()
}

/// Whether a service selects the pods of a Gateway of Kubernetes' own API.
pub(super) fn is_of_api(raw: &Raw<Service>) -> bool {
    GATEWAY_NAMES.iter().any(|key| raw.object.spec.selector.contains_key(*key))
}

/// Whether a service is a gateway between networks as istiod itself decides it: by its label and a port.
pub(super) fn is_between(raw: &Raw<Service>) -> bool {
    let is_tls = |port: &ServicePort| port.port == TLS_PORT || Some(port.port) == labelled_port(raw);
    raw.object.metadata.labels.contains_key(NETWORK) && raw.object.spec.ports.iter().any(is_tls)
}

/// The TLS port of a service in front of a gateway, and how it is known; or what the service lacks.
pub(super) fn tls_port<'f>(front: &'f Front<'_>) -> Result<(&'f ServicePort, Rank), String> {
    let raw = &*front.service;
    let ports = &raw.object.spec.ports;
    let numbered = |number: u32| ports.iter().find(|port| port.port == number);
    if let Some(port) = labelled_port(raw).and_then(numbered) {
        return Ok((port, Rank::Number));
    }
    if let Some(gateway) = front.gateway {
        let mut open = gateway.listeners.iter().filter(|listener| listener.passes_by_sni);
        if let Some(port) = open.find_map(|listener| numbered(listener.port)) {
            return Ok((port, Rank::Between));
        }
        let is_usual = gateway.listeners.iter().any(|of| of.port == TLS_PORT && &*of.protocol != "HBONE");
        let usual = numbered(TLS_PORT).filter(|_| is_usual).map(|port| (port, Rank::Number));
        return usual.ok_or_else(|| format!("has no listener on port {TLS_PORT}, and none of AUTO_PASSTHROUGH"));
    }
    // The ports of what is made for a Gateway have the names of its listeners.
    let named = ports.iter().find(|port| !is_of_api(raw) && &*port.name == "tls");
    if let Some(port) = named {
        return Ok((port, if port.port == TLS_PORT { Rank::Number } else { Rank::Name }));
    }
    let usual = numbered(TLS_PORT).map(|port| (port, Rank::Number));
    usual.ok_or_else(|| format!("has no port {TLS_PORT} and none named tls"))
}

/// What a service in front of a gateway is called in messages.
pub(super) fn named(front: &Front<'_>) -> String {
    let what = match (&front.gateway, front.is_made) {
        (Some(_), true) => "the Service of Gateway API",
        (None, true) => "the Service of a chart,",
        _ => "Service",
    };
    format!("{what} {}", front.service.key)
}
