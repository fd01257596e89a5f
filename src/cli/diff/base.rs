//! The other side of `diff --git`: what an earlier commit's inputs render to, or the tree that was committed with them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::{Arguments, Rendering};
use crate::ca::describe_secret;
use crate::cli::git::{self, Checkout};
use crate::cli::session::{Read, Session, chosen};
use crate::diag::{Code, Diag, Place, Report, Severity};
use crate::ids::ClusterName;
use crate::output::committed_clusters;
use crate::output::diff::{ClusterDiff, Committed, Policies, Side, diff_cluster};
use crate::render::tree::ClusterTree;

/// What the inputs of today are compared with.
enum Base<'r> {
    /// What the commit's inputs render to.
    Rendered(Rendering<'r>),
    /// The tree that the commit has.
    Committed(PathBuf),
    /// Nothing: the commit does not have the fleet.
    Nothing,
}

/// Compares with an earlier commit.
pub(super) fn against_revision(
    arguments: &Arguments,
    revision: &str,
    new: &Rendering<'_>,
    report: &mut Report,
) -> Option<Vec<ClusterDiff>> {
    let failed = |error: anyhow::Error| Diag::new(Code::GitFailed, Place::Nowhere, format!("{error:#}"));
    let mut checkout =
        git::checkout(&arguments.common.fleet, revision).map_err(|error| report.push(failed(error))).ok()?;
    let fleet = checkout.fleet();
    let shown = format!("{revision}:{}", arguments.common.fleet.display());
    let read = Read { directory: &fleet, shown: &shown, lost: std::mem::take(&mut checkout.lost) };
    if !checkout.has_fleet() {
        report.push(is_new(revision, &shown));
        return compare(arguments, &Base::Nothing, new, report);
    }
    let (session, mut findings) = Session::read_at(&arguments.common, read, None);
    let meaning = session.fleet.resolve(&mut findings);
    if arguments.allow_invalid {
        findings.allow_invalid();
    }
    let mut errors = findings.diags().iter().filter(|diag| diag.severity == Severity::Error);
    let is_empty = findings.has_errors() && errors.all(|diag| diag.code == Code::EmptyFleet);
    let base = if is_empty {
        report.push(is_new(revision, &shown));
        Base::Nothing
    } else if findings.has_errors() {
        let out = committed(&checkout, &session).map_err(|error| report.push(failed(error))).ok()?;
        let errors = session.located(findings);
        Base::Committed(instead(revision, out, errors, report)?)
    } else {
        Base::Rendered(Rendering::new(&session, &meaning, &mut Report::default()))
    };
    compare(arguments, &base, new, report)
}

fn is_new(revision: &str, shown: &str) -> Diag {
    let message = format!("{revision} has no inputs in the fleet's directory, so everything is shown as added");
    Diag::new(Code::NewFleet, Place::File(shown.into()), message)
}

/// The output directory of the commit, if it has rendered files in the repository.
fn committed(checkout: &Checkout, session: &Session<'_>) -> anyhow::Result<Option<PathBuf>> {
    let out = checkout.tree(&session.out)?;
    Ok(out.filter(|out| !committed_clusters(out).is_empty()))
}

/// Says what is compared with instead of inputs that have errors: nothing is left but the tree, if there is one.
fn instead(revision: &str, out: Option<PathBuf>, found: Vec<Diag>, report: &mut Report) -> Option<PathBuf> {
    let errors: Vec<Diag> = found.into_iter().filter(|diag| diag.severity == Severity::Error).collect();
    if out.is_none() {
        errors.into_iter().for_each(|diag| report.push(diag));
        let message = format!(
            "the inputs of {revision} cannot be rendered, and it has no rendered tree, so there is nothing to compare with"
        );
        report.push(Diag::new(Code::Unreadable, Place::Nowhere, message));
        return None;
    }
    let place = errors.first().map_or(Place::Nowhere, |diag| diag.place.clone());
    let (first, more) = (errors.first().map_or("", |diag| &diag.message), errors.len().saturating_sub(1));
    let more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
    let message = format!(
        "the inputs of {revision} cannot be rendered, so its committed tree is compared instead; the error: {first}{more}"
    );
    report.push(Diag::new(Code::BrokenBase, place, message));
    out
}

/// Compares the chosen clusters of both sides.
fn compare(
    arguments: &Arguments,
    base: &Base<'_>,
    new: &Rendering<'_>,
    report: &mut Report,
) -> Option<Vec<ClusterDiff>> {
    let mut names: BTreeSet<ClusterName> = new.clusters();
    match base {
        Base::Rendered(old) => names.extend(old.clusters()),
        Base::Committed(out) => names.extend(committed_clusters(out)),
        Base::Nothing => {}
    }
    for name in &arguments.cluster {
        if !names.iter().any(|known| known.as_str() == name) {
            chosen(new.meaning, std::slice::from_ref(name), report);
        }
    }
    if report.has_errors() {
        return None;
    }
    names.retain(|name| arguments.cluster.is_empty() || arguments.cluster.iter().any(|n| n == name.as_str()));
    let policies = policies(base, new);
    let compare = |name: ClusterName| {
        let after = new.tree(&name, report);
        let after = Side::Tree(&after);
        Some(match base {
            Base::Rendered(old) => {
                diff_cluster(Side::Tree(&old.tree(&name, report)), after, &policies, describe_secret)
            }
            Base::Committed(out) => {
                let old = Committed::read(out, &name, report).ok()?;
                diff_cluster(Side::Committed(&old), after, &policies, describe_secret)
            }
            Base::Nothing => {
                diff_cluster(Side::Tree(&ClusterTree::empty(name.clone())), after, &policies, describe_secret)
            }
        })
    };
    names.into_iter().map(compare).collect()
}

/// The policies of both sides, which a difference may come from.
fn policies(base: &Base<'_>, new: &Rendering<'_>) -> Policies {
    let fleet = new.meaning.fleet();
    let after = fleet.policy_names();
    match base {
        Base::Rendered(old) => {
            let before = old.meaning.fleet();
            Policies { before: Some(before.policy_names()), after, changed: fleet.changed_policies(Some(before)) }
        }
        Base::Committed(_) => Policies { before: None, after, changed: BTreeSet::new() },
        Base::Nothing => Policies { before: Some(BTreeSet::new()), after, changed: BTreeSet::new() },
    }
}
