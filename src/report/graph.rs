//! `meshtree graph`: clusters, their services, and who may call whom.
//!
//! [`Graph`] grows with the fleet and never with its square: services that have rules in common refer to the same ones, and so do
//! rules with the same callers.

mod build;
mod dot;
mod drawing;
mod html;
mod layout;
mod mermaid;
mod svg;

use serde::Serialize;

use super::places::PolicyView;

pub use drawing::{Drawing, Fate};
pub use html::page;

/// Everything that there is to draw. What refers to something else has its position in the list of it.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Graph {
    /// By name.
    pub clusters: Vec<String>,
    pub meshes: Vec<MeshNode>,
    pub virtual_meshes: Vec<VirtualMeshNode>,
    pub services: Vec<ServiceNode>,
    pub workloads: Vec<WorkloadNode>,
    pub rules: Vec<RuleNode>,
    pub callers: Vec<CallerNode>,
    pub failovers: Vec<FailoverNode>,
    pub policies: Vec<PolicyView>,
    /// Sets of clusters.
    pub sets: Vec<Vec<usize>>,
}

/// A mesh.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MeshNode {
    pub cluster: usize,
    pub name: String,
    pub version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub virtual_mesh: Option<usize>,
}

/// A virtual mesh.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VirtualMeshNode {
    pub name: String,
    pub federated: bool,
    pub denies: bool,
    pub policy: usize,
}

/// A service.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceNode {
    pub cluster: usize,
    pub namespace: String,
    pub name: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<String>,
    pub access: Access,
    /// The policy because of which it is open or shut as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub workloads: Vec<usize>,
    /// The other clusters whose callers know it.
    pub known_in: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<TableNode>,
    /// What applies to all of its requests.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<SettingNode>,
}

/// Who may call a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// Everyone.
    Open,
    /// Nobody.
    Shut,
    /// Those whom its rules name.
    Callers,
    /// The mesh is not an Istio.
    Unknown,
}

/// Something that applies to all requests.
#[derive(Debug, Serialize)]
pub struct SettingNode {
    pub text: String,
    pub policy: usize,
}

/// The routes of a service for callers in some clusters, in order.
#[derive(Debug, Serialize)]
pub struct TableNode {
    pub clients: usize,
    pub routes: Vec<RouteNode>,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RouteNode {
    /// The conditions in words, which follow `requests`.
    pub when: String,
    /// What it does, in words.
    pub does: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<ShareNode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mirror: Option<usize>,
    pub policies: Vec<usize>,
}

/// A destination: a service, a failover service, or neither for pods of the same service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShareNode {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failover: Option<usize>,
    pub weight: u32,
    /// The labels of the pods.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subset: String,
    /// Whether the callers' proxies do not know it, so that requests fail.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub lost: bool,
}

/// A workload.
#[derive(Debug, Serialize)]
pub struct WorkloadNode {
    pub cluster: usize,
    pub namespace: String,
    pub name: String,
    /// None of one in a mesh that is not an Istio.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
}

/// What a policy allows to some callers.
#[derive(Debug, Serialize)]
pub struct RuleNode {
    pub policy: usize,
    /// Nobody in particular if everyone may call.
    pub callers: Vec<usize>,
    /// Which requests, in words; nothing if all are allowed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub what: String,
}

/// Some callers: those of an account, a namespace or a trust domain.
#[derive(Debug, Serialize)]
pub struct CallerNode {
    pub label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The workloads with the account; those of a namespace or a trust domain follow from their identities.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub workloads: Vec<usize>,
}

/// A failover service.
#[derive(Debug, Serialize)]
pub struct FailoverNode {
    pub name: String,
    pub host: String,
    pub port: u32,
    /// The clusters from which it is called.
    pub clients: usize,
    /// The services behind it, in the order in which they are tried.
    pub backing: Vec<usize>,
    pub policy: usize,
}
