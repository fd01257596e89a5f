//! Selectors to sets of targets, by index: no selector is evaluated target by target.

use std::collections::BTreeMap;

use super::plan::{Target, TargetId};
use crate::ids::{ClusterObjectRef, Text};
use crate::model::selector::{ServiceMatcher, ServiceRefs, ServiceSelector};

/// Targets by what selectors ask for. Every list is in key order.
#[derive(Debug, Default)]
pub struct TargetIndex<'a> {
    all: Vec<TargetId>,
    by_service: BTreeMap<&'a ClusterObjectRef, TargetId>,
    by_namespace: BTreeMap<&'a str, Vec<TargetId>>,
    by_cluster: BTreeMap<&'a str, Vec<TargetId>>,
    by_label: BTreeMap<(&'a str, &'a str), Vec<TargetId>>,
}

impl<'a> TargetIndex<'a> {
    /// Indexes targets, which are in key order.
    pub fn new(targets: &[Target<'a>]) -> Self {
        let mut index = Self::default();
        for (i, target) in targets.iter().enumerate() {
            let id = TargetId::at(i);
            let known = target.known;
            index.all.push(id);
            index.by_service.insert(&known.service, id);
            index.by_namespace.entry(&known.service.namespace).or_default().push(id);
            index.by_cluster.entry(&known.service.cluster).or_default().push(id);
            for (key, value) in &*known.labels {
                index.by_label.entry((key, value)).or_default().push(id);
            }
        }
        index
    }

    /// The target that stands for a service.
    pub fn service(&self, service: &ClusterObjectRef) -> Option<TargetId> {
        self.by_service.get(service).copied()
    }

    /// Every service there is.
    pub fn services(&self) -> impl Iterator<Item = &'a ClusterObjectRef> {
        self.by_service.keys().copied()
    }

    /// The targets that a list of selectors picks, in key order. No selector at all picks every target; an element picks
    /// what its matcher or one of its references picks, and nothing when it has neither.
    pub fn select(&self, targets: &[Target<'_>], selectors: &[ServiceSelector]) -> Vec<TargetId> {
        if selectors.is_empty() {
            return self.all.clone();
        }
        let mut out = Vec::new();
        for ServiceSelector { kube_service_matcher, kube_service_refs } in selectors {
            if let Some(matcher) = kube_service_matcher {
                self.matched(targets, matcher, &mut out);
            }
            if let Some(ServiceRefs { services }) = kube_service_refs {
                out.extend(services.iter().filter_map(|service| self.service(service)));
            }
        }
        out.sort_unstable();
        out.dedup();
        out
    }

    /// The targets that a matcher picks. The shortest list that the index has for any of its conditions is gone through.
    pub fn matched(&self, targets: &[Target<'_>], matcher: &ServiceMatcher, out: &mut Vec<TargetId>) {
        let ServiceMatcher { labels, namespaces, clusters } = matcher;
        let mut candidates: Vec<Vec<&[TargetId]>> = Vec::new();
        if !namespaces.is_empty() {
            candidates.push(lists(namespaces, &self.by_namespace));
        }
        if !clusters.is_empty() {
            candidates.push(lists(clusters, &self.by_cluster));
        }
        for (key, value) in labels {
            candidates.push(self.by_label.get(&(&**key, &**value)).map(Vec::as_slice).into_iter().collect());
        }
        let shortest = candidates.into_iter().min_by_key(|lists| lists.iter().map(|list| list.len()).sum::<usize>());
        let is_match = |id: &TargetId| {
            let known = targets[id.index()].known;
            (namespaces.is_empty() || namespaces.contains(&known.service.namespace))
                && (clusters.is_empty() || clusters.contains(&known.service.cluster))
                && labels.iter().all(|(key, value)| known.labels.get(key) == Some(value))
        };
        match shortest {
            Some(lists) => out.extend(lists.into_iter().flatten().copied().filter(is_match)),
            None => out.extend(&self.all),
        }
    }
}

/// The lists of several names.
fn lists<'i>(names: &[Text], index: &'i BTreeMap<&str, Vec<TargetId>>) -> Vec<&'i [TargetId]> {
    names.iter().filter_map(|name| index.get(&**name)).map(Vec::as_slice).collect()
}
