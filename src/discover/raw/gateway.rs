//! One gateway: what is known of it, what is stated of it elsewhere, and what is missing.

use super::address::Reached;
use super::fact::contradiction;
use super::gateways::TLS_PORT;
use crate::diag::{Place, Report};
use crate::discover::{Gateway, compact as compact_form};
use crate::ids::ObjectRef;
use crate::model::compact;
use crate::model::kubernetes::Labels;

/// A gateway as far as it is known.
pub(super) struct Found {
    pub(super) labels: Labels,
    pub(super) reached: Reached,
    pub(super) container_port: Result<u32, String>,
    pub(super) service: ObjectRef,
    pub(super) place: Place,
}

impl Found {
    pub(super) fn complete(&self) -> Result<Gateway, String> {
        let Reached { address, port, why } = &self.reached;
        match (address, port, &self.container_port) {
            (Some(address), Some(port), Ok(container_port)) => Ok(Gateway {
                address: address.clone(),
                port: *port,
                container_port: *container_port,
                labels: self.labels.clone(),
            }),
            (Some(_), Some(_), Err(why)) => Err(why.clone()),
            _ => Err(why.clone()),
        }
    }

    /// The line of the settings that states what is not known.
    pub(super) fn settings_line(&self, cluster: &str) -> String {
        let mut fields = match &self.reached.address {
            Some(address) => format!("address: {address}"),
            None => "address: …".into(),
        };
        match self.reached.port {
            Some(TLS_PORT) => {}
            Some(port) => fields += &format!(", port: {port}"),
            None => fields += ", port: …",
        }
        match &self.container_port {
            Err(_) => fields += ", containerPort: …",
            Ok(port) if Some(*port) != self.reached.port => fields += &format!(", containerPort: {port}"),
            Ok(_) => {}
        }
        if self.labels.get("istio").map(|value| &**value) != Some("ingressgateway") || self.labels.len() != 1 {
            let labels: Vec<_> = self.labels.iter().map(|(key, value)| format!("{key}: {value}")).collect();
            fields += &format!(", labels: {{{}}}", labels.join(", "));
        }
        format!("name it in meshtree.yaml: spec: {{clusters: {{{cluster}: {{gateways: [{{{fields}}}]}}}}}}")
    }
}

/// Adds a statement to the gateways found: it completes one, agrees with one, contradicts one, or is one more.
pub(super) fn add(
    found: &mut [Found],
    stated: &compact::Gateway,
    place: &Place,
    more: &mut Vec<Gateway>,
    report: &mut Report,
) {
    let full = compact_form::gateway(stated);
    let mut alike: Vec<_> = found.iter_mut().filter(|gateway| gateway.labels == full.labels).collect();
    let address = Some(&full.address).filter(|address| !address.is_empty());
    let at = alike.iter().position(|gateway| gateway.reached.address.as_ref() == address);
    let at = at.or_else(|| alike.iter().position(|gateway| gateway.reached.address.is_none()));
    let Some(gateway) = alike.get_mut(at.unwrap_or(0)) else {
        if address.is_some() && !more.contains(&full) {
            more.push(full);
        }
        return;
    };
    let what = |what: &str| format!("the {what} of gateway {}", gateway.service);
    let differs = |what: String, first: String, second: String, report: &mut Report| {
        contradiction(&what, (&first, &gateway.place), (&second, place), report);
    };
    match (&gateway.reached.address, address) {
        (Some(known), Some(stated)) if known != stated => {
            differs(what("address"), known.to_string(), stated.to_string(), report);
        }
        _ => {}
    }
    match (gateway.reached.port, stated.port.map(|port| port.0)) {
        (Some(known), Some(stated)) if known != stated => {
            differs(what("port"), known.to_string(), stated.to_string(), report);
        }
        _ => {}
    }
    match (&gateway.container_port, stated.container_port.map(|port| port.0)) {
        (Ok(known), Some(stated)) if *known != stated => {
            differs(what("container's port"), known.to_string(), stated.to_string(), report);
        }
        _ => {}
    }
    gateway.reached.address = gateway.reached.address.take().or(address.cloned());
    // The port of an address that only the statement knows is the statement's.
    gateway.reached.port = gateway.reached.port.or(stated.port.map(|port| port.0)).or(address.map(|_| full.port));
    if let (Err(_), Some(port)) = (&gateway.container_port, stated.container_port) {
        gateway.container_port = Ok(port.0);
    }
}
