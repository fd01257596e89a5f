//! AuthorizationPolicy: who may call.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use super::LabelMap;
use crate::ids::Text;

/// Who may call.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizationPolicy<'a> {
    /// The allowed requests; without rules here or in another policy, nothing is allowed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule<'a>>,
    /// The pods it applies to; none means all pods of its namespace, or of all namespaces if it is in the root namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<PodSelector<'a>>,
    /// The service before which a waypoint applies it, instead of pods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_refs: Option<[ServiceRef<'a>; 1]>,
}

/// A service of the same namespace.
#[derive(Debug, Serialize)]
pub struct ServiceRef<'a> {
    /// Empty for the core group.
    pub group: &'static str,
    pub kind: &'static str,
    pub name: &'a str,
}

/// Pods by labels.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PodSelector<'a> {
    /// Their labels.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub match_labels: LabelMap<'a>,
}

/// A rule that allows requests.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Rule<'a> {
    /// The callers; none means every caller.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<From<'a>>,
    /// The operations; none means every operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<[To<'a>; 1]>,
    /// What else must hold of a request; every one of them must.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<Condition>,
}

/// A condition on an attribute of requests.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Condition {
    /// The attribute.
    pub key: &'static str,
    /// The values, of which it has one; `*` at the beginning or at the end matches anything.
    pub values: Vec<String>,
}

/// The callers of a rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct From<'a> {
    /// The source.
    pub source: Source<'a>,
}

/// A source of requests.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Source<'a> {
    /// Its namespaces.
    #[serde(skip_serializing_if = "<[Text]>::is_empty")]
    pub namespaces: &'a [Text],
    /// Its identities.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub principals: Cow<'a, [String]>,
}

/// The operations of a rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct To<'a> {
    /// The operation.
    pub operation: Operation<'a>,
}

/// An operation.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Operation<'a> {
    /// The methods.
    #[serde(skip_serializing_if = "<[&str]>::is_empty")]
    pub methods: &'a [&'static str],
    /// The paths.
    #[serde(skip_serializing_if = "<[Text]>::is_empty")]
    pub paths: &'a [Text],
    /// The ports.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<String>,
}
