//! Suggests what was probably meant when a name is not found, and checks the names that policies write. Only `resolve` looks
//! names up.

mod nothing;

pub(super) use nothing::why_nothing;

use super::select;
use crate::diag::listing::choices;
use crate::diag::{Code, Diag, FieldPath, Ground, Place, Report, nearest};
use crate::discover::{Inventory, PassedOver};
use crate::ids::{ClusterObjectRef, ObjectRef, Text};
use crate::model::Unread;
use crate::model::selector::{ServiceMatcher, ServiceRefs, ServiceSelector};
use crate::model::settings::Settings;
use crate::plan::{Index, Part, Plan, Problem, TargetId};

/// What policies refer to by name.
pub(super) struct Names<'n, 'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) index: &'n Index<'a>,
    /// What could not be read, and may contain what is not found.
    pub(super) unread: &'n Unread,
    pub(super) settings: &'n Settings,
}

impl<'a> Names<'_, 'a> {
    /// Explains a reference to a service that is not a traffic target: `named` is what refers to it. The hint says where the service
    /// is defined, or which one was probably meant.
    pub(super) fn not_found(&self, problem: Problem, named: &str, service: &ClusterObjectRef) -> Problem {
        let described = describe_service(service);
        match self.inventory.passed_over.get(service) {
            Some(passed_over) => {
                let PassedOver { place, labels: _, why } = passed_over;
                let plain = match named {
                    "" => format!("{described} is not in a mesh"),
                    named => format!("{named} {described}, which is not in a mesh"),
                };
                problem.plain(plain).hint(format!("it is defined in {}, but {why}", passed_over.at())).defined_at(place)
            }
            None => {
                let plain = match named {
                    "" => format!("{described} does not exist"),
                    named => format!("{named} {described}, which does not exist"),
                };
                problem.plain(plain).maybe_hint(self.near_service(service))
            }
        }
    }

    /// The service that was probably meant.
    fn near_service(&self, service: &ClusterObjectRef) -> Option<String> {
        if service.cluster.is_empty() {
            return Some("add clusterName: a reference names one service of one cluster".into());
        }
        // Keys begin with the name, so services with one name are adjacent, followed by those whose names begin with it.
        let from = ClusterObjectRef { name: service.name.clone(), ..ClusterObjectRef::default() };
        let named = || self.index.services_from(&from).take_while(|s| s.name.starts_with(&*service.name));
        let elsewhere = || named().filter(|s| s.name == service.name && s.namespace == service.namespace);
        // Of several clusters that have it, the one whose name is misspelt.
        let cluster = nearest(&service.cluster, elsewhere().map(|s| &*s.cluster));
        let one_off = (elsewhere().find(|s| Some(&*s.cluster) == cluster))
            .or_else(|| elsewhere().next())
            .or_else(|| named().find(|s| s.name == service.name && s.cluster == service.cluster));
        let found = one_off.or_else(|| {
            let neighbours = self.index.neighbours(&service.cluster, &service.namespace);
            let name = nearest(&service.name, neighbours.iter().map(|s| &*s.name))?;
            neighbours.iter().copied().find(|s| &*s.name == name)
        });
        found.map(|s| format!("did you mean {}?", describe_service(s)))
    }

    /// What was probably meant by the name of a cluster; `None` if it exists.
    pub(super) fn near_cluster(&self, name: &str) -> Option<String> {
        if self.index.cluster(name).is_some() {
            return None;
        }
        match nearest(name, self.index.clusters()) {
            Some(near) => Some(format!("did you mean {near}?")),
            None if self.index.clusters().next().is_none() => None,
            None => Some(format!("known clusters: {}", choices(self.index.clusters()))),
        }
    }

    /// What was probably meant by a reference to an object.
    pub(super) fn near_object<'n>(
        &self,
        key: &ObjectRef,
        known: impl Iterator<Item = &'n ObjectRef>,
    ) -> Option<String> {
        let texts: Vec<String> = known.map(ToString::to_string).collect();
        let wanted = key.to_string();
        nearest(&wanted, texts.iter().map(String::as_str)).map(|near| format!("did you mean {near}?"))
    }

    /// Problems for clusters that do not exist.
    pub(super) fn check_clusters(&self, names: &[Text], part: Part, path: &FieldPath) -> Vec<Problem> {
        let unknown = names.iter().enumerate().filter(|(_, name)| self.index.cluster(name).is_none());
        unknown
            .map(|(i, name)| {
                Problem::unknown(part, path.with(i), format!("cluster {name} not found"))
                    .plain(format!("unknown cluster {name:?}"))
                    .maybe_hint(self.near_cluster(name))
            })
            .collect()
    }

    /// Warnings for namespaces that are not in the inventory.
    pub(super) fn check_namespaces(&self, names: &[Text], place: impl Fn(usize) -> Place, report: &mut Report) {
        for (i, name) in names.iter().enumerate().filter(|(_, name)| !self.index.namespaces().contains(&***name)) {
            let hint =
                nearest(name, self.index.namespaces().iter().copied()).map(|near| format!("did you mean {near:?}?"));
            let message = format!("namespace {name:?} is not in the inventory of any cluster");
            report.push(Diag::new(Code::UnknownNamespace, place(i), message).maybe_hint(hint).on(Ground::Inventory));
        }
    }

    /// A warning for a service account that is not in the inventory.
    pub(super) fn check_account(&self, plan: &Plan<'a>, account: &ClusterObjectRef, place: Place, report: &mut Report) {
        let ClusterObjectRef { cluster, namespace, name } = account;
        if namespace.is_empty() || name.is_empty() || (!cluster.is_empty() && self.index.cluster(cluster).is_none()) {
            return;
        }
        let clusters = || self.index.clusters().filter(|known| cluster.is_empty() || **known == **cluster);
        if clusters().any(|cluster| self.index.has_account(plan, (cluster, namespace), name)) {
            return;
        }
        if clusters().any(|cluster| self.settings.has_edge_account(cluster, namespace, name)) {
            return;
        }
        let in_place = clusters().flat_map(|cluster| self.index.accounts_in(plan, cluster, namespace));
        let hint = nearest(name, in_place).map(|near| format!("did you mean {near:?}?"));
        let at = if cluster.is_empty() { String::new() } else { format!(" of cluster {cluster}") };
        let message = format!("no workload runs as service account {name:?} in namespace {namespace:?}{at}");
        report.push(Diag::new(Code::UnknownNamespace, place, message).maybe_hint(hint).on(Ground::Inventory));
    }

    /// Checks what destination selectors name. Unknown services and clusters are problems, unknown namespaces warnings.
    pub(super) fn check_selectors(
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
            for (j, service) in services.iter().enumerate().filter(|(_, s)| self.index.service(s).is_none()) {
                let at = at.with("kubeServiceRefs").with("services").with(j);
                let text = format!("TrafficTarget not found for kube service {}", service.key());
                problems.push(self.not_found(Problem::unknown(Part::Policy, at, text), "", service));
            }
        }
        problems
    }

    /// The targets that destination selectors pick, in key order.
    pub(super) fn select(&self, selectors: &[ServiceSelector]) -> Vec<TargetId> {
        select::select(self.index, selectors)
    }
}

/// Describes services: the first, and how many more.
pub(super) fn describe_services(services: &[TargetId], plan: &Plan<'_>) -> String {
    let first = services.first().map(|first| describe_service(plan.service(*first))).unwrap_or_default();
    match services.len() {
        0 | 1 => first,
        several => format!("{first} and {} more", several - 1),
    }
}

/// Describes a service.
pub(super) fn describe_service(service: &ClusterObjectRef) -> String {
    let ClusterObjectRef { cluster, namespace, name } = service;
    let (namespace, name) = (shown(namespace), shown(name));
    match &**cluster {
        "" => format!("service {name} in namespace {namespace}"),
        _ => format!("service {name} in namespace {namespace} of cluster {cluster}"),
    }
}

fn shown(part: &str) -> &str {
    if part.is_empty() { "\"\"" } else { part }
}

#[cfg(test)]
mod tests;
