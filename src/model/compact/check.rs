//! Names in a compact inventory that could be decoded and that no cluster has: its API server or its Istio would refuse them.

use std::collections::BTreeSet;

use super::{Cluster, Istio, Namespace, Port, PortNumber, Service, Workload};
use crate::diag::FieldPath;
use crate::ids::dns::{is_label, is_service_name, is_subdomain, is_trust_domain};
use crate::model::settings::check::{Wrong, gateway};
use crate::path;

const LABEL: &str = "a name has lower-case letters, digits and `-` inside, and at most 63 of them";
const SERVICE: &str =
    "a name begins with a lower-case letter and has lower-case letters, digits and `-` inside, and at most 63 of them";
const SUBDOMAIN: &str = "a name has lower-case letters and digits, `-` and `.` between them, and at most 253 of all";
const TRUST_DOMAIN: &str = "a trust domain has letters, digits, `-`, `_` and `.`";

/// The protocol of a port that does not say.
const TCP: &str = "TCP";
/// The transport protocols that a service's port can have.
const PROTOCOLS: [&str; 3] = [TCP, "UDP", "SCTP"];

/// Everything that is wrong with the values of a compact inventory.
pub(in crate::model) fn check(cluster: &Cluster) -> Vec<Wrong> {
    let Cluster { cluster_domain, istio, namespaces } = cluster;
    let mut found = Mistakes(Vec::new());
    let at = path!["spec"];
    found.name(cluster_domain.as_deref(), is_subdomain, &at.with("clusterDomain"), ("domain", SUBDOMAIN));
    if let Some(istio) = istio {
        found.istio(istio, &at.with("istio"));
    }
    for (name, namespace) in namespaces {
        let at = at.with("namespaces").with(&**name);
        found.map_key(name, is_label, &at, ("name of a namespace", LABEL));
        found.namespace(namespace, &at);
    }
    found.0
}

/// What was found so far.
struct Mistakes(Vec<Wrong>);

impl Mistakes {
    /// Reports a name that is not valid.
    fn name(&mut self, name: Option<&str>, is_right: impl Fn(&str) -> bool, at: &FieldPath, of: (&str, &'static str)) {
        // An optional name that is empty counts as absent.
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            self.map_key(name, is_right, at, of);
        }
    }

    fn istio(&mut self, istio: &Istio, at: &FieldPath) {
        let Istio { version: _, namespace, revision, deployment, trust_domain, service_account, gateways } = istio;
        let at = |field: &str| at.with(field);
        self.name(namespace.as_deref(), is_label, &at("namespace"), ("name of a namespace", LABEL));
        self.name(Some(revision), is_label, &at("revision"), ("name of a revision", LABEL));
        self.name(deployment.as_deref(), is_subdomain, &at("deployment"), ("name of a Deployment", SUBDOMAIN));
        self.name(trust_domain.as_deref(), is_trust_domain, &at("trustDomain"), ("trust domain", TRUST_DOMAIN));
        let account = ("name of a service account", SUBDOMAIN);
        self.name(service_account.as_deref(), is_subdomain, &at("serviceAccount"), account);
        for (i, stated) in gateways.iter().enumerate() {
            gateway(stated, &at("gateways").with(i), &mut self.0);
        }
    }

    fn namespace(&mut self, namespace: &Namespace, at: &FieldPath) {
        let Namespace { services, workloads } = namespace;
        for (name, service) in services {
            let at = at.with("services").with(&**name);
            self.map_key(name, is_service_name, &at, ("name of a service", SERVICE));
            let Service { ports, labels: _, selector: _, mesh: _ } = service;
            self.ports(ports, &at.with("ports"));
        }
        for (name, workload) in workloads {
            let at = at.with("workloads").with(&**name);
            self.map_key(name, is_subdomain, &at, ("name of a workload", SUBDOMAIN));
            let Workload { kind: _, labels: _, service_account } = workload;
            let account = ("name of a service account", SUBDOMAIN);
            self.name(Some(service_account), is_subdomain, &at.with("serviceAccount"), account);
        }
    }

    /// Reports a name that is not valid. An empty one never is.
    fn map_key(
        &mut self,
        name: &str,
        is_right: impl Fn(&str) -> bool,
        at: &FieldPath,
        (what, hint): (&str, &'static str),
    ) {
        if !is_right(name) {
            self.0.push(Wrong { path: at.clone(), message: format!("{name:?} is no {what}"), hint });
        }
    }

    /// Adds what an API server would refuse of a service's ports.
    fn ports(&mut self, ports: &[Port], at: &FieldPath) {
        let (mut names, mut numbers) = (BTreeSet::new(), BTreeSet::new());
        for (i, Port { name, port, protocol }) in ports.iter().enumerate() {
            let at = at.with(i);
            self.name(Some(name), is_label, &at.with("name"), ("name of a port", LABEL));
            let protocol = protocol.as_deref().unwrap_or(TCP);
            if !PROTOCOLS.contains(&protocol) {
                let (message, hint) = (format!("there is no protocol {protocol:?}"), "it is TCP, UDP or SCTP");
                self.0.push(Wrong { path: at.with("protocol"), message, hint });
            }
            if !name.is_empty() && !names.insert(name) {
                let (message, hint) =
                    (format!("a second port named {name:?}"), "ports of a service have names of their own");
                self.0.push(Wrong { path: at.with("name"), message, hint });
            }
            if let Some(PortNumber(number)) = port
                && !numbers.insert((number, protocol))
            {
                let message = format!("a second port {number} of protocol {protocol}");
                self.0.push(Wrong {
                    path: at.with("port"),
                    message,
                    hint: "a service has one of each number and protocol",
                });
            }
        }
    }
}
