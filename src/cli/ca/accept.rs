//! `meshtree ca accept`: puts certificates that were signed elsewhere into the CA store.

use std::path::PathBuf;

use clap::Args;

use super::adopt::{read, shown};
use super::is_shown;
use super::issue::stored;
use crate::ca::{Custodian, installation};
use crate::cli::session::Session;
use crate::cli::{Common, Outcome, terminal};
use crate::diag::{Code, Diag, Place, Report};
use crate::report::issued::{By, IssuedReport};

/// Puts certificates that were signed elsewhere into the CA store, each for the mesh whose request has its key.
///
/// Each must be a CA certificate that the root of the VirtualMesh signed; other certificates in the files, such as the root, must be that
/// root. No key is needed: the private key of the request stays encrypted as it is.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Files with certificates in PEM, any number each; `-` is standard input
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    certificate: Vec<PathBuf>,
    /// The VirtualMesh, if the fleet has several with a root of their own
    #[arg(long, value_name = "NAMESPACE/NAME")]
    virtual_mesh: Option<String>,
    /// The certificate is for a key that the cluster keeps; prints a Job that puts both together there
    #[arg(long, requires_all = ["cluster", "image"])]
    in_cluster: bool,
    /// The cluster that keeps its key
    #[arg(short, long, value_name = "NAME", requires = "in_cluster")]
    cluster: Option<String>,
    /// The image of the Job, which must have sh, openssl and kubectl
    #[arg(long, value_name = "IMAGE", requires = "in_cluster")]
    image: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let (session, mut report) = Session::read(&arguments.common, None);
    let meaning = session.resolve(&mut report);
    report.revise(|diag| is_shown(diag));
    session.judge(&mut report);
    if report.has_errors() {
        return session.stop(report);
    }
    let mut files = Vec::new();
    for file in &arguments.certificate {
        let Some(text) = read(file, Some(&arguments.common.fleet), &mut report) else { continue };
        files.push((shown(file), text.to_string()));
    }
    let before = meaning.authorities(session.custody(Some("--locked")), &mut Report::default()).authorities().to_vec();
    let custodian = meaning.custodian(session.custody(None), &mut Report::default());
    let job = if report.has_errors() { None } else { arguments.accept(&custodian, &files, &mut report) };
    if report.has_errors() {
        return session.stop(report);
    }
    let issued = stored(&session, &meaning, (&before, By::Acceptance), &mut report);
    let text = if session.is_quiet() { String::new() } else { issued.text() };
    match job {
        None => session.finish(report, IssuedReport::KIND, &issued, &text, Outcome::Done),
        Some(job) => {
            let ended = session.conclude(report).unwrap_or(Outcome::Done);
            terminal::message(&text);
            terminal::print(job.as_bytes(), ended)
        }
    }
}

impl Arguments {
    /// Accepts the certificates, and gives the Job for a key that a cluster keeps.
    fn accept(&self, custodian: &Custodian, files: &[(String, String)], report: &mut Report) -> Option<String> {
        let virtual_mesh = self.virtual_mesh.as_deref();
        let done = match (&self.cluster, &self.image, files) {
            (Some(cluster), Some(image), [(name, text)]) => custodian
                .accept_in_cluster(virtual_mesh, cluster, (name, text), report)
                .and_then(|accepted| accepted.map(|(mesh, secret)| installation(&mesh, &secret, image)).transpose()),
            (Some(_), _, _) => {
                let what = "--in-cluster takes one certificate";
                report.push(Diag::new(Code::Usage, Place::Nowhere, what));
                Ok(None)
            }
            (None, _, _) => custodian.accept(virtual_mesh, files, report).map(|()| None),
        };
        done.unwrap_or_else(|error| {
            report.push(Diag::new(error.code(), Place::Nowhere, error.to_string()));
            None
        })
    }
}
