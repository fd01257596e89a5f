//! Which clusters are written or compared.

use crate::ids::ClusterName;

/// Which clusters a run is about.
#[derive(Debug, Clone, Copy)]
pub enum Target<'a> {
    /// All there are: what was rendered for others is deleted.
    Fleet(&'a [ClusterName]),
    /// Some of them: other directories are left alone.
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
