//! `meshtree inventory import`: turns dumps into compact inventory.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use crate::cli::judge::Judge;
use crate::cli::{Format, Outcome, path_not_format, plain_formats, session, terminal, write};
use crate::diag::levels::Deny;
use crate::diag::{Code, Diag, Place, Report};
use crate::fleet::import::{import, is_inventory_of};
use crate::ids::ClusterName;
use crate::load::{self, Files};
use crate::model::decode_settings;

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  kubectl --context east get namespaces,services,deployments,daemonsets,statefulsets,replicasets,pods,nodes,configmaps,mutatingwebhookconfigurations -A -o yaml > east.yaml\n  \
                        meshtree inventory import east.yaml --cluster east --out fleet/clusters/east.yaml\n\n\
                        Add the kinds that the cluster has of these: gateways.gateway.networking.k8s.io, httproutes.gateway.networking.k8s.io,\n\
                        istios.sailoperator.io, istiorevisions.sailoperator.io, istiorevisiontags.sailoperator.io, applications.argoproj.io,\n\
                        helmreleases.helm.toolkit.fluxcd.io, ocirepositories.source.toolkit.fluxcd.io"
)]
pub(super) struct Arguments {
    /// The dumps; - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The name of the cluster
    #[arg(short, long, value_name = "NAME")]
    cluster: String,
    /// The directory of the fleet whose settings (meshtree.yaml) count for the cluster
    #[arg(long, default_value = ".", value_name = "FLEET")]
    fleet: PathBuf,
    /// Write to this file instead of standard output; only an inventory of the same cluster is overwritten
    #[arg(short, long, value_name = "FILE", value_parser = path_not_format("file", "leave out -o"))]
    out: Option<PathBuf>,
    /// Format of diagnostics
    #[arg(long, value_parser = plain_formats(), default_value = "text", value_name = "FORMAT")]
    format: Format,
    /// Make errors of all warnings, or of the findings with these codes: exit code 1, and nothing is written
    #[arg(long, value_delimiter = ',', value_name = "warnings|CODE")]
    deny: Vec<Deny>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let Arguments { files, cluster, fleet, out, format, deny } = arguments;
    let mut report = Report::default();
    if !ClusterName::from(&**cluster).is_valid() {
        let message = format!("--cluster {cluster:?} is not a valid cluster name");
        report.push(Diag::new(Code::Usage, Place::Nowhere, message).hint(ClusterName::RULE));
        return Ok(session::show(&Files::default(), report, *format).unwrap_or(Outcome::Done));
    }
    let mut sources = super::read_dumps(files, cluster, &mut report);
    sources.settings = load::settings(fleet, &fleet.display().to_string()).settings;
    let text = import(&sources, &mut report);
    let settings = decode_settings(&sources, &mut Report::default());
    Judge::new(&settings, deny, &sources, &mut report).judge(&sources, &mut report);
    if let Some(out) = out.as_ref().filter(|_| !report.has_errors()) {
        report_foreign(out, cluster, &mut report);
    }
    if let Some(outcome) = session::show(&sources, report, *format) {
        return Ok(outcome);
    }
    let text = text.unwrap_or_default();
    let Some(out) = out else { return terminal::print(text.as_bytes(), Outcome::Done) };
    write::replace(out, &text).with_context(|| format!("cannot write {}", out.display()))?;
    Ok(Outcome::Done)
}

/// Reports a file that is not an inventory of the cluster and would be overwritten, or a link that leads to a file.
fn report_foreign(out: &Path, cluster: &str, report: &mut Report) {
    let foreign = |message: String, hint: &str| {
        Diag::new(Code::ForeignFile, Place::File(out.display().to_string().into()), message).hint(hint)
    };
    // Not a link to a pipe or a terminal, such as /dev/stdout: there is nothing to overwrite.
    let is_special = fs::metadata(out).is_ok_and(|metadata| !metadata.is_file());
    let is_file = fs::metadata(out).is_ok_and(|metadata| metadata.is_file());
    let is_ours = || load::read_file(out).is_ok_and(|text| is_inventory_of(&text, &ClusterName::from(cluster)));
    if out.is_symlink() && !is_special {
        let message = "--out is a symbolic link, and what it leads to would be overwritten";
        report.push(foreign(message.to_owned(), "name the file that the link leads to"));
    } else if is_file && !is_ours() {
        let message = format!("this file is not the inventory of cluster {cluster}");
        report.push(foreign(message, "choose another file, or delete this one"));
    }
}
