//! The address and port by which other clusters reach a service.

use super::RawCluster;
use crate::ids::Text;
use crate::model::kubernetes::{Labels, Node, Raw, Service, ServicePort};

/// How a service is reached from outside, as far as it is known.
pub(super) struct Reached {
    pub(super) address: Option<Text>,
    pub(super) port: Option<u32>,
    /// What is missing.
    pub(super) why: String,
}

impl RawCluster<'_> {
    /// How a gateway is reached.
    pub(super) fn reached(&self, raw: &Raw<Service>, port: &ServicePort, labels: &Labels) -> Reached {
        let spec = &raw.object.spec;
        let external = spec.external_ips.iter().find(|address| !address.is_empty()).cloned();
        match spec.kind() {
            "LoadBalancer" => Reached {
                address: balancer(&raw.object).or(external),
                port: Some(port.port),
                why: "no file has the address of its load balancer".into(),
            },
            "NodePort" => match (self.node_address(raw, labels), external) {
                (Err(_), Some(external)) => {
                    Reached { address: Some(external), port: Some(port.port), why: String::new() }
                }
                (address, _) => {
                    let why = address.as_ref().err().cloned().unwrap_or_else(|| "no file has its node port".to_owned());
                    let port = Some(port.node_port).filter(|port| *port != 0);
                    Reached { address: address.ok(), port, why }
                }
            },
            kind => Reached {
                address: external,
                port: Some(port.port),
                why: format!("a service of type {kind} has no address outside its cluster"),
            },
        }
    }

    /// The address of the node on which the first of a gateway's pods runs.
    fn node_address(&self, raw: &Raw<Service>, labels: &Labels) -> Result<Text, String> {
        let has = |of: &Labels| labels.iter().all(|(key, value)| of.get(key) == Some(value));
        let mut pods = self.objects.pods.values().filter(|pod| pod.key.namespace == raw.key.namespace);
        let pod = pods.find(|pod| has(&pod.object.metadata.labels)).ok_or("no file has a pod that it selects")?;
        let name = &pod.object.spec.node_name;
        let node = self.objects.node(name).ok_or_else(|| format!("no file has the node {name:?} of its pod"))?;
        address(&node.object).ok_or_else(|| format!("the node {name} of its pod has no address outside its cluster"))
    }
}

/// The first address of a load balancer, the IP if it has both; or the one that was asked for.
fn balancer(service: &Service) -> Option<Text> {
    let given = |text: &Text| Some(text.clone()).filter(|text| !text.is_empty());
    let mut all = service.status.load_balancer.ingress.iter();
    let found = all.find_map(|ingress| given(&ingress.ip).or_else(|| given(&ingress.hostname)));
    found.or_else(|| given(&service.spec.load_balancer_ip))
}

/// The address of a node for other clusters, the IP if it has both. Nodes made by kind have none but the internal one, which is
/// reachable there. `Hostname` is what the node calls itself, which only its own network can resolve.
fn address(node: &Node) -> Option<Text> {
    let is_kind = node.status.images.iter().flat_map(|image| &image.names).any(|name| name.contains("kindnetd"));
    let first = |wanted: &dyn Fn(&str) -> bool| {
        let mut found =
            node.status.addresses.iter().filter(|address| wanted(&address.kind) && !address.address.is_empty());
        found.next().map(|found| found.address.clone())
    };
    if is_kind {
        return first(&|kind| kind == "InternalIP");
    }
    first(&|kind| kind == "ExternalIP")
        .or_else(|| first(&|kind| !matches!(kind, "InternalIP" | "InternalDNS" | "Hostname")))
}
