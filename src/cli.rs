//! The command line: arguments in, exit codes out. The only stage that prints, and the only one that reads the environment.
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | done; no differences, no findings |
//! | 1 | differences found, or the tree is out of date |
//! | 2 | usage or settings error |
//! | 3 | input error: unreadable or undecodable input, an INVALID policy; nothing was written |
//! | 4 | refused for safety |
//! | 5 | I/O or git error |

mod check;
mod diff;
mod explain;
mod git;
mod inventory;
mod render;
mod session;
mod status;
mod terminal;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::diag::Exit;

/// Renders Service Mesh Hub policies into one reviewable directory of Istio manifests per cluster.
#[derive(Debug, Parser)]
#[command(
    name = "meshtree",
    version,
    about,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "A fleet is a directory with policies, clusters/<name>/ or clusters/<name>.yaml, and optionally meshtree.yaml.\n\
                  Start with: meshtree check FLEET, then meshtree render FLEET, then commit FLEET/rendered.\n\n\
                  Exit codes: 0 done, 1 differences found, 2 usage or settings, 3 inputs, 4 refused for safety, 5 I/O or git."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write the manifests of all clusters, or print the manifests of one
    Render(render::Arguments),
    /// Show how the inputs change the rendered manifests
    Diff(diff::Arguments),
    /// Check the inputs without writing anything
    Check(check::Arguments),
    /// Show the status of every policy as Service Mesh Hub would have set it
    Status(status::Arguments),
    /// Show the clusters as meshtree reads them; turn dumps into inventory
    Inventory(inventory::Arguments),
    /// Explain a diagnostic code
    Explain(explain::Arguments),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// The arguments of every command that reads a fleet.
#[derive(Clone, Debug, Args)]
struct Common {
    /// The fleet's directory
    #[arg(default_value = ".", value_name = "FLEET")]
    fleet: PathBuf,
    /// Format of diagnostics and reports
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    format: Format,
    /// When to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    color: Color,
    /// Also list the objects and services that were skipped
    #[arg(short, long)]
    verbose: bool,
    /// Print only errors, what --allow-invalid leaves out, and warnings about new or removed CA material
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
}

impl Common {
    /// The defaults for a fleet.
    fn of_fleet(fleet: &Path, format: Format) -> Self {
        Self { fleet: fleet.to_path_buf(), format, color: Color::Auto, verbose: false, quiet: false }
    }
}

/// The format of diagnostics and reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Human-readable
    Text,
    /// One line per diagnostic
    Short,
    /// Machine-readable
    Json,
}

/// When colours are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Color {
    /// On a terminal, unless NO_COLOR or CI is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Done.
    Done,
    /// Differences were found, or the tree is out of date.
    Negative,
    /// An error, with its exit code.
    Failed(Exit),
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::SUCCESS,
            Outcome::Negative => Self::from(1),
            Outcome::Failed(exit) => Self::from(exit.code()),
        }
    }
}

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { Exit::Usage.code() } else { 0 });
        }
    };
    let ended = match &cli.command {
        Command::Render(arguments) => render::run(arguments),
        Command::Diff(arguments) => diff::run(arguments),
        Command::Check(arguments) => check::run(arguments),
        Command::Status(arguments) => status::run(arguments),
        Command::Inventory(arguments) => inventory::run(arguments),
        Command::Explain(arguments) => explain::run(arguments),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "meshtree", &mut script);
            terminal::data(&script).map(|()| Outcome::Done)
        }
    };
    match ended {
        Ok(outcome) => outcome.into(),
        // `meshtree diff | head`: a reader that closes the pipe early is not an error.
        Err(error) if terminal::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::message(&format!("error: {error:#}"));
            ExitCode::from(Exit::Io.code())
        }
    }
}
