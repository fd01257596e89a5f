//! `meshtree gitops init`: the files with which Argo CD, Flux and CI systems apply and check a fleet.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::repository::Repository;
use crate::cli::session::Session;
use crate::cli::{Common, Outcome, path_not_format, terminal, waves, write};
use crate::diag::{Code, Diag, Place, Report};
use crate::fleet::Meaning;
use crate::gitops::files::{Cluster, File, Fleet, Target, files};
use crate::model::settings::Delivery;
use crate::report::scaffold::{Scaffold, Written};

/// The address of a repository that is not known.
const UNKNOWN: &str = "https://git.example/platform/mesh.git";

/// Writes the files for one target into the repository of the fleet, with comments that explain them.
///
/// argocd: ApplicationSets over the tree, for the plugin and for the source hydrator, and the plugin with its sidecar.
/// flux: Kustomizations for each cluster, for a hub, and an ArtifactGenerator.
/// github, gitlab: jobs for requests and a weekly check of the certificates. pre-commit: hooks.
///
/// No file is ever overwritten: a file of the same name with other content is an error, and then nothing is written.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// argocd, flux, github, gitlab or pre-commit
    #[arg(value_parser = target(), value_name = "TARGET")]
    target: Target,
    #[command(flatten)]
    common: Common,
    /// The directory to write to; by default the root of the fleet's Git repository
    #[arg(short, long, value_name = "DIR", value_parser = path_not_format("directory", "add --stdout"))]
    out: Option<PathBuf>,
    /// Print the files and write nothing
    #[arg(long, conflicts_with = "out")]
    stdout: bool,
    /// The address of the repository, for Argo CD and Flux; by default that of the remote origin
    #[arg(long, value_name = "URL")]
    repo_url: Option<String>,
    /// The branch that is applied; by default the one that the remote origin has as its main one, or else main
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,
}

/// Reads the name of a target.
fn target() -> impl TypedValueParser<Value = Target> {
    PossibleValuesParser::new(Target::ALL.map(|(name, _)| name)).try_map(|text| {
        let found = Target::ALL.into_iter().find(|(name, _)| *name == text);
        found.map(|(_, target)| target).ok_or("unknown target")
    })
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let (session, mut report) = Session::read(&arguments.common, None);
    let meaning = session.resolve(&mut report);
    if report.has_errors() {
        return session.unanswered(report);
    }
    let repository = Repository::of(&arguments.common.fleet);
    let fleet = described(arguments, &repository, &session, &meaning);
    let files = files(arguments.target, &fleet)?;
    if arguments.stdout {
        let text: String = files.iter().map(|File { path, text, .. }| format!("# ==> {path}\n{text}")).collect();
        return terminal::print(text.as_bytes(), Outcome::Done);
    }
    let root = arguments.out.as_ref().unwrap_or(&repository.root);
    // What else was found is for `check` to report.
    report.revise(|diag| diag.severity == crate::diag::Severity::Error);
    let written = write(root, &files, &mut report);
    let scaffold = Scaffold { files: written };
    let next = if report.has_errors() || session.is_quiet() { "" } else { arguments.target.next() };
    let text = if next.is_empty() { String::new() } else { format!("{}{next}\n", scaffold.text()) };
    session.finish(report, Scaffold::KIND, &scaffold, &text, Outcome::Done)
}

/// What the files say of the fleet.
fn described(arguments: &Arguments, repository: &Repository, session: &Session<'_>, meaning: &Meaning<'_>) -> Fleet {
    let fleet = &arguments.common.fleet;
    let settings = &meaning.fleet().snapshot.settings;
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let root = arguments.out.as_ref().unwrap_or(&repository.root);
    let tree = session.out.strip_prefix(fleet).unwrap_or(&session.out).display().to_string().replace('\\', "/");
    let cluster = |(name, wave): (&crate::ids::ClusterName, usize)| Cluster { name: name.to_string(), wave };
    Fleet {
        fleet: repository.fleet.clone(),
        tree_below: tree,
        clusters: waves::of(meaning).into_iter().map(cluster).collect(),
        is_sops: settings.ca.as_ref().map_or(Delivery::Sops, |ca| ca.delivery) == Delivery::Sops
            && !meaning.plan.ca_plan().authorities.is_empty(),
        has_waves: settings.output.as_ref().is_some_and(|output| output.waves),
        repo_url: arguments.repo_url.clone().or_else(|| repository.url.clone()).unwrap_or_else(|| UNKNOWN.to_owned()),
        branch: arguments.branch.clone().or_else(|| repository.branch.clone()).unwrap_or_else(|| "main".to_owned()),
        is_inside: real(root).starts_with(real(fleet)),
    }
}

/// Writes the files that are not there; none if one of them is there and differs.
fn write(root: &Path, files: &[File], report: &mut Report) -> Vec<Written> {
    let mut missing = Vec::new();
    let mut out = Vec::new();
    for file in files {
        let at = root.join(&file.path);
        let is_new = fs::symlink_metadata(&at).is_err();
        if is_new {
            missing.push((at, file));
        } else if !fs::read_to_string(&at).is_ok_and(|found| is_enough(&found, file)) {
            report.push(differs(&at, file));
        }
        out.push(Written { path: file.path.clone(), written: is_new });
    }
    if report.has_errors() {
        return Vec::new();
    }
    for (at, file) in missing {
        if let Err(error) = write::create_below(root, &file.path, &file.text) {
            let message = format!("cannot write {}: {error}", at.display());
            report.push(Diag::new(Code::WriteFailed, Place::Nowhere, message));
            return Vec::new();
        }
    }
    out
}

/// Whether what is there will do: the same, or all lines of a file to which others may be added.
fn is_enough(found: &str, file: &File) -> bool {
    let is_content = |line: &&str| !line.is_empty() && !line.starts_with('#');
    let lines = |text: &str| text.lines().map(str::trim_end).map(str::to_owned).collect::<Vec<_>>();
    if !file.may_have_more {
        return lines(found) == lines(&file.text);
    }
    let found = lines(found);
    file.text.lines().filter(is_content).all(|line| found.iter().any(|other| other.trim() == line.trim()))
}

/// The error of a file that is there with other content.
fn differs(at: &Path, file: &File) -> Diag {
    let (message, hint) = if file.may_have_more {
        let lines: Vec<&str> = file.text.lines().filter(|line| !line.starts_with('#')).collect();
        ("the file does not have the lines of gitops init", format!("add these lines to it: {}", lines.join(" / ")))
    } else {
        let hint = "move the file away and run the command again, or compare it with what --stdout prints";
        ("the file has other content, and is not overwritten", hint.to_owned())
    };
    Diag::new(Code::OtherContent, Place::File(at.display().to_string().into()), message).hint(hint)
}
