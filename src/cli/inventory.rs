//! `meshtree inventory`: what is understood of the clusters, and the way from dumps to files to keep.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use super::session::Session;
use super::{Common, Outcome, terminal};
use crate::diag::{Code, Diag, Place, Report, nearest};

use crate::discover::{Change, Inventory, differences, discover};
use crate::ids::{ClusterName, Text};
use crate::load::Sources;
use crate::model::decode;
use crate::render::inventory::{compact, dump, import, tables};

/// Shows what is understood of the clusters, and turns dumps into compact inventory.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the clusters, meshes and services that the fleet's inventory describes
    Show(Show),
    /// Turn dumps of a cluster (kubectl get -A -o yaml|json) into its compact inventory
    Import(Import),
    /// Show what a new dump of a cluster changes in the fleet's inventory
    Diff(Diff),
}

#[derive(Debug, Args)]
struct Show {
    #[command(flatten)]
    common: Common,
    /// Only this cluster
    #[arg(short, long, value_name = "NAME")]
    cluster: Option<String>,
    /// The form
    #[arg(short, long, value_enum, default_value_t = Form::Table)]
    output: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people
    Table,
    /// The compact inventory, as it could stand in clusters/<name>.yaml
    Yaml,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  kubectl --context east get namespaces,services,deployments,daemonsets,statefulsets,replicasets,pods,nodes,configmaps -A -o yaml > east.yaml\n  \
                        meshtree inventory import east.yaml --cluster east --out fleet/clusters/east.yaml"
)]
struct Import {
    /// The dumps; - reads standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The name of the cluster
    #[arg(short, long, value_name = "NAME")]
    cluster: String,
    /// Write here instead of to standard output
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Diff {
    /// The dumps
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The name of the cluster
    #[arg(short, long, value_name = "NAME")]
    cluster: String,
    /// The fleet's directory
    #[arg(long, default_value = ".", value_name = "FLEET")]
    fleet: PathBuf,
    /// How the differences are printed
    #[arg(long, value_enum, default_value_t = super::Format::Text, value_name = "FORMAT")]
    format: super::Format,
}

/// The differences of two inventories.
#[derive(Serialize)]
struct Changes {
    changes: Vec<Change>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    match &arguments.command {
        Command::Show(show) => run_show(show),
        Command::Import(import) => run_import(import),
        Command::Diff(diff) => run_diff(diff),
    }
}

fn run_show(show: &Show) -> anyhow::Result<Outcome> {
    let mut session = Session::read(&show.common, None);
    let mut report = std::mem::take(&mut session.report);
    let inventory = &session.input.inventory;
    let only = show.cluster.as_deref().map(ClusterName::from);
    if let Some(name) = only.as_ref().filter(|name| !inventory.clusters.contains_key(name)) {
        report.push(unknown_cluster(name, inventory));
    }
    let text = match show.output {
        Form::Table => tables(inventory, only.as_ref()),
        Form::Yaml => compact(inventory, only.as_ref(), &mut report).unwrap_or_default(),
    };
    if let Some(outcome) = session.conclude(report) {
        return Ok(outcome);
    }
    terminal::data(text.as_bytes())?;
    Ok(Outcome::Done)
}

fn unknown_cluster(name: &ClusterName, inventory: &Inventory) -> Diag {
    let near = nearest(name.as_str(), inventory.clusters.keys().map(ClusterName::as_str));
    let message = format!("--cluster {name}: the fleet has no cluster of that name");
    Diag::new(Code::Usage, Place::Nowhere, message).maybe_hint(near.map(|near| format!("did you mean {near}?")))
}

/// Whether a file of the fleet can have this name: not empty, not hidden, in one directory.
fn is_file_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\'])
}

/// Reads dumps as if they were a cluster's files. What cannot be read is reported.
fn read_dumps(files: &[PathBuf], cluster: &str, report: &mut Report) -> Sources {
    let mut texts: Vec<(Text, String)> = Vec::new();
    for file in files {
        let shown = file.display().to_string();
        let text = if shown == "-" {
            std::io::read_to_string(std::io::stdin()).map_err(anyhow::Error::from)
        } else {
            read(file)
        };
        match text {
            Ok(text) => texts.push((shown.into(), text)),
            Err(error) => report.push(Diag::new(Code::Unreadable, Place::File(shown.into()), format!("{error:#}"))),
        }
    }
    dump(&ClusterName::from(cluster), texts)
}

fn read(file: &Path) -> anyhow::Result<String> {
    crate::load::read_file(file).map_err(|diag| anyhow::anyhow!("{}", diag.message))
}

fn run_import(arguments: &Import) -> anyhow::Result<Outcome> {
    let mut report = Report::default();
    if !is_file_name(&arguments.cluster) {
        let message =
            format!("--cluster {:?}: a cluster's name is the name of its file or directory", arguments.cluster);
        report.push(Diag::new(Code::Usage, Place::Nowhere, message));
        return Ok(super::session::show(&Sources::default(), report).unwrap_or(Outcome::Done));
    }
    let sources = read_dumps(&arguments.files, &arguments.cluster, &mut report);
    let text = import(&sources, &mut report);
    let failed = report.has_errors() || text.is_none();
    if text.is_none() && !report.has_errors() {
        let message = "nothing that belongs to a mesh was found in the dumps";
        let hint =
            "dump deployments, services, pods, replicasets, nodes, configmaps and namespaces of the whole cluster";
        report.push(Diag::new(Code::EmptyFleet, Place::Nowhere, message).hint(hint));
    }
    if let Some(outcome) = super::session::show(&sources, report).filter(|_| failed) {
        return Ok(outcome);
    }
    let text = text.unwrap_or_default();
    match &arguments.out {
        None => terminal::data(text.as_bytes())?,
        Some(out) => fs::write(out, text).with_context(|| format!("cannot write {}", out.display()))?,
    }
    Ok(Outcome::Done)
}

fn run_diff(arguments: &Diff) -> anyhow::Result<Outcome> {
    let common = Common::of_fleet(&arguments.fleet, arguments.format);
    let mut session = Session::read(&common, None);
    let mut report = std::mem::take(&mut session.report);
    let name = ClusterName::from(&*arguments.cluster);
    if !session.input.inventory.clusters.contains_key(&name) {
        report.push(unknown_cluster(&name, &session.input.inventory));
    }
    if let Some(outcome) = session.conclude(report) {
        return Ok(outcome);
    }
    let mut report = Report::default();
    let sources = read_dumps(&arguments.files, &arguments.cluster, &mut report);
    let snapshot = decode(&sources, &mut report);
    let new = discover(&snapshot, &mut report);
    if let Some(outcome) = super::session::show(&sources, report) {
        return Ok(outcome);
    }
    let changes = differences(&session.input.inventory.of_cluster(&name), &new.of_cluster(&name));
    let text: String = changes.iter().map(|change| format!("{change}\n")).collect();
    let outcome = if changes.is_empty() { Outcome::Done } else { Outcome::Negative };
    if session.is_json() {
        return session.finish(Report::default(), "InventoryDiff", &Changes { changes }, "", outcome);
    }
    terminal::data(text.as_bytes())?;
    Ok(outcome)
}
