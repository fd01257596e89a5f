//! The other side of `diff --git`: what an earlier commit has of the fleet.

use std::path::PathBuf;

use super::Rendering;
use crate::cli::Common;
use crate::cli::git::{self, Checkout};
use crate::cli::session::{Read, Session};
use crate::diag::{Code, Diag, Place, Report, Severity};
use crate::ids::ClusterName;
use crate::output::committed_clusters;
use crate::render::tree::ClusterTree;

/// What the inputs of today are compared with.
pub(in crate::cli) enum Base<'e> {
    /// What the commit's inputs mean and render to.
    Plan(Box<Rendering<'e>>),
    /// The rendered tree that was committed: the inputs have errors, so they have no plan.
    Tree(PathBuf),
    /// Nothing: the commit does not have the fleet.
    Nothing,
}

impl Base<'_> {
    /// What gives the tree of each cluster as the inputs render it: an empty one where there are none.
    pub(in crate::cli) fn trees(&self) -> impl Fn(&ClusterName, &mut Report) -> ClusterTree + Sync + '_ {
        let trees = match self {
            Self::Plan(old) => Some(old.trees()),
            Self::Tree(_) | Self::Nothing => None,
        };
        move |cluster, report| match &trees {
            Some(trees) => trees(cluster, report),
            None => ClusterTree::empty(cluster.clone()),
        }
    }
}

/// A fleet as it was in a commit; what [`Earlier::base`] returns borrows from it.
pub(in crate::cli) struct Earlier<'a> {
    revision: &'a str,
    /// How the fleet's directory is shown: `REV:fleet`.
    shown: String,
    checkout: Checkout,
    /// The inputs, with what was found in them; nothing if the commit does not have the fleet's directory.
    inputs: Option<(Session<'a>, Report)>,
}

impl<'a> Earlier<'a> {
    /// Reads the fleet of a commit. Nothing, and an error in the report, if Git cannot provide it.
    pub(in crate::cli) fn read(common: &'a Common, revision: &'a str, report: &mut Report) -> Option<Self> {
        let fleet = &common.fleet;
        let mut checkout =
            git::checkout(fleet, revision).map_err(|error| report.push(git::failed(&error, revision))).ok()?;
        let shown = format!("{revision}:{}", fleet.display());
        let (directory, lost) = (checkout.fleet(), std::mem::take(&mut checkout.lost));
        let read = Read { directory: &directory, shown: &shown, lost };
        let inputs = checkout.has_fleet().then(|| Session::read_at(common, read, None));
        Some(Self { revision, shown, checkout, inputs })
    }

    /// What the commit has to compare with, and why it is not a plan. Nothing, and errors in the report, if there is neither a
    /// plan nor a tree.
    pub(in crate::cli) fn base(&self, allow_invalid: bool, report: &mut Report) -> Option<Base<'_>> {
        let Some((session, found)) = &self.inputs else {
            report.push(self.is_new());
            return Some(Base::Nothing);
        };
        let mut found = found.clone();
        let meaning = session.fleet.resolve(&mut found);
        if allow_invalid {
            found.allow_invalid();
        }
        // Whoever cannot read the commit does not know whether its inputs have errors.
        let unread = found.take(Code::GitFailed);
        if !unread.is_empty() {
            unread.into_iter().for_each(|diag| report.push(diag));
            return None;
        }
        if !found.has_errors() {
            return Some(Base::Plan(Box::new(Rendering::new(session, meaning, &mut Report::default()))));
        }
        let mut errors = found.diags().iter().filter(|diag| diag.severity == Severity::Error);
        if errors.all(|diag| diag.code == Code::EmptyFleet) {
            report.push(self.is_new());
            return Some(Base::Nothing);
        }
        self.tree(session, session.located(found), report).map(Base::Tree)
    }

    fn is_new(&self) -> Diag {
        let revision = self.revision;
        let message = format!("{revision} has no inputs in the fleet's directory, so everything is shown as added");
        Diag::new(Code::NewFleet, Place::File(self.shown.as_str().into()), message)
    }

    /// The committed tree, with a warning that says why it is compared instead of the inputs.
    fn tree(&self, session: &Session<'_>, found: Vec<Diag>, report: &mut Report) -> Option<PathBuf> {
        let Self { revision, checkout, .. } = self;
        let out = checkout.tree(&session.out).map_err(|error| report.push(git::failed(&error, revision))).ok()?;
        let errors: Vec<Diag> = found.into_iter().filter(|diag| diag.severity == Severity::Error).collect();
        let Some(out) = out.filter(|out| !committed_clusters(out).is_empty()) else {
            errors.into_iter().for_each(|diag| report.push(diag));
            let message = format!(
                "the inputs of {revision} cannot be rendered, and it has no rendered tree, so there is nothing to compare with"
            );
            report.push(Diag::new(Code::Unreadable, Place::Nowhere, message));
            return None;
        };
        let place = errors.first().map_or(Place::Nowhere, |diag| diag.place.clone());
        let (first, more) = (errors.first().map_or("", |diag| &diag.message), errors.len().saturating_sub(1));
        let more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
        let message = format!(
            "the inputs of {revision} cannot be rendered, so its committed tree is compared instead; the error: {first}{more}"
        );
        report.push(Diag::new(Code::BrokenBase, place, message));
        Some(out)
    }
}
