//! PolicyTest as written (`meshtree.io/v1alpha1`): what a fleet is expected to do with requests.
//!
//! Nothing is rendered from it, so that every command but `test` leaves its text alone.

mod read;
mod values;

use std::collections::BTreeMap;

use crate::ids::{Duration, Text};
use crate::message;

pub use read::{TestFile, is_test, read};
pub use values::{Literal, OneOrMore, Wanted};

/// The API version of the kind.
pub const API_VERSION: &str = "meshtree.io/v1alpha1";

/// The kind's name.
pub const KIND: &str = "PolicyTest";

message! {
    /// The specification of a PolicyTest.
    PolicyTest {
        tests: Vec<Expectation> = "tests",
    }
}

message! {
    /// One expectation.
    Expectation {
        /// What it is called in reports.
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
        /// The workloads that call.
        from: OneOrMore = "from",
        /// The identities that call instead, or `none`.
        identity: OneOrMore = "identity",
        /// What is called.
        to: OneOrMore = "to",
        /// The workloads whose pods are asked instead.
        at: OneOrMore = "at",
        /// The port of the service.
        port: Option<u32> = "port",
        /// The port of the pods.
        pod_port: Option<u32> = "podPort",
        method: OneOrMore = "method",
        path: OneOrMore = "path",
        headers: BTreeMap<Text, Text> = "headers",
    }
}

message! {
    /// A request and its route.
    RouteTest {
        from: Text = "from",
        to: Text = "to",
        port: Option<u32> = "port",
        method: Option<Text> = "method",
        path: Option<Text> = "path",
        headers: BTreeMap<Text, Text> = "headers",
        expect: Option<RouteExpectation> = "expect",
    }
}

message! {
    /// What is expected of a route. What is absent is not compared.
    RouteExpectation {
        destinations: Option<Vec<DestinationExpectation>> = "destinations",
        /// The name of the only destination in Envoy.
        cluster: Option<Text> = "cluster",
        /// The workloads that the request may reach.
        reaches: Option<Vec<Text>> = "reaches",
        timeout: Option<Wanted<Duration>> = "timeout",
        retries: Option<Wanted<RetriesExpectation>> = "retries",
        fault: Option<Wanted<FaultExpectation>> = "fault",
        mirror: Option<Wanted<MirrorExpectation>> = "mirror",
        /// The policies that make the route.
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
        service: Option<Text> = "service",
        /// The namespace and name of a FailoverService.
        failover: Option<Text> = "failover",
        /// The labels of the subset; `{}` for none.
        subset: Option<Labels> = "subset",
        port: Option<u32> = "port",
        /// Its share, in percent.
        weight: Option<u32> = "weight",
        /// Its name in Envoy.
        cluster: Option<Text> = "cluster",
    }
}

/// Labels of pods.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Labels(pub BTreeMap<Text, Text>);

message! {
    RetriesExpectation {
        attempts: Option<i32> = "attempts",
        per_try_timeout: Option<Wanted<Duration>> = "perTryTimeout",
    }
}

message! {
    FaultExpectation {
        delay: Option<Duration> = "delay",
        /// The HTTP status of the answer.
        abort: Option<i32> = "abort",
        percentage: Option<f64> = "percentage",
    }
}

message! {
    MirrorExpectation {
        service: Option<Text> = "service",
        port: Option<u32> = "port",
        percentage: Option<f64> = "percentage",
        /// Its name in Envoy.
        cluster: Option<Text> = "cluster",
    }
}

message! {
    /// A request while clusters are down.
    FailoverTest {
        from: Text = "from",
        to: Text = "to",
        port: Option<u32> = "port",
        method: Option<Text> = "method",
        path: Option<Text> = "path",
        headers: BTreeMap<Text, Text> = "headers",
        /// The clusters that are down.
        down: OneOrMore = "down",
        /// The services at which it arrives, or `nowhere`.
        arrives: OneOrMore = "arrives",
    }
}

message! {
    /// A field of a rendered object.
    RenderedTest {
        cluster: Text = "cluster",
        /// Kind, namespace and name: `VirtualService default/reviews`.
        object: Text = "object",
        field: Option<Text> = "field",
        value: Option<Literal> = "value",
        /// Whether the field, or the object, must not be there.
        absent: Option<bool> = "absent",
    }
}
