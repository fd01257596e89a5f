//! EnvoyFilter: a change to Envoy's configuration.

use std::collections::BTreeMap;

use serde::Serialize;

use super::LabelMap;

/// A change to Envoy's configuration.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EnvoyFilter<'a> {
    /// The changes.
    pub config_patches: Vec<ConfigPatch>,
    /// The order among EnvoyFilters; 0 unless it is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<u32>,
    /// The pods it applies to; none means all pods of its namespace, or of all namespaces if it is in the root namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workload_selector: Option<WorkloadSelector<'a>>,
}

/// The pods of an EnvoyFilter.
#[derive(Debug, Serialize)]
pub struct WorkloadSelector<'a> {
    /// Their labels.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: LabelMap<'a>,
}

/// One change to Envoy's configuration.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfigPatch {
    /// What is changed.
    pub apply_to: &'static str,
    /// Which of them.
    #[serde(rename = "match")]
    pub matches: PatchMatch,
    /// How.
    pub patch: Patch,
}

/// The part of the configuration that a patch applies to.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum PatchMatch {
    /// A network filter of a gateway's listener.
    Listener {
        /// Which proxies.
        context: &'static str,
        /// Which listener.
        listener: ListenerMatch,
    },
    /// A cluster.
    Cluster {
        /// Which cluster.
        cluster: ClusterMatch,
    },
}

/// A listener's filter.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListenerMatch {
    /// The filter chain's filter.
    pub filter_chain: FilterChainMatch,
    /// The listener's port.
    pub port_number: u32,
}

/// A filter chain by a filter in it.
#[derive(Debug, Serialize)]
pub struct FilterChainMatch {
    /// The filter.
    pub filter: FilterMatch,
}

/// A filter by name.
#[derive(Debug, Serialize)]
pub struct FilterMatch {
    /// The name.
    pub name: &'static str,
}

/// A cluster of Envoy's by name.
#[derive(Debug, Serialize)]
pub struct ClusterMatch {
    /// The name.
    pub name: String,
}

/// How the configuration is changed.
#[derive(Debug, Serialize)]
pub struct Patch {
    /// The operation.
    pub operation: &'static str,
    /// The new configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<PatchValue>,
}

/// The new configuration of a patch. Envoy's field names are snake_case.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum PatchValue {
    /// The filter that rewrites the cluster selected by SNI.
    ClusterRewrite {
        /// The filter's name.
        name: &'static str,
        /// Its configuration, untyped.
        #[serde(skip_serializing_if = "Option::is_none")]
        config: Option<ClusterRewrite>,
        /// Its configuration, typed.
        #[serde(skip_serializing_if = "Option::is_none")]
        typed_config: Option<ClusterRewrite>,
    },
    /// A cluster that is the first healthy one of several.
    Aggregate {
        /// The cluster's name.
        name: String,
        /// The connection timeout.
        connect_timeout: &'static str,
        /// The load balancing policy.
        lb_policy: &'static str,
        /// The cluster's type.
        cluster_type: AggregateType,
    },
    /// How a cluster hands changes of its endpoints' health to Envoy's workers.
    MergeWindow { common_lb_config: MergeWindow },
}

/// How long changes of health are gathered before workers learn of them.
#[derive(Debug, Serialize)]
pub struct MergeWindow {
    pub update_merge_window: &'static str,
}

/// How the cluster selected by SNI is rewritten.
#[derive(Debug, Serialize)]
pub struct ClusterRewrite {
    #[serde(rename = "@type", skip_serializing_if = "Option::is_none")]
    type_url: Option<&'static str>,
    /// What is replaced.
    pub cluster_pattern: String,
    /// The replacement.
    pub cluster_replacement: String,
}

impl ClusterRewrite {
    const TYPE: &'static str =
        "type.googleapis.com/istio.envoy.config.filter.network.tcp_cluster_rewrite.v2alpha1.TcpClusterRewrite";

    /// The filter with this rewrite. Its configuration is typed if the version of Istio accepts that.
    pub fn filter(cluster_pattern: String, cluster_replacement: String, typed: bool) -> PatchValue {
        let config = Self { type_url: typed.then_some(Self::TYPE), cluster_pattern, cluster_replacement };
        let (config, typed_config) = if typed { (None, Some(config)) } else { (Some(config), None) };
        PatchValue::ClusterRewrite { name: "envoy.filters.network.tcp_cluster_rewrite", config, typed_config }
    }
}

/// The type of an aggregate cluster.
#[derive(Debug, Serialize)]
pub struct AggregateType {
    /// Its name.
    pub name: &'static str,
    /// Its configuration.
    pub typed_config: AggregateConfig,
}

/// The configuration of an aggregate cluster.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum AggregateConfig {
    /// Of Envoy's API v2, which needs a wrapper.
    V2 {
        #[serde(rename = "@type")]
        wrapper: &'static str,
        type_url: &'static str,
        value: AggregateClusters,
    },
    /// Of Envoy's API v3.
    V3 {
        #[serde(rename = "@type")]
        type_url: &'static str,
        #[serde(flatten)]
        value: AggregateClusters,
    },
}

impl AggregateConfig {
    /// The configuration in Envoy's API v2.
    pub fn v2(clusters: Vec<String>) -> Self {
        Self::V2 {
            wrapper: "type.googleapis.com/udpa.type.v1.TypedStruct",
            type_url: "type.googleapis.com/envoy.config.cluster.aggregate.v2alpha.ClusterConfig",
            value: AggregateClusters { clusters },
        }
    }

    /// The configuration in Envoy's API v3.
    pub fn v3(clusters: Vec<String>) -> Self {
        Self::V3 {
            type_url: "type.googleapis.com/envoy.extensions.clusters.aggregate.v3.ClusterConfig",
            value: AggregateClusters { clusters },
        }
    }
}

/// The clusters of an aggregate, in the order in which they are tried.
#[derive(Debug, Serialize)]
pub struct AggregateClusters {
    /// Their names.
    pub clusters: Vec<String>,
}
