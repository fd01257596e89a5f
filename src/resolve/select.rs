//! Selectors to sets of targets, by index alone: no label, namespace or cluster of a target is looked at.

use std::borrow::Cow;

use crate::ids::Text;
use crate::model::selector::{ServiceMatcher, ServiceRefs, ServiceSelector};
use crate::plan::{Index, TargetId};

/// The targets that a list of selectors picks, in key order. No selector at all picks every target; an element picks what its
/// matcher or one of its references picks, and nothing when it has neither.
pub(super) fn select(index: &Index<'_>, selectors: &[ServiceSelector]) -> Vec<TargetId> {
    if selectors.is_empty() {
        return index.targets().to_vec();
    }
    let mut out = Vec::new();
    for ServiceSelector { kube_service_matcher, kube_service_refs } in selectors {
        if let Some(matcher) = kube_service_matcher {
            out.append(&mut matched(index, matcher));
        }
        if let Some(ServiceRefs { services }) = kube_service_refs {
            out.extend(services.iter().filter_map(|service| index.service(service)));
        }
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// The targets that a matcher picks, in key order.
pub(super) fn matched(index: &Index<'_>, matcher: &ServiceMatcher) -> Vec<TargetId> {
    let ServiceMatcher { labels, namespaces, clusters } = matcher;
    let mut lists: Vec<Cow<'_, [TargetId]>> = Vec::new();
    if !namespaces.is_empty() {
        lists.push(union(namespaces, |name| index.in_namespace(name)));
    }
    if !clusters.is_empty() {
        lists.push(union(clusters, |name| index.in_cluster(name)));
    }
    lists.extend(labels.iter().map(|(key, value)| Cow::Borrowed(index.with_label(key, value))));
    match lists.iter().enumerate().min_by_key(|(_, list)| list.len()) {
        None => index.targets().to_vec(),
        Some((shortest, _)) => {
            let shortest = lists.swap_remove(shortest);
            lists.iter().fold(shortest, |found, list| Cow::Owned(intersection(&found, list))).into_owned()
        }
    }
}

/// What any of several names has.
fn union<'i>(names: &[Text], of: impl Fn(&str) -> &'i [TargetId]) -> Cow<'i, [TargetId]> {
    let lists: Vec<&[TargetId]> = names.iter().map(|name| of(name)).filter(|list| !list.is_empty()).collect();
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
