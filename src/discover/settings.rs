//! The settings of clusters, which override the inventory.

use std::collections::BTreeMap;

use super::difference::labels_text;
use super::{Gateway, Inventory, Mesh, MeshKind, compact, revision_of};
use crate::diag::listing::choices;
use crate::diag::{Code, Diag, Report, nearest};
use crate::ids::{ClusterName, ObjectRef, Text};
use crate::model::Snapshot;
use crate::model::compact::Gateway as Stated;
use crate::model::settings::ClusterSettings;
use crate::path;

/// Overrides the inventory by the settings of each cluster.
pub(super) fn apply(snapshot: &Snapshot, inventory: &mut Inventory, report: &mut Report) {
    let clusters: Vec<_> =
        snapshot.settings.clusters.iter().map(|(name, settings)| (ClusterName(name.clone()), settings)).collect();
    let all = || clusters.iter().map(|(name, settings)| ConfiguredCluster { name, settings, snapshot });
    let mut merged = BTreeMap::new();
    for one in all() {
        if inventory.clusters.contains_key(one.name) {
            one.choose(inventory, &mut merged, report);
        } else if !snapshot.unread.inventory {
            one.unknown(inventory, report);
        }
    }
    inventory.merge_meshes(&merged);
    all().for_each(|one| one.replace(inventory, report));
}

/// The settings of one cluster.
struct ConfiguredCluster<'a> {
    name: &'a ClusterName,
    settings: &'a ClusterSettings,
    snapshot: &'a Snapshot,
}

impl ConfiguredCluster<'_> {
    /// A diagnostic at a field of these settings.
    fn diag(&self, code: Code, field: Option<&str>, message: String) -> Diag {
        let at = path!["spec", "clusters", self.name.as_str()];
        Diag::new(code, self.snapshot.settings_place(field.map_or_else(|| at.clone(), |field| at.with(field))), message)
    }

    fn unknown(&self, inventory: &Inventory, report: &mut Report) {
        let near = nearest(self.name.as_str(), inventory.clusters.keys().map(ClusterName::as_str));
        let message = format!("unknown cluster {:?} in the settings", self.name.as_str());
        let diag = self.diag(Code::BadSettings, None, message);
        report.push(diag.maybe_hint(near.map(|near| format!("did you mean {near:?}?"))));
    }

    /// Finds the control plane into which the others of its namespace are merged: the one with the chosen revision. They share
    /// their namespace's root of trust and its gateways.
    fn choose(&self, inventory: &Inventory, merged: &mut BTreeMap<ObjectRef, ObjectRef>, report: &mut Report) {
        let Some(wanted) = &self.settings.revision else { return };
        let revision = |key: &ObjectRef, mesh: &Mesh| revision_of(key, &mesh.namespace, self.name);
        let is_wanted = |found: &Text| **found == **wanted || found.is_empty() && &**wanted == "default";
        let ours: BTreeMap<ObjectRef, (Text, Option<Text>)> = inventory
            .meshes
            .iter()
            .filter(|(_, mesh)| mesh.cluster == *self.name && matches!(mesh.kind, MeshKind::Istio(_)))
            .map(|(key, mesh)| (key.clone(), (mesh.namespace.clone(), revision(key, mesh))))
            .collect();
        let chosen: BTreeMap<&Text, &ObjectRef> = ours
            .iter()
            .filter(|(_, (_, found))| found.as_ref().is_some_and(is_wanted))
            .map(|(key, (namespace, _))| (namespace, key))
            .collect();
        if chosen.is_empty() && !self.snapshot.unread.inventory {
            let message = format!("cluster {} has no Istio with revision {wanted}", self.name);
            let name = |found: &Text| if found.is_empty() { "default".to_owned() } else { found.to_string() };
            let known: Vec<_> = ours.values().filter_map(|(_, found)| found.as_ref().map(name)).collect();
            let hint = (!known.is_empty()).then(|| format!("use one of {}", choices(&known)));
            report.push(self.diag(Code::BadSettings, Some("revision"), message).maybe_hint(hint));
        }
        for (key, (namespace, _)) in &ours {
            if let Some(to) = chosen.get(namespace).filter(|to| **to != key) {
                merged.insert(key.clone(), (*to).clone());
            }
        }
    }

    /// Replaces version and gateways.
    fn replace(&self, inventory: &mut Inventory, report: &mut Report) {
        let ClusterSettings { profile: _, istio_version, revision: _, gateways, replaces: _, ca: _, objects: _ } =
            self.settings;
        for mesh in inventory.meshes.values_mut().filter(|mesh| mesh.cluster == *self.name) {
            let MeshKind::Istio(istio) = &mut mesh.kind else { continue };
            if let Some(version) = istio_version {
                istio.version = version.clone();
                let at = path!["spec", "clusters", self.name.as_str(), "istioVersion"];
                mesh.place = self.snapshot.settings_place(at);
            }
            if let Some(gateways) = gateways {
                istio.gateways = self.configured(gateways, &istio.gateways, report);
            }
        }
    }

    /// The gateways that the settings state. One without an address chooses one of the gateways that were found.
    fn configured(&self, stated: &[Stated], found: &[Gateway], report: &mut Report) -> Vec<Gateway> {
        let mut out = Vec::new();
        for (i, stated) in stated.iter().enumerate() {
            let mut gateway = compact::gateway(stated);
            if !gateway.address.is_empty() {
                let same = found.iter().find(|found| found.labels == gateway.labels);
                gateway.namespace = gateway.namespace.or_else(|| same?.namespace.clone());
                out.push(gateway);
            } else if let Some(found) = found.iter().find(|found| found.labels == gateway.labels) {
                out.push(found.clone());
            } else {
                let labels = labels_text(&gateway.labels);
                let message = format!("no gateway with labels {labels} has a known address in cluster {}", self.name);
                let at = path!["spec", "clusters", self.name.as_str(), "gateways", i];
                let diag = Diag::new(Code::NoAddress, self.snapshot.settings_place(at), message);
                report.push(diag.hint("set its address here"));
            }
        }
        out
    }
}
