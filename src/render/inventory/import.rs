//! From dumps of a cluster to its compact inventory.

use crate::diag::Report;
use crate::discover::discover;
use crate::ids::{ClusterName, Text};
use crate::load::{SourceFile, Sources};
use crate::model::decode;

/// Files of a cluster, each with the name under which it is shown, as if they were in a fleet.
pub fn dump(cluster: &ClusterName, files: Vec<(Text, String)>) -> Sources {
    let file = |(shown, text): (Text, String)| {
        let relative = format!("clusters/{cluster}/{}", shown.rsplit('/').next().unwrap_or_default());
        SourceFile::new(shown, relative, text)
    };
    let mut files: Vec<_> = files.into_iter().map(file).collect();
    files.sort_by(|a, b| a.shown.cmp(&b.shown));
    Sources { files, settings: None }
}

/// The compact inventory that says what the files say: sorted, and with nothing in it that discovery has no use for.
pub fn import(sources: &Sources, report: &mut Report) -> Option<String> {
    let snapshot = decode(sources, report);
    let inventory = discover(&snapshot, report);
    super::compact(&inventory, None, report).filter(|text| !text.is_empty())
}
