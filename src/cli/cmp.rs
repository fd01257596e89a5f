//! `meshtree cmp`: a config management plugin of Argo CD.

mod application;
mod dump;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::session::Session;
use super::{Common, Format, Outcome, manifests, terminal};
use crate::diag::levels::Deny;
use crate::diag::listing::choices;
use crate::diag::{Code, Diag, Exit, Place, Report, Severity, nearest, show};
use crate::fleet::Meaning;
use crate::gitops::plugin::Parameters;
use crate::ids::ClusterName;
use crate::model::settings::Delivery;
use crate::output;
use crate::path;
use crate::render::tree::{ClusterTree, RenderedFile};
use application::Application;
use dump::Dump;

/// A config management plugin of Argo CD: prints what an application applies.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print the manifests of the cluster that the application names
    Generate(Generate),
}

/// Prints the manifests of one cluster: the command for `spec.generate` of the plugin.
///
/// Runs in the directory of an application's sources and reads what Argo CD passes in environment variables: the parameters
/// cluster (required), fleet and namespaces. Prints everything or nothing, writes nothing, and needs neither Git nor a home
/// directory. CA material is never issued.
#[derive(Debug, Args)]
#[command(after_help = "To try it in a terminal:\n  cd fleet && PARAM_CLUSTER=kind2 meshtree cmp generate")]
struct Generate {
    /// Leave INVALID policies out, target by target, and render the rest
    #[arg(long)]
    allow_invalid: bool,
    /// Make errors of all warnings, or of the findings with these codes
    #[arg(long, value_delimiter = ',', value_name = "warnings|CODE")]
    deny: Vec<Deny>,
    /// For debugging: write the parameters, the manifests and the diagnostics of each application below this directory
    #[arg(long, value_name = "DIR")]
    dump_dir: Option<PathBuf>,
}

/// What a run printed and how it ends.
struct Run {
    stdout: Vec<u8>,
    stderr: String,
    outcome: Outcome,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let Action::Generate(arguments) = &arguments.command;
    let mut application = Application::of_environment();
    let Run { stdout, stderr, outcome } = generate(arguments, &mut application)?;
    terminal::message_unless_empty(&stderr);
    if let Some(directory) = &arguments.dump_dir {
        let dump = Dump { application: &application, stdout: &stdout, stderr: &stderr, outcome };
        if let Err(error) = dump.write(directory) {
            terminal::message(&show::plain(&format!("warning: cannot write to {}: {error}", directory.display())));
        }
    }
    terminal::print(&stdout, outcome)
}

/// Prints nothing: what a run prints is known before any of it is.
fn generate(arguments: &Generate, application: &mut Application) -> anyhow::Result<Run> {
    let mut report = Report::default();
    let Some(parameters) = Parameters::read(application.environment(), &mut report) else {
        return Ok(failed(application, &report.located(|_, _| None)));
    };
    application.cluster = Some(parameters.cluster.clone());
    let fleet = Common::of_fleet(Path::new(&parameters.fleet), Format::Short);
    let common = Common { deny: arguments.deny.clone(), ..fleet };
    let (session, mut report) = Session::read(&common, None);
    let mut stdout = Vec::new();
    if let Some(tree) = manifests(&session, &parameters, arguments.allow_invalid, &mut report)? {
        let is_wanted = wanted(&tree, &parameters, &mut report);
        check_encrypted(&session, &tree, &is_wanted, &mut report);
        output::stream_of(&tree, is_wanted, &mut stdout)?;
    }
    session.judge_all(&mut report);
    report.revise(|diag| diag.severity > Severity::Note || diag.code.is_loud());
    let diags = session.located(report);
    if diags.iter().any(|diag| diag.severity == Severity::Error) {
        return Ok(failed(application, &diags));
    }
    Ok(Run { stdout, stderr: application.told(&diags), outcome: Outcome::Done })
}

/// A run that prints nothing but why.
fn failed(application: &Application, diags: &[Diag]) -> Run {
    let errors = diags.iter().filter(|diag| diag.severity == Severity::Error);
    let exit = errors.map(Diag::exit).min().unwrap_or(Exit::Usage);
    Run { stdout: Vec::new(), stderr: application.told(diags), outcome: Outcome::Failed(exit) }
}

/// The manifests of the cluster, unless something is wrong.
fn manifests(
    session: &Session<'_>,
    parameters: &Parameters,
    allow_invalid: bool,
    report: &mut Report,
) -> anyhow::Result<Option<ClusterTree>> {
    let meaning = session.resolve(report);
    if allow_invalid {
        report.allow_invalid();
    }
    let cluster = named(&meaning, &parameters.cluster, report);
    session.judge(report);
    if report.has_errors() {
        return Ok(None);
    }
    let pending = meaning.authorities(session.custody(Some("meshtree cmp generate")), report);
    session.judge(report);
    if report.has_errors() { Ok(None) } else { manifests::of(cluster.as_slice(), &meaning, &pending, report) }
}

/// The cluster of this name.
fn named(meaning: &Meaning<'_>, name: &str, report: &mut Report) -> Option<ClusterName> {
    let known: Vec<&ClusterName> = meaning.clusters().collect();
    let found = known.iter().find(|known| known.as_str() == name);
    if found.is_none() {
        let all = || known.iter().map(|name| name.as_str());
        let hint = match nearest(name, all()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("use one of the clusters with a mesh: {}", choices(all())),
        };
        let message = format!("parameter cluster: {name:?} is not a cluster of the fleet, or it does not have a mesh");
        report.push(Diag::new(Code::PluginParameter, Place::Nowhere, message).hint(hint));
    }
    found.map(|name| (*name).clone())
}

/// Which files are printed. A namespace for which nothing is rendered is an error: its name is probably mistyped.
fn wanted<'w>(
    tree: &ClusterTree,
    parameters: &'w Parameters,
    report: &mut Report,
) -> impl Fn(&RenderedFile) -> bool + use<'w> {
    let mut known: Vec<&str> = tree.files().iter().map(namespace).collect();
    known.dedup();
    for name in parameters.namespaces.iter().filter(|name| !known.contains(&name.as_str())) {
        let message =
            format!("parameter namespaces: nothing is rendered for namespace {name:?} of {}", parameters.cluster);
        let near = nearest(name, known.iter().copied()).map(|near| format!("did you mean {near}?"));
        report.push(Diag::new(Code::PluginParameter, Place::Nowhere, message).maybe_hint(near));
    }
    let names = &parameters.namespaces;
    move |file| names.is_empty() || names.iter().any(|name| name == namespace(file))
}

/// The namespace of a file, which is the first part of its path.
fn namespace(file: &RenderedFile) -> &str {
    file.path.split_once('/').map_or("", |(namespace, _)| namespace)
}

/// Refuses what is encrypted with SOPS: the API server would refuse it, and Argo CD with it the whole application.
fn check_encrypted(
    session: &Session<'_>,
    tree: &ClusterTree,
    is_wanted: impl Fn(&RenderedFile) -> bool,
    report: &mut Report,
) {
    let place = session.fleet.snapshot.settings_place(path!["spec", "ca", "delivery"]);
    for (file, _) in tree.iter().filter(|(file, text)| is_wanted(file) && text.contains("\nsops:\n")) {
        let message = format!("{} is encrypted with SOPS, which Argo CD cannot decrypt", file.object);
        let others: Vec<&str> =
            Delivery::ALL.iter().filter(|form| **form != Delivery::Sops).map(|form| form.as_str()).collect();
        let hint = format!("set spec.ca.delivery to a form that Argo CD can apply: {}", others.join(", "));
        report.push(Diag::new(Code::NotForArgoCd, place.clone(), message).hint(hint));
    }
}
