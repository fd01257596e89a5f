//! `meshtree affected`

use std::collections::BTreeMap;

use serde::Serialize;

use crate::ids::ClusterName;

/// The clusters whose manifests differ from those of an earlier commit, in the order in which to apply them.
#[derive(Debug, Serialize)]
pub struct AffectedReport {
    pub clusters: Vec<AffectedCluster>,
}

/// One of them.
#[derive(Debug, Serialize)]
pub struct AffectedCluster {
    pub cluster: String,
    pub change: ClusterChange,
    /// Clusters with a lower number come first.
    pub wave: usize,
    /// The directory of its manifests.
    pub path: String,
}

/// What happens to a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ClusterChange {
    Added,
    Changed,
    /// Nothing is rendered for it any more.
    Removed,
}

/// What the matrix of a job needs to know.
#[derive(Serialize)]
struct Row<'r> {
    cluster: &'r str,
    wave: usize,
    path: &'r str,
}

#[derive(Serialize)]
struct Matrix<'m> {
    include: Vec<Row<'m>>,
}

impl AffectedReport {
    /// The kind of its document.
    pub const KIND: &'static str = "AffectedReport";

    /// The report of these changes in a tree.
    pub fn of(changes: BTreeMap<ClusterName, ClusterChange>, wave: impl Fn(&ClusterName) -> usize, tree: &str) -> Self {
        let cluster = |(name, change): (ClusterName, ClusterChange)| AffectedCluster {
            change,
            wave: wave(&name),
            path: format!("{tree}/{name}"),
            cluster: name.to_string(),
        };
        let mut clusters: Vec<AffectedCluster> = changes.into_iter().map(cluster).collect();
        // Within a wave they stay sorted by name.
        clusters.sort_by_key(|cluster| cluster.wave);
        Self { clusters }
    }

    /// One name per line.
    pub fn names(&self) -> String {
        self.clusters.iter().map(|cluster| format!("{}\n", cluster.cluster)).collect()
    }

    /// The matrix of a job, on one line: what is removed has no manifests to work on.
    pub fn matrix(&self) -> String {
        let is_there = |cluster: &&AffectedCluster| cluster.change != ClusterChange::Removed;
        let row = |AffectedCluster { cluster, change: _, wave, path }: &'_ AffectedCluster| {
            (cluster.clone(), *wave, path.clone())
        };
        let rows: Vec<_> = self.clusters.iter().filter(is_there).map(row).collect();
        let include = rows.iter().map(|(cluster, wave, path)| Row { cluster, wave: *wave, path }).collect();
        // Text and numbers are always JSON.
        serde_json::to_string(&Matrix { include }).unwrap_or_default() + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waves_come_before_names() {
        let changes = [("a", ClusterChange::Changed), ("b", ClusterChange::Added), ("c", ClusterChange::Removed)];
        let changes = changes.map(|(name, change)| (name.into(), change)).into();
        let report = AffectedReport::of(changes, |name| usize::from(name.as_str() == "a"), "fleet/rendered");
        assert_eq!(report.names(), "b\nc\na\n");
        let row = |name: &str, wave| format!(r#"{{"cluster":"{name}","wave":{wave},"path":"fleet/rendered/{name}"}}"#);
        assert_eq!(report.matrix(), format!("{{\"include\":[{},{}]}}\n", row("b", 0), row("a", 1)));
        let none = AffectedReport { clusters: Vec::new() };
        assert_eq!((none.names(), none.matrix()), (String::new(), "{\"include\":[]}\n".to_owned()));
    }
}
