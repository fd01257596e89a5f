//! Services in the files that are not traffic targets, kept so that a policy that names one gets the reason.

use std::fmt;

use super::fact::name;
use crate::diag::Place;

/// A service that is not a traffic target.
#[derive(Clone, Debug)]
pub struct PassedOver {
    /// Where it is.
    pub place: Place,
    /// Why it is not a target.
    pub why: NoTarget,
}

/// Why a service is not a traffic target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoTarget {
    /// Its cluster has no mesh.
    NoMesh,
    /// It selects no pods.
    NoSelector,
    /// The pods that it selects are in no mesh, or there are none.
    NoWorkload,
}

impl PassedOver {
    /// The file it is in, and the line if that is known.
    pub fn at(&self) -> String {
        name(&self.place)
    }
}

impl fmt::Display for NoTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoMesh => "its cluster has no mesh",
            Self::NoSelector => "it has no selector",
            Self::NoWorkload => "it selects no workload of the mesh",
        })
    }
}
