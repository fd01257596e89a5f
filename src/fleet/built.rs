//! The objects that no policy asked for, from everything that builds some.

use super::Fleet;
use crate::built::BuiltObjects;
use crate::diag::Report;
use crate::install;
use crate::plan::{Index, Plan};
use crate::templates::{self, Asked};

impl Fleet {
    /// Builds them. What is wrong with what they are asked for by is reported.
    pub(super) fn built<'a>(&self, plan: &Plan<'a>, index: &Index<'a>, report: &mut Report) -> BuiltObjects {
        let (files, settings) = (&self.sources.templates, &self.snapshot.settings);
        let mut built = templates::build(&Asked { files, settings, inventory: &self.inventory, plan, index }, report);
        install::add(&self.snapshot, plan, &mut built, report);
        built
    }
}
