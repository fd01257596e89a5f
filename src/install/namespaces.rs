//! The Namespaces of control planes and of workloads, with the labels by which Istio takes them into a mesh.

use std::collections::{BTreeMap, BTreeSet};

use super::Manifest;
use super::asked::Asked;
use crate::built::BuiltObjects;
use crate::discover::{DataPlaneMode, revision_of};
use crate::ids::{ObjectRef, Text};
use crate::model::kubernetes::Labels;
use crate::model::settings::Namespaces;
use crate::plan::MeshId;

const INJECTION: &str = "istio-injection";
const REVISION: &str = "istio.io/rev";
const MODE: &str = "istio.io/dataplane-mode";
const NETWORK: &str = "topology.istio.io/network";

/// What keeps a Namespace, and with it all that is in it, where it is when it leaves the tree.
const KEPT: [(&str, &str); 2] =
    [("argocd.argoproj.io/sync-options", "Prune=false"), ("kustomize.toolkit.fluxcd.io/prune", "disabled")];

type Label = (&'static str, String);

/// Adds those of a cluster.
pub(super) fn add(asked: &Asked<'_, '_>, built: &mut BuiltObjects) {
    let Some(namespaces) = asked.chosen.namespaces.filter(|namespaces| namespaces.render) else { return };
    let setting = asked.setting("namespaces", |objects| objects.namespaces.is_some());
    let mut found: BTreeMap<Text, BTreeMap<String, String>> = BTreeMap::new();
    for (namespace, wanted) in workloads(asked, namespaces) {
        // Workloads of two meshes, or in two modes, have labels of their own.
        let one = if wanted.len() == 1 { wanted.into_iter().next().flatten() } else { None };
        let labels = existing(asked, &namespace).unwrap_or_else(|| one.into_iter().map(owned).collect());
        found.entry(namespace).or_default().extend(labels);
    }
    for mesh in asked.meshes() {
        let labels = found.entry(asked.plan[mesh].namespace.clone()).or_default();
        labels.extend(super::istio::network(asked, mesh).map(|network| owned((NETWORK, network))));
    }
    for (namespace, more) in &namespaces.labels {
        let more = more.0.iter().map(|(key, value)| (key.to_string(), value.to_string()));
        found.entry(namespace.clone()).or_default().extend(more);
    }
    let object = |(namespace, labels): (Text, BTreeMap<String, String>)| {
        let object = Manifest { labels, ..Manifest::new("v1", "Namespace", "", &namespace) };
        let object = KEPT.into_iter().fold(object, |object, (key, value)| object.annotated(key, value));
        asked.object(&setting, object)
    };
    built.add(asked.name, found.into_iter().map(object));
}

/// The namespaces of the workloads in the cluster's meshes, with the labels that their pods ask for. Gateways ask for none: their
/// pods have labels of their own.
fn workloads(asked: &Asked<'_, '_>, namespaces: &Namespaces) -> BTreeMap<Text, BTreeSet<Option<Label>>> {
    let mut out: BTreeMap<Text, BTreeSet<Option<Label>>> = BTreeMap::new();
    for workload in asked.plan.workloads.iter().filter(|workload| workload.cluster == asked.cluster) {
        let Some(mesh) = workload.mesh else { continue };
        let wanted = out.entry(workload.known.controller.namespace.clone()).or_default();
        if workload.known.gateway.is_none() {
            wanted.insert(match workload.known.data_plane.mode {
                DataPlaneMode::Sidecar => Some(injection(asked, mesh, namespaces)),
                DataPlaneMode::Ambient => Some((MODE, "ambient".to_owned())),
                DataPlaneMode::None | DataPlaneMode::Unknown => None,
            });
        }
    }
    out
}

/// The label by which the pods of a namespace get sidecars of a mesh.
fn injection(asked: &Asked<'_, '_>, mesh: MeshId, namespaces: &Namespaces) -> Label {
    let bound = &asked.plan[mesh];
    let revision = revision_of(bound.key, bound.namespace, asked.name);
    let revision = namespaces.revision_tag.clone().or(revision).filter(|revision| !revision.is_empty());
    match revision {
        Some(revision) => (REVISION, revision.to_string()),
        None => (INJECTION, "enabled".to_owned()),
    }
}

/// The labels for Istio of a Namespace in the cluster's own files, as they are: one more would take pods into the mesh that are
/// outside of it.
fn existing(asked: &Asked<'_, '_>, namespace: &Text) -> Option<BTreeMap<String, String>> {
    let objects = asked.snapshot.kubernetes.get(asked.name)?;
    let key = ObjectRef { namespace: Text::default(), name: namespace.clone() };
    let labels: &Labels = &objects.namespaces.get(&key)?.object.metadata.labels;
    let is_istios = |(key, _): &(&Text, &Text)| [INJECTION, REVISION, MODE].contains(&&***key);
    Some(labels.iter().filter(is_istios).map(|(key, value)| (key.to_string(), value.to_string())).collect())
}

fn owned((key, value): Label) -> (String, String) {
    (key.to_owned(), value)
}
