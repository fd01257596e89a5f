//! The same policies under the later API group, `networking.mesh.gloo.solo.io`, mapped to the one model.
//!
//! In version `v1` a TrafficPolicy's features stand below `spec.policy`, source selectors below `kubeWorkloadMatcher`, and a
//! matcher's method is plain text. What has no equal in the model is refused by name.

use super::decode::{Cx, Decode, Field};
use super::duration::Duration;
use super::selector::{
    IdentityMatcher, IdentitySelector, ServiceAccountRefs, ServiceMatcher, ServiceRefs, ServiceSelector,
    WorkloadSelector,
};
use super::traffic_policy::{
    Abort, CorsPolicy, FaultInjection, FaultKind, HeaderManipulation, HeaderMatcher, HttpMatcher, HttpMethod,
    KubeDestination, MethodMatcher, Mirror, Mtls, OutlierDetection, PathMatch, QueryParameterMatcher, Retries,
    ShiftDestination, ShiftTarget, StringMatch, StringMatchType, TrafficPolicy, TrafficShift,
};
use super::{access_policy, virtual_mesh};
use crate::diag::Code;
use crate::ids::{ObjectRef, Text};
use crate::load::yaml::{Node, Value};
use crate::message;

/// A field of the later API that has no equal here: given a value, it is an error.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Refused;

impl Field for Refused {
    fn set(&mut self, node: &Node, cx: &mut Cx<'_>) {
        if node.value != Value::Null {
            let message = format!("{} is known in the later API and has no equal here", cx.here());
            cx.push(Code::NotYet, node.pos, message, Some("leave it out".into()));
        }
    }
}

message! {
    /// A TrafficPolicy of version `v1`.
    TrafficPolicyV1 {
        /// Where the requests come from; none means anywhere.
        source_selector: Vec<SourceSelectorV1> = "sourceSelector",
        /// The services it is for; none means every one.
        destination_selector: Vec<DestinationSelectorV1> = "destinationSelector",
        /// Routes of virtual hosts; has no equal.
        route_selector: Refused = "routeSelector",
        /// Which requests it is for.
        http_request_matchers: Option<Vec<HttpMatcherV1>> = "httpRequestMatchers",
        /// What it does.
        policy: Option<PolicyV1> = "policy",
    }
}

message! {
    /// Which workloads requests come from.
    SourceSelectorV1 {
        /// By labels and place.
        kube_workload_matcher: Option<WorkloadSelector> = "kubeWorkloadMatcher",
        /// By name; has no equal.
        kube_workload_refs: Refused = "kubeWorkloadRefs",
    }
}

message! {
    /// Which services a policy is for.
    DestinationSelectorV1 {
        /// By labels and place.
        kube_service_matcher: Option<ServiceMatcher> = "kubeServiceMatcher",
        /// By name.
        kube_service_refs: Option<ServiceRefs> = "kubeServiceRefs",
        /// Virtual destinations; have no equal.
        virtual_destination_matcher: Refused = "virtualDestinationMatcher",
        /// Virtual destinations; have no equal.
        virtual_destination_refs: Refused = "virtualDestinationRefs",
        /// External services; have no equal.
        external_service_matcher: Refused = "externalServiceMatcher",
        /// External services; have no equal.
        external_service_refs: Refused = "externalServiceRefs",
    }
}

message! {
    /// A condition on requests.
    HttpMatcherV1 {
        /// The matcher's name, which says nothing of requests.
        name: Text = "name",
        /// A condition on the path.
        uri: Option<StringMatch> = "uri",
        /// Conditions on headers.
        headers: Vec<HeaderMatcher> = "headers",
        /// Conditions on query parameters.
        query_parameters: Vec<QueryParameterMatcher> = "queryParameters",
        /// The method.
        method: Option<HttpMethod> = "method",
        ;
        /// A condition on the path, in the form from before `uri`.
        oneof path: PathMatchV1 {
            /// The path begins so.
            "prefix" => Prefix(Text),
            /// The path is this.
            "exact" => Exact(Text),
            /// The path matches this regular expression.
            "regex" => Regex(Text),
        }
    }
}

message! {
    /// What a TrafficPolicy does.
    PolicyV1 {
        /// Where the requests go instead.
        traffic_shift: Option<TrafficShiftV1> = "trafficShift",
        /// Delays or aborts.
        fault_injection: Option<FaultInjectionV1> = "faultInjection",
        /// How long a request may take.
        request_timeout: Option<Duration> = "requestTimeout",
        /// How a failed request is tried again.
        retries: Option<Retries> = "retries",
        /// Cross-origin resource sharing.
        cors_policy: Option<CorsPolicy> = "corsPolicy",
        /// Where requests are copied to.
        mirror: Option<Mirror> = "mirror",
        /// Headers added and removed.
        header_manipulation: Option<HeaderManipulation> = "headerManipulation",
        /// When an endpoint that fails is left out.
        outlier_detection: Option<OutlierDetection> = "outlierDetection",
        /// How clients encrypt.
        mtls: Option<Mtls> = "mtls",
        /// Has no equal.
        csrf: Refused = "csrf",
        /// Has no equal.
        rate_limit: Refused = "rateLimit",
        /// Has no equal.
        ext_auth: Refused = "extauth",
        /// Has no equal.
        transform: Refused = "transform",
        /// Has no equal.
        tcp_keepalive: Refused = "tcpKeepalive",
        /// Has no equal.
        connection_pool_settings: Refused = "connectionPoolSettings",
        /// Has no equal.
        extensions: Refused = "extensions",
    }
}

message! {
    /// Destinations that share the requests.
    TrafficShiftV1 {
        /// The destinations with their weights.
        destinations: Vec<ShiftDestinationV1> = "destinations",
    }
}

message! {
    /// One destination of a traffic shift.
    ShiftDestinationV1 {
        /// Its share, in percent.
        weight: u32 = "weight",
        /// A virtual destination; has no equal.
        virtual_destination: Refused = "virtualDestination",
        /// An external service; has no equal.
        external_service: Refused = "externalService",
        /// A static destination; has no equal.
        static_destination: Refused = "staticDestination",
        ;
        /// What it is.
        oneof destination: ShiftTargetV1 {
            /// A service.
            "kubeService" => KubeService(KubeDestination),
        }
    }
}

message! {
    /// Faults put in on purpose.
    FaultInjectionV1 {
        /// How many requests, in percent.
        percentage: Option<f64> = "percentage",
        ;
        /// Which fault.
        oneof fault: FaultKindV1 {
            /// A delay.
            "fixedDelay" => FixedDelay(Duration),
            /// An abort.
            "abort" => Abort(Abort),
        }
    }
}

message! {
    /// An AccessPolicy of version `v1`.
    AccessPolicyV1 {
        /// Who may call; none means anyone.
        source_selector: Vec<IdentitySelectorV1> = "sourceSelector",
        /// The services it is for; none means every one.
        destination_selector: Vec<DestinationSelectorV1> = "destinationSelector",
        /// The paths that may be called.
        allowed_paths: Option<Vec<Text>> = "allowedPaths",
        /// The methods that may be used.
        allowed_methods: Vec<HttpMethod> = "allowedMethods",
        /// The ports that may be called.
        allowed_ports: Vec<u32> = "allowedPorts",
    }
}

message! {
    /// Who may call.
    IdentitySelectorV1 {
        /// By place.
        kube_identity_matcher: Option<IdentityMatcher> = "kubeIdentityMatcher",
        /// By service account.
        kube_service_account_refs: Option<ServiceAccountRefs> = "kubeServiceAccountRefs",
        /// By token; has no equal.
        request_identity_matcher: Refused = "requestIdentityMatcher",
    }
}

message! {
    /// A VirtualMesh of version `v1`.
    VirtualMeshV1 {
        /// The meshes it groups.
        meshes: Vec<ObjectRef> = "meshes",
        /// How they trust each other.
        mtls_config: Option<virtual_mesh::MtlsConfig> = "mtlsConfig",
        /// How services are known to the other meshes.
        federation: Option<FederationV1> = "federation",
        /// Whether requests that no AccessPolicy allows are refused.
        global_access_policy: virtual_mesh::GlobalAccessPolicy = "globalAccessPolicy",
    }
}

message! {
    /// How services are known to the other meshes.
    FederationV1 {
        /// Which services are.
        selectors: Option<Vec<FederationSelectorV1>> = "selectors",
        /// The end of the hosts under which they are; has no equal.
        hostname_suffix: Refused = "hostnameSuffix",
        /// Whether pods of other clusters are reached without a gateway; has no equal.
        flat_network: Refused = "flatNetwork",
        /// Which gateways are used; has no equal: name them in the inventory.
        east_west_ingress_gateway_selectors: Refused = "eastWestIngressGatewaySelectors",
        ;
        /// The mode.
        oneof mode: FederationModeV1 {
            /// Every service to every mesh.
            "permissive" => Permissive(virtual_mesh::Permissive) or null,
        }
    }
}

message! {
    /// Services that are known to other meshes.
    FederationSelectorV1 {
        /// The services; none means every one.
        destination_selectors: Vec<DestinationSelectorV1> = "destinationSelectors",
        /// The meshes to which they are known; none means every one.
        meshes: Vec<ObjectRef> = "meshes",
    }
}

/// A version of a policy's specification that becomes the one of the model.
pub trait Later: Decode + Default {
    /// The specification of the model.
    type Model: Default;

    /// The specification in the model.
    fn into_model(self) -> Self::Model;
}

impl Later for TrafficPolicyV1 {
    type Model = TrafficPolicy;

    fn into_model(self) -> TrafficPolicy {
        let Self { source_selector, destination_selector, route_selector: Refused, http_request_matchers, policy } =
            self;
        let PolicyV1 {
            traffic_shift,
            fault_injection,
            request_timeout,
            retries,
            cors_policy,
            mirror,
            header_manipulation,
            outlier_detection,
            mtls,
            csrf: Refused,
            rate_limit: Refused,
            ext_auth: Refused,
            transform: Refused,
            tcp_keepalive: Refused,
            connection_pool_settings: Refused,
            extensions: Refused,
        } = policy.unwrap_or_default();
        TrafficPolicy {
            source_selector: source_selector.into_iter().map(|s| s.kube_workload_matcher.unwrap_or_default()).collect(),
            destination_selector: destination_selector.into_iter().map(selector).collect(),
            http_request_matchers: http_request_matchers.map(|list| list.into_iter().map(matcher).collect()),
            traffic_shift: traffic_shift.map(shift),
            fault_injection: fault_injection.map(fault),
            request_timeout,
            retries,
            cors_policy,
            mirror,
            header_manipulation,
            outlier_detection,
            mtls,
        }
    }
}

fn selector(selector: DestinationSelectorV1) -> ServiceSelector {
    let DestinationSelectorV1 {
        kube_service_matcher,
        kube_service_refs,
        virtual_destination_matcher: Refused,
        virtual_destination_refs: Refused,
        external_service_matcher: Refused,
        external_service_refs: Refused,
    } = selector;
    ServiceSelector { kube_service_matcher, kube_service_refs }
}

fn matcher(matcher: HttpMatcherV1) -> HttpMatcher {
    let HttpMatcherV1 { name: _, uri, headers, query_parameters, method, path } = matcher;
    let uri = uri.and_then(|uri| uri.match_type).map(|uri| match uri {
        StringMatchType::Prefix(text) => PathMatch::Prefix(text),
        StringMatchType::Exact(text) => PathMatch::Exact(text),
        StringMatchType::Regex(text) => PathMatch::Regex(text),
    });
    let path = path.map(|path| match path {
        PathMatchV1::Prefix(text) => PathMatch::Prefix(text),
        PathMatchV1::Exact(text) => PathMatch::Exact(text),
        PathMatchV1::Regex(text) => PathMatch::Regex(text),
    });
    HttpMatcher { headers, query_parameters, method: method.map(|method| MethodMatcher { method }), path: uri.or(path) }
}

fn shift(shift: TrafficShiftV1) -> TrafficShift {
    let destinations = shift.destinations.into_iter().map(|destination| {
        let ShiftDestinationV1 {
            weight,
            virtual_destination: Refused,
            external_service: Refused,
            static_destination: Refused,
            destination,
        } = destination;
        let destination = destination.map(|ShiftTargetV1::KubeService(service)| ShiftTarget::KubeService(service));
        ShiftDestination { weight, destination }
    });
    TrafficShift { destinations: destinations.collect() }
}

fn fault(fault: FaultInjectionV1) -> FaultInjection {
    let FaultInjectionV1 { percentage, fault } = fault;
    let fault = fault.map(|fault| match fault {
        FaultKindV1::FixedDelay(delay) => FaultKind::FixedDelay(delay),
        FaultKindV1::Abort(abort) => FaultKind::Abort(abort),
    });
    FaultInjection { percentage, fault }
}

impl Later for AccessPolicyV1 {
    type Model = access_policy::AccessPolicy;

    fn into_model(self) -> access_policy::AccessPolicy {
        let Self { source_selector, destination_selector, allowed_paths, allowed_methods, allowed_ports } = self;
        let source = |selector: IdentitySelectorV1| {
            let IdentitySelectorV1 {
                kube_identity_matcher,
                kube_service_account_refs,
                request_identity_matcher: Refused,
            } = selector;
            IdentitySelector { kube_identity_matcher, kube_service_account_refs, kube_service_matcher: None }
        };
        access_policy::AccessPolicy {
            source_selector: source_selector.into_iter().map(source).collect(),
            destination_selector: destination_selector.into_iter().map(selector).collect(),
            allowed_paths,
            allowed_methods,
            allowed_ports,
        }
    }
}

impl Later for VirtualMeshV1 {
    type Model = virtual_mesh::VirtualMesh;

    fn into_model(self) -> virtual_mesh::VirtualMesh {
        let Self { meshes, mtls_config, federation, global_access_policy } = self;
        virtual_mesh::VirtualMesh {
            meshes,
            mtls_config,
            federation: federation.map(federation_v1),
            global_access_policy,
        }
    }
}

fn federation_v1(federation: FederationV1) -> virtual_mesh::Federation {
    let FederationV1 {
        selectors,
        hostname_suffix: Refused,
        flat_network: Refused,
        east_west_ingress_gateway_selectors: Refused,
        mode,
    } = federation;
    let one = |s: FederationSelectorV1| virtual_mesh::FederationSelector {
        destination_selectors: s.destination_selectors.into_iter().map(selector).collect(),
        meshes: s.meshes,
    };
    let permissive = mode.map(|FederationModeV1::Permissive(all)| virtual_mesh::FederationMode::Permissive(all));
    let selectors = selectors.map(|list| list.into_iter().map(one).collect());
    virtual_mesh::Federation { selectors, mode: permissive }
}
