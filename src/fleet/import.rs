//! Turns dumps of a cluster into its compact inventory.

use crate::diag::listing::shortened;
use std::collections::BTreeSet;

use crate::diag::{Code, Diag, Place, Report, Severity};
use crate::discover::{MeshKind, discover};
use crate::ids::{ClusterName, Text};
use crate::load::tree::Node;
use crate::load::{Files, SourceFile};
use crate::model::{Snapshot, decode};
use crate::render::inventory::compact;
use crate::version::IstioVersion;

/// Places dumps, each with its shown name, in the directory of a cluster as if they were in a fleet.
pub fn dump(cluster: &ClusterName, files: Vec<(Text, String)>) -> Files {
    let file = |(shown, text): (Text, String)| {
        let relative = format!("clusters/{cluster}/{}", shown.rsplit('/').next().unwrap_or_default());
        SourceFile::new(shown, relative, text)
    };
    let mut files: Vec<_> = files.into_iter().map(file).collect();
    files.sort_by(|a, b| a.shown.cmp(&b.shown));
    Files { files, ..Files::default() }
}

/// The compact inventory that is equivalent to the files: sorted, and with only what discovery uses. None if it would be empty,
/// which is reported.
pub fn import(sources: &Files, report: &mut Report) -> Option<String> {
    let mut snapshot = decode(sources, report);
    if report.has_errors() {
        return None;
    }
    // Those of other clusters would be about clusters that are not there.
    let of_dump: BTreeSet<&str> =
        sources.files.iter().filter_map(|file| Some(file.cluster.as_ref()?.as_str())).collect();
    snapshot.settings.clusters.retain(|name, _| of_dump.contains(&**name));
    if !tells_of_clusters(&snapshot) {
        report.push(nothing(match sources.documents().next() {
            None => "the dumps are empty".to_owned(),
            Some(_) => {
                let files: Vec<_> = sources.files.iter().map(|file| &*file.shown).collect();
                format!("no cluster objects found in {}", shortened(&files))
            }
        }));
        return None;
    }
    let inventory = discover(&snapshot, report);
    if report.has_errors() {
        return None;
    }
    if inventory.meshes.is_empty() {
        report.push(nothing("nothing in the dumps belongs to a mesh".to_owned()));
        return None;
    }
    for mesh in inventory.meshes.values() {
        if let MeshKind::Istio(istio) = &mesh.kind
            && IstioVersion::parse(&istio.version).is_none()
        {
            let message = match &*istio.version {
                "" => "the dumps do not contain the version of Istio".to_owned(),
                version => format!("{version:?} is not a valid version of Istio"),
            };
            let diag = Diag::new(Code::Version, mesh.place.clone(), message);
            let hint = "set spec.istio.version in the written inventory, or the version in the settings";
            // Only a warning: the user can add the version to the written inventory.
            report.push(Diag { severity: Severity::Warning, ..diag }.hint(hint));
        }
    }
    compact(&inventory, None, report)
}

/// Whether a snapshot contains any object of a cluster.
fn tells_of_clusters(snapshot: &Snapshot) -> bool {
    !(snapshot.kubernetes.is_empty()
        && snapshot.compact.is_empty()
        && snapshot.kubernetes_clusters.is_empty()
        && snapshot.meshes.is_empty()
        && snapshot.workloads.is_empty()
        && snapshot.traffic_targets.is_empty())
}

/// The error for dumps without inventory.
fn nothing(message: String) -> Diag {
    let hint = "dump deployments, services, pods, replicasets, nodes, configmaps and namespaces of the whole cluster, \
                Istio's namespace included";
    Diag::new(Code::EmptyFleet, Place::Nowhere, message).hint(hint)
}

/// Whether a text is the compact inventory of a cluster, or nothing.
pub fn is_inventory_of(text: &str, cluster: &ClusterName) -> bool {
    let file = SourceFile::new("", "", text.to_owned());
    let mut report = Report::default();
    let nodes: Vec<_> = file.documents().flat_map(|document| document.objects(&mut report)).collect();
    let is_it = |node: &Node| {
        let text = |key: &str| node.get(key).and_then(Node::text);
        let name = node.get("metadata").and_then(|metadata| metadata.get("name")).and_then(Node::text);
        (text("apiVersion"), text("kind"), name)
            == (Some("meshtree.io/v1alpha1"), Some("Cluster"), Some(cluster.as_str()))
    };
    report.diags().is_empty() && nodes.len() <= 1 && nodes.iter().all(|(_, node)| is_it(node))
}
