//! VirtualService: where requests for a host go.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::{LabelMap, is_zero, is_zero_f64, is_zero_i32};
use crate::ids::{Duration, Text};

/// Where requests for a host go.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VirtualService<'a> {
    /// The namespaces in which it applies; by default all, unless the mesh says otherwise.
    #[serde(skip_serializing_if = "<[&str]>::is_empty")]
    pub export_to: &'static [&'static str],
    /// The hosts.
    pub hosts: [&'a str; 1],
    /// The routes; the first that matches is taken.
    pub http: HttpRoutes<'a>,
}

/// The routes of a VirtualService.
#[derive(Debug)]
pub enum HttpRoutes<'a> {
    /// As they are.
    Typed(Vec<HttpRoute<'a>>),
    /// As the lines that were written of them before, in one piece or several.
    Written { lines: Vec<Arc<str>>, count: usize },
}

impl HttpRoutes<'_> {
    /// The name of the newtype struct that a serialiser sees instead of written routes: a text of lines, to be taken as they are.
    pub const WRITTEN: &'static str = "written";

    /// How many routes there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Typed(routes) => routes.len(),
            Self::Written { lines: _, count } => *count,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes the lines of written routes out, for those who append them to what is serialised without them.
    pub fn take_lines(&mut self) -> Vec<Arc<str>> {
        match self {
            Self::Typed(_) => Vec::new(),
            Self::Written { lines, count: _ } => std::mem::take(lines),
        }
    }
}

impl Serialize for HttpRoutes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Typed(routes) => routes.serialize(serializer),
            Self::Written { lines, count: _ } => serializer.serialize_newtype_struct(Self::WRITTEN, &lines.concat()),
        }
    }
}

/// A route of a VirtualService.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpRoute<'a> {
    /// The condition; none matches every request.
    #[serde(rename = "match", skip_serializing_if = "Option::is_none")]
    pub matches: Option<[HttpMatch<'a>; 1]>,
    /// CORS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cors_policy: Option<CorsPolicy<'a>>,
    /// Injected faults.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// Headers added and removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<Headers<'a>>,
    /// The destination of mirrored requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mirror: Option<Destination<'a>>,
    /// The percentage of mirrored requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mirror_percentage: Option<Percent>,
    /// Retries of failed requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<Retries>,
    /// The weighted destinations.
    pub route: Vec<RouteDestination<'a>>,
    /// The request timeout.
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
    /// Negated conditions on headers.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub without_headers: BTreeMap<&'a str, StringMatch<'a>>,
}

/// A condition on a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StringMatch<'a> {
    /// There is one, whatever it is.
    Present,
    /// The text is equal.
    Exact(&'a str),
    /// The text has this prefix.
    Prefix(&'a str),
    /// The whole text matches this regular expression.
    Regex(&'a str),
}

impl Serialize for StringMatch<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(match self {
            Self::Present => None,
            Self::Exact(text) => Some(("exact", text)),
            Self::Prefix(text) => Some(("prefix", text)),
            Self::Regex(text) => Some(("regex", text)),
        })
    }
}

/// A destination with its weight.
#[derive(Clone, Debug, Serialize)]
pub struct RouteDestination<'a> {
    /// The destination.
    pub destination: Destination<'a>,
    /// Its weight, in percent.
    #[serde(skip_serializing_if = "is_zero")]
    pub weight: u32,
}

/// A host, optionally with a port and a subset.
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

/// Injected faults.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fault {
    /// A response instead of the service's.
    Abort(Abort),
    /// A delay.
    Delay(Delay),
}

/// A response instead of the service's.
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

/// A percentage of requests. 0 is protobuf's default and is left out: `{}` is 0 percent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Percent {
    /// In percent.
    #[serde(skip_serializing_if = "is_zero_f64")]
    pub value: f64,
}

/// Retries of failed requests.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Retries {
    /// The maximum number of retries.
    #[serde(skip_serializing_if = "is_zero_i32")]
    pub attempts: i32,
    /// The timeout of each attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_try_timeout: Option<Duration>,
    /// The failures that are retried, where Istio's own choice is another one than the policy relies on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_on: Option<&'static str>,
}

/// Headers added and removed.
#[derive(Clone, Debug, Serialize)]
pub struct Headers<'a> {
    /// Of requests.
    pub request: HeaderOperations<'a>,
    /// Of responses.
    pub response: HeaderOperations<'a>,
}

/// Headers added and removed in one direction.
#[derive(Clone, Debug, Serialize)]
pub struct HeaderOperations<'a> {
    /// Added.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub add: LabelMap<'a>,
    /// Removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remove: Option<&'a [Text]>,
}

/// CORS.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CorsPolicy<'a> {
    /// Whether credentials may be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_credentials: Option<bool>,
    /// Headers that may be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_headers: Option<&'a [Text]>,
    /// Methods that may be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_methods: Option<&'a [Text]>,
    /// Origins that may send requests.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow_origins: Vec<StringMatch<'a>>,
    /// Headers that scripts may read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expose_headers: Option<&'a [Text]>,
    /// How long a preflight response may be cached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<Duration>,
}
