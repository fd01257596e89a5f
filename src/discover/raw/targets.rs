//! Traffic targets: services behind which workloads of a mesh stand.

use std::collections::BTreeMap;

use super::One;
use super::fact::contradiction;
use crate::diag::Report;
use crate::discover::{Inventory, MeshKind, Port, Target, Workload};
use crate::ids::{ClusterObjectRef, ObjectRef, Text};
use crate::model::kubernetes::{Raw, Service};

impl One<'_> {
    /// Finds the targets.
    pub(super) fn targets(&self, out: &mut Inventory, report: &mut Report) {
        let mut behind: BTreeMap<&Text, Vec<&Workload>> = BTreeMap::new();
        for workload in out.workloads.values().filter(|workload| workload.controller.cluster == self.name.0) {
            behind.entry(&workload.controller.namespace).or_default().push(workload);
        }
        let found: Vec<(ObjectRef, Target)> = self
            .objects
            .services
            .values()
            .filter_map(|raw| {
                let workloads = behind.get(&raw.key.namespace).map_or(&[][..], Vec::as_slice);
                let mesh = self.mesh_by_annotation(raw, out).or_else(|| first_behind(raw, workloads))?;
                Some((self.discovered(&raw.key, ""), self.target(raw, mesh)))
            })
            .collect();
        for (key, target) in found {
            if let Some(there) = out.targets.get(&key) {
                agree(&key, there, &target, report);
            } else {
                out.targets.insert(key, target);
            }
        }
    }

    /// The mesh of a service that wants to be in one whatever stands behind it.
    fn mesh_by_annotation(&self, raw: &Raw<Service>, out: &Inventory) -> Option<ObjectRef> {
        if raw.object.metadata.annotations.enabled.as_deref() != Some("true") {
            return None;
        }
        let mut meshes = out.meshes.iter().rev();
        let mesh = meshes
            .find(|(_, mesh)| mesh.cluster == *self.name && matches!(mesh.kind, MeshKind::Istio(_) | MeshKind::Osm));
        mesh.map(|(key, _)| key.clone())
    }

    fn target(&self, raw: &Raw<Service>, mesh: ObjectRef) -> Target {
        let ObjectRef { namespace, name } = &raw.key;
        let ports = raw.object.spec.ports.iter();
        Target {
            place: raw.place.clone(),
            service: ClusterObjectRef::new(self.name.0.clone(), namespace.clone(), name.clone()),
            selector: raw.object.spec.selector.clone(),
            labels: raw.object.metadata.labels.clone(),
            ports: ports
                .map(|port| Port { number: port.port, name: port.name.clone(), protocol: port.protocol() })
                .collect(),
            mesh,
        }
    }
}

/// The mesh of the first workload behind a service.
fn first_behind(raw: &Raw<Service>, workloads: &[&Workload]) -> Option<ObjectRef> {
    let selector = &raw.object.spec.selector;
    if selector.is_empty() {
        return None;
    }
    let selects = |workload: &&&Workload| selector.iter().all(|(key, value)| workload.labels.get(key) == Some(value));
    workloads.iter().find(selects).map(|workload| workload.mesh.clone())
}

/// Reports a target that Service Mesh Hub's discovery describes otherwise.
fn agree(key: &ObjectRef, there: &Target, found: &Target, report: &mut Report) {
    let shown = |target: &Target| {
        let Target { place: _, service, selector, labels, ports, mesh } = target;
        format!("{service} {selector:?} {labels:?} {ports:?} {mesh}")
    };
    let (first, second) = (shown(there), shown(found));
    if first != second {
        contradiction(&format!("traffic target {key}"), (&first, &there.place), (&second, &found.place), report);
    }
}
