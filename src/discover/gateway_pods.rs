//! The pods of ingress gateways, whether or not other clusters can reach a mesh through them.
//!
//! A mesh that refuses requests by default has to let requests in at every one of its gateways, and most of them have nothing to
//! do with federation: their load balancer's address is not in Git, or they have no TLS port.

mod operator;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::{Gateway, Inventory, LabelIndex, MeshKind, Target, Workload};
use crate::ids::{ClusterName, ClusterObjectRef, ObjectRef, Text};
use crate::model::Snapshot;
use crate::model::existing::{Content, Existing};
use crate::model::kubernetes::{Labels, Raw, Service};

/// Labels that stay the same when a gateway is upgraded, the most telling first.
const STABLE: [&str; 6] = [
    "gateway.networking.k8s.io/gateway-name",
    "istio.io/gateway-name",
    "istio",
    "app",
    "app.kubernetes.io/name",
    "app.kubernetes.io/instance",
];

/// What the pods of a gateway are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GatewayRole {
    /// Requests from outside of the mesh, or from other meshes.
    Ingress,
    /// Requests that leave the mesh.
    Egress,
}

impl GatewayRole {
    /// What pods are that are known to be a gateway's: Istio's own charts and profiles have the word in the labels of every
    /// gateway for requests that leave the mesh.
    pub(super) fn of_gateway(labels: &Labels) -> Self {
        let is_egress = |key| labels.get(key).is_some_and(|value: &Text| value.contains("egress"));
        if is_egress("istio") || is_egress("app") { Self::Egress } else { Self::Ingress }
    }

    /// What pods are as far as their labels show it: `istio: ingressgateway`, `istio: aks-istio-ingressgateway-external`.
    pub fn of_labels(labels: &Labels) -> Option<Self> {
        labels.get("istio").filter(|value| value.contains("gateway")).map(|_| Self::of_gateway(labels))
    }
}

impl fmt::Display for GatewayRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ingress => "ingress",
            Self::Egress => "egress",
        })
    }
}

/// The pods of one ingress gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayPods {
    pub namespace: Text,
    /// The Service, workload or Gateway that they are known from.
    pub name: Text,
    /// Labels that these pods have and no others of the namespace.
    pub labels: Arc<Labels>,
}

/// The name of each set of pods, by mesh, and by namespace and labels.
type Found = BTreeMap<ObjectRef, BTreeMap<(Text, Arc<Labels>), Text>>;

/// Finds the gateways' pods of every Istio mesh that its [`Gateway`]s do not cover.
pub(super) fn find(snapshot: &Snapshot, inventory: &mut Inventory) {
    let mut found = Found::new();
    for (key, mesh) in &mut inventory.meshes {
        // Those that are known already are of charts that no file has rendered.
        if let MeshKind::Istio(istio) = &mut mesh.kind {
            let known = std::mem::take(&mut istio.other_gateways).into_iter();
            let known = known.map(|GatewayPods { namespace, name, labels }| ((namespace, labels), name));
            found.insert(key.clone(), known.collect());
        }
    }
    let workloads = Workloads { inventory, by_label: OnceCell::new() };
    for of_cluster in clusters(&workloads) {
        of_cluster.find(snapshot, &mut found);
    }
    for (key, pods) in found {
        if let Some(MeshKind::Istio(istio)) = inventory.meshes.get_mut(&key).map(|mesh| &mut mesh.kind) {
            let gateways = &istio.gateways;
            let is_covered = |labels: &Labels| gateways.iter().any(|gateway| has_all(labels, &gateway.labels));
            let pods = pods.into_iter().filter(|((_, labels), _)| !is_covered(labels));
            istio.other_gateways =
                pods.map(|((namespace, labels), name)| GatewayPods { namespace, name, labels }).collect();
        }
    }
}

/// Whether labels have all of a selector.
fn has_all(labels: &Labels, selector: &Labels) -> bool {
    selector.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// A workload with its key.
type Pods<'a> = (&'a ObjectRef, &'a Workload);

fn is_ingress(workload: &Workload) -> bool {
    workload.gateway == Some(GatewayRole::Ingress)
}

/// The workloads of all clusters.
struct Workloads<'a> {
    inventory: &'a Inventory,
    /// By cluster and namespace. Only the services of gateways have to be looked up here.
    by_label: OnceCell<LabelIndex<'a, (&'a str, &'a str), Pods<'a>>>,
}

impl<'a> Workloads<'a> {
    fn by_label(&self) -> &LabelIndex<'a, (&'a str, &'a str), Pods<'a>> {
        self.by_label.get_or_init(|| {
            let mut index = LabelIndex::default();
            for (key, workload) in &self.inventory.workloads {
                let ClusterObjectRef { cluster, namespace, name: _ } = &workload.controller;
                index.add((&**cluster, &**namespace), &workload.labels, (key, workload));
            }
            index
        })
    }
}

/// What decides, in one cluster, which pods are gateways'.
struct GatewaysOfCluster<'a> {
    name: &'a ClusterName,
    /// Its Istio meshes with their namespaces and known gateways.
    meshes: Vec<(&'a ObjectRef, &'a Text, &'a [Gateway])>,
    /// The workloads of its ingress gateways.
    ingress: Vec<Pods<'a>>,
    /// The services in the namespaces of these.
    beside: Vec<&'a Target>,
    workloads: &'a Workloads<'a>,
}

/// The clusters with an Istio.
fn clusters<'a>(workloads: &'a Workloads<'a>) -> impl Iterator<Item = GatewaysOfCluster<'a>> {
    let inventory = workloads.inventory;
    let mut clusters: BTreeMap<&str, GatewaysOfCluster<'_>> = BTreeMap::new();
    for (key, mesh) in inventory.meshes.iter().filter(|(_, mesh)| inventory.clusters.contains_key(&mesh.cluster)) {
        let (name, (ingress, beside)) = (&mesh.cluster, Default::default());
        let MeshKind::Istio(istio) = &mesh.kind else { continue };
        let cluster = clusters.entry(name.as_str());
        let cluster =
            cluster.or_insert_with(|| GatewaysOfCluster { name, meshes: Vec::new(), ingress, beside, workloads });
        cluster.meshes.push((key, &mesh.namespace, &istio.gateways));
    }
    let mut places: BTreeSet<(&str, &str)> = BTreeSet::new();
    for (key, workload) in inventory.workloads.iter().filter(|(_, workload)| is_ingress(workload)) {
        if let Some(cluster) = clusters.get_mut(&*workload.controller.cluster) {
            cluster.ingress.push((key, workload));
            places.insert((&workload.controller.cluster, &workload.controller.namespace));
        }
    }
    let is_beside = |target: &&Target| places.contains(&(&*target.service.cluster, &*target.service.namespace));
    for target in inventory.targets.values().filter(is_beside) {
        if let Some(cluster) = clusters.get_mut(&*target.service.cluster) {
            cluster.beside.push(target);
        }
    }
    clusters.into_values()
}

impl<'a> GatewaysOfCluster<'a> {
    fn find(&self, snapshot: &Snapshot, found: &mut Found) {
        let mut done: BTreeSet<&ObjectRef> = BTreeSet::new();
        let mut take = |mesh: &ObjectRef, namespace: &Text, name: &Text, labels: &Arc<Labels>| {
            let of_mesh = found.entry(mesh.clone()).or_default();
            // Of several Services of the same pods, one gives them their name: the same one in whatever order they come.
            let known = of_mesh.entry((namespace.clone(), labels.clone())).or_insert_with(|| name.clone());
            if name < known {
                *known = name.clone();
            }
        };
        for target in &self.beside {
            let (namespace, selector) = (&target.service.namespace, &target.selector);
            let behind: Vec<Pods<'_>> = self.behind(namespace, selector).collect();
            if let Some(mesh) = self.only_gateways(&behind) {
                take(mesh, namespace, &target.service.name, selector);
                done.extend(behind.iter().map(|(key, _)| *key));
            }
        }
        for raw in snapshot.kubernetes.get(self.name).iter().flat_map(|raw| raw.services.values()) {
            if let Some(mesh) = self.without_pods(raw) {
                take(mesh, &raw.key.namespace, &raw.key.name, &raw.object.spec.selector);
            }
        }
        for raw in snapshot.kubernetes.get(self.name).iter().flat_map(|raw| raw.operators.values()) {
            for (name, namespace, labels) in operator::gateways(raw) {
                if let Some((mesh, namespace)) = self.of_operator(namespace.as_ref(), &labels) {
                    take(mesh, namespace, &name, &labels);
                }
            }
        }
        for object in snapshot.existing.get(self.name).into_iter().flatten() {
            if let Some((mesh, labels)) = self.of_kubernetes_gateway(object) {
                take(mesh, &object.key.namespace, &object.key.name, &labels);
            }
        }
        for (_, workload) in self.ingress.iter().filter(|(key, _)| !done.contains(key)) {
            let Workload { controller, labels, service_account: _, mesh, gateway: _, data_plane: _ } = workload;
            if !self.is_covered(mesh, labels) && !labels.is_empty() {
                take(mesh, &controller.namespace, &controller.name, &self.own_labels(workload));
            }
        }
    }

    /// The workloads of a namespace that have all labels of a selector.
    fn behind<'s>(&'s self, namespace: &'s str, selector: &'s Labels) -> impl Iterator<Item = Pods<'a>> + use<'s, 'a> {
        self.workloads.by_label().picked((self.name.as_str(), namespace), selector)
    }

    /// The mesh of workloads that are all ingress gateways' and of which some have no policy yet.
    fn only_gateways(&self, workloads: &[Pods<'a>]) -> Option<&'a ObjectRef> {
        let all = || workloads.iter().map(|(_, workload)| *workload);
        let first = all().find(|pods| is_ingress(pods) && !self.is_covered(&pods.mesh, &pods.labels))?;
        all().all(is_ingress).then_some(&first.mesh)
    }

    /// The mesh of a Service of gateways' pods that no file has: an operator or a chart makes them.
    fn without_pods(&self, raw: &Raw<Service>) -> Option<&'a ObjectRef> {
        let (namespace, selector) = (&raw.key.namespace, &raw.object.spec.selector);
        let is_ingress = GatewayRole::of_labels(selector) == Some(GatewayRole::Ingress);
        if !is_ingress || self.behind(namespace, selector).next().is_some() {
            return None;
        }
        let own = self.meshes.iter().find(|(_, of, _)| *of == namespace).or(self.meshes.first());
        own.map(|(mesh, _, _)| *mesh).filter(|mesh| !self.is_covered(mesh, selector))
    }

    /// The mesh and namespace of a gateway that an operator installs, if no file has its pods.
    fn of_operator<'n>(&'n self, namespace: Option<&'n Text>, labels: &Labels) -> Option<(&'a ObjectRef, &'n Text)> {
        let own = self.meshes.iter().find(|(_, of, _)| Some(*of) == namespace).or(self.meshes.first());
        let (mesh, of_mesh, _) = own?;
        let namespace = namespace.unwrap_or(of_mesh);
        let is_there = self.behind(namespace, labels).next().is_some() || self.is_covered(mesh, labels);
        (!is_there).then_some((*mesh, namespace))
    }

    /// The mesh and the pods' labels of a Gateway of Kubernetes' own API whose pods no file has: Istio makes them.
    fn of_kubernetes_gateway(&self, object: &Existing) -> Option<(&'a ObjectRef, Arc<Labels>)> {
        let Content::KubernetesGateway { makes_pods: true, gateway: _ } = &object.content else { return None };
        let ObjectRef { namespace, name } = &object.key;
        let of = |key: &str| -> Labels { [(key.into(), name.clone())].into() };
        if STABLE[..2].iter().any(|key| self.behind(namespace, &of(key)).next().is_some()) {
            return None;
        }
        let labels = of(STABLE[0]);
        let (mesh, _, _) = self.meshes.iter().find(|(_, of, _)| *of == namespace).or(self.meshes.first())?;
        (!self.is_covered(mesh, &labels)).then(|| (*mesh, labels.into()))
    }

    /// Whether a gateway by which other clusters reach the mesh has pods with all of these labels.
    fn is_covered(&self, mesh: &ObjectRef, labels: &Labels) -> bool {
        let of_mesh = self.meshes.iter().filter(|(key, _, _)| *key == mesh);
        of_mesh.flat_map(|(_, _, gateways)| *gateways).any(|gateway| has_all(labels, &gateway.labels))
    }

    /// Labels that tell a gateway's pods from others: those that outlive an upgrade, if they are enough.
    fn own_labels(&self, pods: &Workload) -> Arc<Labels> {
        let stable = pods.labels.iter().filter(|(key, _)| STABLE.contains(&&***key));
        let stable: Labels = stable.map(|(key, value)| (key.clone(), value.clone())).collect();
        let is_enough =
            !stable.is_empty() && self.behind(&pods.controller.namespace, &stable).all(|(_, other)| is_ingress(other));
        if is_enough { stable.into() } else { pods.labels.clone() }
    }
}
