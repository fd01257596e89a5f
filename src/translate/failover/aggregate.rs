//! An Envoy cluster that is the first healthy one of several.

use crate::objects::istio::{
    AggregateConfig, AggregateType, ClusterMatch, ConfigPatch, MergeWindow, Patch, PatchMatch, PatchValue,
};
use crate::plan::{ClusterId, FailoverId, Plan, Subset, TargetId};

/// The order of these EnvoyFilters among others: later, since they need clusters that are there.
pub(super) const PRIORITY: u32 = 10;

/// The patches that replace the clusters of the ServiceEntry with aggregates: for all endpoints, and for each subset. In Envoy's
/// API v3, the clusters in them tell Envoy's workers of failures at once instead of within a second.
pub(super) fn patches(plan: &Plan<'_>, client: ClusterId, id: FailoverId, v3: bool) -> Vec<ConfigPatch> {
    let subsets = std::iter::once(None).chain(plan[id].subsets.iter().map(Some));
    let mut told: Vec<String> = Vec::new();
    let mut out = Vec::new();
    for subset in subsets {
        let children = children(plan, client, id, subset);
        told.extend(children.iter().cloned());
        let name = cluster_name(plan[id].host, plan[id].port, subset.map_or("", |subset| &subset.name));
        out.extend(replace(&name, aggregate(&name, children, v3)));
    }
    if v3 {
        told.sort();
        told.dedup();
        out.extend(told.into_iter().map(tell_at_once));
    }
    out
}

/// The clusters of the services behind a failover service, or of one subset of each, in the order in which they are tried.
fn children(plan: &Plan<'_>, client: ClusterId, id: FailoverId, subset: Option<&Subset<'_>>) -> Vec<String> {
    let of = |(target, port): &(TargetId, u32)| {
        let of_target = subset.and_then(|subset| plan[*target].subsets.get(subset.labels));
        cluster_name(plan.host(*target, client), *port, of_target.map_or("", |subset| &subset.name))
    };
    plan[id].backing.iter().map(of).collect()
}

fn aggregate(name: &str, clusters: Vec<String>, v3: bool) -> PatchValue {
    let typed_config = if v3 { AggregateConfig::v3(clusters) } else { AggregateConfig::v2(clusters) };
    PatchValue::Aggregate {
        name: name.to_owned(),
        connect_timeout: "1s",
        lb_policy: "CLUSTER_PROVIDED",
        cluster_type: AggregateType { name: "envoy.clusters.aggregate", typed_config },
    }
}

fn replace(name: &str, value: PatchValue) -> [ConfigPatch; 2] {
    [patch(name.to_owned(), "REMOVE", None), patch(name.to_owned(), "ADD", Some(value))]
}

fn tell_at_once(name: String) -> ConfigPatch {
    let value = PatchValue::MergeWindow { common_lb_config: MergeWindow { update_merge_window: "0s" } };
    patch(name, "MERGE", Some(value))
}

fn patch(name: String, operation: &'static str, value: Option<PatchValue>) -> ConfigPatch {
    let matches = PatchMatch::Cluster { cluster: ClusterMatch { name } };
    ConfigPatch { apply_to: "CLUSTER", matches, patch: Patch { operation, value } }
}

/// Istio's name of the Envoy cluster of a host's port, or of one of its subsets.
fn cluster_name(host: &str, port: u32, subset: &str) -> String {
    format!("outbound|{port}|{subset}|{host}")
}
