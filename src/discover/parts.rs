//! Parts of an inventory: what belongs to one cluster or to one mesh.

use std::collections::{BTreeMap, BTreeSet};

use super::{Inventory, MeshKind};
use crate::ids::{ClusterName, ObjectRef, Text};

impl Inventory {
    /// The clusters in which there is something, and that are not only registered.
    pub(super) fn clusters_with_objects(&self) -> BTreeSet<ClusterName> {
        let meshes = self.meshes.values().map(|mesh| mesh.cluster.clone());
        let workloads = self.workloads.values().map(|workload| ClusterName(workload.controller.cluster.clone()));
        let targets = self.targets.values().map(|target| ClusterName(target.service.cluster.clone()));
        meshes.chain(workloads).chain(targets).collect()
    }

    /// Removes meshes, each for the sake of another that stays: the workloads and targets of the removed one become the other's, and
    /// so do its gateways if the other has none.
    pub(super) fn merge_meshes(&mut self, into: &BTreeMap<ObjectRef, ObjectRef>) {
        if into.is_empty() {
            return;
        }
        for (removed, stays) in into {
            let gateways = match self.meshes.remove(removed).map(|mesh| mesh.kind) {
                Some(MeshKind::Istio(istio)) => istio.gateways,
                _ => Vec::new(),
            };
            if let Some(MeshKind::Istio(istio)) = self.meshes.get_mut(stays).map(|mesh| &mut mesh.kind)
                && istio.gateways.is_empty()
            {
                istio.gateways = gateways;
            }
        }
        let workloads = self.workloads.values_mut().map(|workload| &mut workload.mesh);
        let targets = self.targets.values_mut().map(|target| &mut target.mesh);
        for mesh in workloads.chain(targets) {
            if let Some(stays) = into.get(mesh) {
                *mesh = stays.clone();
            }
        }
    }

    /// What is known of one cluster.
    #[must_use]
    pub fn of_cluster(&self, name: &ClusterName) -> Self {
        let Self { clusters, meshes, workloads, targets, passed_over, outside } = self;
        Self {
            clusters: picked(clusters, |key, _| key == name),
            meshes: picked(meshes, |_, mesh| mesh.cluster == *name),
            workloads: picked(workloads, |_, workload| workload.controller.cluster == name.0),
            targets: picked(targets, |_, target| target.service.cluster == name.0),
            passed_over: picked(passed_over, |service, _| service.cluster == name.0),
            outside: picked(outside, |_, workload| workload.controller.cluster == name.0),
        }
    }

    /// Removes namespaces without a mesh, workload or target: Service Mesh Hub's objects never mention those.
    pub fn forget_empty_namespaces(&mut self) {
        let meshes = self.meshes.values().map(|mesh| (&mesh.cluster.0, &mesh.namespace));
        let workloads = self.workloads.values().map(|workload| &workload.controller);
        let inside = workloads.chain(self.targets.values().map(|target| &target.service));
        let inside: BTreeSet<(&Text, &Text)> =
            inside.map(|object| (&object.cluster, &object.namespace)).chain(meshes).collect();
        for (name, cluster) in &mut self.clusters {
            cluster.namespaces.retain(|namespace| inside.contains(&(&name.0, namespace)));
        }
    }
}

/// The entries of a map that satisfy a condition.
fn picked<K: Ord + Clone, V: Clone>(map: &BTreeMap<K, V>, is_picked: impl Fn(&K, &V) -> bool) -> BTreeMap<K, V> {
    map.iter().filter(|(key, value)| is_picked(key, value)).map(|(key, value)| (key.clone(), value.clone())).collect()
}
