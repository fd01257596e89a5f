//! The objects that no policy asked for, from everything that builds some.

use super::Fleet;
use crate::built::BuiltObjects;
use crate::diag::Report;
use crate::plan::{Index, Plan};

impl Fleet {
    /// Builds them. What is wrong with what they are asked for by is reported.
    pub(super) fn built(&self, _plan: &Plan<'_>, _index: &Index<'_>, _report: &mut Report) -> BuiltObjects {
        BuiltObjects::default()
    }
}
