//! One gateway: what is known about it, what other forms state about it, and what is missing.

use std::fmt;

use super::address::Reached;
use crate::diag::{Place, Report};
use crate::discover::Gateway;
use crate::discover::defaults::TLS_PORT;
use crate::discover::fact::contradiction;
use crate::ids::Text;
use crate::model::kubernetes::Labels;

/// Who states a gateway. Each of several that one states is a gateway of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A Service.
    Service,
    /// Service Mesh Hub's Mesh.
    Mesh,
    /// The compact inventory.
    Compact,
}

impl Source {
    /// The fields that have the address, the port and the container's port; none where all are at one place.
    fn fields(self) -> Option<[&'static str; 3]> {
        match self {
            Self::Service => None,
            Self::Mesh => Some(["externalAddress", "externalTlsPort", "tlsContainerPort"]),
            Self::Compact => Some(["address", "port", "containerPort"]),
        }
    }

    /// The places of address, port and container's port of a gateway that is stated at a place.
    pub(super) fn places(self, at: &Place) -> [Place; 3] {
        let fields = self.fields().map(|fields| fields.map(Some)).unwrap_or_default();
        fields.map(|field| match (at, field) {
            (Place::Field(origin, path), Some(field)) => Place::Field(origin.clone(), path.with(field)),
            (at, _) => at.clone(),
        })
    }
}

/// How sure it is that a gateway is meant for other clusters: the first is the surest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// Settings, the compact inventory or Service Mesh Hub's Mesh name it.
    Stated,
    /// Its label says to which network it leads.
    Network,
    /// It is one between networks by its label, or by a listener that passes requests on by SNI.
    Between,
    /// It has the usual port.
    Number,
    /// It has a port that is named `tls`.
    Name,
}

impl fmt::Display for Rank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stated => "is named by the settings or the inventory",
            Self::Network => "has the label topology.istio.io/network",
            Self::Between => "is a gateway between networks by its label or its listener",
            Self::Number => "has port 15443",
            Self::Name => "has a port named tls",
        })
    }
}

/// A gateway as far as it is known.
pub(super) struct GatewayDraft {
    pub(super) rank: Rank,
    pub(super) labels: Labels,
    /// The namespace of its pods, where it is known.
    pub(super) namespace: Option<Text>,
    pub(super) reached: Reached,
    pub(super) container_port: Result<u32, String>,
    /// What it is called in messages.
    pub(super) name: String,
    pub(super) place: Place,
    /// Where the address, the port and the container's port are stated.
    pub(super) places: [Place; 3],
    pub(super) sources: Vec<Source>,
}

/// What another form of inventory states of a gateway.
pub(super) struct Stated {
    pub(super) labels: Labels,
    pub(super) namespace: Option<Text>,
    pub(super) address: Option<Text>,
    pub(super) port: Option<u32>,
    pub(super) container_port: Option<u32>,
    /// What it is called in messages.
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) source: Source,
}

impl GatewayDraft {
    /// A gateway known only from a statement.
    fn of(stated: Stated) -> Self {
        let Stated { labels, namespace, address, port, container_port, name, place, source } = stated;
        let why = if address.is_none() { "no file has its address" } else { "no file has its port" };
        let port = port.or(address.is_some().then_some(TLS_PORT));
        Self {
            rank: Rank::Stated,
            labels,
            namespace,
            reached: Reached { address, port, why: why.to_owned() },
            container_port: Ok(container_port.or(port).unwrap_or(TLS_PORT)),
            name,
            places: source.places(&place),
            place,
            sources: vec![source],
        }
    }

    /// The gateway, or why it cannot be reached.
    pub(super) fn complete(&self) -> Result<Gateway, &str> {
        let Reached { address, port, why } = &self.reached;
        match (address, port, &self.container_port) {
            (Some(address), Some(port), Ok(container_port)) => Ok(Gateway {
                address: address.clone(),
                port: *port,
                container_port: *container_port,
                labels: self.labels.clone(),
                namespace: self.namespace.clone(),
            }),
            (Some(_), Some(_), Err(why)) => Err(why),
            _ => Err(why),
        }
    }

    /// The entry of the settings that states it, with a gap for what is not known. A known one is named by its labels where
    /// these are enough.
    pub(super) fn settings_entry(&self, unique: bool) -> String {
        let labels: Vec<_> = self.labels.iter().map(|(key, value)| format!("{key}: {value}")).collect();
        let labels = format!("labels: {{{}}}", labels.join(", "));
        if unique && self.complete().is_ok() {
            return format!("{{{labels}}}");
        }
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
            fields += &format!(", {labels}");
        }
        format!("{{{fields}}}")
    }

    /// Adds what another form states of this gateway; what differs is reported.
    fn add(&mut self, stated: Stated, report: &mut Report) {
        let Stated { labels: _, namespace, address, port, container_port, name: _, place, source } = stated;
        let Reached { address: known, port: known_port, why: _ } = &self.reached;
        let of = |text: &Option<Text>| text.as_ref().map(ToString::to_string);
        let number = |port: Option<u32>| port.map(|port| port.to_string());
        let facts = [
            ("address", of(known), of(&address)),
            ("port", number(*known_port), number(port)),
            ("container's port", number(self.container_port.as_ref().ok().copied()), number(container_port)),
        ];
        for ((what, known, stated), (at, place)) in
            facts.into_iter().zip(self.places.iter_mut().zip(source.places(&place)))
        {
            match (known, stated) {
                (Some(known), Some(stated)) if known != stated => {
                    let what = format!("the {what} of gateway {}", self.name);
                    contradiction(&what, (&known, at), (&stated, &place), report);
                }
                (None, Some(_)) => *at = place,
                _ => {}
            }
        }
        self.namespace = self.namespace.take().or(namespace);
        // The port of an address that only the statement knows is the statement's.
        self.reached.port = self.reached.port.or(port).or(address.is_some().then_some(TLS_PORT));
        self.reached.address = self.reached.address.take().or(address);
        if let (Err(_), Some(port)) = (&self.container_port, container_port) {
            self.container_port = Ok(port);
        }
        self.rank = Rank::Stated;
        self.sources.push(source);
    }
}

/// Adds a statement to the gateways found: it completes one, agrees with one, contradicts one, or is one more.
pub(super) fn add(found: &mut Vec<GatewayDraft>, stated: Stated, report: &mut Report) {
    let mut alike: Vec<&mut GatewayDraft> = found
        .iter_mut()
        .filter(|gateway| gateway.labels == stated.labels && !gateway.sources.contains(&stated.source))
        .collect();
    let same = alike.iter().position(|gateway| gateway.reached.address == stated.address);
    let at = same.or_else(|| alike.iter().position(|gateway| gateway.reached.address.is_none()));
    match alike.get_mut(at.unwrap_or(0)) {
        Some(gateway) => gateway.add(stated, report),
        None => found.push(GatewayDraft::of(stated)),
    }
}
