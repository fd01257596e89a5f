//! Requests from other clusters at a gateway that rewrites the cluster named by SNI, as Service Mesh Hub has it: a Gateway accepts
//! them, and an EnvoyFilter replaces the host that clients call with the service's own.

use std::borrow::Cow;

use crate::ids::{Provenance, Text};
use crate::objects::istio::{
    ClusterRewrite, ConfigPatch, EnvoyFilter, FilterChainMatch, FilterMatch, Gateway, LabelMap, ListenerMatch, Patch,
    PatchMatch, Port, Server, ServerTls, WorkloadSelector,
};
use crate::objects::names;
use crate::plan::{MeshId, Plan};
use crate::translate::Sink;

/// The objects with which a server mesh accepts requests from the other meshes.
pub(super) fn let_in<'p>(plan: &'p Plan<'p>, server: MeshId, typed: bool, sink: &mut impl Sink<'p>) {
    let bound = &plan[server];
    let Some((gateway, parent)) = plan.gateway(server).zip(bound.virtual_mesh) else { return };
    let policy = &plan[parent].policy;
    let sources: Provenance = [policy.named.clone()].into();
    let labels = || -> LabelMap<'p> { gateway.labels.iter().map(|(key, value)| (&**key, &**value)).collect() };
    sink.put(bound.namespace, names::federation_gateway(policy.key), || {
        let port = Port { name: Cow::Borrowed("tls"), number: gateway.container_port, protocol: "TLS" };
        let listener = Server { hosts: vec!["*.global".into()], port, tls: ServerTls { mode: "AUTO_PASSTHROUGH" } };
        (Gateway { selector: labels(), servers: vec![listener] }, sources.clone())
    });
    sink.put(bound.namespace, names::federation_filter(policy.key), || {
        let config_patches = vec![rewrite(plan, server, gateway.container_port, typed)];
        let workload_selector = Some(WorkloadSelector { labels: labels() });
        (EnvoyFilter { config_patches, priority: None, workload_selector }, sources.clone())
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
