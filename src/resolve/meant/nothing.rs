//! Why destination selectors pick no service: the first condition that no service meets, and the nearest that one does.

use std::collections::BTreeMap;

use super::{Names, describe_service};
use crate::diag::listing::joined;
use crate::diag::nearest;
use crate::discover::PassedOver;
use crate::ids::{ClusterObjectRef, Text};
use crate::model::selector::{ServiceMatcher, ServiceRefs, ServiceSelector};
use crate::plan::{Plan, TargetId};
use crate::resolve::select;

type Labels = BTreeMap<Text, Text>;

/// How many services or workloads are compared with a label: of a selector that people write, a place has fewer.
const MOST_COMPARED: usize = 1000;

/// Why selectors pick nothing, in words for a hint: what is wrong with the first of them.
///
/// `None` for namespaces that are not in the inventory, which have a diagnostic of their own.
pub(in crate::resolve) fn why_nothing<'a>(
    selectors: &[ServiceSelector],
    names: &Names<'_, 'a>,
    plan: &Plan<'a>,
) -> Option<String> {
    let why = Why { names, plan };
    match selectors {
        [] => Some(why.empty_place(&ServiceMatcher::default())),
        [only] => why.of(only),
        [first, ..] => why.of(first).map(|why| format!("first selector: {why}")),
    }
}

struct Why<'w, 'n, 'a> {
    names: &'w Names<'n, 'a>,
    plan: &'w Plan<'a>,
}

impl Why<'_, '_, '_> {
    fn of(&self, selector: &ServiceSelector) -> Option<String> {
        let ServiceSelector { kube_service_matcher, kube_service_refs } = selector;
        match (kube_service_matcher, kube_service_refs) {
            (Some(matcher), _) => self.of_matcher(matcher),
            (None, Some(ServiceRefs { services })) => {
                services.is_empty().then(|| "kubeServiceRefs.services is empty: add the services".to_owned())
            }
            (None, None) => Some("add a kubeServiceMatcher or kubeServiceRefs, or remove the element".to_owned()),
        }
    }

    fn of_matcher(&self, matcher: &ServiceMatcher) -> Option<String> {
        let index = self.names.index;
        if matcher.namespaces.iter().any(|name| !index.namespaces().contains(&**name)) {
            return None;
        }
        if let Some(passed_over) = self.passed_over(matcher) {
            return Some(passed_over);
        }
        let place = ServiceMatcher { labels: Labels::new(), ..matcher.clone() };
        let candidates = select::matched(index, &place);
        if candidates.is_empty() {
            return Some(self.empty_place(&place));
        }
        let has = |key: &Text, value: &Text| candidates.iter().any(|id| self.labels(*id).get(key) == Some(value));
        match matcher.labels.iter().find(|(key, value)| !has(key, value)) {
            Some(label) => Some(self.without_label(label, &place, &candidates)),
            None => self.never_together(matcher, &place, &candidates),
        }
    }

    /// A service that the matcher would pick if it were in a mesh.
    fn passed_over(&self, matcher: &ServiceMatcher) -> Option<String> {
        let ServiceMatcher { labels, namespaces, clusters } = matcher;
        let is_here = |names: &[Text], name: &Text| names.is_empty() || names.contains(name);
        let mut found = self.names.inventory.passed_over.iter().filter(|(service, passed_over)| {
            is_here(namespaces, &service.namespace)
                && is_here(clusters, &service.cluster)
                && labels.iter().all(|(key, value)| passed_over.labels.get(key) == Some(value))
        });
        let (service, first) = found.next()?;
        let PassedOver { why, .. } = first;
        let more = match found.count() {
            0 => String::new(),
            more => format!("; {more} more that it would select are in no mesh either"),
        };
        Some(format!("{} is in no mesh: it is defined in {}, but {why}{more}", describe_service(service), first.at()))
    }

    /// There is no service in the namespaces and clusters.
    fn empty_place(&self, place: &ServiceMatcher) -> String {
        let ServiceMatcher { labels: _, namespaces, clusters: _ } = place;
        let index = self.names.index;
        let mut elsewhere: Vec<&str> = namespaces
            .iter()
            .flat_map(|name| index.in_namespace(name))
            .map(|id| &*self.plan.service(*id).cluster)
            .collect();
        elsewhere.sort_unstable();
        elsewhere.dedup();
        let none = format!("the inventory has no service of a mesh{}", place_words(place));
        match elsewhere.as_slice() {
            [] => none,
            _ => {
                let some = if elsewhere.len() == 1 { "has some" } else { "have some" };
                format!("{none}; {} {some}", crate::diag::listing::clusters(&elsewhere))
            }
        }
    }

    /// No service of a place has a label.
    fn without_label(&self, label: (&Text, &Text), place: &ServiceMatcher, candidates: &[TargetId]) -> String {
        let (key, value) = label;
        let none = format!("no service{} has the label {key}={value}", place_words(place));
        let compared = || candidates.iter().take(MOST_COMPARED);
        let near = compared().find_map(|id| Some((*id, near_label(label, self.labels(*id))?)));
        if let Some((id, near)) = near {
            return format!("{none}; did you mean {near}, as {} has?", describe_service(self.plan.service(id)));
        }
        if let Some(other) = self.names.index.with_label(key, value).first() {
            return format!("{none}; {} has it", describe_service(self.plan.service(*other)));
        }
        match self.workload_with(label, place) {
            Some(workload) => format!(
                "{none}, but the pods of {workload} have it: destinationSelector compares the labels of Services"
            ),
            None => none,
        }
    }

    /// A workload of a place whose pods have a label.
    fn workload_with(&self, (key, value): (&Text, &Text), place: &ServiceMatcher) -> Option<String> {
        let is_here = |names: &[Text], name: &Text| names.is_empty() || names.contains(name);
        let found = self.plan.workloads.iter().find(|workload| {
            let ClusterObjectRef { cluster, namespace, name: _ } = &workload.known.controller;
            is_here(&place.namespaces, namespace)
                && is_here(&place.clusters, cluster)
                && workload.known.labels.get(key) == Some(value)
        })?;
        let ClusterObjectRef { cluster, namespace, name } = &found.known.controller;
        Some(format!("workload {name} in namespace {namespace} of cluster {cluster}"))
    }

    /// Every label is there, but on no service all of them: the service that has most.
    fn never_together(
        &self,
        matcher: &ServiceMatcher,
        place: &ServiceMatcher,
        candidates: &[TargetId],
    ) -> Option<String> {
        let lacking = |id: TargetId| {
            let has = self.labels(id);
            matcher.labels.iter().filter(|(key, value)| has.get(*key) != Some(*value)).collect::<Vec<_>>()
        };
        let nearest = candidates.iter().min_by_key(|id| (lacking(**id).len(), **id))?;
        let lacking: Vec<String> = lacking(*nearest).iter().map(|(key, value)| format!("{key}={value}")).collect();
        Some(format!(
            "no service{} has all of the labels; {} comes nearest and lacks {}",
            place_words(place),
            describe_service(self.plan.service(*nearest)),
            joined(&lacking)
        ))
    }

    fn labels(&self, target: TargetId) -> &Labels {
        &self.plan[target].known.labels
    }
}

/// ` in namespace shop of clusters east and west`; nothing where a matcher does not restrict the place.
fn place_words(place: &ServiceMatcher) -> String {
    let named = |what: &str, names: &[Text]| match names {
        [] => None,
        [one] => Some(format!("{what} {one}")),
        several => Some(format!("{what}s {}", joined(several))),
    };
    match (named("namespace", &place.namespaces), named("cluster", &place.clusters)) {
        (None, None) => String::new(),
        (Some(one), None) | (None, Some(one)) => format!(" in {one}"),
        (Some(namespaces), Some(clusters)) => format!(" in {namespaces} of {clusters}"),
    }
}

/// The label of a service that was probably meant: the same key with a similar value, or a similar key with the value.
fn near_label((key, value): (&Text, &Text), labels: &Labels) -> Option<String> {
    match labels.get(key) {
        Some(other) => nearest(value, [&**other]).map(|other| format!("{key}={other}")),
        None => {
            let alike = labels.iter().filter(|(_, other)| *other == value).map(|(other, _)| &**other);
            nearest(key, alike).map(|other| format!("{other}={value}"))
        }
    }
}
