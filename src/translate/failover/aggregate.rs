//! An Envoy cluster that is the first healthy one of several, in the configuration of Envoy's API v2.

use crate::objects::istio::{
    AggregateClusters, AggregateConfig, AggregateType, ClusterMatch, ConfigPatch, Patch, PatchMatch, PatchValue,
};
use crate::plan::{FailoverId, FailoverService, MeshId, Plan, Subset};

/// The patches that replace the cluster of the ServiceEntry with the aggregate, for all endpoints or for one subset.
pub(super) fn patches_for(
    plan: &Plan<'_>,
    mesh: MeshId,
    id: FailoverId,
    subset: Option<&Subset<'_>>,
) -> [ConfigPatch; 2] {
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

/// Istio's name of the Envoy cluster of a host's port, or of one of its subsets.
fn cluster_name(host: &str, port: u32, subset: &str) -> String {
    format!("outbound|{port}|{subset}|{host}")
}
