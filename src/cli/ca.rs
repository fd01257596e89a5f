//! `meshtree ca`: looks after the CA store.

mod check;
mod show;

use clap::{Args, Subcommand};

use super::Outcome;

/// Shows and checks the certificates in the CA store.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check the CA store: certificates that end soon, have ended, or do not match the policies
    Check(check::Arguments),
    /// Show the certificates in the CA store
    Show(show::Arguments),
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    match &arguments.command {
        Command::Check(arguments) => check::run(arguments),
        Command::Show(arguments) => show::run(arguments),
    }
}
