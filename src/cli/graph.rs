//! `meshtree graph`: clusters, services and who may call whom.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};

use super::overview::is_answerable;
use super::session::{Read, Session};
use super::{Common, Outcome, git, terminal};
use crate::ask::Evaluator;
use crate::diag::secrets::redacted;
use crate::diag::{Code, Diag, Place, Report};
use crate::report::graph::{Drawing, Graph, page};
use crate::report::places::Places;

/// Draws clusters, services and who may call whom, traffic shifts, failover and virtual meshes.
///
/// With --git or --against, edges that were added or removed have colours.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  meshtree graph fleet > graph.mmd\n  meshtree graph fleet -o html > graph.html\n  \
                        meshtree graph fleet -o svg --git main > changes.svg"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// The output format
    #[arg(short, long, value_enum, default_value_t = Form::Mermaid)]
    output: Form,
    /// Show what differs from the inputs of a commit
    #[arg(long, value_name = "REV", conflicts_with = "against")]
    git: Option<String>,
    /// Show what differs from the fleet in another directory
    #[arg(long, value_name = "DIR")]
    against: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A flowchart of Mermaid, which GitHub and GitLab show in Markdown
    Mermaid,
    /// The language of Graphviz
    Dot,
    /// A picture
    Svg,
    /// One page for a browser, with search and details; best for large fleets
    Html,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let (session, mut report) = Session::read(&arguments.common, None);
    let before = arguments.before(&mut report);
    let Some(graph) = graph(&session, &mut report).filter(|_| !report.has_errors()) else {
        return session.unanswered(report);
    };
    let before = before.as_ref().map(|(name, graph)| (name.as_str(), graph));
    let drawing = || Drawing::of(&graph, before.map(|(_, before)| before));
    let text = match arguments.output {
        Form::Mermaid => drawing().mermaid(),
        Form::Dot => drawing().dot(),
        Form::Svg => drawing().svg(),
        Form::Html => {
            let fleet = arguments.common.fleet.display().to_string();
            page(&fleet, &graph, before).context("cannot write the page")?
        }
    };
    // A key may have been pasted as a name.
    terminal::print(redacted(&text).as_bytes(), session.conclude_denied(report))
}

/// The graph of a fleet, unless its inputs have errors.
fn graph(session: &Session<'_>, report: &mut Report) -> Option<Graph> {
    let meaning = session.fleet.resolve(report);
    let evaluator = Evaluator::new(&meaning.plan, &meaning.index);
    is_answerable(report).then(|| Graph::of(&evaluator, &Places::of(&session.fleet.sources)))
}

impl Arguments {
    /// What the fleet is compared with. Errors are in the report.
    fn before(&self, report: &mut Report) -> Option<(String, Graph)> {
        let (directory, shown, lost, _checkout) = match (&self.git, &self.against) {
            (Some(revision), _) => {
                let checkout = git::checkout(&self.common.fleet, revision);
                let mut checkout = checkout.map_err(|error| report.push(git::failed(&error, revision))).ok()?;
                let lost = std::mem::take(&mut checkout.lost);
                (checkout.fleet(), format!("{revision}:{}", self.common.fleet.display()), lost, Some(checkout))
            }
            (None, Some(directory)) => (directory.clone(), directory.display().to_string(), Vec::new(), None),
            (None, None) => return None,
        };
        let name = self.git.clone().unwrap_or_else(|| shown.clone());
        if !directory.is_dir() {
            // A commit may be older than the fleet.
            if self.git.is_some() {
                return Some((name, Graph::default()));
            }
            let message = format!("--against {shown}: directory not found");
            report.push(Diag::new(Code::Usage, Place::Nowhere, message));
            return None;
        }
        let read = Read { directory: &directory, shown: &shown, lost };
        let (session, mut found) = Session::read_at(&self.common, read, None);
        let graph = graph(&session, &mut found);
        if graph.is_none() {
            session.located(found).into_iter().for_each(|diag| report.push(diag));
        }
        graph.map(|graph| (name, graph))
    }
}
