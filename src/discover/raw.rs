//! Discovery from raw objects of Kubernetes: dumps of a cluster, and the manifests that applications keep in Git.
//!
//! It follows Service Mesh Hub's discovery and gives the same names. Beyond that, a workload without a pod in the files is in
//! the mesh if injection would reach it, and a bare Pod that no API server has seen is a workload of its own, with the
//! suffix `-pod`. Objects without a namespace are in `default`.

mod address;
mod charts;
mod containers;
mod control_plane;
mod discovered;
mod evidence;
mod fronts;
mod gateway;
mod gateway_role;
mod gateways;
mod injection;
mod installed;
mod istio;
mod meshes;
mod osm;
mod sail;
mod tags;
mod targets;
mod tls_port;
mod unread;
mod without;
mod workloads;

use std::collections::{BTreeMap, BTreeSet};

pub use installed::{Installed, installed};

use super::{Cluster, Inventory, domain::domain, names::discovered_name};
use crate::diag::{Code, Diag, Place, Report};
use crate::ids::{ClusterName, ObjectRef, Text};
use crate::model::kubernetes::Kubernetes;
use crate::model::settings::ClusterSettings;
use crate::model::{Object, Snapshot, compact, hub_namespace};
use crate::path;

/// Takes over the raw objects. Service Mesh Hub's own have been taken over before; compact inventories of the same clusters are
/// part of this, and of clusters that Service Mesh Hub has discovered.
pub(super) fn take_over(
    snapshot: &Snapshot,
    discovered: &BTreeSet<ClusterName>,
    out: &mut Inventory,
    report: &mut Report,
) {
    let hub = hub_namespace(&snapshot.settings);
    let none = Kubernetes::default();
    let beside = snapshot.compact.keys().filter(|name| discovered.contains(name));
    let names: BTreeSet<&ClusterName> = snapshot.kubernetes.keys().chain(beside).collect();
    let mut merged = BTreeMap::new();
    let mut clusters = Vec::new();
    for name in names {
        let objects = snapshot.kubernetes.get(name).unwrap_or(&none);
        let compact = snapshot.compact.get(name);
        let settings = snapshot.settings.clusters.get(&name.0);
        let one = RawCluster { name, objects, hub: &hub, compact, settings, snapshot };
        one.refuse_repetition(out, report);
        one.cluster(out, report);
        let known = one.meshes(out, &mut merged, report);
        clusters.push((one, known));
    }
    out.merge_meshes(&merged);
    for (one, known) in clusters {
        let outside = one.workloads(&known, out, report);
        one.targets(&outside, out, report);
    }
}

/// The raw objects of one cluster, and what the other forms of inventory state about it.
struct RawCluster<'a> {
    name: &'a ClusterName,
    objects: &'a Kubernetes,
    hub: &'a Text,
    compact: Option<&'a Object<compact::Cluster>>,
    settings: Option<&'a ClusterSettings>,
    snapshot: &'a Snapshot,
}

impl RawCluster<'_> {
    /// The name that discovery gives to what belongs to an object of the cluster.
    fn discovered(&self, key: &ObjectRef, suffix: &str) -> ObjectRef {
        let name = discovered_name(&key.name, &key.namespace, self.name);
        ObjectRef::new(self.hub.clone(), format!("{name}{suffix}"))
    }

    /// Reports services and workloads in a compact inventory: the other forms already describe those.
    fn refuse_repetition(&self, out: &Inventory, report: &mut Report) {
        let Some(compact) = self.compact.filter(|compact| !compact.spec.namespaces.is_empty()) else { return };
        let (form, place) = match self.place() {
            Place::Nowhere => ("Service Mesh Hub's objects", self.place_of_discovered(out)),
            place => ("raw Kubernetes objects", place),
        };
        let message = format!("the namespaces of cluster {} are already described by {form}", self.name);
        report.push(
            Diag::new(Code::BesideRaw, compact.place(path!["spec", "namespaces"]), message)
                .related(place, "the first of these objects is here")
                .hint("remove spec.namespaces, or remove those objects"),
        );
    }

    /// The place of the first object that Service Mesh Hub discovered.
    fn place_of_discovered(&self, out: &Inventory) -> Place {
        let targets = out.targets.values().filter(|target| target.service.cluster == self.name.0).map(|of| &of.place);
        let meshes = out.meshes.values().filter(|mesh| mesh.cluster == *self.name).map(|of| &of.place);
        targets.chain(meshes).next().cloned().unwrap_or(Place::Nowhere)
    }

    /// The cluster itself.
    fn cluster(&self, out: &mut Inventory, report: &mut Report) {
        let domain = domain(self.name, self.snapshot, self.domain(), report);
        let place = self.compact.map_or_else(|| self.place(), |compact| compact.place(path!["metadata", "name"]));
        let cluster = out.clusters.entry(self.name.clone()).or_insert_with(|| Cluster {
            domain: domain.clone(),
            registered: true,
            namespaces: BTreeSet::new(),
            place,
        });
        (cluster.domain, cluster.registered) = (domain, true);
        cluster.namespaces.extend(self.namespaces());
    }

    /// The namespaces that the objects are in.
    fn namespaces(&self) -> BTreeSet<Text> {
        let Kubernetes { namespaces, services, deployments, daemon_sets, stateful_sets, pods, .. } = self.objects;
        let named = namespaces.keys().map(|key| &key.name);
        let controllers = [deployments, daemon_sets, stateful_sets].into_iter().flat_map(|found| found.keys());
        let inside = services.keys().chain(pods.keys()).chain(controllers).map(|key| &key.namespace);
        named.chain(inside).cloned().collect()
    }

    /// The place of the first object, for findings that concern all of them.
    fn place(&self) -> Place {
        let Kubernetes {
            namespaces,
            services,
            deployments,
            daemon_sets,
            stateful_sets,
            rollouts: _,
            canaries: _,
            deployment_configs: _,
            replica_sets: _,
            pods,
            nodes,
            config_maps,
            operators,
            webhooks: _,
            sail_istios,
            sail_revisions: _,
            sail_tags: _,
            applications,
            helm_releases,
            oci_repositories: _,
        } = self.objects;
        let first = [
            deployments.values().next().map(|raw| &raw.place),
            services.values().next().map(|raw| &raw.place),
            daemon_sets.values().next().map(|raw| &raw.place),
            stateful_sets.values().next().map(|raw| &raw.place),
            pods.values().next().map(|raw| &raw.place),
            config_maps.values().next().map(|raw| &raw.place),
            operators.values().next().map(|raw| &raw.place),
            namespaces.values().next().map(|raw| &raw.place),
            nodes.values().next().map(|raw| &raw.place),
            sail_istios.values().next().map(|raw| &raw.place),
            applications.values().next().map(|raw| &raw.place),
            helm_releases.values().next().map(|raw| &raw.place),
        ];
        first.into_iter().flatten().next().cloned().unwrap_or(Place::Nowhere)
    }
}
