//! `meshtree inventory diff`: how a new dump of a cluster changes the inventory.

use std::path::PathBuf;

use clap::Args;

use crate::cli::session::Session;
use crate::cli::{Common, Format, Outcome, complete, plain_formats, terminal};
use crate::diag::Report;
use crate::diag::levels::Deny;
use crate::discover::{Change, Inventory, differences, discover};
use crate::ids::{ClusterName, ObjectRef};
use crate::load::Files;
use crate::model::{Snapshot, decode, hub_namespace};
use crate::report::inventory::InventoryDiff;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The dumps; - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The name of the cluster
    #[arg(short, long, value_name = "NAME", add = complete::clusters())]
    cluster: String,
    /// The fleet's directory
    #[arg(long, default_value = ".", value_name = "FLEET")]
    fleet: PathBuf,
    /// Format of diagnostics and differences
    #[arg(long, value_parser = plain_formats(), default_value = "text", value_name = "FORMAT")]
    format: Format,
    /// Make errors of all warnings, or of the findings with these codes: exit code 1
    #[arg(long, value_delimiter = ',', value_name = "warnings|CODE")]
    deny: Vec<Deny>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let Arguments { files, cluster, fleet, format, deny } = arguments;
    let common = Common { deny: deny.clone(), ..Common::of_fleet(fleet, *format) };
    let (mut session, mut report) = Session::read(&common, None);
    let name = ClusterName::from(&**cluster);
    if !session.fleet.inventory.clusters.contains_key(&name) {
        report.push(super::unknown_cluster(&name, &session.fleet.inventory));
    }
    if report.has_errors() {
        return session.stop(report);
    }
    let mut found = Report::default();
    session.located(report).into_iter().for_each(|diag| found.push(diag));
    let mut report = Report::default();
    let dumps = super::read_dumps(files, cluster, &mut report);
    let mut snapshot = decode(&dumps, &mut report);
    stay(&session.fleet.snapshot, &name, &mut snapshot);
    let new = discover(&snapshot, &mut report);
    session.fleet.sources = together(std::mem::take(&mut session.fleet.sources), dumps);
    found.append(report);
    if found.has_errors() {
        return session.stop(found);
    }
    let changes = changes(&session.fleet.snapshot, &session.fleet.inventory.of_cluster(&name), new.of_cluster(&name));
    let outcome = if changes.is_empty() { Outcome::Done } else { Outcome::Negative };
    let changes = InventoryDiff { changes };
    let ended = session.finish(found, InventoryDiff::KIND, &changes, "", outcome)?;
    if session.prints_document() {
        return Ok(ended);
    }
    terminal::print(changes.text().as_bytes(), ended)
}

/// What changes in a cluster.
fn changes(fleet: &Snapshot, old: &Inventory, mut new: Inventory) -> Vec<Change> {
    let is_hubs = old.meshes.keys().any(|key| fleet.meshes.contains_key(key))
        || old.workloads.keys().any(|key| fleet.workloads.contains_key(key))
        || old.targets.keys().any(|key| fleet.traffic_targets.contains_key(key));
    if !is_hubs || old.clusters.keys().any(|name| fleet.kubernetes.contains_key(name)) {
        return differences(old, &new);
    }
    // Service Mesh Hub's objects have neither the types of services nor what containers run.
    for target in new.targets.values_mut() {
        target.external = false;
    }
    for (key, workload) in &mut new.workloads {
        workload.gateway = old.workloads.get(key).map_or(workload.gateway, |known| known.gateway);
    }
    // Service Mesh Hub has objects only for what is in a mesh: namespaces without one are unknown to the fleet and cannot change.
    let mut old = old.clone();
    old.forget_empty_namespaces();
    new.forget_empty_namespaces();
    differences(&old, &new)
}

/// Adds to a dump what it does not replace in the fleet: the settings, and what a dump cannot contain.
fn stay(fleet: &Snapshot, name: &ClusterName, dumped: &mut Snapshot) {
    dumped.settings = fleet.settings.clone();
    dumped.settings_origin = fleet.settings_origin.clone();
    dumped.settings.clusters.retain(|cluster, _| *cluster == name.0);
    let key = ObjectRef::new(hub_namespace(&fleet.settings), name.0.clone());
    if let Some(registered) = fleet.kubernetes_clusters.get(&key) {
        dumped.kubernetes_clusters.entry(key).or_insert_with(|| registered.clone());
    }
    if let Some(compact) = fleet.compact.get(name) {
        let mut compact = compact.clone();
        if !compact.spec.namespaces.is_empty() {
            // The dump replaces these.
            (compact.spec.namespaces, compact.spec.istio) = (Default::default(), None);
        }
        dumped.compact.entry(name.clone()).or_insert(compact);
    }
}

/// The files of a fleet and the dumps, for showing what was found in them.
fn together(fleet: Files, dumps: Files) -> Files {
    let Files { mut files, settings, templates } = fleet;
    files.extend(dumps.files);
    files.sort_by(|a, b| a.shown.cmp(&b.shown));
    files.dedup_by(|a, b| a.shown == b.shown);
    Files { files, settings, templates }
}
