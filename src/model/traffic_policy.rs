//! TrafficPolicy as written (`networking.smh.solo.io/v1alpha2`).

use std::collections::BTreeMap;

use super::duration::Duration;
use super::selector::{ServiceSelector, WorkloadSelector};
use crate::ids::{ClusterObjectRef, ObjectRef, Text};
use crate::{enumeration, message};

enumeration! {
    /// An HTTP method.
    HttpMethod {
        /// GET
        Get = "GET",
        /// POST
        Post = "POST",
        /// PUT
        Put = "PUT",
        /// DELETE
        Delete = "DELETE",
        /// HEAD
        Head = "HEAD",
        /// CONNECT
        Connect = "CONNECT",
        /// OPTIONS
        Options = "OPTIONS",
        /// TRACE
        Trace = "TRACE",
        /// PATCH
        Patch = "PATCH",
    }
}

message! {
    /// The specification of a TrafficPolicy.
    TrafficPolicy {
        /// Where the requests come from; none means anywhere.
        source_selector: Vec<WorkloadSelector> = "sourceSelector",
        /// The services it is for; none means every one.
        destination_selector: Vec<ServiceSelector> = "destinationSelector",
        /// Which requests it is for. An empty list is not the same as none: it drops the source selectors too.
        http_request_matchers: Option<Vec<HttpMatcher>> = "httpRequestMatchers",
        /// Where the requests go instead.
        traffic_shift: Option<TrafficShift> = "trafficShift",
        /// Delays or aborts.
        fault_injection: Option<FaultInjection> = "faultInjection",
        /// How long a request may take.
        request_timeout: Option<Duration> = "requestTimeout",
        /// How a failed request is retried.
        retries: Option<Retries> = "retries",
        /// Cross-origin resource sharing.
        cors_policy: Option<CorsPolicy> = "corsPolicy",
        /// Where requests are copied to.
        mirror: Option<Mirror> = "mirror",
        /// Headers added and removed.
        header_manipulation: Option<HeaderManipulation> = "headerManipulation",
        /// When a failing endpoint is ejected.
        outlier_detection: Option<OutlierDetection> = "outlierDetection",
        /// How clients encrypt (since 0.9).
        mtls: Option<Mtls> = "mtls",
    }
}

message! {
    /// A condition on requests.
    HttpMatcher {
        /// Conditions on headers.
        headers: Vec<HeaderMatcher> = "headers",
        /// Conditions on query parameters.
        query_parameters: Vec<QueryParameterMatcher> = "queryParameters",
        method: Option<MethodMatcher> = "method",
        ;
        /// A condition on the path.
        oneof path: PathMatch {
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
    /// A condition on one header.
    HeaderMatcher {
        name: Text = "name",
        /// Its value; empty means that the header is there.
        value: Text = "value",
        /// Whether the value is a regular expression.
        regex: bool = "regex",
        /// Whether the condition is inverted.
        invert_match: bool = "invertMatch",
    }
}

message! {
    /// A condition on one query parameter.
    QueryParameterMatcher {
        name: Text = "name",
        value: Text = "value",
        /// Whether the value is a regular expression.
        regex: bool = "regex",
    }
}

message! {
    /// A condition on the method; an empty one means GET.
    MethodMatcher {
        method: HttpMethod = "method",
    }
}

message! {
    /// Destinations that share the requests.
    TrafficShift {
        /// The destinations with their weights.
        destinations: Vec<ShiftDestination> = "destinations",
    }
}

message! {
    /// One destination of a traffic shift.
    ShiftDestination {
        /// Its share, in percent.
        weight: u32 = "weight",
        ;
        /// What it is.
        oneof destination: ShiftTarget {
            /// A service.
            "kubeService" => KubeService(KubeDestination),
            /// A failover service.
            "failoverServiceRef" => FailoverService(ObjectRef),
            /// A failover service, perhaps some of its endpoints (since 0.8, instead of the reference).
            "failoverService" => FailoverDestination(FailoverDestination),
        }
    }
}

message! {
    /// A service as the destination of a traffic shift.
    KubeDestination {
        /// The service's name.
        name: Text = "name",
        namespace: Text = "namespace",
        cluster_name: Text = "clusterName",
        /// Labels that narrow it to some of its pods.
        subset: BTreeMap<Text, Text> = "subset",
        /// The port, needed when the service has several.
        port: u32 = "port",
    }
}

message! {
    /// A failover service as the destination of a traffic shift.
    FailoverDestination {
        /// The failover service's name.
        name: Text = "name",
        namespace: Text = "namespace",
        /// Labels that narrow it to some of its pods.
        subset: BTreeMap<Text, Text> = "subset",
    }
}

message! {
    /// Injected faults.
    FaultInjection {
        /// How many requests, in percent.
        percentage: Option<f64> = "percentage",
        ;
        /// Which fault.
        oneof fault: FaultKind {
            /// A delay.
            "delay" => Delay(Delay),
            /// An abort.
            "abort" => Abort(Abort),
            /// A fixed delay (since 0.9, instead of the nested form).
            "fixedDelay" => FixedDelay(Duration),
            /// An exponentially distributed delay (since 0.9, instead of the nested form).
            "exponentialDelay" => ExponentialDelay(Duration),
        }
    }
}

message! {
    /// A delay.
    Delay {
        ;
        /// How long.
        oneof delay: DelayKind {
            /// A fixed delay.
            "fixedDelay" => Fixed(Duration),
            /// Exponentially distributed.
            "exponentialDelay" => Exponential(Duration),
        }
    }
}

message! {
    /// An abort.
    Abort {
        ;
        /// With which response.
        oneof error: AbortKind {
            /// An HTTP status.
            "httpStatus" => HttpStatus(i32),
        }
    }
}

message! {
    /// How a failed request is retried.
    Retries {
        /// How often.
        attempts: i32 = "attempts",
        /// How long each try may take.
        per_try_timeout: Option<Duration> = "perTryTimeout",
    }
}

message! {
    /// Cross-origin resource sharing.
    CorsPolicy {
        /// Allowed origins.
        allow_origins: Vec<StringMatch> = "allowOrigins",
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
    /// A condition on a text.
    StringMatch {
        ;
        /// The condition.
        oneof match_type: StringMatchType {
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
    /// Where requests are copied to.
    Mirror {
        /// How many requests, in percent.
        percentage: Option<f64> = "percentage",
        /// The port, needed when the service has several.
        port: u32 = "port",
        ;
        /// What they are copied to.
        oneof destination: MirrorDestination {
            /// A service.
            "kubeService" => KubeService(ClusterObjectRef),
        }
    }
}

message! {
    /// Headers added and removed.
    HeaderManipulation {
        /// Removed from responses.
        remove_response_headers: Option<Vec<Text>> = "removeResponseHeaders",
        /// Added to responses.
        append_response_headers: BTreeMap<Text, Text> = "appendResponseHeaders",
        /// Removed from requests.
        remove_request_headers: Option<Vec<Text>> = "removeRequestHeaders",
        /// Added to requests.
        append_request_headers: BTreeMap<Text, Text> = "appendRequestHeaders",
    }
}

message! {
    /// When a failing endpoint is ejected.
    OutlierDetection {
        /// After how many failures in a row.
        consecutive_errors: u32 = "consecutiveErrors",
        /// How often endpoints are looked at.
        interval: Option<Duration> = "interval",
        /// For how long at least.
        base_ejection_time: Option<Duration> = "baseEjectionTime",
        /// How many endpoints at most, in percent.
        max_ejection_percent: u32 = "maxEjectionPercent",
    }
}

enumeration! {
    /// How clients encrypt.
    TlsMode {
        /// Not at all.
        Disable = "DISABLE",
        /// With TLS, without a certificate of their own.
        Simple = "SIMPLE",
        /// With the mesh's own certificates.
        IstioMutual = "ISTIO_MUTUAL",
    }
}

message! {
    /// How clients encrypt.
    Mtls {
        /// In an Istio mesh.
        istio: Option<IstioMtls> = "istio",
    }
}

message! {
    /// How clients of an Istio mesh encrypt.
    IstioMtls {
        tls_mode: Option<TlsMode> = "tlsMode",
    }
}
