//! Istio 1.5 to 1.21, networking, in profile sni.

use super::Api;

pub(super) const API: Api = Api {
    version: "networking.istio.io/v1beta1",
    kinds: &["DestinationRule", "Gateway", "ServiceEntry", "VirtualService"],
    messages: MESSAGES,
};

const MESSAGES: &str = "
VirtualService
  hosts! [host]
  exportTo [*]
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
  headers {HeaderMatch}
  withoutHeaders {HeaderMatch}
  queryParams {ParameterMatch}
  port port
  sourceLabels {label-value}
  sourceNamespace label

HeaderMatch
  one exact text-or-empty / prefix text-or-empty / regex text-or-empty

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
  retryOn text

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
  exportTo [*]
  trafficPolicy TrafficPolicy
  subsets [Subset]

TrafficPolicy
  tls ClientTLSSettings
  outlierDetection OutlierDetection
  portLevelSettings [PortTrafficPolicy]
  loadBalancer LoadBalancerSettings

PortTrafficPolicy
  port! PortSelector
  tls ClientTLSSettings
  outlierDetection OutlierDetection

LoadBalancerSettings
  localityLbSetting! LocalityLoadBalancerSetting

LocalityLoadBalancerSetting
  enabled bool
  failoverPriority! [text]

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
  resolution DNS|STATIC
  endpoints [WorkloadEntry]
  exportTo [*]
  subjectAltNames [text]

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
";
