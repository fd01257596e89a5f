//! Looks up clusters, namespaces, services, workloads and accounts by name.
//!
//! It is made once, when the inventory is bound, and lives as long as the plan: it finds by name what the plan has by handle.
//! What is large is built on first use: not every fleet has policies that select by everything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use super::{ClusterId, Plan, TargetId, WorkloadId};
use crate::discover::{Inventory, LabelIndex, Target};
use crate::ids::{ClusterObjectRef, Text};

/// The name of a cluster and of a namespace in it.
type Namespace<'a> = (&'a str, &'a str);

/// Workloads by their labels and by cluster and namespace, each with its account.
type Workloads<'a> = LabelIndex<'a, Namespace<'a>, (WorkloadId, &'a str)>;

/// Everything that can be named. Every list is in key order.
#[derive(Debug, Default)]
pub struct Index<'a> {
    clusters: BTreeMap<&'a str, ClusterId>,
    namespaces: BTreeSet<&'a str>,
    /// The trust domain of each cluster that has an Istio: of the last in key order.
    trust_domains: BTreeMap<&'a str, &'a str>,
    all: Vec<TargetId>,
    /// What is known of each of these.
    known: Vec<&'a Target>,
    by_service: OnceLock<BTreeMap<&'a ClusterObjectRef, TargetId>>,
    by_namespace: OnceLock<BTreeMap<&'a str, Vec<TargetId>>>,
    by_cluster: OnceLock<BTreeMap<&'a str, Vec<TargetId>>>,
    by_label: OnceLock<BTreeMap<&'a str, BTreeMap<&'a str, Vec<TargetId>>>>,
    accounts: OnceLock<BTreeSet<(&'a str, &'a str, &'a str)>>,
    workloads: OnceLock<Workloads<'a>>,
    neighbours: OnceLock<BTreeMap<Namespace<'a>, Vec<&'a ClusterObjectRef>>>,
}

impl<'a> Index<'a> {
    /// Indexes the bound inventory.
    pub fn new(inventory: &'a Inventory, plan: &Plan<'a>) -> Self {
        Self {
            clusters: plan.clusters.iter().zip(plan.cluster_ids()).map(|(c, id)| (c.name.as_str(), id)).collect(),
            namespaces: inventory.clusters.values().flat_map(|c| c.namespaces.iter().map(|n| &**n)).collect(),
            trust_domains: plan
                .meshes
                .iter()
                .map(|m| (plan[m.cluster].name.as_str(), &*m.istio.trust_domain))
                .collect(),
            all: TargetId::all(plan.targets.len()).collect(),
            known: plan.targets.iter().map(|target| target.known).collect(),
            ..Self::default()
        }
    }

    /// Every target with what is known of it.
    fn services(&self) -> impl Iterator<Item = (TargetId, &'a Target)> {
        self.all.iter().copied().zip(self.known.iter().copied())
    }

    /// The targets by a part of what is known of each.
    fn by(&self, part: impl Fn(&'a Target) -> &'a str) -> BTreeMap<&'a str, Vec<TargetId>> {
        let mut out: BTreeMap<&str, Vec<TargetId>> = BTreeMap::new();
        self.services().for_each(|(id, known)| out.entry(part(known)).or_default().push(id));
        out
    }

    fn by_service(&self) -> &BTreeMap<&'a ClusterObjectRef, TargetId> {
        // Built in one step, since they are almost in order.
        self.by_service.get_or_init(|| self.services().map(|(id, known)| (&known.service, id)).collect())
    }

    /// The cluster of a name.
    pub fn cluster(&self, name: &str) -> Option<ClusterId> {
        self.clusters.get(name).copied()
    }

    /// The names of all clusters.
    pub fn clusters(&self) -> impl Iterator<Item = &'a str> {
        self.clusters.keys().copied()
    }

    /// The namespaces that the inventory knows in any cluster.
    pub fn namespaces(&self) -> &BTreeSet<&'a str> {
        &self.namespaces
    }

    /// The trust domain of a cluster, if it has an Istio.
    pub fn trust_domain(&self, cluster: &str) -> Option<&'a str> {
        self.trust_domains.get(cluster).copied()
    }

    /// Every target.
    pub fn targets(&self) -> &[TargetId] {
        &self.all
    }

    /// The targets of a namespace, in whichever cluster.
    pub fn in_namespace(&self, name: &str) -> &[TargetId] {
        let by_namespace = self.by_namespace.get_or_init(|| self.by(|known| &known.service.namespace));
        by_namespace.get(name).map_or(&[], Vec::as_slice)
    }

    /// The targets of a cluster.
    pub fn in_cluster(&self, name: &str) -> &[TargetId] {
        let by_cluster = self.by_cluster.get_or_init(|| self.by(|known| &known.service.cluster));
        by_cluster.get(name).map_or(&[], Vec::as_slice)
    }

    /// The targets with a label.
    pub fn with_label(&self, key: &str, value: &str) -> &[TargetId] {
        let by_label = self.by_label.get_or_init(|| {
            let mut by_label: BTreeMap<&str, BTreeMap<&str, Vec<TargetId>>> = BTreeMap::new();
            for (id, known) in self.services() {
                for (key, value) in &*known.labels {
                    by_label.entry(key).or_default().entry(value).or_default().push(id);
                }
            }
            by_label
        });
        by_label.get(key).and_then(|values| values.get(value)).map_or(&[], Vec::as_slice)
    }

    /// The target of a service.
    pub fn service(&self, service: &ClusterObjectRef) -> Option<TargetId> {
        self.by_service().get(service).copied()
    }

    /// The services from a key on.
    pub fn services_from(&self, key: &ClusterObjectRef) -> impl Iterator<Item = &'a ClusterObjectRef> {
        self.by_service().range::<ClusterObjectRef, _>(key..).map(|(service, _)| *service)
    }

    /// The services of a namespace of a cluster.
    pub fn neighbours<'s>(&'s self, cluster: &'s str, namespace: &'s str) -> &'s [&'a ClusterObjectRef] {
        let neighbours = self.neighbours.get_or_init(|| {
            let mut neighbours: BTreeMap<Namespace<'a>, Vec<&'a ClusterObjectRef>> = BTreeMap::new();
            for service in self.by_service().keys() {
                neighbours.entry((&service.cluster, &service.namespace)).or_default().push(service);
            }
            neighbours
        });
        neighbours.get(&(cluster, namespace)).map_or(&[], Vec::as_slice)
    }

    fn workloads(&self, plan: &Plan<'a>) -> &Workloads<'a> {
        self.workloads.get_or_init(|| {
            let mut index = LabelIndex::default();
            for (id, workload) in WorkloadId::all(plan.workloads.len()).zip(&plan.workloads) {
                let ClusterObjectRef { cluster, namespace, name: _ } = &workload.known.controller;
                index.add((&**cluster, &**namespace), &workload.known.labels, (id, workload.account()));
            }
            index
        })
    }

    /// The workloads of a namespace of a cluster that have all labels of a selector; one without labels picks none.
    pub fn picked<'s>(
        &'s self,
        plan: &Plan<'a>,
        service: &'s ClusterObjectRef,
        selector: &'s BTreeMap<Text, Text>,
    ) -> impl Iterator<Item = (WorkloadId, &'a str)> + use<'s, 'a> {
        self.workloads(plan).picked((&service.cluster, &service.namespace), selector)
    }

    /// The workloads behind a target.
    pub fn behind(&self, plan: &Plan<'a>, target: TargetId) -> impl Iterator<Item = WorkloadId> {
        let known = plan[target].known;
        self.picked(plan, &known.service, &known.selector).map(|(workload, _)| workload)
    }

    /// The accounts of the workloads behind a target, sorted.
    pub fn accounts_behind(&self, plan: &Plan<'a>, target: TargetId) -> BTreeSet<&'a str> {
        let known = plan[target].known;
        self.picked(plan, &known.service, &known.selector).map(|(_, account)| account).collect()
    }

    /// Whether a workload behind a target has labels in addition to those of the target's selector; `None` if no workload behind
    /// it is known.
    pub fn has_pods(&self, plan: &Plan<'a>, target: TargetId, labels: &BTreeMap<Text, Text>) -> Option<bool> {
        let known = plan[target].known;
        self.behind(plan, target).next()?;
        let contradicts = |(key, value): (&Text, &Text)| known.selector.get(key).is_some_and(|other| other != value);
        if labels.iter().any(contradicts) {
            return Some(false);
        }
        let mut narrowed = BTreeMap::clone(&known.selector);
        narrowed.extend(labels.iter().map(|(key, value)| (key.clone(), value.clone())));
        Some(self.picked(plan, &known.service, &narrowed).next().is_some())
    }

    /// Whether some workload of a namespace of a cluster runs as an account.
    pub fn has_account(&self, plan: &Plan<'a>, (cluster, namespace): (&str, &str), account: &str) -> bool {
        self.accounts(plan).contains(&(cluster, namespace, account))
    }

    /// The accounts as which workloads of a namespace of a cluster run.
    pub fn accounts_in<'s>(
        &'s self,
        plan: &Plan<'a>,
        cluster: &'s str,
        namespace: &'s str,
    ) -> impl Iterator<Item = &'a str> + use<'s, 'a> {
        let accounts: &'s BTreeSet<(&'s str, &'s str, &'a str)> = self.accounts(plan);
        let from = accounts.range((cluster, namespace, "")..);
        from.take_while(move |(c, n, _)| (*c, *n) == (cluster, namespace)).map(|(_, _, account)| *account)
    }

    fn accounts(&self, plan: &Plan<'a>) -> &BTreeSet<(&'a str, &'a str, &'a str)> {
        self.accounts.get_or_init(|| {
            let of = |workload: &super::Workload<'a>| {
                let ClusterObjectRef { cluster, namespace, name: _ } = &workload.known.controller;
                (&**cluster, &**namespace, workload.account())
            };
            plan.workloads.iter().map(of).collect()
        })
    }
}
