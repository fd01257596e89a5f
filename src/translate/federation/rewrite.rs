//! Federation in which the server's gateway rewrites the cluster named by SNI, as Service Mesh Hub does.
//!
//! In each client cluster a service of another cluster is a ServiceEntry whose one endpoint is the other's gateway, with a
//! DestinationRule; in the server's cluster a Gateway accepts the requests and an EnvoyFilter replaces their host name
//! with the service's own.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::discover;
use crate::ids::{Provenance, Text};
use crate::objects::istio::{
    ClusterRewrite, ConfigPatch, DestinationRule, Endpoint, EnvoyFilter, FilterChainMatch, FilterMatch, Gateway, Label,
    LabelMap, ListenerMatch, Patch, PatchMatch, Port, PortMap, Server, ServerTls, ServiceEntry, Subset,
    WorkloadSelector,
};
use crate::objects::names;
use crate::plan::{MeshId, Plan, TargetId};
use crate::translate::sources;
use crate::translate::{Sink, destination};

/// The objects with which a client mesh calls the services of a server mesh.
pub(super) fn known_from<'p>(plan: &'p Plan<'p>, server: MeshId, client: MeshId, sink: &mut impl Sink<'p>) {
    let Some(parent) = plan[client].virtual_mesh else { return };
    let virtual_mesh = &plan[parent].policy.named;
    let alone: Provenance = [virtual_mesh.clone()].into();
    for target in plan.reaching(server, client) {
        let (namespace, name) = (plan[client].namespace, plan[target].global_host.as_str());
        sink.put(namespace, name, || (service_entry(plan, server, target), alone.clone()));
        sink.put(namespace, name, || {
            let subsets = &plan[target].subsets;
            let sources = match subsets.is_empty() {
                true => alone.clone(),
                false => {
                    let mut all = sources::traffic(plan, subsets.policies().copied());
                    all.push(virtual_mesh.clone());
                    all.into()
                }
            };
            (destination_rule(plan, target), sources)
        });
    }
}

/// The rule of a service of another cluster. Its endpoint is the other cluster's gateway, labelled with the name of
/// that cluster: every subset selects this endpoint, and only their names differ.
fn destination_rule<'p>(plan: &'p Plan<'p>, target: TargetId) -> DestinationRule<'p> {
    let bound = &plan[target];
    let cluster = plan[bound.cluster].name.as_str();
    let labels = || LabelMap::from([("cluster", cluster)]);
    let subsets =
        bound.subsets.iter().map(|subset| Subset { name: &subset.name, labels: labels(), traffic_policy: None });
    DestinationRule { host: &bound.global_host, subsets: subsets.collect(), traffic_policy: destination::plain() }
}

/// A service of another cluster.
fn service_entry<'p>(plan: &'p Plan<'p>, server: MeshId, target: TargetId) -> ServiceEntry<'p> {
    let bound = &plan[target];
    let ports = ports(plan, target);
    let endpoint = plan.gateway(server).map(|gateway| {
        let labels = Label("cluster", plan[bound.cluster].name.as_str());
        let ports = PortMap(ports.iter().map(|port| (port.name.clone(), gateway.port)).collect());
        Endpoint { address: &gateway.address, labels, ports }
    });
    ServiceEntry {
        addresses: Some([bound.address]),
        endpoints: endpoint.into_iter().collect(),
        export_to: &[],
        hosts: [&bound.global_host],
        location: "MESH_INTERNAL",
        ports,
        resolution: "DNS",
        subject_alt_names: Vec::new(),
    }
}

/// The ports of a service with a name for each.
fn ports<'p>(plan: &'p Plan<'p>, target: TargetId) -> Vec<Port<'p>> {
    let known = plan[target].known;
    let mut ports = Vec::with_capacity(known.ports.len());
    ports.extend(known.distinct_ports().map(
        |discover::Port { number, name, protocol, app_protocol: _, target: _ }| Port {
            name: Cow::Borrowed(&**name),
            number: *number,
            // The default protocol is TCP, as in the API server.
            protocol: if protocol.is_empty() { "TCP" } else { protocol },
        },
    ));
    if !have_names(&ports) {
        name_all(&mut ports);
    }
    ports
}

/// Whether each port has a name of its own: nearly always, so what other ports need is not paid for all of them.
fn have_names(ports: &[Port<'_>]) -> bool {
    let mut names: Vec<&str> = ports.iter().map(|port| &*port.name).collect();
    names.sort_unstable();
    names.first().is_none_or(|name| !name.is_empty()) && names.windows(2).all(|pair| pair[0] != pair[1])
}

/// Gives each port a name of its own. An unnamed port is named after its protocol, with its number if that name is already
/// used, by a named port or by another unnamed one.
fn name_all(ports: &mut [Port<'_>]) {
    let names = ports.iter().filter(|port| !port.name.is_empty());
    let mut taken: BTreeSet<String> = names.map(|port| port.name.to_string()).collect();
    let mut kept = BTreeSet::new();
    for Port { name, number, protocol } in ports {
        if !name.is_empty() && kept.insert(name.to_string()) {
            continue;
        }
        let wanted = if name.is_empty() { protocol.to_lowercase() } else { name.to_string() };
        let numbered = format!("{wanted}-{number}");
        // Another port may have this name as well.
        let counted = (1..).map(|n| format!("{numbered}-{n}"));
        let mut candidates = [wanted, numbered.clone()].into_iter().chain(counted);
        let free = candidates.find(|name| !taken.contains(name)).unwrap_or_default();
        taken.insert(free.clone());
        *name = Cow::Owned(free);
    }
}

/// The objects with which a server mesh accepts requests from the other meshes.
pub(super) fn let_in<'p>(plan: &'p Plan<'p>, server: MeshId, typed: bool, sink: &mut impl Sink<'p>) {
    let bound = &plan[server];
    let Some((gateway, parent)) = plan.gateway(server).zip(bound.virtual_mesh) else { return };
    let policy = &plan[parent].policy;
    let sources: Provenance = [policy.named.clone()].into();
    let labels = || -> LabelMap<'p> { gateway.labels.iter().map(|(key, value)| (&**key, &**value)).collect() };
    sink.put(bound.namespace, names::federation_gateway(policy.key), || {
        let port = Port { name: Cow::Borrowed("tls"), number: gateway.container_port, protocol: "TLS" };
        let listener = Server { hosts: vec!["*.global"], port, tls: ServerTls { mode: "AUTO_PASSTHROUGH" } };
        (Gateway { selector: labels(), servers: vec![listener] }, sources.clone())
    });
    sink.put(bound.namespace, names::federation_filter(policy.key), || {
        let config_patches = vec![rewrite(plan, server, gateway.container_port, typed)];
        let workload_selector = Some(WorkloadSelector { labels: labels() });
        (EnvoyFilter { config_patches, workload_selector }, sources.clone())
    });
}

/// The patch that replaces the federated host name of a service with its own.
fn rewrite(plan: &Plan<'_>, server: MeshId, port_number: u32, typed: bool) -> ConfigPatch {
    let cluster = &plan[plan[server].cluster];
    let value = ClusterRewrite::filter(pattern(cluster.name.as_str()), replacement(cluster.domain), typed);
    let filter = FilterMatch { name: "envoy.filters.network.sni_cluster" };
    ConfigPatch {
        apply_to: "NETWORK_FILTER",
        matches: PatchMatch::Listener {
            context: "GATEWAY",
            listener: ListenerMatch { filter_chain: FilterChainMatch { filter }, port_number },
        },
        patch: Patch { operation: "INSERT_AFTER", value: Some(value) },
    }
}

/// The suffix of the federated host names, as a regular expression. The cluster's name is not
/// escaped, as in the reference: the only character of a valid cluster name that would need it is the dot.
fn pattern(cluster: &str) -> String {
    format!("\\.{cluster}.global$")
}

fn replacement(domain: &Text) -> String {
    format!(".{domain}")
}
