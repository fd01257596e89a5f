//! What a client mesh needs to call the services of another mesh: for each a ServiceEntry, whose endpoints are the other mesh's
//! gateways, a DestinationRule, and in the current style the VirtualService of its routes.

use std::net::IpAddr;

use crate::discover::Gateway;
use crate::ids::Provenance;
use crate::objects::istio::{DestinationRule, Endpoint, EndpointLabels, LabelMap, PortMap, ServiceEntry, Subset};
use crate::plan::{MeshId, Plan, TargetId, hosts};
use crate::translate::{Sink, destination, export_to, route, sources};
use crate::version::Style;

use super::ports::ports;
use super::tls;

/// The objects with which a client mesh calls the services of a server mesh.
pub(super) fn known_from<'p>(plan: &'p Plan<'p>, server: MeshId, client: MeshId, sink: &mut impl Sink<'p>) {
    for target in plan.reaching(server, client) {
        match plan[plan[client].cluster].facts.style {
            style if !plan.is_written(target, style) => {}
            Style::Reference => of_target(plan, target, client, sink),
            Style::Current => {
                of_target(plan, target, client, sink);
                routes(plan, target, client, sink);
            }
        }
    }
}

/// The host of a service of another cluster.
fn of_target<'p>(plan: &'p Plan<'p>, target: TargetId, client: MeshId, sink: &mut impl Sink<'p>) {
    let Some(parent) = plan[client].virtual_mesh else { return };
    let virtual_mesh = &plan[parent].policy.named;
    let (namespace, name) = (plan[client].namespace, plan[target].global_host.as_str());
    let style = plan[plan[client].cluster].facts.style;
    sink.put(namespace, name, || (service_entry(plan, target, style), [virtual_mesh.clone()].into()));
    sink.put(namespace, name, || {
        let mut policies: Vec<_> = plan[target].subsets.policies().copied().collect();
        if style == Style::Current {
            policies.extend(plan.service_actions(target).outlier.map(|outlier| outlier.by));
        }
        let mut sources = sources::traffic(plan, policies);
        sources.push(virtual_mesh.clone());
        (destination_rule(plan, target, style), Provenance::from(sources))
    });
}

/// The routes of a service of another cluster. Service Mesh Hub has these for callers in the service's own cluster alone.
fn routes<'p>(plan: &'p Plan<'p>, target: TargetId, client: MeshId, sink: &mut impl Sink<'p>) {
    let cluster = plan[client].cluster;
    if cluster != plan[target].cluster && route::are_there(plan, target, cluster) {
        let name = plan[target].global_host.as_str();
        let make = |shared: Option<&_>| route::virtual_service(plan, target, cluster, shared);
        sink.put_sharing(plan[client].namespace, name, make);
    }
}

/// A service of another cluster.
fn service_entry<'p>(plan: &'p Plan<'p>, target: TargetId, style: Style) -> ServiceEntry<'p> {
    let bound = &plan[target];
    let cluster = plan[bound.cluster].name.as_str();
    let ports = ports(plan, target, style);
    let gateways = plan.entrances(target);
    let endpoint = |gateway: &'p Gateway| Endpoint {
        address: &gateway.address,
        labels: EndpointLabels { cluster, ranks: 0 },
        ports: PortMap(ports.iter().map(|port| (port.name.clone(), gateway.port)).collect()),
    };
    let endpoints = match style {
        Style::Reference => gateways.iter().copied().take(1).map(endpoint).collect(),
        Style::Current => gateways.iter().copied().map(endpoint).collect(),
    };
    ServiceEntry {
        addresses: Some([bound.address]),
        endpoints,
        export_to: export_to(style),
        hosts: [&bound.global_host],
        location: "MESH_INTERNAL",
        ports,
        resolution: match style {
            Style::Reference => "DNS",
            Style::Current => resolution(&gateways),
        },
        subject_alt_names: match style {
            Style::Reference => Vec::new(),
            Style::Current => plan.identities(target),
        },
    }
}

/// How the addresses of gateways are resolved. Envoy does not resolve an IPv6 address as it does a name.
fn resolution(gateways: &[&Gateway]) -> &'static str {
    let all_are_ips = gateways.iter().all(|gateway| gateway.address.parse::<IpAddr>().is_ok());
    if all_are_ips { "STATIC" } else { "DNS" }
}

/// The rule of a service of another cluster. Its endpoints are the other cluster's gateways, and every subset has all of them:
/// only their names differ, by which the gateway knows the subset.
fn destination_rule<'p>(plan: &'p Plan<'p>, target: TargetId, style: Style) -> DestinationRule<'p> {
    let bound = &plan[target];
    let cluster = plan[bound.cluster].name.as_str();
    let outlier = match style {
        Style::Reference => None,
        Style::Current => plan.service_actions(target).outlier.map(|outlier| *outlier.value),
    };
    let outlier = outlier.map(destination::outlier_detection);
    let asks = tls::asks_by_sni(plan, target);
    let subset = |subset: &'p crate::plan::Subset<'p>| Subset {
        name: &subset.name,
        // Endpoints have the label of their cluster; without labels a subset has all endpoints.
        labels: match style {
            Style::Reference => LabelMap::from([("cluster", cluster)]),
            Style::Current => LabelMap::new(),
        },
        traffic_policy: asks.then(|| Box::new(tls::of_subset(plan, target, &subset.name, outlier, style))),
    };
    DestinationRule {
        host: &bound.global_host,
        export_to: export_to(style),
        subsets: bound.subsets.iter().map(subset).collect(),
        traffic_policy: match asks {
            true => tls::of_subset(plan, target, hosts::NO_SUBSET, outlier, style),
            false => crate::objects::istio::TrafficPolicy { outlier_detection: outlier, ..destination::plain() },
        },
    }
}
