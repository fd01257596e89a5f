//! Looks things up by name, and says what was probably meant when a name is not there. Nothing else does.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::select::TargetIndex;
use super::verdict::{Part, Problem};
use crate::diag::{Code, Diag, FieldPath, Place, Report, nearest};
use crate::discover::{Inventory, LabelIndex, PassedOver, Workload};
use crate::ids::{ClusterObjectRef, ObjectRef, Text};
use crate::model::failover_service::FailoverService;
use crate::model::selector::{ServiceMatcher, ServiceRefs, ServiceSelector};
use crate::model::{Objects, Unread};
use crate::plan::{ClusterId, Plan, TargetId};

/// The accounts of workloads, by their labels and by cluster and namespace.
type Accounts<'a> = LabelIndex<'a, (&'a str, &'a str), &'a str>;

/// The services of a namespace of a cluster, in key order.
type Neighbours<'a> = BTreeMap<(&'a str, &'a str), Vec<&'a ClusterObjectRef>>;

/// Everything that can be referred to.
pub struct Names<'a> {
    /// The inventory.
    pub inventory: &'a Inventory,
    /// The traffic targets.
    pub targets: TargetIndex<'a>,
    /// The failover services, whatever their state.
    pub failovers: &'a Objects<FailoverService>,
    /// What could not be read, and may be what is not found.
    pub unread: Unread,
    clusters: BTreeMap<&'a str, ClusterId>,
    namespaces: BTreeSet<&'a str>,
    /// The trust domain of each cluster that has an Istio: of the last in key order.
    trust_domains: BTreeMap<&'a str, &'a str>,
    /// Every account as which some workload runs, by cluster and namespace. Made when it is first asked for, like those below.
    accounts: OnceCell<BTreeSet<(&'a str, &'a str, &'a str)>>,
    workloads: OnceCell<Accounts<'a>>,
    neighbours: OnceCell<Neighbours<'a>>,
}

impl<'a> Names<'a> {
    /// Indexes what there is.
    pub fn new(
        inventory: &'a Inventory,
        failovers: &'a Objects<FailoverService>,
        unread: Unread,
        plan: &Plan<'a>,
    ) -> Self {
        let clusters = plan.clusters.iter().enumerate().map(|(i, c)| (c.name.as_str(), ClusterId::at(i))).collect();
        let namespaces = inventory.clusters.values().flat_map(|c| c.namespaces.iter().map(|n| &**n)).collect();
        let trust_domains =
            plan.meshes.iter().map(|m| (plan[m.cluster].name.as_str(), &*m.istio.trust_domain)).collect();
        Self {
            inventory,
            targets: TargetIndex::new(plan.targets.iter().map(|target| target.known)),
            failovers,
            unread,
            clusters,
            namespaces,
            trust_domains,
            accounts: OnceCell::new(),
            workloads: OnceCell::new(),
            neighbours: OnceCell::new(),
        }
    }

    fn accounts(&self) -> &BTreeSet<(&'a str, &'a str, &'a str)> {
        let of = |workload: &'a Workload| {
            let ClusterObjectRef { cluster, namespace, name: _ } = &workload.controller;
            (&**cluster, &**namespace, account(workload))
        };
        self.accounts.get_or_init(|| self.inventory.workloads.values().map(of).collect())
    }

    fn workloads(&self) -> &Accounts<'a> {
        self.workloads.get_or_init(|| {
            let mut index = LabelIndex::default();
            for workload in self.inventory.workloads.values() {
                let ClusterObjectRef { cluster, namespace, name: _ } = &workload.controller;
                index.add((&**cluster, &**namespace), &workload.labels, account(workload));
            }
            index
        })
    }

    fn neighbours(&self) -> &Neighbours<'a> {
        self.neighbours.get_or_init(|| {
            let mut neighbours = Neighbours::new();
            for service in self.targets.services() {
                neighbours.entry((&service.cluster, &service.namespace)).or_default().push(service);
            }
            neighbours
        })
    }

    /// The trust domain of a cluster, if it has an Istio.
    pub fn trust_domain(&self, cluster: &str) -> Option<&'a str> {
        self.trust_domains.get(cluster).copied()
    }

    /// The accounts of the workloads behind a target, sorted.
    pub fn accounts_behind(&self, plan: &Plan<'a>, target: TargetId) -> BTreeSet<&'a str> {
        let known = plan[target].known;
        let ClusterObjectRef { cluster, namespace, name: _ } = &known.service;
        self.workloads().picked((cluster, namespace), &known.selector).collect()
    }

    /// Whether a workload behind a target has labels beside those of the target's selector; none if no workload is known there.
    pub fn has_pods(&self, plan: &Plan<'_>, target: TargetId, labels: &BTreeMap<Text, Text>) -> Option<bool> {
        let known = plan[target].known;
        let ClusterObjectRef { cluster, namespace, name: _ } = &known.service;
        let place = (&**cluster, &**namespace);
        self.workloads().picked(place, &known.selector).next()?;
        let mut narrowed = BTreeMap::clone(&known.selector);
        let contradicts = |(key, value): (&Text, &Text)| narrowed.get(key).is_some_and(|other| other != value);
        if labels.iter().any(contradicts) {
            return Some(false);
        }
        narrowed.extend(labels.iter().map(|(key, value)| (key.clone(), value.clone())));
        Some(self.workloads().picked(place, &narrowed).next().is_some())
    }

    /// Says what people can do about a service that is no traffic target: what becomes of it where it is named, where it stands or which
    /// one was probably meant.
    pub fn not_found(&self, problem: Problem, named: &str, service: &ClusterObjectRef) -> Problem {
        let described = describe_service(service);
        match self.inventory.passed_over.get(service) {
            Some(passed_over) => {
                let PassedOver { place, why } = passed_over;
                let plain = match named {
                    "" => format!("{described} is in no mesh"),
                    named => format!("{named} {described}, which is in no mesh"),
                };
                problem.plain(plain).hint(format!("it stands in {}, but {why}", passed_over.at())).stands(place)
            }
            None => {
                let plain = match named {
                    "" => format!("there is no {described}"),
                    named => format!("{named} {described}, which does not exist"),
                };
                problem.plain(plain).maybe_hint(self.near_service(service))
            }
        }
    }

    /// The service that was probably meant.
    fn near_service(&self, service: &ClusterObjectRef) -> Option<String> {
        if service.cluster.is_empty() {
            return Some("clusterName is missing: a reference names one service of one cluster".into());
        }
        // Names come first in keys: those of one name stand together, with those of names that begin so.
        let from = ClusterObjectRef { name: service.name.clone(), ..ClusterObjectRef::default() };
        let named = || self.targets.services_from(&from).take_while(|s| s.name.starts_with(&*service.name));
        let one_off = (named().find(|s| s.name == service.name && s.namespace == service.namespace))
            .or_else(|| named().find(|s| s.name == service.name && s.cluster == service.cluster));
        let found = one_off.or_else(|| {
            let neighbours = self.neighbours().get(&(&*service.cluster, &*service.namespace))?;
            let name = nearest(&service.name, neighbours.iter().map(|s| &*s.name))?;
            neighbours.iter().copied().find(|s| &*s.name == name)
        });
        found.map(|s| format!("did you mean {}?", describe_service(s)))
    }

    /// What was probably meant by the name of a cluster; nothing else if there is one of that name.
    pub fn near_cluster(&self, name: &str) -> Option<String> {
        if self.clusters.contains_key(name) {
            return None;
        }
        match nearest(name, self.clusters.keys().copied()) {
            Some(near) => Some(format!("did you mean {near}?")),
            None if self.clusters.is_empty() => None,
            None => Some(format!("known clusters: {}", self.clusters.keys().copied().collect::<Vec<_>>().join(", "))),
        }
    }

    /// What was probably meant by a reference to an object.
    pub fn near_object<'n>(&self, key: &ObjectRef, known: impl Iterator<Item = &'n ObjectRef>) -> Option<String> {
        let texts: Vec<String> = known.map(ToString::to_string).collect();
        let wanted = key.to_string();
        nearest(&wanted, texts.iter().map(String::as_str)).map(|near| format!("did you mean {near}?"))
    }

    /// Problems for clusters that do not exist.
    pub fn check_clusters(&self, names: &[Text], part: Part, path: &FieldPath) -> Vec<Problem> {
        let unknown = names.iter().enumerate().filter(|(_, name)| !self.clusters.contains_key(&***name));
        unknown
            .map(|(i, name)| {
                Problem::unknown(part, path.with(i), format!("cluster {name} not found"))
                    .plain(format!("there is no cluster {name:?}"))
                    .maybe_hint(self.near_cluster(name))
            })
            .collect()
    }

    /// Warnings for namespaces that no inventory knows.
    pub fn check_namespaces(&self, names: &[Text], place: impl Fn(usize) -> Place, report: &mut Report) {
        for (i, name) in names.iter().enumerate().filter(|(_, name)| !self.namespaces.contains(&***name)) {
            let hint = nearest(name, self.namespaces.iter().copied()).map(|near| format!("did you mean {near:?}?"));
            let message = format!("no inventory knows the namespace {name:?}");
            report.push(Diag::new(Code::UnknownNamespace, place(i), message).maybe_hint(hint));
        }
    }

    /// A warning for a service account that no inventory knows.
    pub fn check_account(&self, account: &ClusterObjectRef, place: Place, report: &mut Report) {
        let ClusterObjectRef { cluster, namespace, name } = account;
        if namespace.is_empty() || name.is_empty() || (!cluster.is_empty() && !self.clusters.contains_key(&**cluster)) {
            return;
        }
        let is_known = |cluster: &str| self.accounts().contains(&(cluster, &**namespace, &**name));
        if is_known(cluster) || (cluster.is_empty() && self.clusters.keys().any(|cluster| is_known(cluster))) {
            return;
        }
        let clusters = self.clusters.keys().copied().filter(|known| cluster.is_empty() || **known == **cluster);
        let in_place = clusters.flat_map(|cluster| {
            let from = (cluster, &**namespace, "");
            self.accounts().range(from..).take_while(move |(c, n, _)| (*c, *n) == (from.0, from.1)).map(|(_, _, a)| *a)
        });
        let hint = nearest(name, in_place).map(|near| format!("did you mean {near:?}?"));
        let at = if cluster.is_empty() { String::new() } else { format!(" of cluster {cluster}") };
        let message = format!("no workload runs as service account {name:?} in namespace {namespace:?}{at}");
        report.push(Diag::new(Code::UnknownNamespace, place, message).maybe_hint(hint));
    }

    /// Checks what destination selectors name. Unknown services and clusters are problems, unknown namespaces warnings.
    pub fn check_selectors(
        &self,
        selectors: &[ServiceSelector],
        path: &FieldPath,
        place: impl Fn(FieldPath) -> Place,
        report: &mut Report,
    ) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (i, ServiceSelector { kube_service_matcher, kube_service_refs }) in selectors.iter().enumerate() {
            let at = path.with(i);
            if let Some(ServiceMatcher { labels: _, namespaces, clusters }) = kube_service_matcher {
                let at = at.with("kubeServiceMatcher");
                problems.extend(self.check_clusters(clusters, Part::Policy, &at.with("clusters")));
                self.check_namespaces(namespaces, |i| place(at.with("namespaces").with(i)), report);
            }
            let Some(ServiceRefs { services }) = kube_service_refs else { continue };
            for (j, service) in services.iter().enumerate().filter(|(_, s)| self.targets.service(s).is_none()) {
                let at = at.with("kubeServiceRefs").with("services").with(j);
                let text = format!("TrafficTarget not found for kube service {}", service.key());
                problems.push(self.not_found(Problem::unknown(Part::Policy, at, text), "", service));
            }
        }
        problems
    }
}

/// The account as which a workload runs.
fn account(workload: &Workload) -> &str {
    if workload.service_account.is_empty() { "default" } else { &workload.service_account }
}

/// Services in words: the first, and how many more.
pub(super) fn describe_services(services: &[TargetId], plan: &Plan<'_>) -> String {
    let first = services.first().map(|first| describe_service(plan.service(*first))).unwrap_or_default();
    match services.len() {
        0 | 1 => first,
        several => format!("{first} and {} more", several - 1),
    }
}

/// A service in words.
pub(super) fn describe_service(service: &ClusterObjectRef) -> String {
    let ClusterObjectRef { cluster, namespace, name } = service;
    let shown = |part: &Text| if part.is_empty() { "\"\"".to_owned() } else { part.to_string() };
    let (namespace, name) = (shown(namespace), shown(name));
    match &**cluster {
        "" => format!("service {name} in namespace {namespace}"),
        _ => format!("service {name} in namespace {namespace} of cluster {cluster}"),
    }
}

#[cfg(test)]
mod tests;
