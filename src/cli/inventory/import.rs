//! `meshtree inventory import`: turns dumps into compact inventory.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use crate::cli::{Format, Outcome, path_not_format, session, terminal};
use crate::diag::{Code, Diag, Place, Report};
use crate::fleet::import::{import, is_inventory_of};
use crate::ids::ClusterName;
use crate::load::{self, Files};

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  kubectl --context east get namespaces,services,deployments,daemonsets,statefulsets,replicasets,pods,nodes,configmaps -A -o yaml > east.yaml\n  \
                        meshtree inventory import east.yaml --cluster east --out fleet/clusters/east.yaml"
)]
pub(super) struct Arguments {
    /// The dumps; - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The name of the cluster
    #[arg(short, long, value_name = "NAME")]
    cluster: String,
    /// Write to this file instead of standard output; only an inventory of the same cluster is overwritten
    #[arg(short, long, value_name = "FILE", value_parser = path_not_format("file", "leave out -o"))]
    out: Option<PathBuf>,
    /// Format of diagnostics
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    format: Format,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let Arguments { files, cluster, out, format } = arguments;
    let mut report = Report::default();
    if !ClusterName::from(&**cluster).is_valid() {
        let message = format!("--cluster {cluster:?} is not a valid cluster name");
        report.push(Diag::new(Code::Usage, Place::Nowhere, message).hint(ClusterName::RULE));
        return Ok(session::show(&Files::default(), report, *format).unwrap_or(Outcome::Done));
    }
    let sources = super::read_dumps(files, cluster, &mut report);
    let text = import(&sources, &mut report);
    if let Some(out) = out.as_ref().filter(|_| !report.has_errors()) {
        report_foreign(out, cluster, &mut report);
    }
    if let Some(outcome) = session::show(&sources, report, *format) {
        return Ok(outcome);
    }
    let text = text.unwrap_or_default();
    match out {
        None => terminal::data(text.as_bytes())?,
        Some(out) => write(out, &text).with_context(|| format!("cannot write {}", out.display()))?,
    }
    Ok(Outcome::Done)
}

/// Reports an existing file that is not an inventory of the cluster and would be overwritten.
fn report_foreign(out: &Path, cluster: &str, report: &mut Report) {
    let is_file = fs::metadata(out).is_ok_and(|metadata| metadata.is_file());
    let is_ours = || load::read_file(out).is_ok_and(|text| is_inventory_of(&text, &ClusterName::from(cluster)));
    if is_file && !is_ours() {
        let message = format!("this file is not the inventory of cluster {cluster}");
        let diag = Diag::new(Code::ForeignFile, Place::File(out.display().to_string().into()), message);
        report.push(diag.hint("choose another file, or delete this one"));
    }
}

/// Writes a file atomically; anything else, such as a pipe, is written to directly.
fn write(out: &Path, text: &str) -> std::io::Result<()> {
    if fs::metadata(out).is_ok_and(|metadata| !metadata.is_file()) {
        return fs::OpenOptions::new().write(true).open(out)?.write_all(text.as_bytes());
    }
    // Renaming would replace a link, so write to its target.
    let real = fs::canonicalize(out).unwrap_or_else(|_| out.to_path_buf());
    let mut name = real.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = real.with_file_name(name);
    let done = fs::write(&beside, text).and_then(|()| fs::rename(&beside, &real));
    if done.is_err() {
        _ = fs::remove_file(&beside);
    }
    done
}
