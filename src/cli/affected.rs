//! `meshtree affected`: the clusters that a change reaches.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Args, ValueEnum};

use super::diff::Rendering;
use super::diff::base::{Base, Earlier};
use super::diff::clusters::in_order;
use super::results::Results;
use super::session::Session;
use super::{Common, Outcome, waves};
use crate::diag::Report;
use crate::ids::ClusterName;
use crate::output::committed_clusters;
use crate::output::diff::Committed;
use crate::report::affected::{AffectedReport, ClusterChange};

/// Lists the clusters whose rendered manifests differ from those of an earlier commit, in the order in which to apply them.
///
/// The inputs of the commit are rendered, so that it does not matter whether its tree is up to date. For a pull request, give
/// the merge base. Exits with 0, however many clusters there are.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  meshtree affected fleet --since origin/main           one name per line\n  \
                        meshtree affected fleet --since HEAD~1 -o matrix      for strategy.matrix of GitHub Actions")]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// The Git revision to compare with
    #[arg(long, value_name = "REV")]
    since: String,
    /// What is printed
    #[arg(short, long, value_enum, default_value_t = Printed::Names, value_name = "FORMAT")]
    output: Printed,
    /// Leave INVALID policies out, target by target, on both sides
    #[arg(long)]
    allow_invalid: bool,
}

/// The format of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Printed {
    /// One name per line
    Names,
    /// One JSON document with what happens to each cluster
    Json,
    /// One line of JSON for the matrix of a job, without clusters that were removed
    Matrix,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let Arguments { common, since, output, allow_invalid } = arguments;
    let (session, mut report) = Session::read(common, None);
    let meaning = session.resolve(&mut report);
    if *allow_invalid {
        report.allow_invalid();
    }
    if report.has_errors() {
        return session.unanswered(report);
    }
    let new = Rendering::new(&session, meaning, &mut report);
    let Some(earlier) = Earlier::read(common, since, &mut report) else { return session.unanswered(report) };
    let Some(base) = earlier.base(*allow_invalid, &mut report) else { return session.unanswered(report) };
    let Some(changes) = changes(&new, &base, &mut report) else { return session.unanswered(report) };
    let waves = waves::of(&new.meaning);
    let tree = session.out.display().to_string().replace('\\', "/");
    let affected = AffectedReport::of(changes, |name| waves.get(name).copied().unwrap_or_default(), &tree);
    let text = match output {
        Printed::Names => Some(affected.names()),
        Printed::Matrix => Some(affected.matrix()),
        // Without a text, the answer is the document that has the list and the diagnostics.
        Printed::Json => None,
    };
    session.answer(report, (AffectedReport::KIND, &affected), text.as_deref(), Results::default(), Outcome::Done)
}

/// What happens to each cluster that is not as it was.
fn changes(new: &Rendering<'_>, base: &Base<'_>, report: &mut Report) -> Option<BTreeMap<ClusterName, ClusterChange>> {
    let today = new.clusters();
    let earlier: BTreeSet<ClusterName> = match base {
        Base::Plan(old) => old.clusters(),
        Base::Tree(out) => committed_clusters(out).into_iter().collect(),
        Base::Nothing => BTreeSet::new(),
    };
    let (trees, before) = (new.trees(), base.trees());
    let change = |name: &ClusterName, report: &mut Report| {
        let change = match (earlier.contains(name), today.contains(name)) {
            (false, _) => Some(ClusterChange::Added),
            (_, false) => Some(ClusterChange::Removed),
            (true, true) => {
                let tree = trees(name, report);
                let is_same = match base {
                    Base::Plan(_) => before(name, report).is(&tree),
                    Base::Tree(out) => Committed::read(out, name, report).ok()?.is(&tree),
                    Base::Nothing => false,
                };
                (!is_same).then_some(ClusterChange::Changed)
            }
        };
        Some(change.map(|change| (name.clone(), change)))
    };
    let names: Vec<ClusterName> = today.union(&earlier).cloned().collect();
    Some(in_order(&names, report, change)?.into_iter().flatten().collect())
}
