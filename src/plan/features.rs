//! The features of a TrafficPolicy: one row each, and what is bound for them.
//!
//! The table is the only list of features. From its rows follow the fields of [`Features`] (what a policy asks for),
//! [`RouteActions`] and [`ServiceActions`] (what applies, each with the policy that it is from), the names in fields and
//! statuses, the order in which a status lists problems, and how each is handled for an Open Service Mesh. Translation
//! destructures the actions without `..`, so a new row does not compile until it is translated.

mod owners;
mod table;

use std::collections::BTreeMap;

use super::{FailoverId, TargetId, TrafficId};
use crate::ids::{Duration, Text};
use crate::model::traffic_policy::TlsMode;

pub use owners::{Claimed, FeatureSet, Owner, Owners};
use table::features;

features! {
    route {
        /// Where the requests go instead.
        TrafficShift shift: Box<[Destination<'a>]>, "trafficShift", "traffic-shift", SmiSupport::Translated;
        /// Cross-origin resource sharing.
        Cors cors: Cors<'a>, "corsPolicy", "cors", SmiSupport::no(0, "CorsPolicy", "cors policy");
        /// Injected faults.
        FaultInjection fault: Fault, "faultInjection", "fault-injection", SmiSupport::no(1, "FaultInjection", "fault injection");
        /// Headers added and removed.
        HeaderManipulation headers: Headers<'a>, "headerManipulation", "header-manipulation",
            SmiSupport::no(2, "HeaderManipulation", "header manipulation");
        /// Where requests are copied to.
        Mirror mirror: Mirror, "mirror", "mirror", SmiSupport::no(3, "Mirror", "request mirroring");
        /// How a failed request is retried.
        Retries retries: Retries, "retries", "retries", SmiSupport::no(5, "Retries", "retries");
        /// How long a request may take.
        Timeout timeout: Duration, "requestTimeout", "timeout", SmiSupport::no(6, "RequestTimeout", "request timeout");
    }
    service {
        /// When a failing endpoint is ejected.
        OutlierDetection outlier: Outlier, "outlierDetection", "outlier-detection", SmiSupport::Ignored("SMI has no such setting");
        /// How clients encrypt. Absent unless a mode is set.
        Mtls tls: TlsMode, "mtls", "mtls", SmiSupport::no(4, "Mtls", "choosing how clients encrypt");
    }
}

/// No two features have one place among the texts of a status.
const _: () = {
    let mut taken = 0u64;
    let mut i = 0;
    while i < Feature::ALL.len() {
        if let SmiSupport::Unsupported { rank, feature: _, what: _ } = Feature::ALL[i].smi() {
            assert!(taken & (1 << rank) == 0, "two features have the same rank in SmiSupport::no");
            taken |= 1 << rank;
        }
        i += 1;
    }
};

/// How a feature is handled for services of an Open Service Mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmiSupport {
    /// It is translated.
    Translated,
    /// It has no effect, for this reason; the rest of the policy is applied.
    Ignored(&'static str),
    /// The policy is INVALID there.
    Unsupported {
        /// The position among the texts of a status. A feature that Service Mesh Hub does not have takes the next free number.
        rank: u8,
        /// What the reference's status calls the feature.
        feature: &'static str,
        /// What SMI does not support.
        what: &'static str,
    },
}

impl SmiSupport {
    const fn no(rank: u8, feature: &'static str, what: &'static str) -> Self {
        Self::Unsupported { rank, feature, what }
    }
}

/// A destination of a traffic shift.
#[derive(Clone, Debug, PartialEq)]
pub struct Destination<'a> {
    pub to: DestinationKind,
    /// The labels of the subset, if there is one.
    pub subset: Option<&'a BTreeMap<Text, Text>>,
    /// Its share, in percent.
    pub weight: u32,
}

/// What a destination is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DestinationKind {
    Service {
        target: TargetId,
        /// The port, if the policy names one.
        port: Option<u32>,
    },
    Failover(FailoverId),
}

/// Cross-origin resource sharing.
#[derive(Clone, Debug, PartialEq)]
pub struct Cors<'a> {
    pub allow_origins: Box<[TextMatch<'a>]>,
    pub allow_methods: Option<&'a [Text]>,
    pub allow_headers: Option<&'a [Text]>,
    pub expose_headers: Option<&'a [Text]>,
    pub max_age: Option<Duration>,
    pub allow_credentials: Option<bool>,
}

/// A condition on a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TextMatch<'a> {
    Prefix(&'a Text),
    Exact(&'a Text),
    Regex(&'a Text),
}

/// Injected faults.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fault {
    pub kind: FaultKind,
    /// How many requests, in percent.
    pub percentage: f64,
}

/// Which fault.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FaultKind {
    Delay(Duration),
    /// An answer with this HTTP status.
    Abort(i32),
}

/// Headers added to those of the same name, and headers removed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Headers<'a> {
    pub request: HeaderChange<'a>,
    pub response: HeaderChange<'a>,
}

/// What is done to the headers of requests or of responses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeaderChange<'a> {
    pub add: &'a BTreeMap<Text, Text>,
    pub remove: Option<&'a [Text]>,
}

/// Where requests are copied to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mirror {
    pub target: TargetId,
    /// The port, if the policy names one.
    pub port: Option<u32>,
    /// How many requests, in percent.
    pub percentage: f64,
}

/// How a failed request is retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    pub attempts: i32,
    pub per_try_timeout: Option<Duration>,
}

/// When a failing endpoint is ejected; every default is filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outlier {
    /// The number of consecutive failures.
    pub consecutive_errors: u32,
    /// How often endpoints are checked.
    pub interval: Duration,
    pub base_ejection_time: Duration,
    /// The largest share of endpoints, in percent.
    pub max_ejection_percent: u32,
}
