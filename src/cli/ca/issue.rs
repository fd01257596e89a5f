//! `meshtree ca issue`: issues what is missing in the CA store, and renders nothing.

use std::collections::BTreeMap;

use clap::Args;

use super::is_shown;
use super::signer::Signer;
use crate::ca::{AuthorityFacts, Pending};
use crate::cli::session::Session;
use crate::cli::terminal::Progress;
use crate::cli::{Common, Outcome};
use crate::diag::{Code, Diag, Place, Report};
use crate::fleet::{Custody, Meaning};
use crate::report::issued::{By, IssuedReport, IssuedView};

/// Issues the roots and intermediates that are missing in the CA store, by the rules of `render`, and renders nothing.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Never issue CA material; missing material is an error (for CI)
    #[arg(long)]
    locked: bool,
    /// Issue a root although the inventory shows that workloads trust another one
    #[arg(long, conflicts_with = "locked")]
    accept_new_root: bool,
    #[command(flatten)]
    signer: Signer,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let Arguments { common, locked, accept_new_root, signer } = arguments;
    let (session, mut report) = Session::read(common, None);
    let meaning = session.resolve(&mut report);
    report.revise(|diag| is_shown(diag));
    session.judge(&mut report);
    if report.has_errors() {
        return session.stop(report);
    }
    let custody = session.custody(locked.then_some("--locked"));
    let custody = Custody { accept_new_root: *accept_new_root, signer: signer.program(), only_store: true, ..custody };
    let pending = meaning.authorities(custody, &mut report);
    report.revise(|diag| is_shown(diag));
    issue(&session, &meaning, pending, report)
}

/// Issues what was decided, and reports what the store has now and had not before.
pub(super) fn issue(
    session: &Session<'_>,
    meaning: &Meaning<'_>,
    pending: Pending,
    mut report: Report,
) -> anyhow::Result<Outcome> {
    session.judge(&mut report);
    if report.has_errors() {
        return session.stop(report);
    }
    let before = pending.authorities().to_vec();
    let sealed = pending.to_seal().iter().map(ToString::to_string).collect();
    let progress = Progress::new(session.is_quiet() || session.prints_document());
    if let Err(error) = pending.issue_with(&|made, all| progress.show(made, all)) {
        report.push(Diag::new(error.code(), Place::Nowhere, error.to_string()));
    }
    let issued = IssuedReport { sealed, ..stored(session, meaning, (&before, By::Issuing), &mut report) };
    // After an error, what was issued before it stays.
    let is_told =
        !session.is_quiet() && (!report.has_errors() || !issued.issued.is_empty() || !issued.sealed.is_empty());
    let text = if is_told { issued.text() } else { String::new() };
    session.finish(report, IssuedReport::KIND, &issued, &text, Outcome::Done)
}

/// What came into the store, read back from it: what is reported is what is there. What makes the store unusable is reported, and what was
/// brought is compared with the policies.
pub(super) fn stored(
    session: &Session<'_>,
    meaning: &Meaning<'_>,
    (before, by): (&[AuthorityFacts], By),
    report: &mut Report,
) -> IssuedReport {
    let mut findings = Report::default();
    let now = meaning.authorities(session.custody(Some("--locked")), &mut findings);
    findings.revise(|diag| diag.code == Code::CaBroken || by != By::Issuing && diag.code == Code::CaExpired);
    report.append(findings);
    let first = first(&session.directory(), meaning, now.authorities());
    IssuedReport { issued: difference(meaning, before, now.authorities()), sealed: Vec::new(), crls: None, by, first }
}

/// What has to be done before anything can be rendered: rendering issues nothing under a root whose key is elsewhere, and signs no CRLs.
fn first(fleet: &str, meaning: &Meaning<'_>, now: &[AuthorityFacts]) -> Vec<String> {
    let asked = meaning.kept();
    let mut first = Vec::new();
    for AuthorityFacts { virtual_mesh, root, meshes, lacks_crls, .. } in now {
        let meshes_asked = asked.authorities.iter().find(|asked| asked.virtual_mesh == *virtual_mesh);
        let lacks = meshes_asked.map_or(0, |asked| asked.meshes.len()) > meshes.len();
        if lacks && root.sealed_to.is_empty() {
            first.push("run meshtree ca csr, have the requests signed and run meshtree ca accept, or run meshtree ca issue --signer PROGRAM".to_owned());
        }
        if *lacks_crls {
            let signer = if root.sealed_to.is_empty() { " --signer PROGRAM" } else { "" };
            first.push(format!(
                "run meshtree ca crl {fleet} --virtual-mesh {virtual_mesh}{signer}, where an age identity that decrypts the CA store is available, since its meshes have CRLs and one of its CAs has none"
            ));
        }
    }
    first
}

/// The certificates that are in the store now and were not before.
fn difference(meaning: &Meaning<'_>, before: &[AuthorityFacts], now: &[AuthorityFacts]) -> Vec<IssuedView> {
    let mut former = BTreeMap::new();
    for AuthorityFacts { virtual_mesh: _, root, meshes, rotation: _, crls: _, lacks_crls: _ } in before {
        for kept in [root].into_iter().chain(meshes.iter().map(|(_, kept)| kept)) {
            former.insert(&kept.file, &kept.certificate);
        }
    }
    let mut issued = Vec::new();
    for AuthorityFacts { virtual_mesh, root, meshes, rotation: _, crls: _, lacks_crls: _ } in now {
        let root = (None, root);
        for (mesh, kept) in [root].into_iter().chain(meshes.iter().map(|(mesh, kept)| (Some(mesh), kept))) {
            let former = former.get(&kept.file);
            if former.is_none_or(|former| former.der != kept.certificate.der) {
                issued.push(IssuedView::of(virtual_mesh, (mesh, &meaning.plan), kept, former.copied()));
            }
        }
    }
    issued
}
