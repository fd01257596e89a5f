//! The inventory of a cluster whose files do not say everything.

use std::sync::Arc;

use super::{NEWEST_ISTIO, Part};
use crate::diag::{Origin, Place, Report};
use crate::discover::{MeshKind, discover};
use crate::ids::{ObjectRef, Text};
use crate::load::Files;
use crate::model::kubernetes::{Kubernetes, Plain, Raw};
use crate::model::{Object, compact, decode};
use crate::render::inventory::compact as written;
use crate::version::IstioVersion;

/// An inventory, and which facts no file shows.
#[derive(Debug)]
pub(super) struct Assumed {
    pub(super) text: String,
    /// The version of Istio.
    pub(super) version: bool,
    /// That workloads are in the mesh.
    pub(super) injection: bool,
}

/// The labels by which a namespace says whether its pods are in the mesh.
const LABELS: [&str; 3] = ["istio-injection", "istio.io/rev", "istio.io/dataplane-mode"];

/// Namespaces into whose pods nothing is injected, or whose pods are Istio's own.
const OTHERS: [&str; 4] = ["istio-system", "kube-system", "kube-public", "kube-node-lease"];

/// The inventory of a cluster. `None` if nothing of it can be in a mesh.
pub(super) fn inventory(part: &Part) -> Option<Assumed> {
    let sources = Files { files: part.files.clone(), ..Files::default() };
    // Objects that differ between two files are reported when they are imported for good; here the first counts.
    let mut snapshot = decode(&sources, &mut Report::default());
    let none = &mut Report::default();
    let found = discover(&snapshot, none);
    let stated = found.meshes.values().all(|mesh| match &mesh.kind {
        MeshKind::Istio(istio) => IstioVersion::parse(&istio.version).is_some(),
        MeshKind::Osm(_) | MeshKind::Other(_) => true,
    });
    let version = found.meshes.is_empty() || !stated;
    let wanted: Text = part.version.as_deref().unwrap_or(NEWEST_ISTIO).into();
    let injection = found.workloads.values().all(|workload| OTHERS.contains(&&*workload.controller.namespace));
    if found.meshes.is_empty() {
        snapshot.compact.insert(part.name.clone(), with_istio(part, &wanted));
    } else if !stated {
        snapshot.settings.clusters.entry(part.name.0.clone()).or_default().istio_version = Some(wanted);
    }
    if injection {
        inject(snapshot.kubernetes.get_mut(&part.name)?);
    }
    let inventory = discover(&snapshot, none);
    if inventory.targets.is_empty() && inventory.workloads.is_empty() {
        return None;
    }
    let text = written(&inventory, Some(&part.name), none)?;
    Some(Assumed { text, version: version && part.version.is_none(), injection })
}

/// A compact inventory of nothing but an Istio.
fn with_istio(part: &Part, version: &Text) -> Object<compact::Cluster> {
    let istio = compact::Istio { version: Some(version.clone()), ..compact::Istio::default() };
    let spec = compact::Cluster { istio: Some(istio), ..compact::Cluster::default() };
    Object {
        key: ObjectRef::new("", part.name.0.clone()),
        origin: Origin { file: "".into(), document: 0, item: None },
        api_version: "meshtree.io/v1alpha1",
        generation: 0,
        faults: Vec::new(),
        spec,
    }
}

/// Labels every namespace of workloads that does not say anything else.
fn inject(objects: &mut Kubernetes) {
    let Kubernetes { deployments, daemon_sets, stateful_sets, pods, .. } = &*objects;
    let controllers = [deployments, daemon_sets, stateful_sets].into_iter().flat_map(|found| found.keys());
    let named: Vec<Text> = controllers.chain(pods.keys()).map(|key| key.namespace.clone()).collect();
    for name in named.into_iter().filter(|name| !OTHERS.contains(&&**name)) {
        let key = ObjectRef::new("", name);
        let none = || Raw { key: key.clone(), place: Place::Nowhere, object: Plain::default() };
        let namespace = objects.namespaces.entry(key.clone()).or_insert_with(none);
        let labels = &mut namespace.object.metadata.labels;
        if LABELS.iter().all(|label| labels.get(*label).is_none()) {
            Arc::make_mut(labels).insert(LABELS[0].into(), "enabled".into());
        }
    }
}
