//! What causes consequences: policies that are added, removed or changed.

use std::collections::{BTreeMap, BTreeSet};

use crate::ask::space::Revision;
use crate::diag::{FieldPath, Place};
use crate::plan::{Plan, Policy};

/// What happened to a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyChange {
    Removed,
    Changed,
    Added,
    /// It is as it was, and its effect here is another one because of something else.
    Same,
}

/// A policy that causes a consequence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyCause {
    /// Its kind, namespace and name: `AccessPolicy shop/web`.
    pub policy: String,
    pub change: PolicyChange,
    /// Where it is written: where it was, if it is removed.
    pub place: Place,
    /// In which of the two fleets that is.
    pub side: Revision,
}

/// The policies of both sides.
#[derive(Debug)]
pub struct Causes {
    before: BTreeMap<String, Place>,
    after: BTreeMap<String, Place>,
    changed: BTreeSet<String>,
}

impl Causes {
    /// The policies of two plans; `changed` have another content.
    pub(super) fn new(before: &Plan<'_>, after: &Plan<'_>, changed: BTreeSet<String>) -> Self {
        Self { before: places(before), after: places(after), changed }
    }

    /// A policy as a cause.
    pub fn of(&self, name: &str) -> PolicyCause {
        let (change, side) = match (self.before.contains_key(name), self.after.contains_key(name)) {
            (true, false) => (PolicyChange::Removed, Revision::Before),
            (false, _) => (PolicyChange::Added, Revision::After),
            (true, true) if self.changed.contains(name) => (PolicyChange::Changed, Revision::After),
            (true, true) => (PolicyChange::Same, Revision::After),
        };
        let places = if side == Revision::Before { &self.before } else { &self.after };
        let place = places.get(name).cloned().unwrap_or(Place::Nowhere);
        PolicyCause { policy: name.to_owned(), change, place, side }
    }

    /// Of policies that differ in effect, those that were changed themselves; all of them if none was.
    pub fn among<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Vec<PolicyCause> {
        let all: BTreeSet<PolicyCause> = names.into_iter().map(|name| self.of(name)).collect();
        let changed: Vec<PolicyCause> =
            all.iter().filter(|cause| cause.change != PolicyChange::Same).cloned().collect();
        if changed.is_empty() { all.into_iter().collect() } else { changed }
    }

    /// Whether a policy is not on both sides with the same content.
    pub fn is_changed(&self, name: &str) -> bool {
        self.of(name).change != PolicyChange::Same
    }

    /// The policies that are not on both sides with the same content.
    pub fn all(&self) -> BTreeSet<&str> {
        let names = self.before.keys().chain(self.after.keys()).map(String::as_str);
        names.filter(|name| self.is_changed(name)).collect()
    }
}

/// Where each policy of a plan is written, whatever its state.
fn places(plan: &Plan<'_>) -> BTreeMap<String, Place> {
    let traffic = plan.traffic.iter().map(|policy| &policy.policy);
    let access = plan.access.iter().map(|policy| &policy.policy);
    let failovers = plan.failovers.iter().map(|policy| &policy.policy);
    let meshes = plan.virtual_meshes.iter().map(|policy| &policy.policy);
    let place = |policy: &Policy<'_>| (policy.named.to_string(), policy.place(FieldPath::default()));
    traffic.chain(access).chain(failovers).chain(meshes).map(place).collect()
}
