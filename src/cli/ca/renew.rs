//! `meshtree ca renew`: new intermediates under the roots of the CA store.

use clap::Args;

use super::signer::Signer;
use super::{is_shown, issue};
use crate::cli::session::{Session, chosen};
use crate::cli::{Common, Outcome, complete};
use crate::fleet::Custody;

/// Issues the intermediates of the meshes again, under the same roots and with new keys.
///
/// An age identity that decrypts the root's key must be available. Render and commit afterwards. Workloads keep calling each other:
/// the root stays the same, and the certificates before stay valid until they end.
#[derive(Debug, Args)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Only the meshes of this cluster; can be repeated
    #[arg(short, long, value_name = "NAME", add = complete::clusters())]
    cluster: Vec<String>,
    #[command(flatten)]
    signer: Signer,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let (session, mut report) = Session::read(&arguments.common, None);
    let meaning = session.resolve(&mut report);
    let names = chosen(&meaning, &arguments.cluster, &mut report);
    report.revise(|diag| is_shown(diag));
    session.judge(&mut report);
    if report.has_errors() {
        return session.stop(report);
    }
    let renew = Some(if arguments.cluster.is_empty() { Vec::new() } else { names }.into_iter().collect());
    let custody = Custody { renew, signer: arguments.signer.program(), only_store: true, ..session.custody(None) };
    let pending = meaning.authorities(custody, &mut report);
    report.revise(|diag| is_shown(diag));
    issue::issue(&session, &meaning, pending, report)
}
