//! Federation: what makes the services of one mesh known to the others of its virtual mesh.
//!
//! In each client cluster a service of another cluster is a ServiceEntry whose one endpoint is the other's gateway, with a
//! DestinationRule; in the server's cluster a Gateway lets the requests in and an EnvoyFilter turns the name under which they
//! came into the service's own.

use std::borrow::Cow;

use crate::ids::{Text, sanitize};
use crate::istio::{
    ClusterRewrite, ConfigPatch, Endpoint, EnvoyFilter, FilterChainMatch, FilterMatch, Gateway, LabelMap,
    ListenerMatch, Patch, PatchMatch, PatchValue, Port, PortMap, Server, ServerTls, ServiceEntry, Spec,
    WorkloadSelector,
};
use crate::model::Kind;
use crate::resolve::plan::{MeshId, Plan, TargetId, VirtualMeshId};

use super::sources::{self, Sources};
use super::{Manifest, destination};

/// The type of the filter's configuration, where it is typed.
const REWRITE_TYPE: &str =
    "type.googleapis.com/istio.envoy.config.filter.network.tcp_cluster_rewrite.v2alpha1.TcpClusterRewrite";

/// What a client mesh needs to know the services of the other meshes of its virtual mesh.
pub(super) fn known_from_others<'p>(plan: &'p Plan<'p>, client: MeshId, emit: &mut impl FnMut(Manifest<'p>)) {
    let Some(parent) = plan[client].virtual_mesh else { return };
    let virtual_mesh = sources::policy(Kind::VirtualMesh, plan[parent].key);
    let alone: Sources = vec![virtual_mesh.clone()].into();
    let servers = plan[parent].meshes.iter().filter(|server| **server != client && plan.is_server(**server));
    for server in servers {
        for target in plan[*server].targets.iter().filter(|target| plan.reaches(**target, client)) {
            let bound = &plan[*target];
            let mut put = |spec, sources| {
                let name = Cow::Borrowed(bound.global_host.as_str());
                emit(Manifest { namespace: plan[client].namespace, name, spec, sources });
            };
            put(Spec::ServiceEntry(service_entry(plan, *server, *target)), alone.clone());
            let rule_sources = match bound.subsets.is_empty() {
                true => alone.clone(),
                false => {
                    let policies = bound.subsets.iter().flat_map(|subset| &subset.policies);
                    let mut all = sources::traffic(plan, policies);
                    all.push(virtual_mesh.clone());
                    all.into()
                }
            };
            put(Spec::DestinationRule(destination::remote(plan, *target)), rule_sources);
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
        addresses: [bound.address],
        endpoints: endpoint,
        hosts: [&bound.global_host],
        location: "MESH_INTERNAL",
        ports,
        resolution: "DNS",
    }
}

/// The ports of a service with a name for each: an unnamed one is named after its protocol, and its number if that is taken.
fn ports<'p>(plan: &'p Plan<'p>, target: TargetId) -> Vec<Port<'p>> {
    let known = &plan[target].known.ports;
    let mut out: Vec<Port<'p>> = Vec::with_capacity(known.len());
    for port in known {
        let name: Cow<'p, str> = if port.name.is_empty() {
            let protocol = port.protocol.to_lowercase();
            let taken =
                known.iter().any(|other| *other.name == *protocol) || out.iter().any(|other| other.name == protocol);
            Cow::Owned(if taken { format!("{protocol}-{}", port.number) } else { protocol })
        } else {
            Cow::Borrowed(&port.name)
        };
        out.push(Port { name, number: port.number, protocol: &port.protocol });
    }
    out
}

/// What a server mesh needs to let the others in.
pub(super) fn gateway<'p>(
    plan: &'p Plan<'p>,
    mesh: MeshId,
    parent: VirtualMeshId,
    emit: &mut impl FnMut(Manifest<'p>),
) {
    let bound = &plan[mesh];
    let Some(gateway) = bound.istio.gateways.first().filter(|_| plan.is_server(mesh)) else { return };
    let key = plan[parent].key;
    let sources: Sources = vec![sources::policy(Kind::VirtualMesh, key)].into();
    let labels = || -> LabelMap<'p> { gateway.labels.iter().map(|(key, value)| (&**key, &**value)).collect() };
    let mut put = |name: String, spec| {
        emit(Manifest { namespace: bound.namespace, name: Cow::Owned(name), spec, sources: sources.clone() });
    };
    let listener = Gateway {
        selector: labels(),
        servers: [Server {
            hosts: ["*.global"],
            port: Port { name: Cow::Borrowed("tls"), number: gateway.container_port, protocol: "TLS" },
            tls: ServerTls { mode: "AUTO_PASSTHROUGH" },
        }],
    };
    put(sanitize(&format!("{}-{}", key.name, key.namespace)), Spec::Gateway(listener));
    let filter = EnvoyFilter {
        config_patches: vec![rewrite(plan, mesh, gateway.container_port)],
        workload_selector: Some(WorkloadSelector { labels: labels() }),
    };
    put(format!("{}.{}", key.name, key.namespace), Spec::EnvoyFilter(filter));
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
