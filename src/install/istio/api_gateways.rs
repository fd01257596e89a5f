//! Gateways of Kubernetes' own API: Istio makes the pods of one, so neither a chart nor an IstioOperator installs them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::gateways::{API_NAMES, Gateway};
use super::{Wanted, refusals};
use crate::built::BuiltObjects;
use crate::diag::{Code, Diag, Report};
use crate::ids::{ObjectRef, Text};
use crate::install::Manifest;
use crate::install::asked::{Asked, Setting};
use crate::version::table::API_GATEWAYS;

/// The class for which Istio makes pods at the edge of a mesh.
const CLASS: &str = "istio";

/// The label of pods with the class of their Gateway.
const CLASS_LABEL: &str = "gateway.networking.k8s.io/gateway-class-name";

/// The label with the port for other clusters, if it is not the usual one.
const PORT_LABEL: &str = "networking.istio.io/gatewayPort";

/// Beginnings of labels that Istio itself gives the pods.
const MADE: [&str; 3] = ["gateway.networking.k8s.io/", "gateway.istio.io/", "istio.io/gateway-name"];

/// Adds the Gateways of a mesh. One that cannot be written is reported, unless the cluster's own files have it.
pub(super) fn add(
    asked: &Asked<'_, '_>,
    setting: &Setting,
    wanted: &Wanted<'_>,
    built: &mut BuiltObjects,
    report: &mut Report,
) {
    for gateway in wanted.gateways.iter().filter(|gateway| gateway.is_api()) {
        let name = gateway.name.as_deref().unwrap_or_default();
        if is_known(asked, gateway.namespace, name) {
            continue;
        }
        match left_out(asked, wanted, gateway, name) {
            None => built.add(asked.name, [asked.object(setting, object(wanted, gateway, name))]),
            Some((why, hint)) => {
                let message =
                    format!("Gateway {}/{name} of cluster {} is not rendered: {why}", gateway.namespace, asked.name);
                report.push(Diag::new(Code::ApiGateway, refusals::gateway_place(asked), message).hint(hint));
            }
        }
    }
}

/// Whether the cluster's own files have a Gateway.
fn is_known(asked: &Asked<'_, '_>, namespace: &str, name: &str) -> bool {
    asked.snapshot.existing.get(asked.name).into_iter().flatten().any(|object| {
        let ObjectRef { namespace: own, name: named } = &object.key;
        (object.group, object.kind) == ("gateway.networking.k8s.io", "Gateway")
            && (&**own, &**named) == (namespace, name)
    })
}

/// Why a Gateway is not rendered, and what to do instead.
fn left_out(
    asked: &Asked<'_, '_>,
    wanted: &Wanted<'_>,
    gateway: &Gateway<'_>,
    name: &str,
) -> Option<(String, &'static str)> {
    const OWN: &str = "add the Gateway to the cluster's own files";
    if API_GATEWAYS.at(&wanted.version) != Some(true) {
        let why = format!(
            "Istio {} accepts its listener of protocol TLS only with PILOT_ENABLE_ALPHA_GATEWAY_API",
            wanted.release
        );
        return Some((
            why,
            "use a gateway that a chart or an IstioOperator installs, or add the Gateway to the cluster's own files",
        ));
    }
    if let Some(class) = gateway.labels.get(CLASS_LABEL).filter(|class| &***class != CLASS) {
        return Some((format!("its class is {class}, and only the class {CLASS} is rendered"), OWN));
    }
    if let Some(service) = service_of(asked, gateway.namespace, name) {
        let why = format!("Istio has made Service {service} for it, and no file shows its other listeners");
        return Some((why, OWN));
    }
    let (port, container) = gateway.ports.iter().find(|(port, container)| port != container)?;
    let why = format!("its port {port} leads to port {container} of the pods, and for a listener both are the same");
    Some((why, "set containerPort of the gateway to its port"))
}

/// A Service in the cluster's own files that is made for a Gateway.
fn service_of<'a>(asked: &Asked<'a, '_>, namespace: &str, name: &str) -> Option<&'a ObjectRef> {
    let services = asked.snapshot.kubernetes.get(asked.name)?.services.values();
    let is_its = |selector: &BTreeMap<Text, Text>| {
        API_NAMES.iter().any(|key| selector.get(*key).is_some_and(|value| &**value == name))
    };
    let mut found = services.filter(|raw| &*raw.key.namespace == namespace && is_its(&raw.object.spec.selector));
    found.next().map(|raw| &raw.key)
}

/// The Gateway. Its listeners own the ports and let nothing in: which hosts are let in is in the Gateway of Istio's API that is
/// rendered for the same pods. A listener that passes requests on by SNI would open every service of the mesh.
fn object(wanted: &Wanted<'_>, gateway: &Gateway<'_>, name: &str) -> Manifest {
    let mut labels = BTreeMap::new();
    labels.extend(wanted.revision.as_ref().map(|revision| ("istio.io/rev".to_owned(), revision.to_string())));
    let port = gateway.ports.first().map(|(port, _)| *port).filter(|port| *port != super::gateways::PORT);
    labels.extend(port.map(|port| (PORT_LABEL.to_owned(), port.to_string())));
    let mut spec = json!({"gatewayClassName": CLASS});
    let own = gateway.labels.iter().map(|(key, value)| (&**key, &**value));
    let mut own: BTreeMap<_, _> = own.filter(|(key, _)| !MADE.iter().any(|made| key.starts_with(made))).collect();
    if !own.is_empty() {
        // Labels here take the place of the Gateway's own on what Istio makes for it.
        own.extend(labels.get(PORT_LABEL).map(|port| (PORT_LABEL, port.as_str())));
        spec["infrastructure"] = json!({"labels": own});
    }
    spec["listeners"] = gateway.ports.iter().enumerate().map(listener).collect();
    let object = Manifest::new("gateway.networking.k8s.io/v1", "Gateway", gateway.namespace, name);
    Manifest { labels, ..object }.with("spec", spec)
}

fn listener((i, (port, _)): (usize, &(u32, u32))) -> Value {
    let name = if i == 0 { "tls".to_owned() } else { format!("tls-{port}") };
    json!({"name": name, "port": port, "protocol": "TLS", "tls": {"mode": "Passthrough"}})
}
