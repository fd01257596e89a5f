//! Services that are in no mesh, and why.

use std::collections::{BTreeMap, BTreeSet};

use super::RawCluster;
use super::injection::NEVER;
use super::workloads::Outside;
use crate::diag::{Code, Diag, Ground, Report};
use crate::discover::difference::labels_text;
use crate::discover::passed_over::nearest_of;
use crate::discover::{Inventory, LabelIndex, Mesh, MeshKind, NoTarget, PassedOver, Workload};
use crate::ids::{ClusterObjectRef, ObjectRef, Text};
use crate::model::kubernetes::{Labels, Raw, Service};

/// What may be behind a service that is in no mesh.
pub(super) struct Without<'a> {
    outside: LabelIndex<'a, &'a str, &'a Outside<'a>>,
    /// The labels and names of all workloads, by namespace.
    workloads: BTreeMap<&'a str, Vec<(&'a Labels, String)>>,
    /// The namespaces of workloads of which it is reported already.
    reported: BTreeSet<&'a Text>,
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
        let reported = outside.iter().filter(|one| one.is_reported).map(|one| one.namespace).collect();
        Self { outside: index, workloads, reported }
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

/// Whether a selector is that of a gateway: its pods are proxies without an application.
fn selects_gateway(selector: &Labels, mesh: &Mesh) -> bool {
    let known = match &mesh.kind {
        MeshKind::Istio(istio) => &*istio.gateways,
        MeshKind::Osm(_) | MeshKind::Other(_) => &[],
    };
    let selects = |labels: &Labels| labels.iter().all(|(key, value)| selector.get(key) == Some(value));
    selector.get("istio").is_some_and(|value| value.ends_with("gateway"))
        || known.iter().any(|gateway| !gateway.labels.is_empty() && selects(&gateway.labels))
}

impl RawCluster<'_> {
    /// Whether a service is no application's: of the control plane, of a gateway or of Kubernetes.
    pub(super) fn is_of_mesh_itself(&self, service: &ClusterObjectRef, out: &Inventory) -> bool {
        let here = || out.meshes.values().filter(|mesh| mesh.cluster == *self.name);
        let ClusterObjectRef { cluster: _, namespace, name } = service;
        let key = ObjectRef::new(namespace.clone(), name.clone());
        let selector = self.objects.services.get(&key).map(|raw| &*raw.object.spec.selector);
        selector.is_some_and(|selector| here().any(|mesh| selects_gateway(selector, mesh)))
            || NEVER.contains(&&**namespace)
            || here().any(|mesh| mesh.namespace == *namespace)
            || (&**namespace, &**name) == ("default", "kubernetes")
    }

    /// Warns of a mesh that has no service though its cluster has some: nothing could be selected there.
    pub(super) fn warn_of_empty_mesh(
        &self,
        passed_over: &[(ClusterObjectRef, PassedOver)],
        without: &Without<'_>,
        out: &Inventory,
        report: &mut Report,
    ) {
        let services: Vec<&(ClusterObjectRef, PassedOver)> =
            passed_over.iter().filter(|(service, _)| !self.is_of_mesh_itself(service, out)).collect();
        let is_reported = |service: &ClusterObjectRef| without.reported.contains(&service.namespace);
        let Some((service, PassedOver { place, labels: _, why })) =
            services.iter().find(|(service, _)| !is_reported(service))
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
