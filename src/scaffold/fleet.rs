//! The fleet that `init` writes: what it can find out of what lies in a directory, and an example where there is nothing.

mod assume;
mod group;
mod references;

use std::collections::BTreeSet;

use minijinja::context;

use super::fill;
use crate::diag::Report;
use crate::ids::ClusterName;
use crate::load::{Files, SourceFile};
use crate::model::decode;

pub use group::Part;

/// The newest version of Istio, for clusters whose version nothing names.
pub const NEWEST_ISTIO: &str = "1.31.0";

/// What lies in a directory.
#[derive(Debug, Default)]
pub struct Found {
    /// Whether the directory has inventory of clusters already.
    pub has_clusters: bool,
    /// Whether it has policies already.
    pub has_virtual_mesh: bool,
    /// The clusters that files elsewhere describe.
    pub clusters: Vec<Part>,
    /// The inventory of clusters that policies name, where no file describes any.
    pub named: Vec<(ClusterName, String)>,
    /// Files and directories that are not inputs of the fleet.
    pub ignored: Vec<String>,
}

/// What can be found out of the files of a directory.
pub fn look(sources: &Files, hint: Option<&ClusterName>) -> Found {
    let snapshot = decode(sources, &mut Report::default());
    let (own, others): (Vec<&SourceFile>, Vec<&SourceFile>) =
        sources.files.iter().partition(|file| is_of_fleet(&file.relative));
    let has_clusters = own.iter().any(|file| file.cluster.is_some());
    let inputs: BTreeSet<&str> =
        others.iter().filter(|file| has_policies(file)).map(|file| top(&file.relative)).collect();
    let entries: BTreeSet<&str> = others.iter().map(|file| top(&file.relative)).collect();
    let mut ignored: Vec<String> = entries.difference(&inputs).map(|entry| (*entry).to_owned()).collect();
    let beside = others.iter().filter(|file| inputs.contains(top(&file.relative)) && !has_policies(file));
    ignored.extend(beside.filter(|file| !group::is_object(file)).map(|file| file.relative.clone()));
    let clusters = if has_clusters { Vec::new() } else { group::clusters(&others, hint) };
    let is_known = has_clusters || clusters.iter().any(|part| assume::inventory(part).is_some());
    let named = if is_known { Vec::new() } else { references::inventories(&snapshot) };
    Found { has_clusters, has_virtual_mesh: !snapshot.virtual_meshes.is_empty(), clusters, named, ignored }
}

/// The compact inventory of a cluster, and what was assumed for it. `None` if its files describe no service and no workload.
pub fn inventory(part: &Part) -> Option<(String, Vec<String>)> {
    let assumed = assume::inventory(part)?;
    let mut notes = Vec::new();
    if assumed.version {
        notes.push(format!("no file names the version of Istio: {NEWEST_ISTIO} is assumed"));
    }
    if assumed.injection {
        notes.push(
            "no file shows sidecars or labels for their injection: all workloads are taken to be in the mesh".into(),
        );
    }
    let prefix = format!("clusters/{}/", part.name);
    let files: Vec<String> = part.files.iter().map(|file| file.relative.replacen(&prefix, "", 1)).collect();
    let context = context! {
        cluster => part.name.as_str(), notes => notes.clone(), more => files.len().saturating_sub(MOST_FILES), named => part.named,
        shown => files.into_iter().take(MOST_FILES).collect::<Vec<_>>(),
    };
    let head = fill(include_str!("../../templates/fleet/inventory.yaml.j2"), &context);
    Some((head + &commented(&assumed), notes))
}

/// How many files the head of an inventory names.
const MOST_FILES: usize = 5;

/// The inventory with comments where something has to be filled in.
fn commented(assumed: &assume::Assumed) -> String {
    const GATEWAYS: &str =
        "    # Other clusters reach this one at its gateway:\n    # gateways: [{address: 203.0.113.10}]\n";
    let mut out = String::new();
    for line in assumed.text.lines() {
        out.push_str(line);
        if assumed.version && line.starts_with("    version: ") {
            out.push_str(" # Fill in the version of istiod: what is rendered depends on it.");
        }
        out.push('\n');
        if line.starts_with("    version: ") && !assumed.text.contains("\n    gateways:") {
            out.push_str(GATEWAYS);
        }
    }
    out
}

/// The settings of a new fleet.
pub fn settings(has_sops: bool) -> String {
    fill(include_str!("../../templates/fleet/settings.yaml.j2"), &context! { has_sops })
}

/// The file that leaves out what is not an input.
pub fn ignore(entries: &[String]) -> String {
    fill(include_str!("../../templates/fleet/ignore.j2"), &context! { entries => entries.to_vec() })
}

/// The files of an example, for a directory that has nothing: each path with its text.
pub fn example() -> Vec<(&'static str, String)> {
    let none = context! {};
    vec![
        ("clusters/east.yaml", fill(include_str!("../../templates/fleet/east.yaml.j2"), &none)),
        ("clusters/west.yaml", fill(include_str!("../../templates/fleet/west.yaml.j2"), &none)),
        ("tests/first.yaml", fill(include_str!("../../templates/fleet/test.yaml.j2"), &none)),
    ]
}

/// Whether a path is one of those that a fleet has.
fn is_of_fleet(relative: &str) -> bool {
    const FOLDERS: [&str; 3] = ["policies", "clusters", "tests"];
    FOLDERS.contains(&top(relative))
}

/// The first part of a path.
fn top(relative: &str) -> &str {
    relative.split('/').next().unwrap_or_default()
}

/// Whether a file has documents that only this program reads.
fn has_policies(file: &SourceFile) -> bool {
    const GROUPS: [&str; 4] =
        ["networking.smh.solo.io/", "networking.mesh.gloo.solo.io/", "discovery.smh.solo.io/", "meshtree.io/"];
    let is_version = |line: &str| {
        let value = line.trim_start_matches([' ', '-', '{', '"']).strip_prefix("apiVersion");
        value.is_some_and(|value| GROUPS.iter().any(|group| value.contains(group)))
    };
    file.text.lines().any(is_version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::version::table::NEWEST;

    #[test]
    fn the_version_that_is_assumed_is_the_newest() {
        let [major, minor] = NEWEST;
        assert_eq!(NEWEST_ISTIO, format!("{major}.{minor}.0"));
    }
}
