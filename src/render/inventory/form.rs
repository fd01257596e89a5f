//! The compact form as it is written: fields with their default value are left out.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::ids::Text;

/// Labels, a selector.
pub(super) type Labels = BTreeMap<Text, Text>;

/// A compact Cluster.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document<'a> {
    pub(super) api_version: &'static str,
    pub(super) kind: &'static str,
    pub(super) metadata: Metadata<'a>,
    pub(super) spec: Spec<'a>,
}

/// Its name.
#[derive(Serialize)]
pub(super) struct Metadata<'a> {
    pub(super) name: &'a Text,
}

/// Its specification.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Spec<'a> {
    pub(super) cluster_domain: &'a Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) istio: Option<IstioOut<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) namespaces: BTreeMap<&'a Text, Namespace<'a>>,
}

/// Its Istio.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IstioOut<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) version: &'a str,
    pub(super) namespace: &'a Text,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) revision: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) deployment: Option<Text>,
    pub(super) trust_domain: &'a Text,
    pub(super) service_account: &'a Text,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) gateways: Vec<GatewayOut<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) other_gateways: Vec<OtherGatewayOut<'a>>,
}

/// A gateway that no other cluster uses.
#[derive(Serialize)]
pub(super) struct OtherGatewayOut<'a> {
    pub(super) name: &'a Text,
    pub(super) namespace: &'a Text,
    pub(super) labels: &'a Labels,
}

/// A gateway.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GatewayOut<'a> {
    pub(super) address: &'a Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) port: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) container_port: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) labels: Option<&'a Labels>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) namespace: Option<&'a Text>,
}

/// A namespace.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Namespace<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) dataplane_mode: Option<&'static str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) services: BTreeMap<&'a Text, ServiceOut<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) workloads: BTreeMap<&'a Text, WorkloadOut<'a>>,
}

/// A service.
#[derive(Serialize)]
pub(super) struct ServiceOut<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) ports: Vec<PortOut<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) labels: &'a Labels,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) selector: &'a Labels,
    #[serde(rename = "clusterIP", skip_serializing_if = "Option::is_none")]
    pub(super) cluster_ip: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) mesh: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) external: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) waypoint: Option<String>,
}

/// A port of a service.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PortOut<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) name: &'a str,
    pub(super) port: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) protocol: Option<&'a Text>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) app_protocol: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) target_port: Option<PortRefOut<'a>>,
}

/// A port by number or by name.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum PortRefOut<'a> {
    Number(u32),
    Name(&'a str),
}

/// A workload.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WorkloadOut<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<&'static str>,
    pub(super) labels: &'a Labels,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) service_account: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) gateway: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) dataplane_mode: Option<&'static str>,
}
