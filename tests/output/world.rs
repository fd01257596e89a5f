//! Small fleets as maps, and directories as maps.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use meshtree::diag::Report;
use meshtree::ids::ClusterName;
use meshtree::output::{Claim, ClusterSummary, Disk, Options, OutDir, OutputError, Surroundings, Target, write_trees};
use meshtree::render::tree::{ClusterTree, TreeBuilder, TreeError};

/// What is rendered: clusters, paths, contents.
#[derive(Clone, Default)]
pub(crate) struct World(BTreeMap<String, BTreeMap<String, String>>);

impl World {
    pub(crate) fn new<const N: usize>(clusters: [(&str, &[(&str, &str)]); N]) -> Self {
        let own = |files: &[(&str, &str)]| files.iter().map(|(p, t)| ((*p).to_owned(), (*t).to_owned())).collect();
        Self(clusters.into_iter().map(|(cluster, files)| (cluster.to_owned(), own(files))).collect())
    }

    /// This one with another content of a file, or without it.
    pub(crate) fn with(mut self, cluster: &str, path: &str, text: Option<&str>) -> Self {
        let files = self.0.entry(cluster.to_owned()).or_default();
        match text {
            Some(text) => drop(files.insert(path.to_owned(), text.to_owned())),
            None => drop(files.remove(path).expect("the file is there")),
        }
        self
    }

    /// This one without a cluster.
    pub(crate) fn without(mut self, cluster: &str) -> Self {
        self.0.remove(cluster).expect("the cluster is there");
        self
    }

    pub(crate) fn clusters(&self) -> Vec<ClusterName> {
        self.0.keys().map(|name| name.as_str().into()).collect()
    }

    pub(crate) fn text(&self, path: &str) -> Option<&String> {
        let (cluster, path) = path.split_once('/')?;
        self.0.get(cluster)?.get(path)
    }

    pub(crate) fn tree(&self, cluster: &ClusterName) -> Result<ClusterTree, TreeError> {
        let mut builder = TreeBuilder::new(cluster.clone());
        let sources = ["TrafficPolicy shop/web".into(), "VirtualMesh smh/vm".into()];
        for (path, text) in &self.0[cluster.as_str()] {
            builder.push(path, format!("Thing {path}"), sources.clone().into(), |buf| buf.push_str(text));
        }
        builder.finish()
    }

    /// What is on disk after a run into an empty directory.
    pub(crate) fn expected(&self) -> BTreeMap<String, String> {
        let dir = tempfile::tempdir().expect("a directory");
        run(dir.path(), self, Options::default(), &Disk::new()).expect("written");
        contents(dir.path())
    }
}

/// An output directory that holds no inputs.
pub(crate) fn out_dir(path: &Path) -> Claim {
    let around = Surroundings { fleet: Path::new("/nowhere/fleet"), inputs: &[], home: None };
    let out = OutDir::checked(path, &around, &mut Report::default()).expect("a safe directory");
    Claim::new(out, &Disk::new(), || ()).expect("claimed")
}

/// Writes a whole fleet.
#[expect(clippy::result_large_err, reason = "tests look at both parts, and speed is not what they are about")]
pub(crate) fn run(
    out: &Path,
    world: &World,
    options: Options,
    disk: &Disk,
) -> Result<Vec<ClusterSummary>, (OutputError, Report)> {
    let mut report = Report::default();
    let clusters = world.clusters();
    let render = |cluster: &ClusterName| world.tree(cluster);
    match write_trees(&out_dir(out), Target::Fleet(&clusters), render, options, disk, &mut report) {
        Ok(summaries) => {
            assert!(!report.has_errors(), "{:?}", report.diags());
            Ok(summaries)
        }
        Err(error) => {
            assert!(!report.diags().is_empty(), "whatever goes wrong is in the report");
            Err((error, report))
        }
    }
}

/// Everything below a directory with its time and, for files, its text; links are shown by where they lead.
pub(crate) fn snapshot(dir: &Path) -> BTreeMap<String, (SystemTime, Option<String>)> {
    let mut found = BTreeMap::new();
    for entry in walkdir::WalkDir::new(dir).min_depth(1) {
        let entry = entry.expect("a readable directory");
        let path = entry.path().strip_prefix(dir).expect("below").to_str().expect("UTF-8").to_owned();
        let kind = entry.file_type();
        let text = if kind.is_file() {
            Some(String::from_utf8_lossy(&fs::read(entry.path()).expect("a readable file")).into_owned())
        } else if kind.is_symlink() {
            Some(format!("-> {}", fs::read_link(entry.path()).expect("a link").display()))
        } else {
            None
        };
        let time = entry.path().symlink_metadata().and_then(|meta| meta.modified()).expect("a time");
        found.insert(path, (time, text));
    }
    found
}

/// The files below a directory, with what is in them; an empty directory shows as a path with `/` at the end.
pub(crate) fn contents(dir: &Path) -> BTreeMap<String, String> {
    let all = snapshot(dir);
    let is_empty = |path: &str| !all.keys().any(|other| other.strip_prefix(path).is_some_and(|r| r.starts_with('/')));
    all.iter()
        .filter_map(|(path, (_, text))| match text {
            Some(text) => Some((path.clone(), text.clone())),
            None => is_empty(path).then(|| (format!("{path}/"), String::new())),
        })
        .collect()
}
