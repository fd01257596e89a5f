//! Which files describe which cluster.

mod charts;

use std::collections::BTreeMap;

use regex_lite::Regex;

use crate::diag::{Code, Report};
use crate::discover::discover;
use crate::ids::ClusterName;
use crate::load::{Files, SourceFile};
use crate::model::{Snapshot, decode};

/// A cluster and the files that describe it.
#[derive(Clone, Debug)]
pub struct Part {
    pub name: ClusterName,
    /// Whether a file, a path or the caller names the cluster.
    pub named: bool,
    /// The version of Istio's charts that a chart of the files depends on.
    pub version: Option<String>,
    /// Its files, as if they were in the fleet's directory for the cluster.
    pub files: Vec<SourceFile>,
}

/// The name of a cluster that nothing names.
const UNNAMED: &str = "cluster-1";

/// The clusters that some files describe: each file or directory at the top with a control plane or nodes of its own is one, and
/// without such all files are about one cluster.
pub(super) fn clusters(files: &[&SourceFile], hint: Option<&ClusterName>) -> Vec<Part> {
    let readable: Vec<&SourceFile> = files.iter().copied().filter(|file| is_readable(file)).collect();
    let mut groups: BTreeMap<&str, Vec<&SourceFile>> = BTreeMap::new();
    for file in &readable {
        groups.entry(super::top(&file.relative)).or_default().push(file);
    }
    let whole: Vec<(&str, &Vec<&SourceFile>)> =
        groups.iter().filter(|(_, files)| is_whole(files)).map(|(top, files)| (*top, files)).collect();
    if whole.len() < 2 || hint.is_some() {
        let named = hint.cloned().or_else(|| name_in(&readable));
        // A dump is named after its cluster; a directory of manifests usually is not.
        let is_dump = |(top, files): &&(&str, &Vec<&SourceFile>)| {
            files.iter().any(|file| file.relative == *top) || has_nodes(files)
        };
        let alone = whole.first().filter(|_| whole.len() == 1).filter(is_dump).map(|(top, _)| stem(top));
        let alone = alone.filter(ClusterName::is_valid);
        let found = named.or(alone);
        let name = found.clone().unwrap_or_else(|| ClusterName::from(UNNAMED));
        let version = charts::version(files);
        let part = Part { version, ..part(name, found.is_some(), &readable) };
        return if part.files.is_empty() { Vec::new() } else { vec![part] };
    }
    let mut out: Vec<Part> = Vec::new();
    for (top, files) in whole {
        let own = name_in(files).or_else(|| Some(stem(top)).filter(ClusterName::is_valid));
        let is_free = |name: &ClusterName| out.iter().all(|part| part.name != *name);
        let name = own.filter(is_free).unwrap_or_else(|| ClusterName::from(&*format!("cluster-{}", out.len() + 1)));
        out.push(part(name, true, files));
    }
    out
}

fn stem(top: &str) -> ClusterName {
    let stem = [".yaml", ".yml", ".json"].iter().find_map(|end| top.strip_suffix(end)).unwrap_or(top);
    ClusterName::from(stem)
}

/// Files as if they were in the directory of a cluster.
fn part(name: ClusterName, named: bool, files: &[&SourceFile]) -> Part {
    let placed = files.iter().map(|file| placed(&name, file)).collect();
    Part { name, named, version: None, files: placed }
}

fn placed(name: &ClusterName, file: &SourceFile) -> SourceFile {
    SourceFile::new(file.shown.clone(), format!("clusters/{name}/{}", file.relative), file.text.clone())
}

/// Whether everything in a file can be read as objects of a cluster, and something in it is.
fn is_readable(file: &SourceFile) -> bool {
    let files = Files { files: vec![placed(&ClusterName::from(UNNAMED), file)], ..Files::default() };
    let mut report = Report::default();
    let snapshot = decode(&files, &mut report);
    // A patch of a kustomization has the kind of what it changes, and no more than it changes.
    !report.has_errors() && !report.has(Code::Kustomized) && !snapshot.kubernetes.is_empty()
}

/// Whether a file can be in a fleet: it is not a template, and not the values of a chart.
pub(super) fn is_object(file: &SourceFile) -> bool {
    let files = Files { files: vec![file.clone()], ..Files::default() };
    let mut report = Report::default();
    decode(&files, &mut report);
    !report.has_errors()
}

/// Whether some files have what a whole cluster has: a control plane, or nodes.
fn is_whole(files: &[&SourceFile]) -> bool {
    has_nodes(files) || !discover(&read(files), &mut Report::default()).meshes.is_empty()
}

/// Whether some files were dumped from a cluster: nobody writes nodes.
fn has_nodes(files: &[&SourceFile]) -> bool {
    read(files).kubernetes.values().any(|objects| !objects.nodes.is_empty())
}

fn read(files: &[&SourceFile]) -> Snapshot {
    let name = ClusterName::from(UNNAMED);
    let files = Files { files: files.iter().map(|file| placed(&name, file)).collect(), ..Files::default() };
    decode(&files, &mut Report::default())
}

/// The name under which Istio is installed in a cluster.
fn name_in(files: &[&SourceFile]) -> Option<ClusterName> {
    const NAME: &str =
        r#"(?i)\\*"?clusterName\\*"?:\s*\\*"?([a-z0-9][-a-z0-9.]*)|CLUSTER_ID\s+value:\s*"?([a-z0-9][-a-z0-9.]*)"#;
    let pattern = Regex::new(NAME).ok()?;
    let is_istio = |file: &&&SourceFile| file.text.contains("multiCluster") || file.text.contains("CLUSTER_ID");
    let names = files.iter().filter(is_istio).filter_map(|file| {
        let found = pattern.captures(&file.text)?;
        let name = ClusterName::from(found.get(1).or(found.get(2))?.as_str());
        // What Istio's charts have where nobody names the cluster.
        (name.is_valid() && name.as_str() != "kubernetes").then_some(name)
    });
    names.min()
}
