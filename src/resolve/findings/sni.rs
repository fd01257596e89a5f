//! Warns of what calls between clusters need where clients ask for services by SNI, and of what does not fit that.
//!
//! There is no finding about meshes whose gateways rewrite hosts: these are as Service Mesh Hub left them.

mod alike;
mod conflicts;
mod ejection;
mod gateways;
mod hidden;
mod istiod;
mod lengths;
mod mutual;
mod names;
mod networks;
mod trust;
mod unnamed;

use crate::diag::Report;
use crate::model::Snapshot;
use crate::plan::{ClusterId, MeshId, Plan, TargetId, VirtualMeshId};
use crate::resolve::meant::Names;
use crate::version::{Entry, IstioVersion, Style};

/// Warns about every virtual mesh, service and policy that has to do with SNI.
pub(super) fn report<'a>(snapshot: &Snapshot, plan: &Plan<'a>, names: &Names<'_, 'a>, report: &mut Report) {
    let is_sni = |mesh: &crate::plan::Mesh<'_>| matches!(mesh.entry, Entry::Sni(_));
    if !plan.meshes.iter().any(is_sni) {
        return;
    }
    for parent in VirtualMeshId::all(plan.virtual_meshes.len()).filter(|parent| plan[*parent].federated) {
        trust::report(snapshot, plan, parent, report);
        names::report(snapshot, plan, parent, report);
        networks::report(snapshot, plan, parent, report);
    }
    hidden::report(snapshot, plan, report);
    alike::report(plan, report);
    conflicts::report(plan, names, report);
    gateways::report(snapshot, plan, names, report);
    ejection::report(plan, report);
    lengths::report(plan, report);
    mutual::report(plan, report);
    unnamed::report(plan, names, report);
}

/// Where callers are that reach services through a gateway: nearly always in other clusters.
fn elsewhere(plan: &Plan<'_>, services: impl IntoIterator<Item = TargetId>) -> &'static str {
    let has_clients = |service: TargetId| plan.clients(service).next().is_some();
    if services.into_iter().any(has_clients) { "other clusters" } else { "other meshes" }
}

/// Whether what is written for callers in a cluster is in the current form.
fn is_current(plan: &Plan<'_>, cluster: ClusterId) -> bool {
    plan[cluster].facts.style == Style::Current
}

/// The version of a mesh. One whose version cannot be read is not in the plan.
fn version(plan: &Plan<'_>, mesh: MeshId) -> Option<IstioVersion> {
    IstioVersion::parse(&plan[mesh].istio.version)
}
