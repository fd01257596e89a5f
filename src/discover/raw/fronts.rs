//! What may be in front of gateways' pods: Services, and what becomes a Service in the cluster, which Git often does not have.

use std::borrow::Cow;

use super::RawCluster;
use super::charts::Chart;
use crate::discover::defaults::TLS_PORT;
use crate::ids::{ObjectRef, Text};
use crate::model::existing::{ApiGateway, Content, Existing};
use crate::model::kubernetes::{Ingress, Labels, PortRef, Raw, Service, ServicePort, Values};

/// The labels by which the pods of a Gateway of Kubernetes' own API are known, the newer one first.
pub(super) const GATEWAY_NAMES: [&str; 2] = ["gateway.networking.k8s.io/gateway-name", "istio.io/gateway-name"];

/// The label that names the network to which a gateway is the way.
pub(super) const NETWORK: &str = "topology.istio.io/network";

/// The ports of a gateway between networks in Istio's chart: names and numbers.
const NETWORK_PORTS: [(&str, u32); 4] =
    [("status-port", 15021), ("tls", TLS_PORT), ("tls-istiod", 15012), ("tls-webhook", 15017)];

/// The ports of any other gateway in Istio's chart.
const USUAL_PORTS: [(&str, u32); 3] = [("status-port", 15021), ("http2", 80), ("https", 443)];

/// A Service, or what becomes one.
pub(super) struct Front<'a> {
    pub(super) service: Cow<'a, Raw<Service>>,
    /// The Gateway of Kubernetes' own API for which it is made.
    pub(super) gateway: Option<&'a ApiGateway>,
    /// Whether its pods are a gateway's although no file has them.
    pub(super) is_made: bool,
}

impl RawCluster<'_> {
    /// All of them, in the order of their keys.
    pub(super) fn fronts(&self) -> Vec<Front<'_>> {
        let of_service =
            |service| Front { service: Cow::Borrowed(service), gateway: self.api_gateway(service), is_made: false };
        let mut found: Vec<_> = self.objects.services.values().map(of_service).collect();
        let gateways = self.api_gateways().filter_map(|(object, gateway)| self.of_api_gateway(object, gateway));
        found.extend(gateways.collect::<Vec<_>>());
        found.extend(self.charted().map(|service| Front {
            service: Cow::Owned(service),
            gateway: None,
            is_made: true,
        }));
        found.sort_by(|a, b| a.service.key.cmp(&b.service.key));
        found
    }

    /// The Services of gateways that charts install, where no file has what they render.
    pub(super) fn charted(&self) -> impl Iterator<Item = Raw<Service>> {
        let charts = self.charts().into_iter().filter(|chart| chart.chart == "gateway");
        charts.filter_map(of_chart).filter(|raw| {
            !self.objects.services.contains_key(&raw.key) && !self.objects.deployments.contains_key(&raw.key)
        })
    }

    fn api_gateways(&self) -> impl Iterator<Item = (&Existing, &ApiGateway)> {
        let objects = self.snapshot.existing.get(self.name).into_iter().flatten();
        objects.filter_map(|object| match &object.content {
            Content::KubernetesGateway { makes_pods: _, gateway } => Some((object, &**gateway)),
            _ => None,
        })
    }

    /// The Gateway whose pods a Service selects.
    fn api_gateway(&self, service: &Raw<Service>) -> Option<&ApiGateway> {
        let name = GATEWAY_NAMES.iter().find_map(|key| service.object.spec.selector.get(*key))?;
        let is_it = |object: &Existing| object.key.namespace == service.key.namespace && object.key.name == *name;
        self.api_gateways().find(|(object, _)| is_it(object)).map(|(_, gateway)| gateway)
    }

    /// The Service that Istio makes for a Gateway, if no file has it.
    fn of_api_gateway<'a>(&'a self, object: &'a Existing, gateway: &'a ApiGateway) -> Option<Front<'a>> {
        let ObjectRef { namespace, name } = &object.key;
        let key = ObjectRef { namespace: namespace.clone(), name: gateway.made(name)? };
        let is_made = |service: &Raw<Service>| {
            let selector = &service.object.spec.selector;
            service.key.namespace == *namespace && GATEWAY_NAMES.iter().any(|key| selector.get(*key) == Some(name))
        };
        if self.objects.services.contains_key(&key) || self.objects.services.values().any(is_made) {
            return None;
        }
        let mut service = Service::default();
        let labels = object.labels.iter().chain(&gateway.labels);
        service.metadata.labels = labels.map(|(key, value)| (key.clone(), value.clone())).collect::<Labels>().into();
        let usual = || "LoadBalancer".into();
        service.spec.kind = Some(gateway.service_type.clone()).filter(|kind| !kind.is_empty()).unwrap_or_else(usual);
        service.spec.selector = Labels::from([(GATEWAY_NAMES[0].into(), name.clone())]).into();
        let port = |listener: &crate::model::existing::Listener| port(&listener.name, listener.port);
        service.spec.ports = gateway.listeners.iter().map(port).collect();
        let asked = gateway.asked.iter().find(|address| &*address.kind == "IPAddress");
        service.spec.load_balancer_ip = asked.map(|address| address.value.clone()).unwrap_or_default();
        service.status.load_balancer.ingress = gateway.reached.iter().map(|address| ingress(&address.value)).collect();
        let service = Cow::Owned(Raw { key, place: object.place.clone(), object: service });
        Some(Front { service, gateway: Some(gateway), is_made: true })
    }
}

/// The Service that Istio's chart for gateways makes of its values; none if they ask for none.
fn of_chart(chart: Chart<'_>) -> Option<Raw<Service>> {
    let Chart { chart: _, release, namespace, version: _, values, is_whole: _, place } = chart;
    let text = |path: &[&str]| values.text(path).or_else(|| values.text(&[&["defaults"], path].concat()));
    let kind = text(&["service", "type"]).unwrap_or_else(|| "LoadBalancer".into());
    if &*kind == "None" {
        return None;
    }
    let name = text(&["name"]).unwrap_or(release);
    let app = text(&["labels", "app"]).unwrap_or_else(|| name.clone());
    let istio = text(&["labels", "istio"]).unwrap_or_else(|| name.strip_prefix("istio-").unwrap_or(&name).into());
    let selector = Labels::from([("app".into(), app), ("istio".into(), istio)]);
    let network = text(&["networkGateway"]);
    let mut service = Service::default();
    let mut labels: Labels = selector.clone();
    labels.extend(values.entries(&["labels"]).filter(|(key, _)| !matches!(&**key, "app" | "istio")));
    labels.extend(network.clone().map(|network| (NETWORK.into(), network)));
    service.metadata.labels = labels.into();
    service.spec.kind = kind;
    service.spec.selector = selector.into();
    service.spec.ports = ports(&values, network.is_some());
    service.spec.load_balancer_ip = text(&["service", "loadBalancerIP"]).unwrap_or_default();
    service.spec.external_ips = values.texts(&["service", "externalIPs"]);
    Some(Raw { key: ObjectRef { namespace, name }, place: place.clone(), object: service })
}

/// The ports of a gateway that a chart installs.
fn ports(values: &Values, is_between: bool) -> Vec<ServicePort> {
    let number = |values: &Values, path: &[&str]| values.text(path).and_then(|text| text.parse().ok());
    if is_between {
        let of = |(name, usual): (&str, u32)| {
            let own = |field| number(values, &["networkGatewayPorts", name, field]).unwrap_or(usual);
            ServicePort { target_port: Some(PortRef::Number(own("targetPort"))), ..port(name, own("port")) }
        };
        return NETWORK_PORTS.into_iter().map(of).collect();
    }
    let stated = values.items(&["service", "ports"]).filter_map(|own| {
        let target_port = own.text(&["targetPort"]).map(|target| match target.parse() {
            Ok(number) => PortRef::Number(number),
            Err(_) => PortRef::Name(target),
        });
        let name = own.text(&["name"]).unwrap_or_default();
        Some(ServicePort { target_port, ..port(&name, number(&own, &["port"])?) })
    });
    let stated: Vec<_> = stated.collect();
    if stated.is_empty() { USUAL_PORTS.map(|(name, number)| port(name, number)).into() } else { stated }
}

fn port(name: &str, number: u32) -> ServicePort {
    ServicePort { name: name.into(), port: number, ..ServicePort::default() }
}

/// An address of a load balancer: an IP or a host name.
fn ingress(value: &Text) -> Ingress {
    match value.parse::<std::net::IpAddr>() {
        Ok(_) => Ingress { ip: value.clone(), hostname: "".into() },
        Err(_) => Ingress { ip: "".into(), hostname: value.clone() },
    }
}
