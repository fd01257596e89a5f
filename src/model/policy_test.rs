//! PolicyTest as written (`meshtree.io/v1alpha1`): what a fleet is expected to do with requests.
//!
//! Nothing is rendered from it, so that every command but `test` leaves its text alone.

mod read;
mod schema;
mod values;

use std::collections::BTreeMap;

use crate::ids::{Duration, Text};
use crate::message;
use crate::model::traffic_policy::StringMatch;

pub use read::{TestFile, is_test, read};
pub(super) use schema::schema;
pub use values::{Literal, OneOrMore, Wanted};

/// The API version of the kind.
pub const API_VERSION: &str = "meshtree.io/v1alpha1";

/// The kind's name.
pub const KIND: &str = "PolicyTest";

message! {
    /// The specification of a PolicyTest.
    PolicyTest {
        /// The expectations.
        tests: Vec<Expectation> = "tests",
    }
}

message! {
    /// One expectation.
    Expectation {
        /// What the test is called in reports.
        name: Option<Text> = "name",
        ;
        /// What is expected.
        oneof kind: ExpectationKind {
            /// The pods let the requests in.
            "allow" => Allow(AccessTest),
            /// The pods refuse the requests.
            "deny" => Deny(AccessTest),
            /// Some pods let the requests in and others refuse them.
            "mixed" => Mixed(AccessTest),
            /// Where a request goes, and what is done with it.
            "route" => Route(RouteTest),
            /// Where a request arrives while clusters are down.
            "failover" => Failover(FailoverTest),
            /// What is rendered.
            "rendered" => Rendered(RenderedTest),
        }
    }
}

message! {
    /// Requests that are let in or refused: every combination of what is listed.
    AccessTest {
        /// The workloads that call: CLUSTER/NAMESPACE/NAME.
        from: OneOrMore = "from",
        /// Instead of from: identities such as cluster.local/ns/x/sa/y, or none.
        identity: OneOrMore = "identity",
        /// What is called: hosts, or CLUSTER/NAMESPACE/SERVICE; perhaps with :PORT.
        to: OneOrMore = "to",
        /// Instead of to: the workloads whose pods are called.
        at: OneOrMore = "at",
        /// The port of the service.
        port: Option<u32> = "port",
        /// The port of the pods.
        pod_port: Option<u32> = "podPort",
        /// HTTP methods; GET by default.
        method: OneOrMore = "method",
        /// Paths; / by default.
        path: OneOrMore = "path",
        /// Headers of the request.
        headers: BTreeMap<Text, Text> = "headers",
    }
}

message! {
    /// A request and its route.
    RouteTest {
        /// The workload that calls: CLUSTER/NAMESPACE/NAME.
        from: Text = "from",
        /// What is called: a host, or CLUSTER/NAMESPACE/SERVICE; perhaps with :PORT.
        to: Text = "to",
        /// The port of the service.
        port: Option<u32> = "port",
        /// The HTTP method; GET by default.
        method: Option<Text> = "method",
        /// The path, perhaps with a query; / by default.
        path: Option<Text> = "path",
        /// Headers of the request.
        headers: BTreeMap<Text, Text> = "headers",
        /// What is expected of the route.
        expect: Option<Box<RouteExpectation>> = "expect",
    }
}

message! {
    /// What is expected of a route. What is absent is not compared.
    RouteExpectation {
        /// All destinations, in any order.
        destinations: Option<Vec<DestinationExpectation>> = "destinations",
        /// The name of the only destination in Envoy.
        cluster: Option<Text> = "cluster",
        /// All workloads that the request may reach.
        reaches: Option<Vec<Text>> = "reaches",
        /// How long the request may take.
        timeout: Option<Wanted<Duration>> = "timeout",
        /// How a failed request is retried.
        retries: Option<Wanted<RetriesExpectation>> = "retries",
        /// The fault that is injected.
        fault: Option<Wanted<FaultExpectation>> = "fault",
        /// Where the request is copied to.
        mirror: Option<Wanted<MirrorExpectation>> = "mirror",
        /// The headers that are added and removed.
        headers: Option<Wanted<HeadersExpectation>> = "headers",
        /// The origins that browsers may call from.
        cors_policy: Option<Wanted<CorsExpectation>> = "corsPolicy",
        /// All policies that make the route.
        policies: Option<Vec<Text>> = "policies",
        /// Whether the caller's proxy does not know what is called.
        lost: Option<bool> = "lost",
        /// Whether the request meets the conditions of no route.
        not_found: Option<bool> = "notFound",
    }
}

message! {
    /// A destination with its share.
    DestinationExpectation {
        /// CLUSTER/NAMESPACE/SERVICE.
        service: Option<Text> = "service",
        /// NAMESPACE/NAME of a FailoverService.
        failover: Option<Text> = "failover",
        /// The labels of the subset; `{}` for none.
        subset: Option<TextsByName> = "subset",
        /// The port.
        port: Option<u32> = "port",
        /// Its share, in percent.
        weight: Option<u32> = "weight",
        /// Its name in Envoy.
        cluster: Option<Text> = "cluster",
    }
}

/// Texts by name, such as labels; an empty map is not the same as none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TextsByName(pub BTreeMap<Text, Text>);

message! {
    RetriesExpectation {
        /// How often a failed request is retried.
        attempts: Option<i32> = "attempts",
        /// How long each try may take.
        per_try_timeout: Option<Wanted<Duration>> = "perTryTimeout",
    }
}

message! {
    FaultExpectation {
        /// The delay.
        delay: Option<Duration> = "delay",
        /// The HTTP status of the answer.
        abort: Option<i32> = "abort",
        /// How many requests, in percent.
        percentage: Option<f64> = "percentage",
    }
}

message! {
    MirrorExpectation {
        /// CLUSTER/NAMESPACE/SERVICE.
        service: Option<Text> = "service",
        /// The port.
        port: Option<u32> = "port",
        /// How many requests, in percent.
        percentage: Option<f64> = "percentage",
        /// Its name in Envoy.
        cluster: Option<Text> = "cluster",
    }
}

message! {
    /// What is done to headers. What is absent is not compared.
    HeadersExpectation {
        /// The headers of requests.
        request: Option<HeaderChangeExpectation> = "request",
        /// The headers of responses.
        response: Option<HeaderChangeExpectation> = "response",
    }
}

message! {
    HeaderChangeExpectation {
        /// All headers that are added, with their values; `{}` for none.
        add: Option<TextsByName> = "add",
        /// All headers that are removed; `[]` for none.
        remove: Option<Vec<Text>> = "remove",
    }
}

message! {
    /// A CORS policy. What is absent is not compared.
    CorsExpectation {
        /// All allowed origins.
        allow_origins: Option<Vec<StringMatch>> = "allowOrigins",
        /// All allowed methods.
        allow_methods: Option<Vec<Text>> = "allowMethods",
        /// All allowed headers.
        allow_headers: Option<Vec<Text>> = "allowHeaders",
        /// All exposed headers.
        expose_headers: Option<Vec<Text>> = "exposeHeaders",
        /// How long a response may be cached.
        max_age: Option<Duration> = "maxAge",
        /// Whether credentials are allowed.
        allow_credentials: Option<bool> = "allowCredentials",
    }
}

message! {
    /// A request while clusters are down.
    FailoverTest {
        /// The workload that calls: CLUSTER/NAMESPACE/NAME.
        from: Text = "from",
        /// What is called: a host, or CLUSTER/NAMESPACE/SERVICE; perhaps with :PORT.
        to: Text = "to",
        /// The port of the service.
        port: Option<u32> = "port",
        /// The HTTP method; GET by default.
        method: Option<Text> = "method",
        /// The path, perhaps with a query; / by default.
        path: Option<Text> = "path",
        /// Headers of the request.
        headers: BTreeMap<Text, Text> = "headers",
        /// The clusters that are down.
        down: OneOrMore = "down",
        /// The services at which the request arrives, or nowhere.
        arrives: OneOrMore = "arrives",
    }
}

message! {
    /// A field of a rendered object.
    RenderedTest {
        /// The cluster.
        cluster: Text = "cluster",
        /// The object: VirtualService default/reviews.
        object: Text = "object",
        /// The path of a field, such as `spec.http[0].timeout`.
        field: Option<Text> = "field",
        /// What the field has to be.
        value: Option<Literal> = "value",
        /// Whether the field, or the object, must not be there.
        absent: Option<bool> = "absent",
    }
}
