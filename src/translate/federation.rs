//! Federation: what makes the services of one mesh known to the others of its virtual mesh.
//!
//! In each client cluster a service of another cluster is a ServiceEntry whose one endpoint is the other's gateway, with a
//! DestinationRule; in the server's cluster a Gateway lets the requests in and an EnvoyFilter turns the name under which they
//! came into the service's own.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::discover;
use crate::ids::{Text, sanitize};
use crate::istio::{
    ClusterRewrite, ConfigPatch, Endpoint, EnvoyFilter, FilterChainMatch, FilterMatch, Gateway, LabelMap,
    ListenerMatch, Patch, PatchMatch, PatchValue, Port, PortMap, Server, ServerTls, ServiceEntry, WorkloadSelector,
};
use crate::plan::{MeshId, Plan, TargetId, VirtualMeshId};

use super::sources::{self, Sources};
use super::{Sink, destination};

/// The type of the filter's configuration, where it is typed.
const REWRITE_TYPE: &str =
    "type.googleapis.com/istio.envoy.config.filter.network.tcp_cluster_rewrite.v2alpha1.TcpClusterRewrite";

/// What a client mesh needs to know the services of the other meshes of its virtual mesh.
pub(super) fn known_from_others<'p>(plan: &'p Plan<'p>, client: MeshId, sink: &mut impl Sink<'p>) {
    let Some(parent) = plan[client].virtual_mesh else { return };
    let virtual_mesh = plan[parent].policy.named.clone();
    let alone: Sources = [virtual_mesh.clone()].into();
    let servers = plan[parent].meshes.iter().filter(|server| **server != client && plan.is_server(**server));
    for server in servers {
        for target in plan.reaching(*server, client) {
            let (namespace, name) = (plan[client].namespace, plan[target].global_host.as_str());
            sink.put(namespace, name, || (service_entry(plan, *server, target), alone.clone()));
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
                (destination::remote(plan, target), sources)
            });
        }
    }
}

/// A service of another cluster.
fn service_entry<'p>(plan: &'p Plan<'p>, server: MeshId, target: TargetId) -> ServiceEntry<'p> {
    let bound = &plan[target];
    let ports = ports(plan, target);
    let endpoint = plan[server].istio.gateways.first().map(|gateway| {
        let labels = LabelMap::from([("cluster", plan[bound.cluster].name.as_str())]);
        let ports = PortMap(ports.iter().map(|port| (port.name.clone(), gateway.port)).collect());
        [Endpoint { address: &gateway.address, labels, ports }]
    });
    ServiceEntry {
        addresses: vec![bound.address],
        endpoints: endpoint,
        hosts: [&bound.global_host],
        location: "MESH_INTERNAL",
        ports,
        resolution: "DNS",
    }
}

/// The ports of a service with a name for each. An unnamed one is named after its protocol. What is taken, by another port's
/// own name or by one that was made up, gets the number as well.
fn ports<'p>(plan: &'p Plan<'p>, target: TargetId) -> Vec<Port<'p>> {
    let known = plan[target].known;
    let named = known.distinct_ports().map(|port| &*port.name).filter(|name| !name.is_empty());
    let mut taken: BTreeSet<Cow<'p, str>> = named.map(Cow::Borrowed).collect();
    let mut borne: BTreeSet<&'p str> = BTreeSet::new();
    let mut out = Vec::new();
    for discover::Port { number, name, protocol } in known.distinct_ports() {
        // A port that says nothing of its protocol is TCP's, as the API server has it.
        let protocol = if protocol.is_empty() { "TCP" } else { &**protocol };
        let name = if !name.is_empty() && borne.insert(name) {
            Cow::Borrowed(&**name)
        } else {
            let wanted = if name.is_empty() { protocol.to_lowercase() } else { name.to_string() };
            let numbered = format!("{wanted}-{number}");
            // Another port may even have the name that is made up.
            let counted = (1..).map(|n| format!("{numbered}-{n}"));
            let mut candidates = [wanted, numbered.clone()].into_iter().chain(counted).map(Cow::Owned);
            let free = candidates.find(|name| !taken.contains(name)).unwrap_or_default();
            taken.insert(free.clone());
            free
        };
        out.push(Port { name, number: *number, protocol });
    }
    out
}

/// What a server mesh needs to let the others in.
pub(super) fn gateway<'p>(plan: &'p Plan<'p>, mesh: MeshId, parent: VirtualMeshId, sink: &mut impl Sink<'p>) {
    let bound = &plan[mesh];
    let Some(gateway) = bound.istio.gateways.first().filter(|_| plan.is_server(mesh)) else { return };
    let key = plan[parent].policy.key;
    let sources: Sources = [plan[parent].policy.named.clone()].into();
    let labels = || -> LabelMap<'p> { gateway.labels.iter().map(|(key, value)| (&**key, &**value)).collect() };
    sink.put(bound.namespace, sanitize(&format!("{}-{}", key.name, key.namespace)), || {
        let port = Port { name: Cow::Borrowed("tls"), number: gateway.container_port, protocol: "TLS" };
        let server = Server { hosts: ["*.global"], port, tls: ServerTls { mode: "AUTO_PASSTHROUGH" } };
        (Gateway { selector: labels(), servers: [server] }, sources.clone())
    });
    sink.put(bound.namespace, format!("{}.{}", key.name, key.namespace), || {
        let config_patches = vec![rewrite(plan, mesh, gateway.container_port)];
        let workload_selector = Some(WorkloadSelector { labels: labels() });
        (EnvoyFilter { config_patches, workload_selector }, sources.clone())
    });
}

/// The patch that turns the name under which other clusters know a service into its own.
fn rewrite<'p>(plan: &'p Plan<'p>, mesh: MeshId, port_number: u32) -> ConfigPatch {
    let bound = &plan[mesh];
    let cluster = &plan[bound.cluster];
    let typed = bound.profile.typed_envoy_config;
    let config = ClusterRewrite {
        type_url: typed.then_some(REWRITE_TYPE),
        cluster_pattern: pattern(cluster.name.as_str()),
        cluster_replacement: replacement(cluster.domain),
    };
    let (config, typed_config) = if typed { (None, Some(config)) } else { (Some(config), None) };
    ConfigPatch {
        apply_to: "NETWORK_FILTER",
        matches: PatchMatch::Listener {
            context: "GATEWAY",
            listener: ListenerMatch {
                filter_chain: FilterChainMatch { filter: FilterMatch { name: "envoy.filters.network.sni_cluster" } },
                port_number,
            },
        },
        patch: Patch {
            operation: "INSERT_AFTER",
            value: Some(PatchValue::ClusterRewrite {
                name: "envoy.filters.network.tcp_cluster_rewrite",
                config,
                typed_config,
            }),
        },
    }
}

/// The end of the names under which other clusters know the services, as a regular expression. The cluster's name is not
/// escaped, as in the reference: names of clusters have no characters that would need it but dots.
fn pattern(cluster: &str) -> String {
    format!("\\.{cluster}.global$")
}

fn replacement(domain: &Text) -> String {
    format!(".{domain}")
}
