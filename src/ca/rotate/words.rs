//! The words for what a rotation does and does not do.

use std::path::Path;

use time::OffsetDateTime;

use super::super::facts::time;
use super::super::rotation::Phase;
use super::super::unfinished::command;
use super::super::{paths, refusals};
use super::Case;
use crate::diag::listing::shortened;
use crate::diag::{Code, Diag};
use crate::ids::ObjectRef;
use crate::plan::{Authority, MeshCa};

/// A phase is about to begin.
pub(super) fn begins(asked: &Authority, phase: Phase, file: &Path) -> Diag {
    let vm = &asked.virtual_mesh;
    let (what, hint) = match phase {
        Phase::Trust => (
            "every mesh is to trust a new root beside the one that it has",
            "nothing is signed under the new root yet, so workloads keep calling each other whatever their proxies have learned",
        ),
        Phase::Sign => (
            "the intermediates of all meshes are issued again, under the new root",
            "a workload that does not trust the new root yet refuses calls from those that get a new certificate",
        ),
        Phase::Untrust => (
            "no mesh is to trust the former root any longer, and its private key is removed from the store",
            "a workload whose certificate is still under the former root is refused by all others",
        ),
    };
    let message = format!("VirtualMesh {vm}: phase {phase} of the rotation of its root begins: {what}");
    Diag::new(Code::RotationBegins, refusals::place(file), message).hint(hint)
}

/// There is nothing that could be rotated.
pub(super) fn nothing(case: Case<'_>) -> Diag {
    let message = format!("VirtualMesh {} has no CA material, so there is no root to rotate", case.asked.virtual_mesh);
    let hint = "restore the directory from Git, or run `meshtree ca issue` if there never was any";
    Diag::new(Code::CaMissing, refusals::place(&case.directory()), message).hint(hint)
}

/// It is another phase's turn.
pub(super) fn out_of_order(case: Case<'_>, under_way: Option<Phase>) -> Diag {
    let (vm, phase) = (&case.asked.virtual_mesh, case.order.phase);
    let (state, next) = match under_way {
        None => ("no rotation is under way".to_owned(), Phase::Trust),
        Some(at) => (format!("the rotation is in phase {at}"), at.next().unwrap_or(Phase::Trust)),
    };
    let message = format!("VirtualMesh {vm}: phase {phase} of a rotation cannot begin: {state}");
    let back = if under_way.is_some_and(|at| phase < at) {
        "; to go back, revert the commit of the phase, as docs/ca.md describes"
    } else {
        ""
    };
    let hint = format!("the next phase is {next}: run `{}`{back}", command(next, vm, &case.options.store));
    refusal(case, Code::RotationTooEarly, message).hint(hint)
}

/// Meshes that have no intermediate are issued one first.
pub(super) fn absent(case: Case<'_>, meshes: &[&MeshCa]) -> Diag {
    let names: Vec<_> = meshes.iter().map(|mesh| mesh.mesh.to_string()).collect();
    let (vm, phase) = (&case.asked.virtual_mesh, case.order.phase);
    let message = format!(
        "VirtualMesh {vm}: phase {phase} cannot begin: the CA store has no intermediate for {}",
        shortened(&names)
    );
    let hint = "run `meshtree ca issue`, render and commit first: each phase is for all meshes";
    Diag::new(Code::RotationTooEarly, refusals::place(&case.directory()), message).hint(hint)
}

/// CRLs are for one root.
pub(super) fn has_crls(case: Case<'_>) -> Diag {
    let vm = &case.asked.virtual_mesh;
    let message = format!(
        "VirtualMesh {vm}: phase sign cannot begin: its meshes have CRLs, and none of the intermediates to come has one"
    );
    let hint = "run `meshtree ca crl --remove`, render, commit and apply first. What the CRLs revoke is trusted again until the rotation is complete";
    refusal(case, Code::RotationTooEarly, message).hint(hint)
}

/// The phase before is not in every cluster.
pub(super) fn not_committed(case: Case<'_>, before: Phase, left: &[String]) -> Diag {
    let (vm, phase) = (&case.asked.virtual_mesh, case.order.phase);
    let message = format!(
        "VirtualMesh {vm}: phase {phase} cannot begin: phase {before} is not in {} for every cluster: {}",
        case.order.committed.place,
        shortened(left)
    );
    let hint = format!(
        "run `meshtree render`, commit and apply phase {before} for all clusters, restart what is to be restarted, and wait; then run `{}`",
        command(phase, vm, &case.options.store)
    );
    refusal(case, Code::RotationTooEarly, message).hint(hint)
}

/// Workloads may still have certificates from before.
pub(super) fn too_early(case: Case<'_>, before: Phase, (since, ready): (OffsetDateTime, OffsetDateTime)) -> Diag {
    let (vm, phase) = (&case.asked.virtual_mesh, case.order.phase);
    let message = format!(
        "VirtualMesh {vm}: phase {phase} cannot begin before {}: phase {before} is in {} since {}, and workloads keep their certificates for {} hours",
        time(ready),
        case.order.committed.place,
        time(since),
        case.order.wait.whole_hours()
    );
    let hint = "wait until then. If istiod, all gateways and all workloads have been restarted since, add --workloads-restarted; for another lifetime of workload certificates, set `spec.ca.workloadTtlHours`";
    refusal(case, Code::RotationTooEarly, message).hint(hint)
}

/// A Secret is further than the phase that is to be finished.
pub(super) fn ahead(case: Case<'_>, mesh: &MeshCa, stage: Phase) -> Diag {
    let file = paths::mesh_file(&case.directory(), &mesh.mesh);
    let message = format!("mesh {} is in phase {stage}, and `rotation.yaml` says {}", mesh.mesh, case.order.phase);
    let hint = format!("restore {} from Git as one commit has it", case.directory().display());
    Diag::new(Code::RotationUnfinished, refusals::place(&file), message).hint(hint)
}

/// A root that a rotation cannot lead to.
pub(super) fn unfit(case: Case<'_>, file: &Path, what: &str) -> Diag {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let message = format!("VirtualMesh {}: {name} {what}", case.asked.virtual_mesh);
    let hint =
        "put another root there, or remove the file: a new root is then issued, if the policy does not name a Secret";
    Diag::new(Code::RotationTooEarly, refusals::place(file), message).hint(hint)
}

/// The root that comes is somebody's own, and is not there.
pub(super) fn not_given(case: Case<'_>, secret: &ObjectRef) -> Diag {
    let vm = &case.asked.virtual_mesh;
    let file = paths::next_root_file(&case.directory());
    let message = format!(
        "VirtualMesh {vm} has its root in Secret {secret}, so the root that it is to rotate to is not generated, and the CA store has no next-root.yaml"
    );
    let hint = format!(
        "bring the new root: `{} --to FILE`, where FILE is its Secret as kubectl prints it, or a certificate in PEM (with --to-key FILE)",
        command(Phase::Trust, vm, &case.options.store)
    );
    Diag::new(Code::CaMissing, refusals::place(&file), message).hint(hint)
}

/// The key of the root that is to sign is not here.
pub(super) fn offline(case: Case<'_>, file: &Path) -> Diag {
    let (vm, phase) = (&case.asked.virtual_mesh, case.order.phase);
    let message =
        format!("VirtualMesh {vm}: phase {phase} needs the private key of the new root, which is not in the CA store");
    let hint = format!("let a program sign with it: `{} --signer PROGRAM`", command(phase, vm, &case.options.store));
    Diag::new(Code::CaMissing, refusals::place(file), message).hint(hint)
}

/// What is needed cannot be opened.
pub(super) fn closed(case: Case<'_>, why: &str) -> Diag {
    closed_file(case, &paths::root_file(&case.directory()), why)
}

/// A file cannot be opened.
pub(super) fn closed_file(case: Case<'_>, file: &Path, why: &str) -> Diag {
    let (vm, phase) = (&case.asked.virtual_mesh, case.order.phase);
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let it = if why.starts_with("is ") || why.starts_with("has ") { "it " } else { "" };
    let message = format!("VirtualMesh {vm}: phase {phase} needs to decrypt {name}: {it}{why}");
    let command = command(phase, vm, &case.options.store);
    let hint = refusals::with_identity(&command, "", file, "changes");
    Diag::new(Code::CaMissing, refusals::place(file), message).hint(hint)
}

fn refusal(case: Case<'_>, code: Code, message: String) -> Diag {
    Diag::new(code, refusals::place(&paths::rotation_file(&case.directory())), message)
}
