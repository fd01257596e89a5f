//! Look-ups find what looking at everything finds.

use proptest::prelude::*;

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::discover::{Cluster, DataPlane, Target, Workload};
use crate::ids::ClusterName;
use crate::model::Snapshot;
use crate::resolve::targets;
use crate::resolve::vip::Addresses;

fn text(pattern: &str) -> impl Strategy<Value = Text> + use<> {
    proptest::string::string_regex(pattern).expect("a pattern").prop_map(Text::from)
}

fn labels() -> impl Strategy<Value = BTreeMap<Text, Text>> {
    prop::collection::btree_map(text("[ab]"), text("[xy]"), 0..3)
}

/// A name of something in a cluster; some differ in one letter, and some begin with another.
fn reference() -> impl Strategy<Value = ClusterObjectRef> {
    (text("c[1-3]"), text("n[12]"), text("web(-[ab]{1,2})?")).prop_map(|(c, n, s)| ClusterObjectRef::new(c, n, s))
}

fn inventory() -> impl Strategy<Value = Inventory> {
    let targets = prop::collection::btree_map(reference(), labels(), 0..12);
    let workloads = prop::collection::btree_map(reference(), (labels(), text("(acc(-[ab]{1,2})?)?")), 0..12);
    (targets, workloads).prop_map(|(targets, workloads)| {
        let mut inventory = Inventory::default();
        for cluster in ["c1", "c2", "c3"] {
            let known = Cluster {
                domain: "local".into(),
                registered: true,
                namespaces: BTreeSet::new(),
                place: Place::Nowhere,
            };
            inventory.clusters.insert(ClusterName::from(cluster), known);
        }
        for (service, selector) in targets {
            let (place, labels, ports, mesh) = (Place::Nowhere, BTreeMap::new(), Vec::new(), ObjectRef::default());
            let key = ObjectRef::new("hub", service.key());
            let (selector, labels, external) = (selector.into(), labels.into(), false);
            inventory.targets.insert(
                key,
                Target {
                    place,
                    service,
                    selector,
                    labels,
                    ports,
                    address: Default::default(),
                    mesh,
                    external,
                    waypoint: None,
                },
            );
        }
        for (controller, (labels, service_account)) in workloads {
            let key = ObjectRef::new("hub", controller.key());
            let mesh = ObjectRef::default();
            let (labels, gateway) = (labels.into(), None);
            inventory.workloads.insert(
                key,
                Workload { controller, labels, service_account, mesh, gateway, data_plane: DataPlane::sidecar() },
            );
        }
        inventory
    })
}

fn account_of(workload: &Workload) -> &str {
    if workload.service_account.is_empty() { "default" } else { &workload.service_account }
}

/// The service that was probably meant, by looking at all of them.
fn near_service<'i>(inventory: &'i Inventory, wanted: &ClusterObjectRef) -> Option<&'i ClusterObjectRef> {
    let mut services: Vec<&ClusterObjectRef> = inventory.targets.values().map(|target| &target.service).collect();
    services.sort();
    let find = |is_it: &dyn Fn(&ClusterObjectRef) -> bool| services.iter().copied().find(|service| is_it(service));
    let in_place: Vec<&str> = services
        .iter()
        .filter(|s| s.cluster == wanted.cluster && s.namespace == wanted.namespace)
        .map(|s| &*s.name)
        .collect();
    let elsewhere = |s: &&&ClusterObjectRef| s.name == wanted.name && s.namespace == wanted.namespace;
    let cluster = nearest(&wanted.cluster, services.iter().filter(elsewhere).map(|s| &*s.cluster));
    find(&|s| elsewhere(&&s) && Some(&*s.cluster) == cluster)
        .or_else(|| find(&|s| elsewhere(&&s)))
        .or_else(|| find(&|s| s.name == wanted.name && s.cluster == wanted.cluster))
        .or_else(|| {
            let near = nearest(&wanted.name, in_place)?;
            find(&|s| s.cluster == wanted.cluster && s.namespace == wanted.namespace && &*s.name == near)
        })
}

/// The account that was probably meant, by looking at all workloads; nothing if there is the one that is named.
fn near_account<'i>(inventory: &'i Inventory, wanted: &ClusterObjectRef) -> Option<Option<&'i str>> {
    let in_place = |workload: &&Workload| {
        (wanted.cluster.is_empty() || workload.controller.cluster == wanted.cluster)
            && workload.controller.namespace == wanted.namespace
    };
    let mut known: Vec<(&str, &str)> = inventory
        .workloads
        .values()
        .filter(in_place)
        .map(|workload| (&*workload.controller.cluster, account_of(workload)))
        .collect();
    known.sort_unstable();
    let known: Vec<&str> = known.into_iter().map(|(_, account)| account).collect();
    (!known.contains(&&*wanted.name)).then(|| nearest(&wanted.name, known))
}

proptest! {
    #[test]
    fn look_ups(inventory in inventory(), service in reference(), account in (text("(c[1-3])?"), text("n[12]"), text("acc(-[ab]{1,2})?"))) {
        let snapshot = Snapshot::default();
        let plan = targets::bind(&snapshot, &inventory, &mut Addresses::default(), &mut Report::default());
        let (index, unread) = (Index::new(&inventory, &plan), Unread::default());
        let names = Names { inventory: &inventory, index: &index, unread: &unread, settings: &snapshot.settings };

        let near = near_service(&inventory, &service).map(|near| format!("did you mean {}?", describe_service(near)));
        prop_assert_eq!(names.near_service(&service), near);

        let (cluster, namespace, name) = account;
        let account_ref = ClusterObjectRef { cluster, namespace, name };
        let mut report = Report::default();
        names.check_account(&plan, &account_ref, Place::Nowhere, &mut report);
        let hints: Vec<Option<String>> = report.diags().iter().map(|diag| diag.hint.clone()).collect();
        let wanted = near_account(&inventory, &account_ref).map(|near| near.map(|near| format!("did you mean {near:?}?")));
        prop_assert_eq!(hints, wanted.into_iter().collect::<Vec<_>>());

        for (i, target) in inventory.targets.values().enumerate() {
            let Target { service, selector, .. } = target;
            let is_behind = |workload: &&Workload| {
                !selector.is_empty()
                    && (&workload.controller.cluster, &workload.controller.namespace) == (&service.cluster, &service.namespace)
                    && selector.iter().all(|(key, value)| workload.labels.get(key) == Some(value))
            };
            let wanted: BTreeSet<&str> = inventory.workloads.values().filter(is_behind).map(account_of).collect();
            prop_assert_eq!(index.accounts_behind(&plan, TargetId::at(i)), wanted);
        }
    }
}
