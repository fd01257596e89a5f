//! The index picks what looking at every service picks.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::diag::{Place, Report};
use crate::discover::{self, Cluster, Inventory};
use crate::ids::{ClusterName, ClusterObjectRef, ObjectRef};
use crate::model::Snapshot;
use crate::resolve::targets;
use crate::resolve::vip::Addresses;

fn text(pattern: &str) -> impl Strategy<Value = Text> + use<> {
    proptest::string::string_regex(pattern).expect("a pattern").prop_map(Text::from)
}

fn labels() -> impl Strategy<Value = BTreeMap<Text, Text>> {
    prop::collection::btree_map(text("[ab]"), text("[xy]"), 0..3)
}

fn service() -> impl Strategy<Value = ClusterObjectRef> {
    (text("c[1-3]"), text("n[1-3]"), text("s[1-6]")).prop_map(|(c, n, s)| ClusterObjectRef::new(c, n, s))
}

/// Services by their place, each there once.
fn targets() -> impl Strategy<Value = Vec<discover::Target>> {
    let of = |(service, labels): (ClusterObjectRef, BTreeMap<Text, Text>)| discover::Target {
        service,
        labels: labels.into(),
        place: Place::Nowhere,
        selector: Arc::default(),
        ports: Vec::new(),
        address: Default::default(),
        mesh: Default::default(),
        external: false,
        waypoint: None,
    };
    prop::collection::btree_map(service(), labels(), 0..40).prop_map(move |all| all.into_iter().map(of).collect())
}

fn matcher() -> impl Strategy<Value = ServiceMatcher> {
    // c4 and n4 are nowhere; a name may be given twice.
    let names = |pattern| prop::collection::vec(text(pattern), 0..4);
    (labels(), names("n[1-4]"), names("c[1-4]")).prop_map(|(labels, namespaces, clusters)| ServiceMatcher {
        labels,
        namespaces,
        clusters,
    })
}

fn selector() -> impl Strategy<Value = ServiceSelector> {
    let refs = prop::collection::vec(service(), 0..4).prop_map(|services| ServiceRefs { services });
    (prop::option::of(matcher()), prop::option::of(refs)).prop_map(|(kube_service_matcher, kube_service_refs)| {
        ServiceSelector { kube_service_matcher, kube_service_refs }
    })
}

fn is_matched(matcher: &ServiceMatcher, target: &discover::Target) -> bool {
    let ServiceMatcher { labels, namespaces, clusters } = matcher;
    (namespaces.is_empty() || namespaces.contains(&target.service.namespace))
        && (clusters.is_empty() || clusters.contains(&target.service.cluster))
        && labels.iter().all(|(key, value)| target.labels.get(key) == Some(value))
}

fn is_selected(selectors: &[ServiceSelector], target: &discover::Target) -> bool {
    let is_one = |ServiceSelector { kube_service_matcher, kube_service_refs }: &ServiceSelector| {
        kube_service_matcher.as_ref().is_some_and(|matcher| is_matched(matcher, target))
            || kube_service_refs.as_ref().is_some_and(|refs| refs.services.contains(&target.service))
    };
    selectors.is_empty() || selectors.iter().any(is_one)
}

/// The services as an inventory knows them: in their order.
fn inventory(targets: &[discover::Target]) -> Inventory {
    let mut inventory = Inventory::default();
    for cluster in ["c1", "c2", "c3"] {
        let (domain, namespaces, place) = ("local".into(), Default::default(), Place::Nowhere);
        let known = Cluster { domain, registered: true, namespaces, place };
        inventory.clusters.insert(ClusterName::from(cluster), known);
    }
    for (i, target) in targets.iter().enumerate() {
        inventory.targets.insert(ObjectRef::new("hub", format!("{i:03}")), target.clone());
    }
    inventory
}

/// Asks the index of some services.
fn ask<T>(targets: &[discover::Target], question: impl FnOnce(&Index<'_>) -> T) -> T {
    let (inventory, snapshot) = (inventory(targets), Snapshot::default());
    let plan = targets::bind(&snapshot, &inventory, &mut Addresses::default(), &mut Report::default());
    question(&Index::new(&inventory, &plan))
}

/// What is picked, one target after the other.
fn all(targets: &[discover::Target], is_picked: impl Fn(&discover::Target) -> bool) -> Vec<TargetId> {
    (0..targets.len()).filter(|i| is_picked(&targets[*i])).map(TargetId::at).collect()
}

proptest! {
    #[test]
    fn matchers(targets in targets(), matcher in matcher()) {
        let found = ask(&targets, |index| matched(index, &matcher));
        prop_assert_eq!(found, all(&targets, |target| is_matched(&matcher, target)));
    }

    #[test]
    fn selectors(targets in targets(), selectors in prop::collection::vec(selector(), 0..4)) {
        let found = ask(&targets, |index| select(index, &selectors));
        prop_assert_eq!(found, all(&targets, |target| is_selected(&selectors, target)));
    }

    #[test]
    fn intersections(
        short in prop::collection::btree_set(0..60_usize, 0..20),
        long in prop::collection::btree_set(0..60_usize, 0..60),
    ) {
        let list = |set: &std::collections::BTreeSet<usize>| set.iter().map(|i| TargetId::at(*i)).collect::<Vec<_>>();
        let wanted: Vec<TargetId> = short.intersection(&long).map(|i| TargetId::at(*i)).collect();
        prop_assert_eq!(intersection(&list(&short), &list(&long)), wanted);
    }
}
