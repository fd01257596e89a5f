//! Names in a compact inventory that can be decoded but that the API server or Istio would refuse.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::{Cluster, Istio, Namespace, OtherGateway, Port, PortNumber, Service, TargetPort, Workload};
use crate::diag::FieldPath;
use crate::ids::dns::{is_host_name, is_label, is_port_name, is_service_name, is_subdomain, is_trust_domain};
use crate::model::settings::check::{Wrong, gateway};

const LABEL: &str = "use lower-case letters and digits with `-` between them, at most 63 characters";
const SERVICE: &str =
    "use lower-case letters and digits with `-` between them, at most 63 characters, and begin with a letter";
const SUBDOMAIN: &str = "use lower-case letters and digits with `-` and `.` between them, at most 253 characters";
const PORT_NAME: &str =
    "use lower-case letters and digits with `-` between them, at most 15 characters, and at least one letter";
const DOMAIN: &str =
    "use lower-case letters and digits with `-` and `.` between them, at most 63 characters between two dots";
const WAYPOINT: &str = "use the name of the waypoint, or its namespace and name with `/` between them";
const TRUST_DOMAIN: &str = "use letters, digits, `-`, `_` and `.`";

/// The default protocol of a port.
const TCP: &str = "TCP";
/// The transport protocols that a service's port can have.
const PROTOCOLS: [&str; 3] = [TCP, "UDP", "SCTP"];

/// Everything that is wrong with the values of a compact inventory.
pub(in crate::model) fn check(cluster: &Cluster) -> Vec<Wrong> {
    let Cluster { cluster_domain, istio, namespaces } = cluster;
    let mut found = Mistakes(Vec::new());
    let at = At { within: None, step: Step::Key("spec") };
    found.name(cluster_domain.as_deref(), is_host_name, &at.with("clusterDomain"), ("domain", DOMAIN));
    if let Some(istio) = istio {
        found.istio(istio, &at.with("istio"));
    }
    let at = at.with("namespaces");
    for (name, namespace) in namespaces {
        let at = at.with(&**name);
        found.map_key(name, is_label, &at, ("namespace name", LABEL));
        found.namespace(namespace, &at);
    }
    found.0
}

/// A field, which becomes a path only if there is something to report.
struct At<'a> {
    within: Option<&'a At<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

impl<'a> From<&'a str> for Step<'a> {
    fn from(key: &'a str) -> Self {
        Self::Key(key)
    }
}

impl From<usize> for Step<'_> {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

impl<'a> At<'a> {
    /// The field below this one.
    fn with(&'a self, step: impl Into<Step<'a>>) -> Self {
        Self { within: Some(self), step: step.into() }
    }

    fn path(&self) -> FieldPath {
        let outer = self.within.map(At::path).unwrap_or_default();
        match self.step {
            Step::Key(key) => outer.with(key),
            Step::Index(index) => outer.with(index),
        }
    }
}

/// What was found so far.
struct Mistakes(Vec<Wrong>);

impl Mistakes {
    /// Reports a name that is not valid.
    fn name(&mut self, name: Option<&str>, is_right: impl Fn(&str) -> bool, at: &At<'_>, of: (&str, &'static str)) {
        // An optional name that is empty counts as absent.
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            self.map_key(name, is_right, at, of);
        }
    }

    fn istio(&mut self, istio: &Istio, at: &At<'_>) {
        let Istio {
            version: _,
            namespace,
            revision,
            deployment,
            trust_domain,
            service_account,
            gateways,
            other_gateways,
        } = istio;
        self.name(namespace.as_deref(), is_label, &at.with("namespace"), ("namespace name", LABEL));
        self.name(Some(revision), is_label, &at.with("revision"), ("revision", LABEL));
        self.name(deployment.as_deref(), is_subdomain, &at.with("deployment"), ("Deployment name", SUBDOMAIN));
        self.name(trust_domain.as_deref(), is_trust_domain, &at.with("trustDomain"), ("trust domain", TRUST_DOMAIN));
        let account = ("service account name", SUBDOMAIN);
        self.name(service_account.as_deref(), is_subdomain, &at.with("serviceAccount"), account);
        for (i, stated) in gateways.iter().enumerate() {
            gateway(stated, &at.with("gateways").with(i).path(), &mut self.0);
        }
        let at = at.with("otherGateways");
        for (i, OtherGateway { name, namespace, labels }) in other_gateways.iter().enumerate() {
            let at = at.with(i);
            self.map_key(name, is_subdomain, &at.with("name"), ("gateway name", SUBDOMAIN));
            self.name(namespace.as_deref(), is_label, &at.with("namespace"), ("namespace name", LABEL));
            if labels.is_empty() {
                let message =
                    "the gateway has no labels, so every pod of its namespace would be a gateway's".to_owned();
                let hint = "give the labels that its pods have and no others";
                self.0.push(Wrong { path: at.with("labels").path(), message, hint });
            }
        }
    }

    fn namespace(&mut self, namespace: &Namespace, at: &At<'_>) {
        let Namespace { dataplane_mode: _, services, workloads } = namespace;
        let of_services = at.with("services");
        for (name, service) in services {
            let at = of_services.with(&**name);
            self.map_key(name, is_service_name, &at, ("service name", SERVICE));
            let Service { ports, labels: _, selector: _, cluster_ip, mesh: _, external: _, waypoint } = service;
            for part in waypoint.iter().flat_map(|waypoint| waypoint.splitn(2, '/')) {
                self.map_key(part, is_label, &at.with("waypoint"), ("waypoint", WAYPOINT));
            }
            self.ports(ports, &at.with("ports"));
            self.cluster_ip(cluster_ip, &at.with("clusterIP"));
        }
        let of_workloads = at.with("workloads");
        for (name, workload) in workloads {
            let at = of_workloads.with(&**name);
            self.map_key(name, is_subdomain, &at, ("workload name", SUBDOMAIN));
            let Workload { kind: _, labels: _, service_account, gateway: _, dataplane_mode: _ } = workload;
            let account = ("service account name", SUBDOMAIN);
            self.name(Some(service_account), is_subdomain, &at.with("serviceAccount"), account);
        }
    }

    fn cluster_ip(&mut self, address: &str, path: &At<'_>) {
        if !address.is_empty() && address != "None" && address.parse::<IpAddr>().is_err() {
            let message = format!("{address:?} is not an IP address");
            let hint = "use the Service's clusterIP: an IP address, or None for a headless service";
            self.0.push(Wrong { path: path.path(), message, hint });
        }
    }

    /// Reports a name that is not valid. An empty name is never valid.
    fn map_key(
        &mut self,
        name: &str,
        is_right: impl Fn(&str) -> bool,
        at: &At<'_>,
        (what, hint): (&str, &'static str),
    ) {
        if !is_right(name) {
            self.0.push(Wrong { path: at.path(), message: format!("{name:?} is not a valid {what}"), hint });
        }
    }

    /// Reports ports of a service that an API server would refuse.
    fn ports(&mut self, ports: &[Port], at: &At<'_>) {
        let (mut names, mut numbers) = (BTreeSet::new(), BTreeSet::new());
        for (i, Port { name, port, protocol, app_protocol: _, target_port }) in ports.iter().enumerate() {
            let at = at.with(i);
            if let Some(TargetPort::Name(name)) = target_port {
                self.map_key(name, is_port_name, &at.with("targetPort"), ("port name", PORT_NAME));
            }
            self.name(Some(name), is_label, &at.with("name"), ("port name", LABEL));
            let protocol = protocol.as_deref().unwrap_or(TCP);
            if !PROTOCOLS.contains(&protocol) {
                let (message, hint) = (format!("unknown protocol {protocol:?}"), "use TCP, UDP or SCTP");
                self.0.push(Wrong { path: at.with("protocol").path(), message, hint });
            }
            if !name.is_empty() && !names.insert(name) {
                let (message, hint) =
                    (format!("duplicate port name {name:?}"), "give each port of the service its own name");
                self.0.push(Wrong { path: at.with("name").path(), message, hint });
            }
            if let Some(PortNumber(number)) = port
                && !numbers.insert((number, protocol))
            {
                let message = format!("duplicate port {number} with protocol {protocol}");
                self.0.push(Wrong {
                    path: at.with("port").path(),
                    message,
                    hint: "list each combination of number and protocol once",
                });
            }
        }
    }
}
