//! `meshtree ca crl`: lists of revoked certificates.

use std::path::PathBuf;

use clap::Args;

use super::adopt::{read, shown};
use super::chosen::chosen;
use super::is_shown;
use super::signer::Signer;
use crate::ca::Revoking;
use crate::cli::session::Session;
use crate::cli::{Common, Outcome, terminal};
use crate::diag::{Code, Diag, Place, Report};
use crate::fleet::{Custody, Meaning};
use crate::ids::ObjectRef;
use crate::report::crls::CrlReport;

/// Signs the CRLs of the root and of all intermediates of a VirtualMesh, and puts them into cacerts of every mesh.
///
/// All clusters need Istio 1.27 or later. What was revoked before stays revoked. The private keys of all CAs are needed, so an
/// age identity that decrypts them must be available. Render and commit afterwards.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// The VirtualMesh that is meant, if the fleet has several
    #[arg(long, value_name = "NAMESPACE/NAME")]
    virtual_mesh: Option<String>,
    /// Revoke an intermediate, by its serial number or by the mesh that signs with it; can be repeated
    #[arg(long, value_name = "SERIAL|MESH")]
    revoke: Vec<String>,
    /// For how many days the CRLs count; when they have ended, calls fail
    #[arg(long, value_name = "DAYS", default_value_t = 400, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    days: u32,
    /// Revoke also an intermediate that a mesh signs with now: calls of its workloads are then refused
    #[arg(long, requires = "revoke")]
    cut_off: bool,
    /// Take the CRLs away from all meshes
    #[arg(long, conflicts_with_all = ["revoke", "days"])]
    remove: bool,
    /// A CRL that a cluster signed with a key that never leaves it; `-` is standard input; can be repeated
    #[arg(long, value_name = "FILE", conflicts_with = "remove")]
    given: Vec<PathBuf>,
    /// Print a Job that signs the CRL of a key that never leaves its cluster, for --given
    #[arg(long, requires_all = ["cluster", "image"], conflicts_with_all = ["revoke", "remove", "given", "signer"])]
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
    let Arguments { common, virtual_mesh, revoke, days, cut_off, remove, signer, .. } = arguments;
    let (session, mut report) = Session::read(common, None);
    let meaning = session.resolve(&mut report);
    report.revise(|diag| is_shown(diag));
    let virtual_mesh = chosen(virtual_mesh.as_deref(), &meaning, &mut report);
    session.judge(&mut report);
    let Some(virtual_mesh) = virtual_mesh.filter(|_| !report.has_errors()) else { return session.stop(report) };
    if let (Some(cluster), Some(image)) = (&arguments.cluster, &arguments.image) {
        return job(&session, &meaning, (&virtual_mesh, cluster, image, *days), report);
    }
    let mut given = Vec::new();
    for file in &arguments.given {
        let Some(text) = read(file, Some(&common.fleet), &mut report) else { return session.stop(report) };
        given.push((shown(file), text.to_string()));
    }
    let revoking = Revoking {
        given,
        virtual_mesh: &virtual_mesh,
        revoke: revoke.clone(),
        days: *days,
        cut_off: *cut_off,
        remove: *remove,
    };
    let custody = Custody { signer: signer.program(), ..session.custody(None) };
    let lists = meaning.lists(custody, revoking, &mut report);
    session.judge(&mut report);
    let Some(lists) = lists.filter(|_| !report.has_errors()) else { return session.stop(report) };
    if let Err(error) = lists.carry_out() {
        report.push(Diag::new(error.code(), Place::Nowhere, error.to_string()));
        return session.stop(report);
    }
    let Some(signed) = signed(&session, &meaning, &virtual_mesh, &mut report) else { return session.stop(report) };
    let text = if session.is_quiet() { String::new() } else { signed.text() };
    session.finish(report, CrlReport::KIND, &signed, &text, Outcome::Done)
}

/// Prints the Job that signs the CRL of a key that its cluster keeps.
fn job(
    session: &Session<'_>,
    meaning: &Meaning<'_>,
    (virtual_mesh, cluster, image, days): (&ObjectRef, &str, &str, u32),
    mut report: Report,
) -> anyhow::Result<Outcome> {
    let custodian = meaning.custodian(session.custody(None), &mut Report::default());
    let job = custodian.list_in_cluster(virtual_mesh, (cluster, image), days, &mut report);
    let job = job.unwrap_or_else(|error| {
        report.push(Diag::new(error.code(), Place::Nowhere, error.to_string()));
        None
    });
    let ended = session.conclude(report).unwrap_or(Outcome::Done);
    terminal::print(job.unwrap_or_default().as_bytes(), ended)
}

/// What was signed, read back from the store.
pub(super) fn signed(
    session: &Session<'_>,
    meaning: &Meaning<'_>,
    virtual_mesh: &ObjectRef,
    report: &mut Report,
) -> Option<CrlReport> {
    let mut findings = Report::default();
    let pending = meaning.authorities(session.custody(Some("--locked")), &mut findings);
    findings.revise(|diag| matches!(diag.code, Code::CaBroken | Code::CrlsRefused));
    report.append(findings);
    pending.authorities().iter().find(|facts| facts.virtual_mesh == *virtual_mesh).map(CrlReport::of)
}
