//! `meshtree ca`: looks after the CA store.

mod accept;
mod adopt;
mod check;
mod chosen;
mod committed;
mod crl;
mod csr;
mod export;
mod issue;
mod renew;
mod reseal;
mod rotate;
mod show;
mod sign;
mod signer;

use clap::{Args, Subcommand};

pub(super) use export::to_terminal;

use super::Outcome;
use crate::diag::{Diag, Severity};
use crate::ids::ObjectRef;

/// Shows, checks, issues, renews, rotates and encrypts again the certificates in the CA store.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Put certificates that were signed elsewhere into the CA store
    Accept(accept::Arguments),
    /// Take a root, or the `cacerts` of a mesh, that something else issued into the CA store
    Adopt(adopt::Arguments),
    /// Check the CA store: certificates that end soon, have ended, or do not match the policies
    Check(check::Arguments),
    /// Sign CRLs of all CAs of a VirtualMesh, and revoke intermediates
    Crl(crl::Arguments),
    /// Make keys and certificate requests for a root whose key is elsewhere
    Csr(csr::Arguments),
    /// Print the entries of one cacerts, with its private key in clear, for a store of secrets
    Export(export::Arguments),
    /// Issue the roots and intermediates that are missing
    Issue(issue::Arguments),
    /// Issue intermediates again, under the same roots
    Renew(renew::Arguments),
    /// Encrypt the CA store to the recipients of today
    Reseal(reseal::Arguments),
    /// Replace a root in three phases, without an outage
    Rotate(rotate::Arguments),
    /// Show the certificates in the CA store
    Show(show::Arguments),
    /// Sign certificate requests where the key of the root is
    Sign(sign::Arguments),
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    match &arguments.command {
        Command::Accept(arguments) => accept::run(arguments),
        Command::Adopt(arguments) => adopt::run(arguments),
        Command::Check(arguments) => check::run(arguments),
        Command::Crl(arguments) => crl::run(arguments),
        Command::Csr(arguments) => csr::run(arguments),
        Command::Export(arguments) => export::run(arguments),
        Command::Issue(arguments) => issue::run(arguments),
        Command::Renew(arguments) => renew::run(arguments),
        Command::Reseal(arguments) => reseal::run(arguments),
        Command::Rotate(arguments) => rotate::run(arguments),
        Command::Show(arguments) => show::run(arguments),
        Command::Sign(arguments) => sign::run(arguments),
    }
}

/// Whether a finding is about certificates, or keeps what is asked of them from being known.
fn is_shown(diag: &Diag) -> bool {
    diag.severity == Severity::Error || diag.code.is_about_certificates()
}

/// Reads the name of a VirtualMesh on the command line.
fn virtual_mesh(text: &str) -> Result<ObjectRef, String> {
    match text.split_once('/') {
        Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() && !name.contains('/') => {
            Ok(ObjectRef::new(namespace, name))
        }
        _ => Err("use namespace and name of the VirtualMesh, such as service-mesh-hub/virtual-mesh".to_owned()),
    }
}
