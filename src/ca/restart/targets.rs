//! What a Job restarts, as the list that its script reads: a stage, and the kind, namespace and name of an object.

use crate::plan::{Mesh, Restarted, Restarts};
use crate::version::IstioVersion;
use crate::version::table::RELOADS;

/// The list, in order. Its words are names that Kubernetes accepts, so none of them means anything to a shell.
pub(super) fn list(mesh: &Mesh<'_>, restarts: &Restarts) -> String {
    let Restarts { control_plane, gateways, workloads, ambient: _, bare: _, without_workload: _ } = restarts;
    let reloads = IstioVersion::parse(&mesh.istio.version).and_then(|version| RELOADS.at(&version)) == Some(true);
    let stage = if reloads { "istiod-reloads" } else { "istiod" };
    let mut out = format!("{stage} deployment {} {control_plane}\n", mesh.namespace);
    let staged = gateways.iter().map(|of| ("gateway", of)).chain(workloads.iter().map(|of| ("workload", of)));
    for (stage, Restarted { namespace, name, kind }) in staged {
        out.push_str(&format!("{stage} {} {namespace} {name}\n", kind.suffix()));
    }
    out
}
