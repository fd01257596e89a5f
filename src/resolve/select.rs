//! Selectors to sets of targets, by index alone: no label, namespace or cluster of a target is looked at.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::discover;
use crate::ids::{ClusterObjectRef, Text};
use crate::model::selector::{ServiceMatcher, ServiceRefs, ServiceSelector};
use crate::plan::TargetId;

/// Targets by what selectors ask for. Every list is in key order.
#[derive(Debug, Default)]
pub struct TargetIndex<'a> {
    all: Vec<TargetId>,
    by_service: BTreeMap<&'a ClusterObjectRef, TargetId>,
    by_namespace: BTreeMap<&'a str, Vec<TargetId>>,
    by_cluster: BTreeMap<&'a str, Vec<TargetId>>,
    by_label: BTreeMap<&'a str, BTreeMap<&'a str, Vec<TargetId>>>,
}

impl<'a> TargetIndex<'a> {
    /// Indexes targets, which come in key order.
    pub fn new(targets: impl Iterator<Item = &'a discover::Target>) -> Self {
        let mut index = Self::default();
        let mut services = Vec::new();
        for (i, target) in targets.enumerate() {
            let (id, service) = (TargetId::at(i), &target.service);
            index.all.push(id);
            services.push((service, id));
            index.by_namespace.entry(&service.namespace).or_default().push(id);
            index.by_cluster.entry(&service.cluster).or_default().push(id);
            for (key, value) in &*target.labels {
                index.by_label.entry(key).or_default().entry(value).or_default().push(id);
            }
        }
        // In one go, since they come almost in order.
        index.by_service = services.into_iter().collect();
        index
    }

    /// The target that stands for a service.
    pub fn service(&self, service: &ClusterObjectRef) -> Option<TargetId> {
        self.by_service.get(service).copied()
    }

    /// Every service there is, in key order.
    pub fn services(&self) -> impl Iterator<Item = &'a ClusterObjectRef> {
        self.by_service.keys().copied()
    }

    /// The services from a key on, in key order.
    pub fn services_from(&self, key: &ClusterObjectRef) -> impl Iterator<Item = &'a ClusterObjectRef> {
        self.by_service.range::<ClusterObjectRef, _>(key..).map(|(service, _)| *service)
    }

    /// The targets that a list of selectors picks, in key order. No selector at all picks every target; an element picks
    /// what its matcher or one of its references picks, and nothing when it has neither.
    pub fn select(&self, selectors: &[ServiceSelector]) -> Vec<TargetId> {
        if selectors.is_empty() {
            return self.all.clone();
        }
        let mut out = Vec::new();
        for ServiceSelector { kube_service_matcher, kube_service_refs } in selectors {
            if let Some(matcher) = kube_service_matcher {
                out.append(&mut self.matched(matcher));
            }
            if let Some(ServiceRefs { services }) = kube_service_refs {
                out.extend(services.iter().filter_map(|service| self.service(service)));
            }
        }
        out.sort_unstable();
        out.dedup();
        out
    }

    /// The targets that a matcher picks, in key order.
    pub fn matched(&self, matcher: &ServiceMatcher) -> Vec<TargetId> {
        let ServiceMatcher { labels, namespaces, clusters } = matcher;
        let mut lists: Vec<Cow<'_, [TargetId]>> = Vec::new();
        if !namespaces.is_empty() {
            lists.push(union(namespaces, &self.by_namespace));
        }
        if !clusters.is_empty() {
            lists.push(union(clusters, &self.by_cluster));
        }
        for (key, value) in labels {
            let values = self.by_label.get(&**key);
            lists.push(Cow::Borrowed(values.and_then(|values| values.get(&**value)).map_or(&[], Vec::as_slice)));
        }
        match lists.iter().enumerate().min_by_key(|(_, list)| list.len()) {
            None => self.all.clone(),
            Some((shortest, _)) => {
                let shortest = lists.swap_remove(shortest);
                lists.iter().fold(shortest, |found, list| Cow::Owned(intersection(&found, list))).into_owned()
            }
        }
    }
}

/// What any of several names has.
fn union<'i>(names: &[Text], index: &'i BTreeMap<&str, Vec<TargetId>>) -> Cow<'i, [TargetId]> {
    let lists: Vec<&[TargetId]> = names.iter().filter_map(|name| index.get(&**name)).map(Vec::as_slice).collect();
    match lists.as_slice() {
        [] => Cow::Borrowed(&[]),
        [only] => Cow::Borrowed(only),
        several => {
            let mut all = several.concat();
            all.sort_unstable();
            all.dedup();
            Cow::Owned(all)
        }
    }
}

/// What two lists have in common. The longer one is not gone through: the next element is searched in steps that double.
fn intersection(short: &[TargetId], mut long: &[TargetId]) -> Vec<TargetId> {
    let mut out = Vec::new();
    for id in short {
        let mut step = 1;
        while long.get(step).is_some_and(|other| other <= id) {
            step *= 2;
        }
        let within = &long[..long.len().min(step + 1)];
        long = &long[within.partition_point(|other| other < id)..];
        if long.first() == Some(id) {
            out.push(*id);
        }
    }
    out
}

#[cfg(test)]
mod tests;
