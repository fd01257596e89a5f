//! What there is to say about restarts that a VirtualMesh asks for.

use super::super::delivery::form;
use crate::diag::listing::{clusters, shortened};
use crate::diag::{Code, Diag, Place, Report};
use crate::model::Snapshot;
use crate::path;
use crate::plan::{MeshId, Plan, Restarts, VirtualMesh};

/// What to do where no Job does it.
const BY_HAND: &str = "after cacerts changes there, restart istiod, then the gateways, then the workloads";

/// Reports what is restarted, and what is not although it is asked for.
pub(in crate::ca) fn check(snapshot: &Snapshot, plan: &Plan<'_>, report: &mut Report) {
    let asking = plan.virtual_meshes.iter().filter(|virtual_mesh| virtual_mesh.restarts && virtual_mesh.root.is_some());
    for VirtualMesh { policy, meshes, .. } in asking {
        let place = snapshot
            .virtual_meshes
            .get(policy.key)
            .map_or(Place::Nowhere, |object| object.place(path!["spec", "mtlsConfig", "autoRestartPods"]));
        let name = |mesh: &MeshId| plan[plan[*mesh].cluster].name.as_str();
        let is_kept = |mesh: &&MeshId| form(snapshot.settings.delivery(plan[plan[**mesh].cluster].name)).is_kept;
        let (kept, others): (Vec<_>, Vec<_>) = meshes.iter().partition(is_kept);
        let named = |meshes: &[&MeshId]| clusters(&meshes.iter().map(|mesh| name(mesh)).collect::<Vec<_>>());
        if !kept.is_empty() {
            let message = format!(
                "autoRestartPods: a Job restarts istiod, the gateways and the workloads of {} once for each new cacerts",
                named(&kept)
            );
            let hint = "it runs when the tree is applied, and waits for each before the next. Without autoRestartPods, you restart them, in this order";
            report.push(Diag::new(Code::Restarts, place.clone(), message).hint(hint));
        }
        if !others.is_empty() {
            let message = format!(
                "autoRestartPods has no effect in {}: the certificates there do not come from the CA store, so it is not known when they change",
                named(&others)
            );
            report.push(Diag::new(Code::NoRestarts, place.clone(), message).hint(BY_HAND));
        }
        for mesh in kept {
            left_out(&plan.restarts(*mesh), name(mesh), &place, report);
        }
    }
}

/// Reports what the Job of a cluster does not restart.
fn left_out(restarts: &Restarts, cluster: &str, place: &Place, report: &mut Report) {
    let Restarts { control_plane: _, gateways: _, workloads: _, ambient, bare, without_workload } = restarts;
    for (left, why, hint) in [
        (
            without_workload,
            "gateways without a workload in the inventory",
            "add their workloads to the inventory, or restart them yourself",
        ),
        (bare, "pods without a controller", "create these pods again yourself"),
        (ambient, "workloads in ambient mode", "their certificates are in ztunnel, which gets new ones by itself"),
    ] {
        if !left.is_empty() {
            let message =
                format!("autoRestartPods: the Job of cluster {cluster} does not restart {why}: {}", shortened(left));
            report.push(Diag::new(Code::NotRestarted, place.clone(), message).hint(hint));
        }
    }
}
