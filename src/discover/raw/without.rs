//! Services that are in no mesh, and why.

use std::collections::{BTreeMap, BTreeSet};

use super::RawCluster;
use super::injection::NEVER;
use super::workloads::Outside;
use crate::diag::{Code, Diag, Ground, Report};
use crate::discover::difference::labels_text;
use crate::discover::passed_over::nearest_of;
use crate::discover::{Inventory, LabelIndex, NoTarget, PassedOver, Workload};
use crate::ids::{ClusterObjectRef, Text};
use crate::model::kubernetes::{Labels, Raw, Service};

/// What may be behind a service that is in no mesh.
pub(super) struct Without<'a> {
    outside: LabelIndex<'a, &'a str, &'a Outside<'a>>,
    /// The labels and names of all workloads, by namespace.
    workloads: BTreeMap<&'a str, Vec<(&'a Labels, String)>>,
    /// The namespaces that are in no file, so that their injection is unknown, which is reported.
    unknown: BTreeSet<&'a Text>,
}

impl<'a> Without<'a> {
    pub(super) fn new(outside: &'a [Outside<'a>], inside: impl Iterator<Item = &'a Workload>) -> Self {
        let mut index = LabelIndex::default();
        let mut workloads: BTreeMap<&str, Vec<(&Labels, String)>> = BTreeMap::new();
        for one in outside {
            index.add(&**one.namespace, one.labels, one);
            workloads.entry(one.namespace).or_default().push((one.labels, one.name.clone()));
        }
        for workload in inside {
            let controller = &workload.controller;
            let of_namespace = workloads.entry(&controller.namespace).or_default();
            of_namespace.push((&workload.labels, format!("workload {}", controller.name)));
        }
        let unknown = outside.iter().filter(|one| one.is_unknown).map(|one| one.namespace).collect();
        Self { outside: index, workloads, unknown }
    }

    /// Why a service of a cluster with a mesh is in none.
    pub(super) fn why(&self, raw: &Raw<Service>) -> NoTarget {
        let selector = &raw.object.spec.selector;
        if selector.is_empty() {
            return NoTarget::NoSelector;
        }
        if let Some(one) = self.outside.picked(&*raw.key.namespace, selector).next() {
            return NoTarget::Outside { workload: one.name.clone(), why: one.why.clone() };
        }
        let all = self.workloads.get(&*raw.key.namespace).into_iter().flatten();
        let near = nearest_of(selector, all.map(|(labels, name)| (*labels, || name.clone())));
        NoTarget::NoPods { wanted: labels_text(selector), near }
    }
}

impl RawCluster<'_> {
    /// Warns of a mesh that has no service though its cluster has some: nothing could be selected there.
    pub(super) fn warn_of_empty_mesh(
        &self,
        passed_over: &[(ClusterObjectRef, PassedOver)],
        without: &Without<'_>,
        out: &Inventory,
        report: &mut Report,
    ) {
        let here = || out.meshes.values().filter(|mesh| mesh.cluster == *self.name);
        let is_of_system = |service: &ClusterObjectRef| {
            let ClusterObjectRef { cluster: _, namespace, name } = service;
            NEVER.contains(&&**namespace)
                || here().any(|mesh| mesh.namespace == *namespace)
                || (&**namespace, &**name) == ("default", "kubernetes")
        };
        let services: Vec<&(ClusterObjectRef, PassedOver)> =
            passed_over.iter().filter(|(service, _)| !is_of_system(service)).collect();
        let is_reported = |service: &ClusterObjectRef| without.unknown.contains(&service.namespace);
        let Some((service, PassedOver { place, why })) = services.iter().find(|(service, _)| !is_reported(service))
        else {
            return;
        };
        let ClusterObjectRef { cluster, namespace, name } = service;
        let none = match services.len() {
            1 => format!("the mesh of cluster {cluster} has no service"),
            several => format!("the mesh of cluster {cluster} has none of its {several} services"),
        };
        let message = format!("{none}: service {name} in namespace {namespace} is not in it, because {why}");
        let hint = "add what is missing to the cluster's files, such as a Namespace with the label istio-injection: enabled, or pods with their sidecars";
        report.push(Diag::new(Code::EmptyMesh, place.clone(), message).hint(hint).on(Ground::Inventory));
    }
}
