//! `meshtree ca`: looks after the CA store.

mod check;
mod chosen;
mod committed;
mod crl;
mod issue;
mod renew;
mod rotate;
mod show;

use clap::{Args, Subcommand};

use super::Outcome;
use crate::diag::{Diag, Severity};

/// Shows, checks, issues, renews and rotates the certificates in the CA store.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check the CA store: certificates that end soon, have ended, or do not match the policies
    Check(check::Arguments),
    /// Sign CRLs of all CAs of a VirtualMesh, and revoke intermediates
    Crl(crl::Arguments),
    /// Issue the roots and intermediates that are missing
    Issue(issue::Arguments),
    /// Issue intermediates again, under the same roots
    Renew(renew::Arguments),
    /// Replace a root in three phases, without an outage
    Rotate(rotate::Arguments),
    /// Show the certificates in the CA store
    Show(show::Arguments),
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    match &arguments.command {
        Command::Check(arguments) => check::run(arguments),
        Command::Crl(arguments) => crl::run(arguments),
        Command::Issue(arguments) => issue::run(arguments),
        Command::Renew(arguments) => renew::run(arguments),
        Command::Rotate(arguments) => rotate::run(arguments),
        Command::Show(arguments) => show::run(arguments),
    }
}

/// Whether a finding is about certificates, or keeps what is asked of them from being known.
fn is_shown(diag: &Diag) -> bool {
    diag.severity == Severity::Error || diag.code.is_about_certificates()
}
