//! Binds the inventory: clusters, meshes with their profiles, targets with their hosts and addresses.

use std::collections::BTreeMap;

use super::findings;
use super::profile::profile;
use super::vip::{Addresses, Scope};
use crate::diag::Report;
use crate::discover::{self, Inventory, MeshKind};
use crate::ids::{ObjectRef, Text};
use crate::model::settings::Unmatched;
use crate::model::{Snapshot, hub_namespace};
use crate::plan::hosts;
use crate::plan::{
    Cluster, ClusterId, Mesh, MeshId, Owners, Plan, ServicePlane, SmiService, Target, TargetId, Workload,
};
use crate::version::Facts;

/// The labels that Service Mesh Hub gives to every object that it writes.
const OWNER_LABELS: [(&str, &str); 2] =
    [("cluster.multicluster.solo.io", "{cluster}"), ("owner.networking.smh.solo.io", "{hub}")];

/// Binds the inventory.
pub(super) fn bind<'a>(
    snapshot: &'a Snapshot,
    inventory: &'a Inventory,
    addresses: &mut Addresses,
    report: &mut Report,
) -> Plan<'a> {
    let hub = hub_namespace(&snapshot.settings);
    let passes_unmatched =
        snapshot.settings.routes.as_ref().is_some_and(|routes| routes.unmatched == Unmatched::Service);
    let has_sync_waves = snapshot.settings.output.as_ref().is_some_and(|output| output.sync_waves);
    let labels = labels(snapshot);
    let mut plan = Plan { hub: hub.clone(), labels, has_sync_waves, passes_unmatched, ..Plan::default() };
    let mut ids: BTreeMap<&str, ClusterId> = BTreeMap::new();
    for (name, cluster) in &inventory.clusters {
        ids.insert(name.as_str(), ClusterId::at(plan.clusters.len()));
        let has_hub_namespace = cluster.namespaces.contains(&hub);
        plan.clusters.push(Cluster {
            name,
            domain: &cluster.domain,
            registered: cluster.registered,
            meshes: Vec::new(),
            facts: Facts::default(),
            targets: Vec::new(),
            osm: false,
            has_hub_namespace,
        });
    }
    bind_meshes(snapshot, inventory, &ids, &mut plan, report);
    for (key, known) in &inventory.targets {
        let Some(cluster) = ids.get(&*known.service.cluster) else { continue };
        let mesh = mesh_of(&plan, *cluster, &known.mesh);
        let other = inventory.meshes.get(&known.mesh).filter(|_| mesh.is_none());
        let smi = other.is_some_and(|mesh| matches!(mesh.kind, MeshKind::Osm(_))).then(SmiService::default);
        plan.clusters[cluster.index()].osm |= smi.is_some();
        bind_target(key, known, (*cluster, mesh, smi), &mut plan, addresses, report);
    }
    plan.workloads = inventory
        .workloads
        .iter()
        .filter_map(|(key, known)| {
            let cluster = *ids.get(&*known.controller.cluster)?;
            Some(Workload { key, known, cluster, mesh: mesh_of(&plan, cluster, &known.mesh) })
        })
        .collect();
    plan
}

/// The Istio mesh of what is in a cluster: nearly always one of the few that are in it themselves.
fn mesh_of(plan: &Plan<'_>, cluster: ClusterId, key: &ObjectRef) -> Option<MeshId> {
    let here = plan[cluster].meshes.iter().copied().find(|mesh| plan[*mesh].key == key);
    here.or_else(|| plan.mesh(key))
}

/// Binds the Istio meshes, in key order.
fn bind_meshes<'a>(
    snapshot: &Snapshot,
    inventory: &'a Inventory,
    ids: &BTreeMap<&str, ClusterId>,
    plan: &mut Plan<'a>,
    report: &mut Report,
) {
    for (key, mesh) in &inventory.meshes {
        let Some(cluster) = ids.get(mesh.cluster.as_str()) else { continue };
        plan.clusters[cluster.index()].osm |= matches!(mesh.kind, MeshKind::Osm(_));
        let MeshKind::Istio(istio) = &mesh.kind else { continue };
        let Some((entry, facts)) = profile(snapshot, mesh, istio, report) else { continue };
        let id = MeshId::at(plan.meshes.len());
        let of_cluster = &mut plan.clusters[cluster.index()];
        of_cluster.facts = if of_cluster.meshes.is_empty() { facts } else { facts.lowest(of_cluster.facts) };
        of_cluster.meshes.push(id);
        plan.meshes.push(Mesh {
            key,
            cluster: *cluster,
            namespace: &mesh.namespace,
            istio,
            entry,
            served: Vec::new(),
            virtual_mesh: None,
            targets: Vec::new(),
            failovers: Vec::new(),
        });
    }
}

fn bind_target<'a>(
    key: &'a ObjectRef,
    known: &'a discover::Target,
    (cluster, mesh, smi): (ClusterId, Option<MeshId>, Option<SmiService<'a>>),
    plan: &mut Plan<'a>,
    addresses: &mut Addresses,
    report: &mut Report,
) {
    let service = &known.service;
    let (address, moved) = addresses.assign(&service.name, &service.namespace, &service.cluster, Scope::Service);
    if let Some(wanted) = moved {
        findings::report_moved_address(known.place.clone(), &service.to_string(), wanted, address, report);
    }
    let id = TargetId::at(plan.targets.len());
    if let Some(mesh) = mesh {
        plan.meshes[mesh.index()].targets.push(id);
    }
    plan.clusters[cluster.index()].targets.push(id);
    plan.targets.push(Target {
        key,
        known,
        cluster,
        mesh,
        plane: ServicePlane::default(),
        is_gateway: false,
        smi,
        local_host: hosts::local(service, plan[cluster].domain),
        global_host: hosts::global(service),
        address,
        subsets: Default::default(),
        traffic: Vec::new(),
        routes: Vec::new(),
        routes_elsewhere: BTreeMap::new(),
        owners: Owners::default(),
        access: Vec::new(),
        accounts: Box::default(),
    });
}

/// The labels of every object: Service Mesh Hub's unless the settings replace them.
fn labels(snapshot: &Snapshot) -> Vec<(Text, Text)> {
    match snapshot.settings.output.as_ref().and_then(|output| output.labels.as_ref()) {
        Some(labels) => labels.0.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
        None => OWNER_LABELS.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect(),
    }
}
