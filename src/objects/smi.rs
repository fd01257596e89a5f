//! The objects of the Service Mesh Interface that Open Service Mesh reads, with the fields that are written.

use std::borrow::Cow;

use serde::Serialize;

/// The kind of callers and destinations.
pub const SERVICE_ACCOUNT: &str = "ServiceAccount";
/// The kind that rules refer to.
pub const HTTP_ROUTE_GROUP: &str = "HTTPRouteGroup";

/// How requests to a service are split among others.
#[derive(Debug, Serialize)]
pub struct TrafficSplit<'a> {
    /// The service that is called, as `<name>.<namespace>`.
    pub service: String,
    /// The services that answer, in its namespace.
    pub backends: Vec<Backend<'a>>,
}

/// A service that answers, with its weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Backend<'a> {
    /// Its name.
    pub service: &'a str,
    /// Its weight; written even if it is 0.
    pub weight: u32,
}

/// Requests that the rules of TrafficTargets name.
#[derive(Debug, Serialize)]
pub struct HttpRouteGroup<'a> {
    /// The requests.
    pub matches: Vec<HttpMatch<'a>>,
}

/// A named set of requests.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpMatch<'a> {
    /// Their name.
    pub name: String,
    /// A regular expression for their whole path.
    pub path_regex: Cow<'a, str>,
    /// Their methods.
    pub methods: Vec<&'static str>,
}

/// Who may call, and which requests they may make.
#[derive(Debug, Serialize)]
pub struct TrafficTarget<'a> {
    /// Who is called.
    pub destination: Identity<'a>,
    /// The requests that may be made.
    pub rules: [Rule<'a>; 1],
    /// Who may call.
    pub sources: Vec<Identity<'a>>,
}

/// A service account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Identity<'a> {
    /// Its kind.
    pub kind: &'static str,
    /// Its name.
    pub name: &'a str,
    /// Its namespace.
    pub namespace: &'a str,
    /// The one port that may be called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u32>,
}

/// Requests of a group.
#[derive(Debug, Serialize)]
pub struct Rule<'a> {
    /// The group's kind.
    pub kind: &'static str,
    /// The group's name.
    pub name: Cow<'a, str>,
    /// The names of the requests.
    pub matches: Vec<String>,
}
