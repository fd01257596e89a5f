//! AuthorizationPolicy: who may call.

use std::collections::BTreeMap;

use serde::Serialize;

use super::LabelMap;
use crate::ids::Text;

/// Who may call.
#[derive(Debug, Serialize)]
pub struct AuthorizationPolicy<'a> {
    /// What is allowed; with none, and no other policy, nothing is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule<'a>>,
    /// The pods it is for; none means all of the namespace, or all when it is the root namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<PodSelector<'a>>,
}

/// Pods by labels.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PodSelector<'a> {
    /// Their labels.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub match_labels: LabelMap<'a>,
}

/// Something that is allowed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Rule<'a> {
    /// To whom; none means anyone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<From<'a>>,
    /// What; none means anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<[To<'a>; 1]>,
}

/// To whom something is allowed.
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
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub principals: Vec<String>,
}

/// What is allowed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct To<'a> {
    /// The operation.
    pub operation: Operation<'a>,
}

/// An operation.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Operation<'a> {
    /// With these methods.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<&'static str>,
    /// On these paths.
    #[serde(skip_serializing_if = "<[Text]>::is_empty")]
    pub paths: &'a [Text],
    /// On these ports.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<String>,
}
