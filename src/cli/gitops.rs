//! `meshtree gitops`: files for what delivers a tree.

mod init;
mod repository;

use clap::{Args, Subcommand};

use super::Outcome;

/// Writes the files with which Argo CD, Flux and CI systems apply and check a fleet.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write the files for Argo CD, Flux, GitHub, GitLab or pre-commit into the repository
    Init(init::Arguments),
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    match &arguments.command {
        Action::Init(arguments) => init::run(arguments),
    }
}
