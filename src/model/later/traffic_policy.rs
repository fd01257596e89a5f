//! TrafficPolicy.

use super::{DestinationSelectorV1, Later};
use crate::ids::Text;
use crate::message;
use crate::model::duration::Duration;
use crate::model::refused::Refused;
use crate::model::selector::WorkloadSelector;
use crate::model::traffic_policy::{
    Abort, CorsPolicy, FaultInjection, FaultKind, HeaderManipulation, HeaderMatcher, HttpMatcher, HttpMethod,
    KubeDestination, MethodMatcher, Mirror, Mtls, OutlierDetection, PathMatch, QueryParameterMatcher, Retries,
    ShiftDestination, ShiftTarget, StringMatch, StringMatchType, TrafficPolicy, TrafficShift,
};

message! {
    /// A TrafficPolicy of version `v1`.
    TrafficPolicyV1 {
        /// Where the requests come from; none means anywhere.
        source_selector: Vec<SourceSelectorV1> = "sourceSelector",
        /// The services it is for; none means every one.
        destination_selector: Vec<DestinationSelectorV1> = "destinationSelector",
        /// Routes of virtual hosts; not supported.
        route_selector: Refused = "routeSelector",
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
        /// By name; not supported.
        kube_workload_refs: Refused = "kubeWorkloadRefs",
    }
}

message! {
    /// A condition on requests.
    HttpMatcherV1 {
        /// The matcher's name, which does not affect requests.
        name: Text = "name",
        /// A condition on the path.
        uri: Option<StringMatchV1> = "uri",
        /// Conditions on headers.
        headers: Vec<HeaderMatcher> = "headers",
        /// Conditions on query parameters.
        query_parameters: Vec<QueryParameterMatcher> = "queryParameters",
        method: Option<HttpMethod> = "method",
        ;
        /// A condition on the path, in the form from before `uri`.
        oneof path: PathMatchV1 {
            /// The path begins with this.
            "prefix" => Prefix(Text),
            /// The path is this.
            "exact" => Exact(Text),
            /// The path matches this regular expression.
            "regex" => Regex(Text),
        }
    }
}

message! {
    /// A condition on a text: a path, an origin.
    StringMatchV1 {
        /// The text ends with this; not supported.
        suffix: Refused = "suffix",
        /// Whether upper and lower case are the same; not supported.
        ignore_case: Refused = "ignoreCase",
        ;
        /// The condition.
        oneof match_type: StringMatchTypeV1 {
            /// The text is this.
            "exact" => Exact(Text),
            /// The text begins with this.
            "prefix" => Prefix(Text),
            /// The text matches this regular expression.
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
        /// How a failed request is retried.
        retries: Option<Retries> = "retries",
        /// Cross-origin resource sharing.
        cors_policy: Option<CorsPolicyV1> = "corsPolicy",
        /// Where requests are copied to.
        mirror: Option<Mirror> = "mirror",
        /// Headers added and removed.
        header_manipulation: Option<HeaderManipulation> = "headerManipulation",
        /// When a failing endpoint is ejected.
        outlier_detection: Option<OutlierDetection> = "outlierDetection",
        /// How clients encrypt.
        mtls: Option<Mtls> = "mtls",
        /// Not supported.
        csrf: Refused = "csrf",
        /// Not supported.
        rate_limit: Refused = "rateLimit",
        /// Not supported.
        ext_auth: Refused = "extauth",
        /// Not supported.
        transform: Refused = "transform",
        /// Not supported.
        tcp_keepalive: Refused = "tcpKeepalive",
        /// Not supported.
        connection_pool_settings: Refused = "connectionPoolSettings",
        /// Not supported.
        extensions: Refused = "extensions",
    }
}

message! {
    /// Cross-origin resource sharing.
    CorsPolicyV1 {
        /// Allowed origins.
        allow_origins: Vec<StringMatchV1> = "allowOrigins",
        /// Allowed methods.
        allow_methods: Option<Vec<Text>> = "allowMethods",
        /// Allowed headers.
        allow_headers: Option<Vec<Text>> = "allowHeaders",
        /// Exposed headers.
        expose_headers: Option<Vec<Text>> = "exposeHeaders",
        /// How long a response may be cached.
        max_age: Option<Duration> = "maxAge",
        /// Whether credentials are allowed.
        allow_credentials: Option<bool> = "allowCredentials",
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
        /// A virtual destination; not supported.
        virtual_destination: Refused = "virtualDestination",
        /// An external service; not supported.
        external_service: Refused = "externalService",
        /// A static destination; not supported.
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
    /// Injected faults.
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
            destination_selector: destination_selector.into_iter().map(Into::into).collect(),
            http_request_matchers: http_request_matchers.map(|list| list.into_iter().map(matcher).collect()),
            traffic_shift: traffic_shift.map(shift),
            fault_injection: fault_injection.map(fault),
            request_timeout,
            retries,
            cors_policy: cors_policy.map(cors),
            mirror,
            header_manipulation,
            outlier_detection,
            mtls,
        }
    }
}

fn matcher(matcher: HttpMatcherV1) -> HttpMatcher {
    let HttpMatcherV1 { name: _, uri, headers, query_parameters, method, path } = matcher;
    let uri = uri.and_then(condition).map(|condition| match condition {
        StringMatchTypeV1::Prefix(text) => PathMatch::Prefix(text),
        StringMatchTypeV1::Exact(text) => PathMatch::Exact(text),
        StringMatchTypeV1::Regex(text) => PathMatch::Regex(text),
    });
    let path = path.map(|path| match path {
        PathMatchV1::Prefix(text) => PathMatch::Prefix(text),
        PathMatchV1::Exact(text) => PathMatch::Exact(text),
        PathMatchV1::Regex(text) => PathMatch::Regex(text),
    });
    HttpMatcher { headers, query_parameters, method: method.map(|method| MethodMatcher { method }), path: uri.or(path) }
}

fn condition(written: StringMatchV1) -> Option<StringMatchTypeV1> {
    let StringMatchV1 { suffix: Refused, ignore_case: Refused, match_type } = written;
    match_type
}

fn cors(cors: CorsPolicyV1) -> CorsPolicy {
    let CorsPolicyV1 { allow_origins, allow_methods, allow_headers, expose_headers, max_age, allow_credentials } = cors;
    let origin = |written: StringMatchV1| {
        let match_type = condition(written).map(|condition| match condition {
            StringMatchTypeV1::Prefix(text) => StringMatchType::Prefix(text),
            StringMatchTypeV1::Exact(text) => StringMatchType::Exact(text),
            StringMatchTypeV1::Regex(text) => StringMatchType::Regex(text),
        });
        StringMatch { match_type }
    };
    let allow_origins = allow_origins.into_iter().map(origin).collect();
    CorsPolicy { allow_origins, allow_methods, allow_headers, expose_headers, max_age, allow_credentials }
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
