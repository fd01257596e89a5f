//! `meshtree ca csr`: requests for intermediates, for a root whose key is elsewhere.

use clap::Args;

use super::is_shown;
use crate::cli::session::Session;
use crate::cli::terminal::{self, Progress};
use crate::cli::{Common, Outcome};
use crate::diag::{Code, Diag, Place, Report};

/// Makes keys and certificate requests for the meshes that lack an intermediate, and prints the requests.
///
/// The keys are in the CA store, encrypted; commit them. Have the requests signed where the key of the root is, with `meshtree ca sign` or
/// anything else, and put the certificates into the CA store with `meshtree ca accept`. A request that is there already is printed again.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Only the meshes of this cluster; can be repeated
    #[arg(short, long, value_name = "NAME")]
    cluster: Vec<String>,
    /// Also for meshes that have an intermediate, which is replaced when the new one is accepted
    #[arg(long)]
    renew: bool,
    /// The VirtualMesh, if the fleet has several with a root of their own
    #[arg(long, value_name = "NAMESPACE/NAME")]
    virtual_mesh: Option<String>,
    /// Print a Job that makes the key in the cluster and prints the request, so that the key never leaves it
    #[arg(long, requires_all = ["cluster", "image"], conflicts_with = "renew")]
    in_cluster: bool,
    /// The image of the Job, which must have sh, openssl and kubectl
    #[arg(long, value_name = "IMAGE", requires = "in_cluster")]
    image: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let Arguments { common, cluster, renew, virtual_mesh, in_cluster, image } = arguments;
    let (session, mut report) = Session::read(common, None);
    let meaning = session.resolve(&mut report);
    report.revise(|diag| is_shown(diag));
    session.judge(&mut report);
    if report.has_errors() {
        return session.stop(report);
    }
    let custodian = meaning.custodian(session.custody(None), &mut Report::default());
    let virtual_mesh = virtual_mesh.as_deref();
    let done = if let (true, [cluster], Some(image)) = (*in_cluster, &cluster[..], image) {
        custodian.request_in_cluster(virtual_mesh, cluster, image, &mut report).map(Option::unwrap_or_default)
    } else if *in_cluster {
        let what = "--in-cluster is for one cluster: the Job is applied there";
        report.push(Diag::new(Code::Usage, Place::Nowhere, what));
        Ok(String::new())
    } else {
        let progress = Progress::new(session.is_quiet() || session.prints_document());
        let shown = |made, all| progress.show(made, all);
        custodian.request(virtual_mesh, (cluster, *renew), &shown, &mut report).map(|requests| {
            for request in requests.iter().filter(|request| request.is_new) {
                terminal::message(&format!(
                    "made a key for mesh {} in cluster {}: {}",
                    request.mesh,
                    request.cluster,
                    request.file.display()
                ));
            }
            if requests.is_empty() && !report.has_errors() {
                terminal::message("nothing is to be requested: every mesh has an intermediate (--renew replaces them)");
            }
            let text = |request: &crate::ca::Request| {
                format!("mesh {} in cluster {}\n{}", request.mesh, request.cluster, request.pem)
            };
            requests.iter().map(text).collect()
        })
    };
    let text = done.unwrap_or_else(|error| {
        report.push(Diag::new(error.code(), Place::Nowhere, error.to_string()));
        String::new()
    });
    let ended = session.conclude(report).unwrap_or(Outcome::Done);
    terminal::print(text.as_bytes(), ended)
}
