//! One cluster's manifests for standard output, which `render --stdout` and the plugin of Argo CD print.

use crate::ca::{CaMaterial, Pending};
use crate::diag::{Code, Diag, Place, Report};
use crate::fleet::Meaning;
use crate::ids::ClusterName;
use crate::render::tree::ClusterTree;

/// The manifests of the one cluster. Nothing, and an error in the report, if there are none: whoever applies an empty answer
/// with pruning deletes everything.
pub(super) fn of(
    names: &[ClusterName],
    meaning: &Meaning<'_>,
    pending: &Pending,
    report: &mut Report,
) -> anyhow::Result<Option<ClusterTree>> {
    with(names, meaning, &pending.ready(), report)
}

/// The same with this CA material.
pub(super) fn with(
    names: &[ClusterName],
    meaning: &Meaning<'_>,
    material: &CaMaterial,
    report: &mut Report,
) -> anyhow::Result<Option<ClusterTree>> {
    let tree = names.first().map(meaning.trees(material)).transpose()?.filter(|tree| !tree.is_empty());
    if tree.is_none() {
        let message = "nothing is rendered for the cluster: applying the empty output with pruning would delete all of its objects";
        report.push(Diag::new(Code::ClusterVanishes, Place::Nowhere, message));
    }
    Ok(tree)
}
