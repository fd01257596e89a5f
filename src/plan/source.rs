//! Conditions on the sources of requests.

use std::collections::BTreeMap;

use super::ClusterId;
use crate::ids::Text;

/// Which sources a policy is for, in which clusters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceSelector<'a> {
    /// The clusters that the sources may be in; none means every one.
    pub clusters: Option<Box<[ClusterId]>>,
    /// Labels that the source's pods have.
    pub labels: &'a BTreeMap<Text, Text>,
    /// The namespaces that it may be in; an empty list means any.
    pub namespaces: &'a [Text],
}

/// A condition on the source of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceMatch<'a> {
    pub namespace: Option<&'a Text>,
    pub labels: &'a BTreeMap<Text, Text>,
}

impl SourceMatch<'_> {
    /// Whether every source matches it.
    pub fn is_everyone(&self) -> bool {
        self.namespace.is_none() && self.labels.is_empty()
    }
}

/// The conditions on callers in one cluster: `None` when no selected source can be there, an empty list when every one is.
pub fn sources_in<'a>(selectors: &[SourceSelector<'a>], cluster: ClusterId) -> Option<Vec<SourceMatch<'a>>> {
    if selectors.is_empty() {
        return Some(Vec::new());
    }
    let mut out = Vec::new();
    let mut reaches = false;
    let mut everyone = false;
    for SourceSelector { clusters, labels, namespaces } in selectors {
        if clusters.as_ref().is_some_and(|clusters| !clusters.contains(&cluster)) {
            continue;
        }
        reaches = true;
        everyone |= labels.is_empty() && namespaces.is_empty();
        if namespaces.is_empty() {
            out.push(SourceMatch { namespace: None, labels });
        }
        // The reference reads a namespace without a name as any namespace.
        let named = |n: &'a Text| Some(n).filter(|n| !n.is_empty());
        out.extend(namespaces.iter().map(|n| SourceMatch { namespace: named(n), labels }));
    }
    match (reaches, everyone) {
        (false, _) => None,
        (true, true) => Some(Vec::new()),
        (true, false) => Some(out),
    }
}
