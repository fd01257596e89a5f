//! The gateways through which other clusters reach a mesh, as they are to be installed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::ids::Text;
use crate::plan::{MeshId, Plan};

/// The labels of pods that Istio makes for a Gateway of Kubernetes' own API, with its name; the newer one first.
pub(super) const API_NAMES: [&str; 2] = ["gateway.networking.k8s.io/gateway-name", "istio.io/gateway-name"];

/// The gateway that the default profile of Istio installs.
pub(super) const DEFAULT: &str = "istio-ingressgateway";

/// The port by which other clusters reach a gateway unless another one is chosen.
pub(super) const PORT: u32 = 15443;

/// A gateway.
pub(super) struct Gateway<'a> {
    /// The name of its Deployment and its Service; none if its labels lead to none.
    pub(super) name: Option<String>,
    pub(super) namespace: &'a str,
    /// The labels of its pods.
    pub(super) labels: &'a BTreeMap<Text, Text>,
    /// The ports by which other clusters reach it, each with the port of its container.
    pub(super) ports: BTreeSet<(u32, u32)>,
}

/// The pods of a gateway: their namespace and their labels.
type Pods<'a> = (&'a str, &'a BTreeMap<Text, Text>);

/// The gateways of a mesh, those with the same pods as one.
pub(super) fn of<'a>(plan: &'a Plan<'_>, mesh: MeshId) -> Vec<Gateway<'a>> {
    let bound = &plan[mesh];
    let mut found: BTreeMap<Pods<'_>, BTreeSet<(u32, u32)>> = BTreeMap::new();
    for gateway in &bound.istio.gateways {
        let namespace = gateway.namespace.as_ref().unwrap_or(bound.namespace);
        found.entry((namespace, &gateway.labels)).or_default().insert((gateway.port, gateway.container_port));
    }
    found
        .into_iter()
        .map(|((namespace, labels), ports)| Gateway { name: name(labels), namespace, labels, ports })
        .collect()
}

/// The name from which a chart, or an IstioOperator, derives these labels.
fn name(labels: &BTreeMap<Text, Text>) -> Option<String> {
    let stated = API_NAMES.into_iter().chain(["app"]).find_map(|key| labels.get(key)).map(ToString::to_string);
    stated.or_else(|| labels.get("istio").map(|value| format!("istio-{value}")))
}

impl Gateway<'_> {
    /// Whether Istio makes its pods for a Gateway of Kubernetes' own API.
    pub(super) fn is_api(&self) -> bool {
        API_NAMES.iter().any(|key| self.labels.contains_key(*key))
    }

    /// Whether it is exactly the one that the default profile installs with the port for other clusters.
    pub(super) fn is_default(&self, namespace: &str) -> bool {
        self.name.as_deref() == Some(DEFAULT)
            && self.namespace == namespace
            && self.own_labels().is_empty()
            && self.ports.iter().all(|ports| *ports == (PORT, PORT))
    }

    /// The labels of its pods that follow from its name.
    fn usual_labels(&self) -> BTreeMap<&str, &str> {
        let name = self.name.as_deref().unwrap_or_default();
        BTreeMap::from([("app", name), ("istio", name.strip_prefix("istio-").unwrap_or(name))])
    }

    /// The labels of its pods that do not follow from its name.
    pub(super) fn own_labels(&self) -> BTreeMap<&str, &str> {
        let usual = self.usual_labels();
        let all = self.labels.iter().map(|(key, value)| (&**key, &**value));
        all.filter(|(key, value)| usual.get(key) != Some(value)).collect()
    }

    /// All labels of its pods.
    pub(super) fn all_labels(&self) -> BTreeMap<&str, &str> {
        let mut out = self.usual_labels();
        out.extend(self.own_labels());
        out
    }

    /// The ports of its Service. The usual ingress gateway has those for requests from outside as well, which lead to `web` of its
    /// container.
    pub(super) fn service_ports(&self, web: [u32; 2]) -> Vec<Value> {
        let port =
            |name: &str, port, target| json!({"name": name, "port": port, "protocol": "TCP", "targetPort": target});
        let mut out = vec![port("status-port", 15021, 15021)];
        if self.name.as_deref() == Some(DEFAULT) {
            out.extend([port("http2", 80, web[0]), port("https", 443, web[1])]);
        }
        for (i, (number, container)) in self.ports.iter().enumerate() {
            let name = if i == 0 { "tls".to_owned() } else { format!("tls-{number}") };
            out.push(port(&name, *number, *container));
        }
        out
    }
}
