//! The command line: arguments in, exit codes out. The only stage that prints, and the only one that reads the environment.
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | done; no differences, no denied findings |
//! | 1 | differences or denied findings, or the tree is out of date |
//! | 2 | usage or settings error |
//! | 3 | input error: unreadable or undecodable input, an INVALID policy; nothing was written |
//! | 4 | refused for safety |
//! | 5 | I/O or git error |

mod access;
mod affected;
mod ca;
mod check;
mod clock;
mod cmp;
mod complete;
mod coverage;
mod describe;
mod diff;
mod editor;
mod explain;
mod git;
mod gitops;
mod graph;
mod init;
mod inventory;
mod judge;
mod man;
mod manifests;
mod overview;
mod package;
mod password;
mod policy;
mod question;
mod render;
mod results;
mod schema;
mod session;
mod status;
mod template;
mod terminal;
mod test;
mod threads;
mod trace;
mod waves;
mod write;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::builder::{PathBufValueParser, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::diag::levels::Deny;
use crate::diag::{Exit, show};

use results::ReportFile;
use threads::with_threads;

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
                  Start with: meshtree init FLEET, then meshtree check FLEET, then meshtree render FLEET, then commit FLEET/rendered.\n\n\
                  Exit codes: 0 done, 1 differences found, 2 usage or settings, 3 inputs, 4 refused for safety, 5 I/O or git."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a fleet of a directory, from the dumps or manifests that it has
    Init(init::Arguments),
    /// Write the manifests of all clusters, or print the manifests of one
    Render(render::Arguments),
    /// Show how the inputs change the rendered manifests
    Diff(diff::Arguments),
    /// Check the inputs without writing anything
    Check(check::Arguments),
    /// Show the status of every policy as Service Mesh Hub would have set it
    Status(status::Arguments),
    /// Show, check, issue and renew the certificates in the CA store
    Ca(ca::Arguments),
    /// Show the clusters as meshtree reads them; turn dumps into inventory
    Inventory(inventory::Arguments),
    /// Show what happens to a request, and why
    Trace(trace::Arguments),
    /// List who may call each service, and by which policy
    Access(access::Arguments),
    /// Run the tests of the fleet: its PolicyTests
    Test(test::Arguments),
    /// Show what is known of one thing, and what applies to it
    Describe(describe::Arguments),
    /// Show what the policies leave out
    Coverage(coverage::Arguments),
    /// Draw clusters, services and who may call whom
    Graph(graph::Arguments),
    /// Write the files with which Argo CD, Flux and CI systems apply and check a fleet
    Gitops(gitops::Arguments),
    /// List the clusters whose rendered manifests differ from an earlier commit
    Affected(affected::Arguments),
    /// Pack one cluster's manifests for an OCI registry
    Package(package::Arguments),
    /// Print one cluster's manifests as a config management plugin of Argo CD
    Cmp(cmp::Arguments),
    /// Write policies to start from
    Policy(policy::Arguments),
    /// Show what the fleet's own templates see
    Template(template::Arguments),
    /// Hash a password for the settings of an edge gateway
    Password(password::Arguments),
    /// Print the JSON Schemas of the files of a fleet, for editors
    Schema(schema::Arguments),
    /// Explain a diagnostic code
    Explain(explain::Arguments),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the manual pages
    Man(man::Arguments),
}

/// The arguments of every command that reads a fleet.
#[derive(Clone, Debug, Args)]
struct Common {
    /// The fleet's directory
    #[arg(default_value = ".", value_name = "FLEET")]
    fleet: PathBuf,
    /// Format of diagnostics and reports
    #[arg(long, value_parser = plain_formats(), default_value = "text", value_name = "FORMAT")]
    format: Format,
    /// Also write the diagnostics and the report to a file, in one of these formats; can be repeated
    #[arg(long, value_parser = plain_report, value_name = "FORMAT=FILE")]
    report: Vec<ReportFile>,
    /// When to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    color: Color,
    /// Also list the objects and services that were skipped, and the forms of FailoverServices that were chosen
    #[arg(short, long)]
    verbose: bool,
    /// Print only errors, what --allow-invalid leaves out, and what concerns keys or opened or shut services
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// Make errors of all warnings, or of the findings with these codes: exit code 1, and nothing is written
    #[arg(long, value_delimiter = ',', value_name = "warnings|CODE")]
    deny: Vec<Deny>,
}

impl Common {
    /// The defaults for a fleet.
    fn of_fleet(fleet: &Path, format: Format) -> Self {
        let (fleet, color) = (fleet.to_path_buf(), Color::Auto);
        Self { fleet, format, report: Vec::new(), color, verbose: false, quiet: false, deny: Vec::new() }
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
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// A Code Quality report of GitLab
    Gitlab,
    /// The comment of a pull request
    Markdown,
    /// The summary of a CI job: one line per object
    MarkdownSummary,
    /// JUnit's XML, for CI systems that show tests
    Junit,
}

impl Format {
    /// Whether it is a document for programs, which is printed as data.
    fn is_document(self) -> bool {
        matches!(self, Self::Json | Self::Sarif | Self::Gitlab | Self::Junit)
    }

    /// Whether diagnostics are shown as blocks of text.
    fn is_prose(self) -> bool {
        self == Self::Text || self.is_page()
    }

    /// Whether the report is a page of Markdown.
    fn is_page(self) -> bool {
        matches!(self, Self::Markdown | Self::MarkdownSummary)
    }
}

/// The formats that every command has.
fn plain_formats() -> impl TypedValueParser<Value = Format> {
    formats(|format| !format.is_page())
}

/// A report in a format that every command has.
fn plain_report(text: &str) -> Result<ReportFile, String> {
    ReportFile::parse(text, |format| !format.is_page())
}

/// Some of the formats.
fn formats(is_one: fn(Format) -> bool) -> impl TypedValueParser<Value = Format> {
    let some = Format::value_variants().iter().filter(|format| is_one(**format));
    PossibleValuesParser::new(some.filter_map(Format::to_possible_value)).try_map(|name| Format::from_str(&name, true))
}

/// A parser for the path of `-o`, which other commands and kubectl use for a format. `print` says how to print instead.
fn path_not_format(what: &'static str, print: &'static str) -> impl TypedValueParser<Value = PathBuf> {
    const FORMATS: [&str; 8] = ["yaml", "yml", "json", "table", "text", "short", "wide", "name"];
    PathBufValueParser::new().try_map(move |path| match path.to_str() {
        Some(word) if FORMATS.contains(&word) => Err(format!(
            "-o is the output {what} here, not a format: the output is always YAML. To print it, {print}; for a {what} of this name, write ./{word}"
        )),
        Some(_) | None => Ok(path),
    })
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

impl Outcome {
    /// The same where an error of this class came on top: the class that takes precedence counts.
    fn or_failed(self, exit: Exit) -> Self {
        match self {
            Self::Failed(other) => Self::Failed(other.min(exit)),
            Self::Done | Self::Negative => Self::Failed(exit),
        }
    }
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
    threads::report_lack_of_randomness();
    match complete::answer() {
        Ok(false) => {}
        Ok(true) => return ExitCode::SUCCESS,
        Err(error) => {
            let _ = error.print();
            return Outcome::Failed(Exit::Usage).into();
        }
    }
    let ended = match Cli::try_parse() {
        Ok(cli) => run(&cli.command),
        Err(error) if error.use_stderr() => {
            let _ = error.print();
            Ok(Outcome::Failed(Exit::Usage))
        }
        // Help and version are data.
        Err(error) => terminal::print(terminal::styled(&error.render()).as_bytes(), Outcome::Done),
    };
    match ended {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            terminal::message(&show::plain(&format!("error: {error:#}")));
            ExitCode::from(Exit::Io.code())
        }
    }
}

fn run(command: &Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Init(arguments) => with_threads(|| init::run(arguments)),
        Command::Render(arguments) => with_threads(|| render::run(arguments)),
        Command::Diff(arguments) => with_threads(|| diff::run(arguments)),
        Command::Check(arguments) => with_threads(|| check::run(arguments)),
        Command::Status(arguments) => with_threads(|| status::run(arguments)),
        Command::Ca(arguments) => with_threads(|| ca::run(arguments)),
        Command::Inventory(arguments) => with_threads(|| inventory::run(arguments)),
        Command::Trace(arguments) => with_threads(|| trace::run(arguments)),
        Command::Access(arguments) => with_threads(|| access::run(arguments)),
        Command::Test(arguments) => with_threads(|| test::run(arguments)),
        Command::Describe(arguments) => with_threads(|| describe::run(arguments)),
        Command::Coverage(arguments) => with_threads(|| coverage::run(arguments)),
        Command::Graph(arguments) => with_threads(|| graph::run(arguments)),
        Command::Gitops(arguments) => with_threads(|| gitops::run(arguments)),
        Command::Affected(arguments) => with_threads(|| affected::run(arguments)),
        Command::Package(arguments) => with_threads(|| package::run(arguments)),
        Command::Cmp(arguments) => with_threads(|| cmp::run(arguments)),
        Command::Policy(arguments) => with_threads(|| policy::run(arguments)),
        Command::Template(arguments) => with_threads(|| template::run(arguments)),
        Command::Password(arguments) => password::run(arguments),
        Command::Schema(arguments) => schema::run(arguments),
        Command::Explain(arguments) => explain::run(arguments),
        Command::Completions { shell } => terminal::print(&complete::script(*shell)?, Outcome::Done),
        Command::Man(arguments) => man::run(arguments),
    }
}
