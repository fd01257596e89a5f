//! `meshtree inventory`: shows the clusters as meshtree reads them, and turns dumps into compact inventory.

mod compare;
mod import;

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};

use super::session::Session;
use super::{Common, Outcome, complete, terminal};
use crate::diag::secrets::redacted;
use crate::diag::show::FileFacts;
use crate::diag::{Code, Diag, Place, Report, nearest};
use crate::discover::Inventory;
use crate::fleet::import::dump;
use crate::ids::{ClusterName, Text};
use crate::load::{self, Files};
use crate::render::inventory::compact;
use crate::report::Document;
use crate::report::described::Described;
use crate::report::inventory::tables;

/// Shows the clusters as meshtree reads them, and turns dumps into compact inventory.
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
    Import(import::Arguments),
    /// Show how a new dump of a cluster changes the fleet's inventory
    Diff(compare::Arguments),
}

#[derive(Debug, Args)]
struct Show {
    #[command(flatten)]
    common: Common,
    /// Only this cluster
    #[arg(short, long, value_name = "NAME", add = complete::clusters())]
    cluster: Option<String>,
    /// The output format
    #[arg(short, long, value_enum, default_value_t = Form::Table)]
    output: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Human-readable
    Table,
    /// The compact inventory, as for clusters/<name>.yaml
    Yaml,
    /// For programs
    Json,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    match &arguments.command {
        Command::Show(show) => run_show(show),
        Command::Import(arguments) => import::run(arguments),
        Command::Diff(arguments) => compare::run(arguments),
    }
}

fn run_show(show: &Show) -> anyhow::Result<Outcome> {
    let (session, mut report) = Session::read(&show.common, None);
    let inventory = &session.fleet.inventory;
    let only = show.cluster.as_deref().map(ClusterName::from);
    if let Some(name) = only.as_ref().filter(|name| !inventory.clusters.contains_key(name)) {
        report.push(unknown_cluster(name, inventory));
    }
    let text = match show.output {
        Form::Table => tables(inventory, only.as_ref()),
        Form::Yaml => compact(inventory, only.as_ref(), &mut report).unwrap_or_default(),
        Form::Json => Document::new(Described::KIND, &Described::of(inventory, only.as_ref()), &[], &FileFacts::none())
            .json()
            .context("cannot write the inventory as JSON")?,
    };
    if let Some(outcome) = session.conclude(report) {
        return Ok(outcome);
    }
    // A key may have been pasted as a name.
    terminal::print(redacted(&text).as_bytes(), Outcome::Done)
}

fn unknown_cluster(name: &ClusterName, inventory: &Inventory) -> Diag {
    let near = nearest(name.as_str(), inventory.clusters.keys().map(ClusterName::as_str));
    let message = format!("--cluster {name}: unknown cluster");
    Diag::new(Code::Usage, Place::Nowhere, message).maybe_hint(near.map(|near| format!("did you mean {near}?")))
}

/// Reads dumps as if they were a cluster's files. What cannot be read is reported.
fn read_dumps(files: &[PathBuf], cluster: &str, report: &mut Report) -> Files {
    let mut texts: Vec<(Text, String)> = Vec::new();
    for file in files {
        let shown: Text = file.display().to_string().into();
        let read =
            if &*shown == "-" { load::read_stream(std::io::stdin().lock(), &shown) } else { load::read_file(file) };
        match read {
            Ok(text) => texts.push((shown, text)),
            Err(diag) => report.push(*diag),
        }
    }
    dump(&ClusterName::from(cluster), texts)
}
