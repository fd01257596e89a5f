//! Gateway: what a gateway listens for.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use super::{LabelMap, Port};

/// What a gateway listens for.
#[derive(Debug, Serialize)]
pub struct Gateway<'a> {
    /// Labels of the gateway's pods.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub selector: LabelMap<'a>,
    /// Its listeners.
    pub servers: Vec<Server<'a>>,
}

/// A listener of a gateway.
#[derive(Debug, Serialize)]
pub struct Server<'a> {
    /// The accepted hosts.
    pub hosts: Vec<Cow<'a, str>>,
    /// The port.
    pub port: Port<'a>,
    /// TLS.
    pub tls: ServerTls,
}

/// TLS of the server.
#[derive(Debug, Serialize)]
pub struct ServerTls {
    /// The mode.
    pub mode: &'static str,
}
