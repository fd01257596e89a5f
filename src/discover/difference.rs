//! What differs between two inventories, as facts that are new, gone or changed.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::{Cluster, Gateway, Inventory, Istio, Mesh, MeshKind, Port, Target, TargetPort, Workload};

/// The facts of a service that some forms of inventory cannot express, or need not state.
const UNSTATED: [&str; 3] = [TARGET_PORTS, APP_PROTOCOLS, ADDRESS];
const TARGET_PORTS: &str = "target ports";
const APP_PROTOCOLS: &str = "application protocols";
const ADDRESS: &str = "address";

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What it is about, such as `service east/shop/web`.
    pub subject: String,
    /// Which fact of it; none when the subject itself is new or gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fact: Option<&'static str>,
    /// The old value; none for a new fact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// The new value; none for a fact that is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
}

/// One line, with the sign that says whether the fact is new, gone or changed.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subject, fact, old, new } = self;
        let name = fact.map_or_else(|| subject.clone(), |fact| format!("{subject} {fact}"));
        match (old, new) {
            (None, _) => write!(f, "+ {name}"),
            (Some(_), None) => write!(f, "- {name}"),
            (Some(old), Some(new)) => write!(f, "~ {name}: {old} -> {new}"),
        }
    }
}

/// The facts of each subject.
type Facts = BTreeMap<String, Vec<(&'static str, String)>>;

/// The differences from an old inventory to a new one, in the order of their subjects.
pub fn differences(old: &Inventory, new: &Inventory) -> Vec<Change> {
    let (old, new) = (facts(old), facts(new));
    let mut changes = Vec::new();
    let whole = |subject: &str, old: bool| Change {
        subject: subject.to_owned(),
        fact: None,
        old: old.then(String::new),
        new: (!old).then(String::new),
    };
    changes.extend(new.keys().filter(|subject| !old.contains_key(*subject)).map(|subject| whole(subject, false)));
    for (subject, before) in &old {
        let Some(after) = new.get(subject) else {
            changes.push(whole(subject, true));
            continue;
        };
        let is_unstated = |(fact, text): &(&str, String)| UNSTATED.contains(fact) && text.is_empty();
        let differ = |(old, new): &(&_, &_)| old != new && !is_unstated(old) && !is_unstated(new);
        for ((fact, old), (_, new)) in before.iter().zip(after).filter(differ) {
            let (old, new) = (Some(old.clone()), Some(new.clone()));
            changes.push(Change { subject: subject.clone(), fact: Some(fact), old, new });
        }
    }
    changes.sort_by(|a, b| (&a.subject, a.fact).cmp(&(&b.subject, b.fact)));
    changes
}

fn facts(inventory: &Inventory) -> Facts {
    let Inventory { clusters, meshes, workloads, targets, passed_over: _, outside: _ } = inventory;
    let mut facts = Facts::new();
    for (name, cluster) in clusters {
        let Cluster { domain, registered, namespaces, place: _ } = cluster;
        let of = vec![("domain", domain.to_string()), ("registered", registered.to_string())];
        facts.insert(format!("cluster {name}"), of);
        facts.extend(namespaces.iter().map(|namespace| (format!("namespace {name}/{namespace}"), Vec::new())));
    }
    for (key, mesh) in meshes {
        facts.insert(format!("mesh {key}"), of_mesh(mesh));
    }
    for (key, workload) in workloads {
        let Workload { controller, labels, service_account, mesh, gateway, data_plane } = workload;
        let of = vec![
            ("controller", controller.to_string()),
            ("labels", labels_text(labels)),
            ("service account", service_account.to_string()),
            ("mesh", mesh.to_string()),
            ("gateway", gateway.map_or_else(|| "no".into(), |role| role.to_string())),
            ("data plane", data_plane.mode.to_string()),
        ];
        facts.insert(format!("workload {key}"), of);
    }
    for target in targets.values() {
        let Target { place: _, service, selector, labels, ports, address, mesh, external, waypoint } = target;
        let of = vec![
            ("ports", ports_text(ports)),
            (TARGET_PORTS, target_ports_text(ports)),
            (APP_PROTOCOLS, app_protocols_text(ports)),
            (ADDRESS, address.cluster_ip().unwrap_or_default().to_owned()),
            ("selector", labels_text(selector)),
            ("labels", labels_text(labels)),
            ("mesh", mesh.to_string()),
            ("external", external.to_string()),
            ("waypoint", waypoint.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string)),
        ];
        facts.insert(format!("service {service}"), of);
    }
    facts
}

fn of_mesh(mesh: &Mesh) -> Vec<(&'static str, String)> {
    let Mesh { place: _, cluster, namespace, kind } = mesh;
    let istio = match kind {
        MeshKind::Istio(istio) => Some(istio),
        MeshKind::Osm(_) | MeshKind::Other(_) => None,
    };
    let text = |fact: &dyn Fn(&Istio) -> String| istio.map(fact).unwrap_or_default();
    vec![
        ("cluster", cluster.to_string()),
        ("namespace", namespace.to_string()),
        ("type", kind.product().to_owned()),
        ("version", kind.version().to_string()),
        ("trust domain", text(&|istio| istio.trust_domain.to_string())),
        ("service account", text(&|istio| istio.service_account.to_string())),
        ("gateways", text(&|istio| istio.gateways.iter().map(gateway_text).collect::<Vec<_>>().join(", "))),
    ]
}

fn gateway_text(gateway: &Gateway) -> String {
    let Gateway { address, port, container_port, labels, namespace } = gateway;
    let place = namespace.as_ref().map(|namespace| format!(" in {namespace}")).unwrap_or_default();
    format!("{address}:{port} to {container_port} of {}{place}", labels_text(labels))
}

/// A service's ports in one line.
pub(super) fn ports_text(ports: &[Port]) -> String {
    if ports.is_empty() { "none".into() } else { ports.iter().map(port_text).collect::<Vec<_>>().join(", ") }
}

fn port_text(port: &Port) -> String {
    let Port { number, name, protocol, app_protocol: _, target: _ } = port;
    let name = if name.is_empty() { String::new() } else { format!("{name} ") };
    format!("{name}{number}/{protocol}")
}

/// The ports that lead to another port of the pods, in one line; empty if that is not stated.
fn target_ports_text(ports: &[Port]) -> String {
    let mut out = Vec::new();
    for Port { number, name: _, protocol: _, app_protocol: _, target } in ports {
        match target {
            None => return String::new(),
            Some(TargetPort::Number(target)) if target == number => {}
            Some(TargetPort::Number(target)) => out.push(format!("{number} to {target}")),
            Some(TargetPort::Name(target)) => out.push(format!("{number} to {target}")),
        }
    }
    if out.is_empty() { "the same".into() } else { out.join(", ") }
}

/// The application protocols that ports state, in one line; empty if none does.
fn app_protocols_text(ports: &[Port]) -> String {
    let stated = ports.iter().filter(|port| !port.app_protocol.is_empty());
    stated.map(|port| format!("{} {}", port.number, port.app_protocol)).collect::<Vec<_>>().join(", ")
}

/// Labels in one line.
pub(super) fn labels_text(labels: &BTreeMap<crate::ids::Text, crate::ids::Text>) -> String {
    let all: Vec<_> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    if all.is_empty() { "none".into() } else { all.join(",") }
}
