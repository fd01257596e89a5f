//! `meshtree inventory import`: turns dumps into compact inventory.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use crate::cli::judge::Judge;
use crate::cli::{Format, Outcome, path_not_format, plain_formats, session, terminal};
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
    write(out, &text).with_context(|| format!("cannot write {}", out.display()))?;
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

/// Writes a file atomically; anything else, such as a pipe, is written to directly.
fn write(out: &Path, text: &str) -> io::Result<()> {
    if fs::metadata(out).is_ok_and(|metadata| !metadata.is_file()) {
        return OpenOptions::new().write(true).open(out)?.write_all(text.as_bytes());
    }
    let (beside, mut file) = create_beside(out)?;
    let done = file.write_all(text.as_bytes()).and_then(|()| fs::rename(&beside, out));
    if done.is_err() {
        _ = fs::remove_file(&beside);
    }
    done
}

/// A new file beside another. It is never one that exists: that could be a link, or somebody's own.
fn create_beside(out: &Path) -> io::Result<(PathBuf, File)> {
    const ATTEMPTS: u32 = 100;
    let mut taken = io::Error::from(ErrorKind::AlreadyExists);
    for attempt in 0..ATTEMPTS {
        let mut name = out.file_name().unwrap_or_default().to_os_string();
        name.push(format!(".{}-{attempt}.tmp", std::process::id()));
        let beside = out.with_file_name(name);
        match OpenOptions::new().write(true).create_new(true).open(&beside) {
            Ok(file) => return Ok((beside, file)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => taken = error,
            Err(error) => return Err(error),
        }
    }
    Err(taken)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_at_the_temporary_name_is_not_written_through() {
        let dir = tempfile::tempdir().expect("a directory");
        let (out, victim) = (dir.path().join("east.yaml"), dir.path().join("victim"));
        fs::write(&victim, "theirs").expect("a file");
        symlink(&victim, dir.path().join(format!("east.yaml.{}-0.tmp", std::process::id()))).expect("a link");
        symlink(dir.path().join("new"), dir.path().join(format!("east.yaml.{}-1.tmp", std::process::id())))
            .expect("a link");
        write(&out, "inventory").expect("written");
        assert_eq!(fs::read_to_string(&out).expect("a file"), "inventory");
        assert_eq!(fs::read_to_string(&victim).expect("a file"), "theirs");
        assert!(!dir.path().join("new").exists());
        assert_eq!(fs::read_dir(dir.path()).expect("a directory").count(), 4, "no temporary file is left");
    }
}
