//! Which clusters are written or compared.

use crate::ids::ClusterName;

/// The clusters of a run.
#[derive(Debug, Clone, Copy)]
pub enum Target<'a> {
    /// All clusters: rendered files of any other cluster are deleted.
    Fleet(&'a [ClusterName]),
    /// Some clusters: other directories are not changed.
    Clusters(&'a [ClusterName]),
}

impl<'a> Target<'a> {
    /// The clusters.
    pub fn clusters(self) -> &'a [ClusterName] {
        match self {
            Self::Fleet(clusters) | Self::Clusters(clusters) => clusters,
        }
    }
}
