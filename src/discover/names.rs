//! The names that Service Mesh Hub's discovery gives to objects, and what can be read back from them.

use crate::ids::{ClusterName, ObjectRef, Text, sanitize};
use crate::model::compact::ControllerKind;

/// The Deployment of a control plane of the default revision.
const ISTIOD: &str = "istiod";

/// The name that discovery gives to what belongs to an object of a cluster: `<name>-<namespace>-<cluster>`.
pub(super) fn discovered_name(name: &str, namespace: &str, cluster: &ClusterName) -> String {
    sanitize(&format!("{name}-{namespace}-{cluster}"))
}

/// The revision that a mesh has by its name, empty for the default; `None` if its control plane has a custom name.
#[must_use]
pub fn revision_of(mesh: &ObjectRef, namespace: &str, cluster: &ClusterName) -> Option<Text> {
    let deployment = deployment_of(mesh, namespace, cluster)?;
    if &*deployment == ISTIOD {
        Some("".into())
    } else {
        deployment.strip_prefix(ISTIOD)?.strip_prefix('-').map(Into::into)
    }
}

/// The Deployment of the control plane from which a mesh has its name; `None` if it cannot be derived.
#[must_use]
pub fn deployment_of(mesh: &ObjectRef, namespace: &str, cluster: &ClusterName) -> Option<Text> {
    let behind = format!("-{namespace}-{cluster}");
    let gives = |deployment: &str| discovered_name(deployment, namespace, cluster) == *mesh.name;
    // A long name ends in a hash instead, so the suffix cannot be stripped; whether it is the usual one can still be tried.
    let deployment = if gives(ISTIOD) { ISTIOD } else { mesh.name.strip_suffix(&sanitize(&behind))? };
    gives(deployment).then(|| deployment.into())
}

/// The kind of what controls the pods of a workload, which its name ends with.
#[must_use]
pub fn controller_of(workload: &ObjectRef) -> ControllerKind {
    let kinds = [ControllerKind::DaemonSet, ControllerKind::StatefulSet, ControllerKind::Pod];
    let is = |kind: &ControllerKind| workload.name.strip_suffix(kind.suffix()).is_some_and(|rest| rest.ends_with('-'));
    kinds.into_iter().find(is).unwrap_or(ControllerKind::Deployment)
}

/// The name that the Deployment of a control plane has unless another is stated.
pub(super) fn usual_deployment(revision: &str) -> Text {
    if revision.is_empty() { ISTIOD.into() } else { format!("{ISTIOD}-{revision}").into() }
}
