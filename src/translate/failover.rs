//! FailoverServices: a host of its own, and an Envoy cluster that is the first healthy one of several.

use std::borrow::Cow;

use crate::istio::{
    AggregateClusters, AggregateConfig, AggregateType, ClusterMatch, ConfigPatch, DestinationRule, EnvoyFilter,
    LabelMap, Patch, PatchMatch, PatchValue, Port, ServiceEntry, Subset, TrafficPolicy,
};
use crate::plan::{self, FailoverId, FailoverService, MeshId, Plan};

use super::sources::{self, Sources};
use super::{Sink, destination};

/// What a cluster needs to know a failover service: its host, and the parts that can be asked for.
pub(super) fn of_cluster<'p>(plan: &'p Plan<'p>, id: FailoverId, sink: &mut impl Sink<'p>) {
    let failover = &plan[id];
    sink.put(&plan.hub, &*failover.policy.key.name, || {
        (service_entry(failover), [failover.policy.named.clone()].into())
    });
    if !failover.subsets.is_empty() {
        sink.put(&plan.hub, &*failover.policy.key.name, || (destination_rule(failover), with_subsets(plan, failover)));
    }
}

/// What a mesh needs to call a failover service: the aggregate in the place of its host's cluster.
pub(super) fn of_mesh<'p>(plan: &'p Plan<'p>, mesh: MeshId, id: FailoverId, sink: &mut impl Sink<'p>) {
    let failover = &plan[id];
    sink.put(plan[mesh].namespace, &*failover.policy.key.name, || {
        let patches = std::iter::once(None).chain(failover.subsets.iter().map(Some));
        let config_patches = patches.flat_map(|subset| patches_for(plan, mesh, id, subset)).collect();
        (EnvoyFilter { config_patches, workload_selector: None }, with_subsets(plan, failover))
    });
}

/// The failover service, and the policies that ask for parts of it.
fn with_subsets(plan: &Plan<'_>, failover: &FailoverService<'_>) -> Sources {
    let mut all = sources::traffic(plan, failover.subsets.policies().copied());
    all.push(failover.policy.named.clone());
    all.into()
}

fn service_entry<'p>(failover: &'p FailoverService<'p>) -> ServiceEntry<'p> {
    let FailoverService { policy: _, verdict: _, host, port, protocol, backing: _, address, subsets: _ } = failover;
    ServiceEntry {
        addresses: address.iter().copied().collect(),
        endpoints: None,
        hosts: [host],
        location: "MESH_INTERNAL",
        ports: vec![Port { name: port_name(protocol), number: *port, protocol }],
        resolution: "DNS",
    }
}

fn destination_rule<'p>(failover: &'p FailoverService<'p>) -> DestinationRule<'p> {
    let FailoverService { policy: _, verdict: _, host, port: _, protocol: _, backing: _, address: _, subsets } =
        failover;
    let subsets = subsets.iter().map(|subset| Subset { name: &subset.name, labels: LabelMap::new() });
    let traffic_policy = TrafficPolicy { outlier_detection: None, tls: destination::TLS };
    DestinationRule { host, subsets: subsets.collect(), traffic_policy }
}

/// The port is named after its protocol. `http_proxy` as it stands is no name of a port.
fn port_name(protocol: &str) -> Cow<'_, str> {
    if protocol.contains('_') { Cow::Owned(protocol.replace('_', "-")) } else { Cow::Borrowed(protocol) }
}

/// The patches that put the aggregate in the place of the cluster that the ServiceEntry makes, for all endpoints or for one
/// of their named parts.
fn patches_for(plan: &Plan<'_>, mesh: MeshId, id: FailoverId, subset: Option<&plan::Subset<'_>>) -> [ConfigPatch; 2] {
    let FailoverService { policy: _, verdict: _, host, port, protocol: _, backing, address: _, subsets: _ } = &plan[id];
    let name = cluster_name(host, *port, subset.map_or("", |subset| &subset.name));
    let cluster = || PatchMatch::Cluster { cluster: ClusterMatch { name: name.clone() } };
    let clusters = backing.iter().map(|(target, port)| {
        let of_target = subset.and_then(|subset| plan[*target].subsets.get(subset.labels));
        cluster_name(plan.host(*target, plan[mesh].cluster), *port, of_target.map_or("", |subset| &subset.name))
    });
    let aggregate = PatchValue::Aggregate {
        name: name.clone(),
        connect_timeout: "1s",
        lb_policy: "CLUSTER_PROVIDED",
        cluster_type: AggregateType {
            name: "envoy.clusters.aggregate",
            typed_config: AggregateConfig {
                wrapper: "type.googleapis.com/udpa.type.v1.TypedStruct",
                type_url: "type.googleapis.com/envoy.config.cluster.aggregate.v2alpha.ClusterConfig",
                value: AggregateClusters { clusters: clusters.collect() },
            },
        },
    };
    [
        ConfigPatch { apply_to: "CLUSTER", matches: cluster(), patch: Patch { operation: "REMOVE", value: None } },
        ConfigPatch {
            apply_to: "CLUSTER",
            matches: cluster(),
            patch: Patch { operation: "ADD", value: Some(aggregate) },
        },
    ]
}

/// The name that Istio gives to the Envoy cluster of a host's port, or of a named part of its endpoints.
fn cluster_name(host: &str, port: u32, subset: &str) -> String {
    format!("outbound|{port}|{subset}|{host}")
}
