//! What a run did for a cluster, in numbers.

use serde::Serialize;

use crate::ids::ClusterName;
use crate::render::tree::ClusterTree;

use super::inspect::ClusterChanges;
use super::names::as_text;

/// What was done for a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClusterSummary {
    /// The cluster.
    #[serde(serialize_with = "as_text")]
    pub cluster: ClusterName,
    /// How many objects it has now.
    pub objects: usize,
    /// How many files were written.
    pub written: usize,
    /// How many were up to date.
    pub unchanged: usize,
    /// How many were deleted.
    pub deleted: usize,
}

impl ClusterSummary {
    pub(super) fn of(changes: &ClusterChanges, objects: usize) -> Self {
        Self {
            cluster: changes.cluster.clone(),
            objects,
            written: changes.written(),
            unchanged: changes.unchanged(),
            deleted: changes.deleted(),
        }
    }

    pub(super) fn fresh(tree: &ClusterTree) -> Self {
        Self { cluster: tree.cluster.clone(), objects: tree.objects(), written: tree.len(), unchanged: 0, deleted: 0 }
    }
}
