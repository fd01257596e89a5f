//! Services that stand in the files and are no traffic targets, so that whoever names one is told why.

use std::fmt;

use super::fact::name;
use crate::diag::Place;

/// A service that is no traffic target.
#[derive(Clone, Debug)]
pub struct PassedOver {
    /// Where it stands.
    pub place: Place,
    /// Why it is none.
    pub why: NoTarget,
}

/// Why a service is no traffic target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoTarget {
    /// There is no mesh that it could be in.
    NoMesh,
    /// It selects no pods.
    NoSelector,
    /// What it selects is in no mesh, or is not there.
    NoWorkload,
}

impl PassedOver {
    /// The file it stands in, and the line where that is known.
    pub fn at(&self) -> String {
        name(&self.place)
    }
}

impl fmt::Display for NoTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoMesh => "its cluster has no mesh",
            Self::NoSelector => "it has no selector",
            Self::NoWorkload => "no workload of the mesh stands behind it",
        })
    }
}
