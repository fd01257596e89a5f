//! Istio 1.7, networking, in profile rewrite; EnvoyFilters in both.

use super::Api;

pub(super) const API: Api = Api {
    version: "networking.istio.io/v1alpha3",
    kinds: &["DestinationRule", "EnvoyFilter", "Gateway", "ServiceEntry", "VirtualService"],
    messages: MESSAGES,
};

const MESSAGES: &str = "
VirtualService
  hosts! [host]
  http! [HTTPRoute]

HTTPRoute
  match [HTTPMatchRequest]
  route! [HTTPRouteDestination]
  timeout duration-or-0
  retries HTTPRetry
  fault HTTPFaultInjection
  mirror Destination
  mirrorPercentage Percent
  corsPolicy CorsPolicy
  headers Headers

HTTPMatchRequest
  uri StringMatch
  method MethodMatch
  headers {StringMatch}
  withoutHeaders {StringMatch}
  queryParams {ParameterMatch}
  port port
  sourceLabels {label-value}
  sourceNamespace label

StringMatch
  one! exact text-or-empty / prefix text-or-empty / regex text-or-empty

MethodMatch
  exact! GET|POST|PUT|DELETE|HEAD|CONNECT|OPTIONS|TRACE|PATCH

ParameterMatch
  one! exact text-or-empty / regex text-or-empty

HTTPRouteDestination
  destination! Destination
  weight weight

Destination
  host! host
  subset label
  port PortSelector

PortSelector
  number! port

HTTPRetry
  attempts attempts
  perTryTimeout duration

HTTPFaultInjection
  delay Delay
  abort Abort

Delay
  fixedDelay! duration
  percentage Percent

Abort
  httpStatus! http-status
  percentage Percent

Percent
  value percent

CorsPolicy
  allowOrigins [Origin]
  allowMethods [GET|POST|PUT|DELETE|HEAD|CONNECT|OPTIONS|TRACE|PATCH]
  allowHeaders [text]
  exposeHeaders [text]
  maxAge duration-of-seconds
  allowCredentials bool

Origin
  one! exact text / prefix text / regex text

Headers
  request HeaderOperations
  response HeaderOperations

HeaderOperations
  add {text-or-empty}
  remove [text]

DestinationRule
  host! host
  trafficPolicy TrafficPolicy
  subsets [Subset]

TrafficPolicy
  tls ClientTLSSettings
  outlierDetection OutlierDetection
  portLevelSettings [PortTrafficPolicy]

PortTrafficPolicy
  port! PortSelector
  tls ClientTLSSettings

ClientTLSSettings
  mode! DISABLE|SIMPLE|ISTIO_MUTUAL
  sni text

OutlierDetection
  consecutive5xxErrors count
  interval duration
  baseEjectionTime duration
  maxEjectionPercent percent

Subset
  name! label
  labels {label-value}
  trafficPolicy TrafficPolicy

ServiceEntry
  hosts! [host]
  addresses [ip]
  ports [Port]
  location MESH_INTERNAL
  resolution DNS
  endpoints [WorkloadEntry]

Port
  number! port
  protocol! protocol
  name! port-name

WorkloadEntry
  address! address
  ports {port}
  labels {label-value}

Gateway
  servers! [Server]
  selector! {label-value}

Server
  port! Port
  hosts! [wildcard-host]
  tls! ServerTLSSettings

ServerTLSSettings
  mode! AUTO_PASSTHROUGH

EnvoyFilter
  workloadSelector WorkloadSelector
  configPatches! [EnvoyConfigObjectPatch]
  priority count

WorkloadSelector
  labels! {label-value}

EnvoyConfigObjectPatch
  applyTo! NETWORK_FILTER|CLUSTER
  match! EnvoyConfigObjectMatch
  patch! Patch

EnvoyConfigObjectMatch
  context ANY|GATEWAY
  one! listener ListenerMatch / cluster ClusterMatch

ListenerMatch
  portNumber port
  filterChain FilterChainMatch

FilterChainMatch
  filter! FilterMatch

FilterMatch
  name! text

ClusterMatch
  name! envoy-cluster

Patch
  operation! INSERT_AFTER|ADD|REMOVE|MERGE
  value EnvoyObject

EnvoyObject
  name text
  one! typed_config ClusterRewrite / config UntypedRewrite / cluster_type CustomClusterType / common_lb_config CommonLbConfig
  connect_timeout duration
  lb_policy CLUSTER_PROVIDED

ClusterRewrite
  @type! type.googleapis.com/istio.envoy.config.filter.network.tcp_cluster_rewrite.v2alpha1.TcpClusterRewrite
  cluster_pattern! text
  cluster_replacement! text

UntypedRewrite
  cluster_pattern! text
  cluster_replacement! text

CommonLbConfig
  update_merge_window! duration-or-0

CustomClusterType
  name! envoy.clusters.aggregate
  typed_config! AggregateConfig

AggregateConfig
  @type! type.googleapis.com/udpa.type.v1.TypedStruct|type.googleapis.com/envoy.extensions.clusters.aggregate.v3.ClusterConfig
  type_url type.googleapis.com/envoy.config.cluster.aggregate.v2alpha.ClusterConfig
  one! value AggregateClusters / clusters [envoy-cluster]

AggregateClusters
  clusters! [envoy-cluster]
";
