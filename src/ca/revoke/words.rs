//! The words for CRLs that are not signed.

use std::path::Path;

use super::super::rotation::Phase;
use super::super::{facts, paths, refusals, unfinished};
use super::Case;
use crate::diag::listing::shortened;
use crate::diag::{Code, Diag, Place};
use crate::plan::MeshCa;

/// There is no CA.
pub(super) fn nothing(case: Case<'_>) -> Diag {
    let message = format!("VirtualMesh {} has no CA material, so there is nothing to revoke", case.asked.virtual_mesh);
    let hint = "restore the directory from Git, or run `meshtree ca issue` if there never was any";
    Diag::new(Code::CaMissing, refusals::place(&directory(case)), message).hint(hint)
}

/// A mesh has no intermediate.
pub(super) fn absent(case: Case<'_>, mesh: &MeshCa) -> Diag {
    let what = format!("mesh {} has no intermediate, and all meshes get their CRLs at once", mesh.mesh);
    refused(case, &directory(case), &what, "run `meshtree ca issue` first, then this command again")
}

/// Two roots are trusted, and intermediates under the former one are gone.
pub(super) fn in_rotation(case: Case<'_>, phase: Phase) -> Diag {
    let what = format!("the rotation of its root is in phase {phase}, and CRLs are for one root");
    let hint = "finish the rotation first: `meshtree ca rotate status` shows the next step. Once the former root is not trusted any longer, what it signed does not have to be revoked";
    refused(case, &paths::rotation_file(&directory(case)), &what, hint)
}

/// An istiod does not read CRLs.
pub(super) fn too_old(case: Case<'_>) -> Diag {
    let what = format!(
        "istiod reads CRLs from Istio 1.27 on, and these clusters have an earlier one: {}",
        shortened(&case.order.too_old)
    );
    let hint = "upgrade these clusters first: a CRL that some clusters do not read revokes nothing there. To take trust from a leaked key now, rotate the root: `meshtree ca rotate trust`";
    refused(case, &directory(case), &what, hint)
}

/// An intermediate lacks the right to sign CRLs.
pub(super) fn unable(case: Case<'_>, mesh: &MeshCa) -> Diag {
    let what = format!("the intermediate of mesh {} may not sign CRLs (MT0713)", mesh.mesh);
    let hint = format!(
        "run `meshtree ca renew --cluster {}`, which issues one that may, then render, commit and apply it, and run this command again",
        mesh.cluster
    );
    refused(case, &case.mesh_file(mesh), &what, &hint)
}

/// The root lacks the right to sign CRLs.
pub(super) fn unable_root(case: Case<'_>) -> Diag {
    let hint = "replace it by one that may: begin with `meshtree ca rotate trust`";
    refused(case, &case.root_file(), "the root may not sign CRLs (MT0713)", hint)
}

/// The key of the root is not here.
pub(super) fn offline(case: Case<'_>) -> Diag {
    let hint = format!(
        "let a program sign with it: `meshtree ca crl{} --virtual-mesh {} --signer PROGRAM`. Where nothing here can reach the key, no CRLs can be kept: to take trust from a leaked key, rotate the root: `meshtree ca rotate trust`",
        unfinished::fleet(&case.options.store),
        case.asked.virtual_mesh
    );
    refused(case, &case.root_file(), "the private key of the root is not in the CA store", &hint)
}

/// The key of an intermediate is in its cluster alone, and no CRL was made there.
pub(super) fn in_cluster(case: Case<'_>, mesh: &MeshCa) -> Diag {
    let MeshCa { mesh: name, cluster, namespace, .. } = mesh;
    let what = format!(
        "the private key of mesh {name} is in cluster {cluster} alone, and there is no CRL that was signed there"
    );
    let command =
        format!("meshtree ca crl{} --virtual-mesh {}", unfinished::fleet(&case.options.store), case.asked.virtual_mesh);
    let hint = format!(
        "have a Job sign it: `{command} --in-cluster --cluster {cluster} --image IMAGE | kubectl --context {cluster} apply -f -`; then put the log of {namespace}/meshtree-ca-crl into a file and run `{command} --given FILE`"
    );
    refused(case, &case.mesh_file(mesh), &what, &hint)
}

/// A CRL that was signed in a cluster ends before those that are signed here.
pub(super) fn ends_first(case: Case<'_>, ends: time::OffsetDateTime) -> Diag {
    let at = facts::time(ends);
    let message = format!(
        "VirtualMesh {}: a CRL that was signed in its cluster ends at {at}, before those that are signed now, and calls fail from then on",
        case.asked.virtual_mesh
    );
    let hint = "have the cluster sign another one before: `meshtree ca crl --in-cluster` prints the Job, and --given takes what it signs";
    Diag::new(Code::CrlsEnd, refusals::place(&directory(case)), message).hint(hint)
}

/// A file has no CRL of an intermediate whose key is in its cluster.
pub(super) fn not_given(case: Case<'_>, file: &str, what: &str) -> Diag {
    let message = format!("VirtualMesh {}: no CRLs are signed: {file} {what}", case.asked.virtual_mesh);
    let hint =
        "use the log of the Job that `meshtree ca crl --in-cluster` prints, for the intermediate that the mesh has now";
    Diag::new(Code::CrlsRefused, Place::File(file.into()), message).hint(hint)
}

/// What is to be revoked is neither a mesh nor a serial number.
pub(super) fn unknown(case: Case<'_>, text: &str) -> Diag {
    let what = format!("--revoke {text} is neither a mesh of it nor a serial number in hexadecimal digits");
    let hint = "`meshtree ca show` lists the meshes and the serial numbers of their intermediates";
    refused(case, &directory(case), &what, hint)
}

/// What is to be revoked is in use.
pub(super) fn in_use(case: Case<'_>, mesh: &MeshCa, serial: &str) -> Diag {
    let what = format!(
        "mesh {} signs with the intermediate {serial} that --revoke names, and every call of its workloads would be refused",
        mesh.mesh
    );
    let hint = format!(
        "give the mesh another intermediate first: `meshtree ca renew --cluster {}`, render, commit, apply, and wait until its workloads have new certificates; then revoke {serial}. To cut the mesh off now, add --cut-off",
        mesh.cluster
    );
    refused(case, &case.mesh_file(mesh), &what, &hint)
}

/// A root cannot be revoked.
pub(super) fn of_root(case: Case<'_>) -> Diag {
    let hint = "take trust from it by a rotation: `meshtree ca rotate trust`";
    refused(case, &case.root_file(), "--revoke names the root, and no CRL revokes a root", hint)
}

/// A key cannot be opened.
pub(super) fn closed(case: Case<'_>, file: &Path, why: &str) -> Diag {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let it = if why.starts_with("is ") || why.starts_with("has ") { "it " } else { "" };
    let message = format!("VirtualMesh {}: CRLs need the private key in {name}: {it}{why}", case.asked.virtual_mesh);
    let hint = refusals::with_identity("meshtree ca crl", "", file, "changes");
    Diag::new(Code::CaMissing, refusals::place(file), message).hint(hint)
}

fn refused(case: Case<'_>, file: &Path, what: &str, hint: &str) -> Diag {
    let message = format!("VirtualMesh {}: no CRLs are signed: {what}", case.asked.virtual_mesh);
    Diag::new(Code::CrlsRefused, refusals::place(file), message).hint(hint)
}

fn directory(case: Case<'_>) -> std::path::PathBuf {
    paths::directory(&case.options.store, &case.asked.virtual_mesh)
}
