//! `meshtree ca accept`: puts certificates that were signed elsewhere into the CA store.

use std::path::PathBuf;

use clap::Args;

use super::adopt::{read, shown};
use super::crl::signed;
use super::is_shown;
use super::issue::stored;
use super::signer::Signer;
use crate::ca::{Custodian, installation};
use crate::cli::session::Session;
use crate::cli::{Common, Outcome, terminal};
use crate::diag::{Code, Diag, Place, Report};
use crate::fleet::Custody;
use crate::ids::ObjectRef;
use crate::report::issued::{By, IssuedReport};

/// Puts certificates that were signed elsewhere into the CA store, each for the mesh whose request has its key.
///
/// Each must be a CA certificate that the root of the VirtualMesh signed; other certificates in the files, such as the root, must be that
/// root. No key is needed: the private key of the request stays encrypted as it is.
///
/// If the meshes have CRLs, these are signed again in the same run where the keys are available: an age identity that decrypts the CA store,
/// and --signer for a root whose key is elsewhere.
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
    #[command(flatten)]
    signer: Signer,
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
    let custody = Custody { signer: arguments.signer.program(), ..session.custody(None) };
    let custodian = meaning.custodian(custody, &mut Report::default());
    let done = if report.has_errors() { None } else { arguments.accept(&custodian, &files, &mut report) };
    let Some((job, crls)) = done.filter(|_| !report.has_errors()) else { return session.stop(report) };
    let issued = stored(&session, &meaning, (&before, By::Acceptance), &mut report);
    let crls = crls.and_then(|virtual_mesh| signed(&session, &meaning, &virtual_mesh, &mut report));
    let issued = IssuedReport { crls, ..issued };
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
    /// Accepts the certificates. Gives the Job for a key that a cluster keeps, and the VirtualMesh whose CRLs were signed again.
    fn accept(&self, custodian: &Custodian, files: &[(String, String)], report: &mut Report) -> Option<Accepted> {
        let virtual_mesh = self.virtual_mesh.as_deref();
        let done = match (&self.cluster, &self.image, files) {
            (Some(cluster), Some(image), [(name, text)]) => custodian
                .accept_in_cluster(virtual_mesh, cluster, (name, text), report)
                .and_then(|accepted| accepted.map(|(mesh, secret)| installation(&mesh, &secret, image)).transpose())
                .map(|job| (job, None)),
            (Some(_), _, _) => {
                let what = "--in-cluster takes one certificate";
                report.push(Diag::new(Code::Usage, Place::Nowhere, what));
                Ok((None, None))
            }
            (None, _, _) => custodian.accept(virtual_mesh, files, report).map(|crls| (None, crls)),
        };
        done.map_err(|error| report.push(Diag::new(error.code(), Place::Nowhere, error.to_string()))).ok()
    }
}

/// The Job to apply, and the VirtualMesh whose CRLs were signed again.
type Accepted = (Option<String>, Option<ObjectRef>);
