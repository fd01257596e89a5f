//! Workloads of a mesh: what controls pods that have a sidecar, or would have one.

use std::collections::BTreeMap;

use super::One;
use super::fact::contradiction;
use super::injection::{has_sidecar, injected, own_revision};
use super::meshes::Known;
use super::osm;
use crate::diag::{Code, Diag, Place, Report};
use crate::discover::{Inventory, Workload};
use crate::ids::{ClusterObjectRef, ObjectRef, Text};
use crate::model::compact::ControllerKind;
use crate::model::kubernetes::{Controller, Metadata, Owner, Pod, Raw};
use crate::path;

/// The pods of each controller, by its namespace, kind and name.
type Pods<'a> = BTreeMap<(&'a str, &'a str, &'a str), Vec<&'a Pod>>;

/// What may be a workload.
struct Candidate<'a> {
    key: &'a ObjectRef,
    kind: ControllerKind,
    template: &'a Pod,
    place: &'a Place,
}

impl One<'_> {
    /// Everything that controls pods, in the order in which discovery looks at it.
    pub(super) fn controllers(&self) -> impl Iterator<Item = (&Raw<Controller>, ControllerKind)> {
        let of = |kind: ControllerKind| move |raw| (raw, kind);
        let deployments = self.objects.deployments.values().map(of(ControllerKind::Deployment));
        let daemon_sets = self.objects.daemon_sets.values().map(of(ControllerKind::DaemonSet));
        let stateful_sets = self.objects.stateful_sets.values().map(of(ControllerKind::StatefulSet));
        deployments.chain(daemon_sets).chain(stateful_sets)
    }

    /// Finds the workloads.
    pub(super) fn workloads(&self, known: &Known, out: &mut Inventory, report: &mut Report) {
        if known.is_empty() {
            return;
        }
        let pods = self.pods();
        let controllers = self.controllers().map(|(raw, kind)| Candidate {
            key: &raw.key,
            kind,
            template: &raw.object.spec.template,
            place: &raw.place,
        });
        // Manifests that no API server has seen; in a dump such a pod is nobody's workload.
        let bare = self
            .objects
            .pods
            .values()
            .filter(|pod| pod.object.metadata.uid.is_empty() && pod.object.metadata.owner_references.is_empty());
        let bare = bare.map(|pod| Candidate {
            key: &pod.key,
            kind: ControllerKind::Pod,
            template: &pod.object,
            place: &pod.place,
        });
        for candidate in controllers.chain(bare) {
            let Some(mesh) = self.mesh_of(&candidate, &pods, known, report) else { continue };
            let workload = self.workload(&candidate, mesh);
            let key = self.discovered(candidate.key, &format!("-{}", candidate.kind.suffix()));
            self.agree(&key, &workload, candidate.place, out, report);
            out.workloads.entry(key).or_insert(workload);
        }
    }

    fn workload(&self, candidate: &Candidate<'_>, mesh: &ObjectRef) -> Workload {
        let ObjectRef { namespace, name } = candidate.key;
        Workload {
            controller: ClusterObjectRef::new(self.name.0.clone(), namespace.clone(), name.clone()),
            labels: candidate.template.metadata.labels.clone(),
            service_account: candidate.template.spec.account().clone(),
            mesh: mesh.clone(),
        }
    }

    /// The mesh that a workload is part of. Its pods have the say; without any, what injection would do.
    fn mesh_of<'k>(
        &self,
        candidate: &Candidate<'_>,
        pods: &Pods<'_>,
        known: &'k Known,
        report: &mut Report,
    ) -> Option<&'k ObjectRef> {
        let ObjectRef { namespace, name } = candidate.key;
        if let Some(pods) = pods.get(&(&**namespace, candidate.kind.as_str(), &**name)) {
            let pod = pods.iter().find(|pod| has_sidecar(pod) || osm::has_sidecar(pod))?;
            return of_sidecar(pod, known);
        }
        if has_sidecar(candidate.template) || osm::has_sidecar(candidate.template) {
            return of_sidecar(candidate.template, known);
        }
        let metadata = self.objects.namespace(namespace).map(|raw| &raw.object.metadata);
        let (labels, annotations) = (metadata.map(|m| &m.labels), metadata.map(|m| &m.annotations));
        if let Some(mesh) = known.osm.as_ref().filter(|_| osm::injected(candidate.template, labels, annotations)) {
            return Some(mesh);
        }
        let revision = injected(candidate.template, namespace, labels)?;
        let mesh = known.of_revision(&revision);
        if mesh.is_none() {
            let message = format!(
                "{} {} asks for revision {revision} of Istio, which cluster {} does not have",
                candidate.kind.as_str(),
                candidate.key,
                self.name
            );
            let hint = format!("known: {}", known.revisions());
            report.push(Diag::new(Code::UnknownRevision, candidate.place.clone(), message).hint(hint));
        }
        mesh
    }

    /// The pods by what controls them, in the order of their keys.
    fn pods(&self) -> Pods<'_> {
        let mut pods: Pods<'_> = BTreeMap::new();
        for raw in self.objects.pods.values() {
            let Some(owner) = controller(&raw.object.metadata) else { continue };
            let (kind, name) = match &*owner.kind {
                "ReplicaSet" => match self.behind(&raw.key.namespace, owner, &raw.object.metadata) {
                    Some(found) => found,
                    None => continue,
                },
                kind => (kind, &*owner.name),
            };
            pods.entry((&*raw.key.namespace, kind, name)).or_default().push(&raw.object);
        }
        pods
    }

    /// What controls a pod's ReplicaSet. Where the files do not have that, its name tells: the Deployment's and a hash.
    fn behind<'a>(&'a self, namespace: &Text, owner: &'a Owner, pod: &'a Metadata) -> Option<(&'a str, &'a str)> {
        let key = ObjectRef { namespace: namespace.clone(), name: owner.name.clone() };
        if let Some(set) = self.objects.replica_sets.get(&key) {
            return controller(&set.object.metadata).map(|owner| (&*owner.kind, &*owner.name));
        }
        let hash = pod.labels.get("pod-template-hash")?;
        let name = owner.name.strip_suffix(&**hash)?.strip_suffix('-')?;
        Some(("Deployment", name))
    }

    /// Reports a workload that Service Mesh Hub's discovery describes otherwise.
    fn agree(&self, key: &ObjectRef, workload: &Workload, place: &Place, out: &Inventory, report: &mut Report) {
        let (Some(there), Some(object)) = (out.workloads.get(key), self.snapshot.workloads.get(key)) else { return };
        let shown = |workload: &Workload| {
            let Workload { controller, labels, service_account, mesh } = workload;
            format!("{controller} {labels:?} {service_account} {mesh}")
        };
        if shown(there) != shown(workload) {
            let at = object.place(path!["spec"]);
            contradiction(&format!("workload {key}"), (&shown(there), &at), (&shown(workload), place), report);
        }
    }
}

/// The mesh of a pod that has a sidecar written in it.
fn of_sidecar<'k>(pod: &Pod, known: &'k Known) -> Option<&'k ObjectRef> {
    if has_sidecar(pod) { known.of_pod(&own_revision(pod)) } else { known.osm.as_ref() }
}

/// What controls an object.
fn controller(metadata: &Metadata) -> Option<&Owner> {
    metadata.owner_references.iter().find(|owner| owner.controller)
}
