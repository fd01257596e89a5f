//! `meshtree render`

use serde::Serialize;

use crate::output::{ClusterSummary, Difference};

/// What a run wrote, or what it would change.
#[derive(Debug, Default, Serialize)]
pub struct Rendered {
    pub clusters: Vec<ClusterSummary>,
    /// With `--check`: how the tree on disk differs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
}

impl Rendered {
    /// The kind of its document.
    pub const KIND: &'static str = "RenderReport";

    /// One line for each cluster.
    pub fn text(&self) -> String {
        let line = |summary: &ClusterSummary| {
            let ClusterSummary { cluster, objects, written, unchanged, deleted } = summary;
            format!("{cluster}: {objects} objects, {written} written, {unchanged} unchanged, {deleted} deleted\n")
        };
        self.clusters.iter().map(line).collect()
    }

    /// One line for each difference.
    pub fn differences(&self) -> String {
        self.differences.iter().map(|difference| format!("{difference}\n")).collect()
    }
}
