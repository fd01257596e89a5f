//! Warns of clusters whose istiods read each other's services, and whose networks do not tell them apart.

use std::collections::BTreeMap;

use super::is_current;
use super::istiod::Istiod;
use crate::diag::listing::clusters;
use crate::diag::{Code, Diag, Report};
use crate::ids::{ObjectRef, Text};
use crate::model::Snapshot;
use crate::model::existing::Content;
use crate::path;
use crate::plan::{MeshId, Plan, VirtualMeshId};

const NETWORK: &str = "topology.istio.io/network";

/// Warns about the meshes of a virtual mesh.
pub(super) fn report(snapshot: &Snapshot, plan: &Plan<'_>, parent: VirtualMeshId, report: &mut Report) {
    let is_sni = |mesh: &&MeshId| is_current(plan, plan[**mesh].cluster);
    let meshes: Vec<MeshId> = plan[parent].meshes.iter().filter(is_sni).copied().collect();
    if !meshes.iter().any(|mesh| is_peered(snapshot, plan, *mesh)) {
        return;
    }
    let mut by_network: BTreeMap<Text, Vec<&str>> = BTreeMap::new();
    for mesh in &meshes {
        // Without the Namespace, nothing is known.
        if let Some(network) = network(snapshot, plan, *mesh) {
            by_network.entry(network).or_default().push(plan[plan[*mesh].cluster].name.as_str());
        }
    }
    for (network, names) in by_network {
        let message = match &*network {
            "" => format!(
                "istiod reads services of other clusters by a remote Secret, and the namespace of istiod in {} has no label {NETWORK}",
                clusters(&names)
            ),
            _ if names.len() > 1 => format!(
                "istiod reads services of other clusters by a remote Secret, and {} have the same network {network}",
                clusters(&names)
            ),
            _ => continue,
        };
        let hint = format!(
            "give the namespace of istiod in each cluster a {NETWORK} of its own, or remove the remote Secrets: what is rendered does \
             not need them"
        );
        let place = plan[parent].policy.place(path!["spec", "meshes"]);
        report.push(Diag::new(Code::PeeredNetworks, place, message).hint(hint));
    }
}

/// Whether the control plane of a mesh reads the services of other clusters.
fn is_peered(snapshot: &Snapshot, plan: &Plan<'_>, mesh: MeshId) -> bool {
    let objects = snapshot.existing.get(plan[plan[mesh].cluster].name).into_iter().flatten();
    objects
        .into_iter()
        .any(|object| object.content == Content::RemoteSecret && object.key.namespace == *plan[mesh].namespace)
}

/// The network of a mesh, empty if it has none; none if no file shows it. The label of the namespace comes before what the values say.
fn network(snapshot: &Snapshot, plan: &Plan<'_>, mesh: MeshId) -> Option<Text> {
    let objects = snapshot.kubernetes.get(plan[plan[mesh].cluster].name)?;
    let key = ObjectRef { namespace: Text::default(), name: plan[mesh].namespace.clone() };
    let namespace = objects.namespaces.get(&key);
    let labelled = namespace.and_then(|raw| raw.object.metadata.labels.get(NETWORK).cloned());
    let of_values = || Istiod::of(snapshot, plan, mesh).network();
    labelled.or_else(of_values).or_else(|| namespace.map(|_| Text::default()))
}
