//! DestinationRule: how connections to a host are made.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use super::{LabelMap, PortNumber, is_zero};
use crate::ids::Duration;

/// How connections to a host are made.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DestinationRule<'a> {
    /// The host.
    pub host: &'a str,
    /// The namespaces in which it applies; by default all, unless the mesh says otherwise.
    #[serde(skip_serializing_if = "<[&str]>::is_empty")]
    pub export_to: &'static [&'static str],
    /// Its subsets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subsets: Vec<Subset<'a>>,
    /// The settings for all of them.
    pub traffic_policy: TrafficPolicy<'a>,
}

/// A subset of a host's endpoints.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Subset<'a> {
    /// Its name.
    pub name: &'a str,
    /// The labels that its endpoints have.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: LabelMap<'a>,
    /// Settings that replace all settings of the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traffic_policy: Option<Box<TrafficPolicy<'a>>>,
}

/// How connections to a host's endpoints are made.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TrafficPolicy<'a> {
    /// Which endpoints come first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load_balancer: Option<LoadBalancer>,
    /// When a failing endpoint is ejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outlier_detection: Option<OutlierDetection>,
    /// Settings of individual ports. For such a port, Istio ignores the settings of the host.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub port_level_settings: Vec<PortSettings<'a>>,
    pub tls: ClientTls<'a>,
}

/// Which endpoints come first.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoadBalancer {
    pub locality_lb_setting: LocalitySetting,
}

/// The order of endpoints.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LocalitySetting {
    pub enabled: bool,
    /// Labels with their values: endpoints with all of them come first, then those without the last one, and so on.
    pub failover_priority: Vec<String>,
}

/// The settings of one port.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PortSettings<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outlier_detection: Option<OutlierDetection>,
    pub port: PortNumber,
    pub tls: ClientTls<'a>,
}

/// TLS of the client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClientTls<'a> {
    pub mode: &'static str,
    /// The server name that the client asks for; by default Envoy's name of the host's port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sni: Option<Cow<'a, str>>,
}

impl ClientTls<'_> {
    /// A mode without a server name.
    pub const fn mode(mode: &'static str) -> Self {
        Self { mode, sni: None }
    }
}

/// When a failing endpoint is ejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OutlierDetection {
    /// The minimum ejection time.
    pub base_ejection_time: Duration,
    /// How many consecutive failures eject an endpoint.
    #[serde(rename = "consecutive5xxErrors")]
    pub consecutive_5xx_errors: u32,
    /// The interval of checks.
    pub interval: Duration,
    /// The maximum percentage of ejected endpoints.
    #[serde(skip_serializing_if = "is_zero")]
    pub max_ejection_percent: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn optional_fields_have_istios_names() {
        let tls = ClientTls { sni: Some("outbound_.9080_._.web".into()), ..ClientTls::mode("ISTIO_MUTUAL") };
        let port = PortSettings { outlier_detection: None, port: PortNumber { number: 9080 }, tls };
        let policy = TrafficPolicy {
            load_balancer: None,
            outlier_detection: None,
            port_level_settings: vec![port],
            tls: ClientTls::mode("ISTIO_MUTUAL"),
        };
        let subset = Subset { name: "v1", labels: LabelMap::new(), traffic_policy: Some(Box::new(policy)) };
        let expected = serde_json::json!({
            "name": "v1",
            "trafficPolicy": {
                "portLevelSettings": [{
                    "port": {"number": 9080},
                    "tls": {"mode": "ISTIO_MUTUAL", "sni": "outbound_.9080_._.web"},
                }],
                "tls": {"mode": "ISTIO_MUTUAL"},
            },
        });
        assert_eq!(serde_json::to_value(&subset).expect("JSON"), expected);
    }
}
