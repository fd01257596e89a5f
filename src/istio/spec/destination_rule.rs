//! DestinationRule: how a host is talked to.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{LabelMap, is_zero};
use crate::ids::Duration;

/// How a host is talked to.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DestinationRule<'a> {
    /// The host.
    pub host: &'a str,
    /// Named parts of its endpoints.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subsets: Vec<Subset<'a>>,
    /// The settings for all of them.
    pub traffic_policy: TrafficPolicy,
}

/// Some of a host's endpoints.
#[derive(Debug, Serialize)]
pub struct Subset<'a> {
    /// Its name.
    pub name: &'a str,
    /// The labels that its endpoints have.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: LabelMap<'a>,
}

/// How a host's endpoints are talked to.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TrafficPolicy {
    /// When an endpoint that fails is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outlier_detection: Option<OutlierDetection>,
    /// Encryption.
    pub tls: ClientTls,
}

/// Encryption on the client's side.
#[derive(Debug, Serialize)]
pub struct ClientTls {
    /// The mode.
    pub mode: &'static str,
}

/// When an endpoint that fails is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OutlierDetection {
    /// For how long at least.
    pub base_ejection_time: Duration,
    /// After how many failures in a row.
    #[serde(rename = "consecutive5xxErrors")]
    pub consecutive_5xx_errors: u32,
    /// How often endpoints are looked at.
    pub interval: Duration,
    /// How many endpoints at most, in percent.
    #[serde(skip_serializing_if = "is_zero")]
    pub max_ejection_percent: u32,
}
