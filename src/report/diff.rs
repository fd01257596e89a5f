//! `meshtree diff`

mod page;

use serde::Serialize;

use super::differences::{Layout, write_stat, write_text};
use crate::output::diff::{Change, ClusterDiff};

pub use page::{About, stopped};

/// The differences and their count.
#[derive(Debug, Serialize)]
pub struct DiffReport {
    pub summary: Counts,
    pub clusters: Vec<ClusterDiff>,
}

/// How many objects differ, and how.
#[derive(Debug, Default, Serialize)]
pub struct Counts {
    pub added: usize,
    pub changed: usize,
    pub removed: usize,
    pub unchanged: usize,
}

impl Counts {
    fn of(clusters: &[ClusterDiff]) -> Self {
        let mut summary = Counts::default();
        for cluster in clusters {
            summary.unchanged += cluster.unchanged;
            for object in &cluster.objects {
                match object.change {
                    Change::Added => summary.added += 1,
                    Change::Changed => summary.changed += 1,
                    Change::Removed => summary.removed += 1,
                }
            }
        }
        summary
    }
}

impl DiffReport {
    /// The kind of its document.
    pub const KIND: &'static str = "DiffReport";

    /// The report of these clusters, by name.
    pub fn of(mut clusters: Vec<ClusterDiff>) -> Self {
        clusters.sort_by(|a, b| a.cluster.cmp(&b.cluster));
        let summary = Counts::of(&clusters);
        Self { summary, clusters }
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        let Counts { added, changed, removed, unchanged: _ } = &self.summary;
        added + changed + removed == 0
    }

    /// The differences with their headings, in colours if a terminal shows them.
    pub fn text(&self, layout: Layout, color: bool) -> String {
        let mut text = String::new();
        write_text(&self.clusters, layout, color, &mut text);
        text
    }

    /// One line per object, and the totals.
    pub fn stat(&self, color: bool) -> String {
        let mut text = String::new();
        write_stat(&self.clusters, color, &mut text);
        text
    }
}
