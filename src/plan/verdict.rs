//! What is wrong with policies: the texts of their statuses, each with the field it comes from.

use std::collections::{BTreeMap, BTreeSet};

use super::{Feature, Plan, TargetId};
use crate::diag::{Code, FieldPath, Ground, Place};
use crate::ids::ObjectRef;

/// Which part of a policy a problem comes from, in the order in which a status lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The policy itself: what it selects, what it is made of.
    Policy,
    /// `httpRequestMatchers`, `sourceSelector`.
    Match,
    Feature(Feature),
    /// The whole of an AccessPolicy.
    Access,
}

impl Part {
    /// Every part, in the order of a status.
    pub fn all() -> impl Iterator<Item = Self> {
        let features = Feature::ALL.iter().map(|feature| Self::Feature(*feature));
        [Self::Policy, Self::Match].into_iter().chain(features).chain([Self::Access])
    }

    /// The name that begins the problem's text in a status.
    pub fn prefix(self) -> Option<&'static str> {
        match self {
            Self::Policy => None,
            Self::Match => Some("matchers"),
            Self::Feature(feature) => Some(feature.status()),
            Self::Access => Some("authorization-policy-translator"),
        }
    }
}

/// Something that makes a policy INVALID.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The part of the policy.
    pub part: Part,
    /// The text in the status, without the part's prefix.
    pub text: String,
    /// The text of the diagnostic, if the text of the status would not be clear to people.
    pub plain: Option<String>,
    /// The field.
    pub path: FieldPath,
    /// What would be right.
    pub hint: Option<String>,
    /// The other policy of the same kind, in a conflict.
    pub other: Option<Box<ObjectRef>>,
    /// Where a named service is defined that is not a target.
    pub defined_at: Option<Box<Place>>,
    /// The code of the diagnostic.
    pub code: Code,
    /// Whether it is in the status, which stops at the first mistake in some fields. Diagnostics report each.
    pub in_status: bool,
    /// What it follows from.
    pub ground: Ground,
    /// Whether it follows from another policy that is INVALID, whose own problem is the one to fix.
    pub is_consequence: bool,
}

impl Problem {
    /// A problem of a policy's content.
    pub fn new(part: Part, path: FieldPath, text: impl Into<String>) -> Self {
        Self {
            part,
            text: text.into(),
            plain: None,
            path,
            hint: None,
            other: None,
            defined_at: None,
            code: Code::InvalidPolicy,
            in_status: true,
            ground: Ground::Itself,
            is_consequence: false,
        }
    }

    /// A reference to what does not exist.
    pub fn unknown(part: Part, path: FieldPath, text: impl Into<String>) -> Self {
        Self { code: Code::UnknownReference, ground: Ground::Inventory, ..Self::new(part, path, text) }
    }

    /// Sets what it follows from.
    #[must_use]
    pub fn on(mut self, ground: Ground) -> Self {
        self.ground = ground;
        self
    }

    /// Sets that it follows from what could not be read, if `is_unread`.
    #[must_use]
    pub fn on_unread(self, is_unread: bool) -> Self {
        if is_unread { self.on(Ground::Unread) } else { self }
    }

    /// Adds what would be right.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds what would be right, if that is known.
    #[must_use]
    pub fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint.or(self.hint);
        self
    }

    /// Names the other side of a conflict.
    #[must_use]
    pub fn other(mut self, other: &ObjectRef) -> Self {
        self.other = Some(Box::new(other.clone()));
        self
    }

    /// Adds where a named service is defined that is not a target.
    #[must_use]
    pub fn defined_at(mut self, place: &Place) -> Self {
        self.defined_at = Some(Box::new(place.clone()));
        self
    }

    /// Adds a clearer text for the diagnostic.
    #[must_use]
    pub fn plain(mut self, text: impl Into<String>) -> Self {
        self.plain = Some(text.into());
        self
    }

    /// The text as a status has it.
    pub fn status_text(&self) -> String {
        match self.part.prefix() {
            Some(prefix) => format!("{prefix}: {}", self.text),
            None => self.text.clone(),
        }
    }
}

/// What is wrong with a TrafficPolicy or an AccessPolicy.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// The targets it selects, in key order.
    pub selected: Vec<TargetId>,
    /// Wrong with the selection only: the services that are selected anyway are not affected.
    pub selection: Vec<Problem>,
    /// Wrong for every target.
    pub everywhere: Vec<Problem>,
    /// Wrong for some targets.
    pub at: BTreeMap<TargetId, Vec<Problem>>,
}

impl Verdict {
    /// Whether the policy is applied to a target that it selects.
    pub fn accepts(&self, target: TargetId) -> bool {
        self.everywhere.is_empty() && !self.at.contains_key(&target)
    }

    /// Whether nothing is wrong with the policy.
    pub fn is_accepted(&self) -> bool {
        self.selection.is_empty() && self.everywhere.is_empty() && self.at.is_empty()
    }

    /// The texts for a target that it selects and that it is not applied to, in the order of a status.
    pub fn errors(&self, target: TargetId) -> Vec<String> {
        let mut problems: Vec<&Problem> = self.everywhere.iter().collect();
        problems.extend(self.at.get(&target).into_iter().flatten());
        problems.sort_by_key(|problem| problem.part);
        status_texts(problems)
    }
}

/// The texts of a status, each once.
pub fn status_texts<'p>(problems: impl IntoIterator<Item = &'p Problem>) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for text in problems.into_iter().filter(|problem| problem.in_status).map(Problem::status_text) {
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts
}

/// What is wrong with a FailoverService. One that is INVALID for one of its meshes is rendered in no mesh.
#[derive(Clone, Debug, Default)]
pub struct FailoverVerdict {
    pub problems: Vec<Problem>,
    /// The listed meshes that exist, in the order of their keys.
    pub known: BTreeSet<ObjectRef>,
    /// The backing services that exist, in order, each with its position in the list.
    pub backing: Vec<(usize, TargetId)>,
}

impl FailoverVerdict {
    /// Whether nothing is wrong.
    pub fn is_accepted(&self) -> bool {
        self.problems.is_empty()
    }
}

/// What is wrong with a VirtualMesh.
#[derive(Clone, Debug, Default)]
pub struct VirtualMeshVerdict {
    /// Wrong with its grouping: none of its meshes is processed.
    pub grouping: Vec<Problem>,
    /// Wrong with what it asks of its meshes.
    pub members: Vec<Problem>,
    /// The meshes that exist, in the order of their keys.
    pub known: BTreeSet<ObjectRef>,
    /// The meshes that were probably meant by the names of those that do not.
    pub meant: BTreeSet<ObjectRef>,
    /// Whether it lists no meshes: it is neither ACCEPTED nor INVALID then.
    pub is_empty: bool,
}

impl VirtualMeshVerdict {
    /// Everything that is wrong.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.grouping.iter().chain(&self.members)
    }
}

impl Plan<'_> {
    /// The services of Istio meshes that a policy with this verdict is applied to.
    pub fn applied<'p>(&'p self, verdict: &'p Verdict) -> impl Iterator<Item = TargetId> + 'p {
        let accepted = verdict.selected.iter().copied().filter(|target| verdict.accepts(*target));
        accepted.filter(|target| self[*target].mesh.is_some())
    }
}
