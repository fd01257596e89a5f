//! Finds a rotation that stopped within a phase: what would be rendered then mixes phases.

use std::path::Path;

use super::refusals;
use super::rotation::{Phase, Stage};
use super::stored::{MeshFile, Rotating};
use crate::diag::listing::shortened;
use crate::diag::{Code, Diag};
use crate::ids::ObjectRef;
use crate::plan::MeshCa;

/// The command that begins a phase, or goes on with it.
pub(super) fn command(phase: Phase, virtual_mesh: &ObjectRef, store: &Path) -> String {
    format!("meshtree ca rotate {phase}{} --virtual-mesh {virtual_mesh}", fleet(store))
}

/// The fleet of a store as an argument, with a blank before it; nothing if it is the current directory.
pub(super) fn fleet(store: &Path) -> String {
    let fleet = store.parent().map(|fleet| fleet.display().to_string()).filter(|fleet| !fleet.is_empty());
    fleet.map_or_else(String::new, |fleet| format!(" {fleet}"))
}

/// What is not in the phase that was begun.
pub(super) fn left(rotating: &Rotating, meshes: &[(MeshCa, MeshFile)]) -> Vec<String> {
    let phase = rotating.record.phase;
    let is_left = |found: &MeshFile| found.cacerts().is_some_and(|cacerts| cacerts.stage != Stage::In(phase));
    let mut left: Vec<_> =
        meshes.iter().filter(|(_, found)| is_left(found)).map(|(mesh, _)| format!("mesh {}", mesh.mesh)).collect();
    if !rotating.is_in_place {
        left.push("the files of the roots".to_owned());
    }
    left
}

/// The refusal of a rotation that is not finished.
pub(super) fn refusal(
    virtual_mesh: &ObjectRef,
    (rotating, meshes): (&Rotating, &[(MeshCa, MeshFile)]),
    (directory, store): (&Path, &Path),
) -> Option<Diag> {
    let left = left(rotating, meshes);
    if left.is_empty() {
        return None;
    }
    let phase = rotating.record.phase;
    let message = format!(
        "VirtualMesh {virtual_mesh}: phase {phase} of the rotation of its root is not finished, and {} not in it",
        if left.len() == 1 { format!("{} is", left[0]) } else { format!("{} are", shortened(&left)) }
    );
    let hint = format!(
        "run `{}` where an age identity that decrypts the store is available: it does what is left. To go back instead, restore {} from Git",
        command(phase, virtual_mesh, store),
        directory.display()
    );
    Some(
        Diag::new(Code::RotationUnfinished, refusals::place(&super::paths::rotation_file(directory)), message)
            .hint(hint),
    )
}
