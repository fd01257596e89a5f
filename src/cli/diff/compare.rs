//! Compares what the inputs render to with a tree, or with what an earlier commit has.

use std::collections::BTreeSet;
use std::path::Path;

use super::base::{Base, Earlier};
use super::clusters::in_order;
use super::{Arguments, Rendering, impact, or_empty};
use crate::ca::describe_secret;
use crate::cli::session::{Read, Session, chosen};
use crate::diag::{Code, Diag, Place, Report};
use crate::ids::ClusterName;
use crate::load::{self, CLUSTERS};
use crate::output::diff::{ClusterDiff, Committed, Inputs, Policies, Side, diff_cluster};
use crate::output::{self, committed_clusters};
use crate::render::tree::ClusterTree;
use crate::report::impact::ImpactReport;

/// What a comparison found.
pub(super) struct Compared {
    pub(super) clusters: Vec<ClusterDiff>,
    /// None if the other side is a tree, which does not say what was meant.
    pub(super) impact: Option<ImpactReport>,
}

/// Compares with a tree on disk, or with the fleet in a directory.
pub(super) fn with_tree(
    arguments: &Arguments,
    session: &Session<'_>,
    new: &Rendering<'_>,
    report: &mut Report,
) -> Option<Compared> {
    let directory = arguments.against.as_ref().unwrap_or(&session.out);
    if arguments.against.is_some() && !directory.is_dir() {
        let message = format!("--against {}: directory not found", directory.display());
        report.push(Diag::new(Code::Usage, Place::Nowhere, message));
        return None;
    }
    if arguments.against.is_some() && is_fleet(directory) {
        return with_fleet(arguments, directory, new, report);
    }
    let chosen = chosen(&new.meaning, &arguments.cluster, report);
    let mut names: BTreeSet<ClusterName> = chosen.into_iter().collect();
    let linked = arguments.against.is_none() && output::is_link(directory);
    if linked {
        report.push(output::linked(directory));
    } else if arguments.cluster.is_empty() {
        names.extend(output::committed_clusters(directory));
    }
    if report.has_errors() {
        return None;
    }
    let policies = Policies { after: session.fleet.policy_names(), ..Policies::default() };
    let trees = new.trees();
    let compare = |name: &ClusterName, report: &mut Report| {
        let old = if linked { Committed::none(name.clone()) } else { committed(arguments, directory, name, report)? };
        let tree = compared(arguments, trees(name, report), report);
        Some(diff_cluster(Side::Committed(&old), Side::Tree(&tree), &policies, describe_secret))
    };
    in_order(&Vec::from_iter(names), report, compare).map(|clusters| Compared { clusters, impact: None })
}

/// Whether a directory has the inputs of a fleet: a rendered tree has no settings, and a lock in each of its directories.
fn is_fleet(directory: &Path) -> bool {
    let clusters = directory.join(CLUSTERS);
    directory.join(load::SETTINGS).exists() || clusters.is_dir() && !output::has_lock(&clusters)
}

/// Compares with what another fleet's inputs render to.
fn with_fleet(arguments: &Arguments, directory: &Path, new: &Rendering<'_>, report: &mut Report) -> Option<Compared> {
    let shown = directory.display().to_string();
    let read = Read { directory, shown: &shown, lost: Vec::new() };
    let (session, mut found) = Session::read_at(&arguments.common, read, None);
    let meaning = session.fleet.resolve(&mut found);
    if arguments.allow_invalid {
        found.allow_invalid();
    }
    if found.has_errors() {
        session.located(found).into_iter().for_each(|diag| report.push(diag));
        return None;
    }
    let old = Rendering::new(&session, meaning, &mut Report::default());
    with_base(arguments, &Base::Plan(Box::new(old)), new, report)
}

/// Compares with an earlier commit.
pub(super) fn with_revision(
    arguments: &Arguments,
    revision: &str,
    new: &Rendering<'_>,
    report: &mut Report,
) -> Option<Compared> {
    let earlier = Earlier::read(&arguments.common, revision, report)?;
    let base = earlier.base(arguments.allow_invalid, report)?;
    with_base(arguments, &base, new, report)
}

fn with_base(arguments: &Arguments, base: &Base<'_>, new: &Rendering<'_>, report: &mut Report) -> Option<Compared> {
    let names = clusters(arguments, base, new, report)?;
    let policies = policies(base, new);
    let impact = match base {
        Base::Plan(old) => Some(impact::compared(Some(old), new)),
        Base::Nothing => Some(impact::compared(None, new)),
        Base::Tree(_) => None,
    };
    let (trees, before) = (new.trees(), base.trees());
    let compare = |name: &ClusterName, report: &mut Report| {
        let after = compared(arguments, trees(name, report), report);
        Some(match base {
            Base::Plan(_) | Base::Nothing => {
                let before = compared(arguments, before(name, report), report);
                diff_cluster(Side::Tree(&before), Side::Tree(&after), &policies, describe_secret)
            }
            Base::Tree(out) => {
                let old = committed(arguments, out, name, report)?;
                diff_cluster(Side::Committed(&old), Side::Tree(&after), &policies, describe_secret)
            }
        })
    };
    in_order(&Vec::from_iter(names), report, compare).map(|clusters| Compared { clusters, impact })
}

/// What is rendered, object by object; with `--patch` file by file, as `git apply` sees it.
fn compared(arguments: &Arguments, tree: ClusterTree, report: &mut Report) -> ClusterTree {
    if !arguments.patch {
        return tree;
    }
    let cluster = tree.cluster.clone();
    or_empty(tree.grouped(), &cluster, report)
}

/// The same of what is committed.
fn committed(arguments: &Arguments, out: &Path, name: &ClusterName, report: &mut Report) -> Option<Committed> {
    if arguments.patch { Committed::read_files(out, name, report) } else { Committed::read(out, name, report) }.ok()
}

/// The chosen clusters of both sides. One that neither side has is an error.
fn clusters(
    arguments: &Arguments,
    base: &Base<'_>,
    new: &Rendering<'_>,
    report: &mut Report,
) -> Option<BTreeSet<ClusterName>> {
    let mut names: BTreeSet<ClusterName> = new.clusters();
    match base {
        Base::Plan(old) => names.extend(old.clusters()),
        Base::Tree(out) => names.extend(committed_clusters(out)),
        Base::Nothing => {}
    }
    for name in &arguments.cluster {
        if !names.iter().any(|known| known.as_str() == name) {
            chosen(&new.meaning, std::slice::from_ref(name), report);
        }
    }
    if report.has_errors() {
        return None;
    }
    names.retain(|name| arguments.cluster.is_empty() || arguments.cluster.iter().any(|n| n == name.as_str()));
    Some(names)
}

/// The policies of both sides, which a difference may come from.
fn policies(base: &Base<'_>, new: &Rendering<'_>) -> Policies {
    let fleet = new.meaning.fleet();
    let after = fleet.policy_names();
    match base {
        Base::Plan(old) => {
            let before = old.meaning.fleet();
            let changed = fleet.changed_policies(Some(before));
            Policies { before: Some(before.policy_names()), after, changed, inputs: Inputs::between(before, fleet) }
        }
        Base::Tree(_) => Policies { after, ..Policies::default() },
        Base::Nothing => Policies { before: Some(BTreeSet::new()), after, ..Policies::default() },
    }
}
