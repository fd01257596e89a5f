//! `meshtree policy`: policies to start from.

mod ask;
mod new;

use clap::{Args, Subcommand};

use super::Outcome;

/// Writes policies to start from.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a commented policy for services of the fleet
    New(new::Arguments),
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    match &arguments.command {
        Command::New(arguments) => new::run(arguments),
    }
}
