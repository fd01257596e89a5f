//! The specifications of Istio's objects: the fields that are written, in the order in which they read best.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::ids::{Duration, Text};

/// Labels by reference.
pub type LabelMap<'a> = BTreeMap<&'a str, &'a str>;

/// Where requests for a host go.
#[derive(Debug, Serialize)]
pub struct VirtualService<'a> {
    /// The hosts.
    pub hosts: [&'a str; 1],
    /// The routes; the first that matches is taken.
    pub http: Vec<HttpRoute<'a>>,
}

/// A route of a VirtualService.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpRoute<'a> {
    /// The condition; none means every request.
    #[serde(rename = "match", skip_serializing_if = "Option::is_none")]
    pub matches: Option<[HttpMatch<'a>; 1]>,
    /// Cross-origin resource sharing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cors_policy: Option<CorsPolicy<'a>>,
    /// Faults put in on purpose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// Headers added and removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<Headers<'a>>,
    /// Where requests are copied to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mirror: Option<Destination<'a>>,
    /// How many are copied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mirror_percentage: Option<Percent>,
    /// How a failed request is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<Retries>,
    /// Where the requests go.
    pub route: Vec<RouteDestination<'a>>,
    /// How long a request may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
}

/// A condition of a route.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpMatch<'a> {
    /// On headers.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<&'a str, StringMatch<'a>>,
    /// On the method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<StringMatch<'a>>,
    /// On the port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u32>,
    /// On query parameters.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub query_params: BTreeMap<&'a str, StringMatch<'a>>,
    /// On the labels of the source.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub source_labels: LabelMap<'a>,
    /// On the namespace of the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_namespace: Option<&'a str>,
    /// On the path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<StringMatch<'a>>,
    /// Turned round, on headers.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub without_headers: BTreeMap<&'a str, StringMatch<'a>>,
}

/// A condition on a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StringMatch<'a> {
    /// The text is this.
    Exact(&'a str),
    /// The text begins so.
    Prefix(&'a str),
    /// The text matches this regular expression.
    Regex(&'a str),
}

/// A destination with its share.
#[derive(Clone, Debug, Serialize)]
pub struct RouteDestination<'a> {
    /// The destination.
    pub destination: Destination<'a>,
    /// Its share, in percent.
    #[serde(skip_serializing_if = "is_zero")]
    pub weight: u32,
}

/// A host, perhaps one of its ports, perhaps some of its endpoints.
#[derive(Clone, Debug, Serialize)]
pub struct Destination<'a> {
    /// The host.
    pub host: &'a str,
    /// The port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<PortNumber>,
    /// The subset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subset: Option<&'a str>,
}

/// A port by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PortNumber {
    /// The number.
    pub number: u32,
}

/// Faults put in on purpose.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fault {
    /// An answer instead of the service's.
    Abort(Abort),
    /// A delay.
    Delay(Delay),
}

/// An answer instead of the service's.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Abort {
    /// The HTTP status.
    pub http_status: i32,
    /// How many requests.
    pub percentage: Percent,
}

/// A delay.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Delay {
    /// How long.
    pub fixed_delay: Duration,
    /// How many requests.
    pub percentage: Percent,
}

/// A share of requests. Zero is protobuf's default and is left out: `{}` is nought percent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Percent {
    /// In percent.
    #[serde(skip_serializing_if = "is_zero_f64")]
    pub value: f64,
}

/// How a failed request is tried again.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Retries {
    /// How often.
    #[serde(skip_serializing_if = "is_zero_i32")]
    pub attempts: i32,
    /// How long each try may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_try_timeout: Option<Duration>,
}

/// Headers added and removed.
#[derive(Clone, Debug, Serialize)]
pub struct Headers<'a> {
    /// Of requests.
    pub request: HeaderOperations<'a>,
    /// Of answers.
    pub response: HeaderOperations<'a>,
}

/// Headers added and removed on one way.
#[derive(Clone, Debug, Serialize)]
pub struct HeaderOperations<'a> {
    /// Added.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub add: LabelMap<'a>,
    /// Removed.
    #[serde(skip_serializing_if = "<[Text]>::is_empty")]
    pub remove: &'a [Text],
}

/// Cross-origin resource sharing.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CorsPolicy<'a> {
    /// Whether credentials may be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_credentials: Option<bool>,
    /// Headers that may be sent.
    #[serde(skip_serializing_if = "<[Text]>::is_empty")]
    pub allow_headers: &'a [Text],
    /// Methods that may be used.
    #[serde(skip_serializing_if = "<[Text]>::is_empty")]
    pub allow_methods: &'a [Text],
    /// Origins that may.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow_origins: Vec<StringMatch<'a>>,
    /// Headers that scripts may read.
    #[serde(skip_serializing_if = "<[Text]>::is_empty")]
    pub expose_headers: &'a [Text],
    /// How long an answer may be kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<Duration>,
}

/// How a host is talked to.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DestinationRule<'a> {
    /// The host.
    pub host: &'a str,
    /// Named parts of its endpoints.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subsets: Vec<Subset<'a>>,
    /// The settings for all of them.
    pub traffic_policy: TrafficPolicy,
}

/// Some of a host's endpoints.
#[derive(Debug, Serialize)]
pub struct Subset<'a> {
    /// Its name.
    pub name: &'a str,
    /// The labels that its endpoints have.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: LabelMap<'a>,
}

/// How a host's endpoints are talked to.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TrafficPolicy {
    /// When an endpoint that fails is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outlier_detection: Option<OutlierDetection>,
    /// Encryption.
    pub tls: ClientTls,
}

/// Encryption on the client's side.
#[derive(Debug, Serialize)]
pub struct ClientTls {
    /// The mode.
    pub mode: &'static str,
}

/// When an endpoint that fails is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OutlierDetection {
    /// For how long at least.
    pub base_ejection_time: Duration,
    /// After how many failures in a row.
    #[serde(rename = "consecutive5xxErrors")]
    pub consecutive_5xx_errors: u32,
    /// How often endpoints are looked at.
    pub interval: Duration,
    /// How many endpoints at most, in percent.
    #[serde(skip_serializing_if = "is_zero")]
    pub max_ejection_percent: u32,
}

/// A host outside of the cluster.
#[derive(Debug, Serialize)]
pub struct ServiceEntry<'a> {
    /// Its virtual address.
    pub addresses: [Ipv4Addr; 1],
    /// Where it is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoints: Option<[Endpoint<'a>; 1]>,
    /// The host.
    pub hosts: [&'a str; 1],
    /// Whether it is part of the mesh.
    pub location: &'static str,
    /// Its ports.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<Port<'a>>,
    /// How its endpoints are found.
    pub resolution: &'static str,
}

/// Where a host is reached.
#[derive(Debug, Serialize)]
pub struct Endpoint<'a> {
    /// The address.
    pub address: &'a str,
    /// Labels by which subsets pick it.
    pub labels: LabelMap<'a>,
    /// The port there for each of the host's ports, by name.
    pub ports: PortMap<'a>,
}

/// The port at an endpoint for each port name.
#[derive(Debug)]
pub struct PortMap<'a>(pub Vec<(Cow<'a, str>, u32)>);

impl Serialize for PortMap<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sorted: Vec<_> = self.0.iter().collect();
        sorted.sort();
        let mut map = serializer.serialize_map(Some(sorted.len()))?;
        for (name, port) in sorted {
            map.serialize_entry(name.as_ref(), port)?;
        }
        map.end()
    }
}

/// A port of a host or of a gateway's listener.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Port<'a> {
    /// Its name.
    pub name: Cow<'a, str>,
    /// Its number.
    pub number: u32,
    /// Its protocol.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub protocol: &'a str,
}

/// What a gateway listens for.
#[derive(Debug, Serialize)]
pub struct Gateway<'a> {
    /// Labels of the gateway's pods.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub selector: LabelMap<'a>,
    /// Its listeners.
    pub servers: [Server<'a>; 1],
}

/// A listener of a gateway.
#[derive(Debug, Serialize)]
pub struct Server<'a> {
    /// The hosts that are let through.
    pub hosts: [&'a str; 1],
    /// The port.
    pub port: Port<'a>,
    /// Encryption.
    pub tls: ServerTls,
}

/// Encryption on the server's side.
#[derive(Debug, Serialize)]
pub struct ServerTls {
    /// The mode.
    pub mode: &'static str,
}

/// A change to Envoy's own configuration.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EnvoyFilter<'a> {
    /// The changes.
    pub config_patches: Vec<ConfigPatch>,
    /// The pods it is for; none means all of the namespace, or all when it is the root namespace.
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

/// Which part of the configuration a patch is for.
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
    /// What is put in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<PatchValue>,
}

/// What a patch puts in: Envoy's own names, which are snake_case.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum PatchValue {
    /// The filter that rewrites the cluster that SNI chose.
    ClusterRewrite {
        /// The filter's name.
        name: &'static str,
        /// Its configuration, in the form from before types.
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
        /// How long a connection may take to open.
        connect_timeout: &'static str,
        /// Who balances.
        lb_policy: &'static str,
        /// The cluster's type.
        cluster_type: AggregateType,
    },
}

/// How the cluster that SNI chose is rewritten.
#[derive(Debug, Serialize)]
pub struct ClusterRewrite {
    /// The type, where configuration is typed.
    #[serde(rename = "@type", skip_serializing_if = "Option::is_none")]
    pub type_url: Option<&'static str>,
    /// What is replaced.
    pub cluster_pattern: String,
    /// By what.
    pub cluster_replacement: String,
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
pub struct AggregateConfig {
    /// The wrapper's type.
    #[serde(rename = "@type")]
    pub wrapper: &'static str,
    /// The wrapped type.
    pub type_url: &'static str,
    /// The clusters.
    pub value: AggregateClusters,
}

/// The clusters of an aggregate, in the order in which they are tried.
#[derive(Debug, Serialize)]
pub struct AggregateClusters {
    /// Their names.
    pub clusters: Vec<String>,
}

/// Who may call.
#[derive(Debug, Serialize)]
pub struct AuthorizationPolicy<'a> {
    /// What is allowed; with none, and no other policy, nothing is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule<'a>>,
    /// The pods it is for; none means all of the namespace, or all when it is the root namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<PodSelector<'a>>,
}

/// Pods by labels.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PodSelector<'a> {
    /// Their labels.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub match_labels: LabelMap<'a>,
}

/// Something that is allowed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Rule<'a> {
    /// To whom; none means anyone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<From<'a>>,
    /// What; none means anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<[To<'a>; 1]>,
}

/// To whom something is allowed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct From<'a> {
    /// The source.
    pub source: Source<'a>,
}

/// A source of requests.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Source<'a> {
    /// Its namespaces.
    #[serde(skip_serializing_if = "<[Text]>::is_empty")]
    pub namespaces: &'a [Text],
    /// Its identities.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub principals: &'a [String],
}

/// What is allowed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct To<'a> {
    /// The operation.
    pub operation: Operation<'a>,
}

/// An operation.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Operation<'a> {
    /// With these methods.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<&'static str>,
    /// On these paths.
    #[serde(skip_serializing_if = "<[Text]>::is_empty")]
    pub paths: &'a [Text],
    /// On these ports.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<String>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn is_zero_i32(number: &i32) -> bool {
    *number == 0
}

fn is_zero_f64(number: &f64) -> bool {
    *number == 0.0
}
