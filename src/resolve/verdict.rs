//! What is wrong with policies: the texts of their statuses, each with the field it comes from.

use std::collections::BTreeMap;

use crate::diag::{Code, FieldPath, Place};
use crate::ids::ObjectRef;
use crate::model::Unread;
use crate::model::decode::Fault;
use crate::plan::TargetId;

/// Which part of a policy a problem comes from, in the order in which a status lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The policy itself: what it selects, what it is made of.
    Policy,
    /// `httpRequestMatchers`, `sourceSelector`.
    Match,
    /// `trafficShift`
    TrafficShift,
    /// `corsPolicy`
    Cors,
    /// `faultInjection`
    FaultInjection,
    /// `headerManipulation`
    HeaderManipulation,
    /// `mirror`
    Mirror,
    /// `retries`
    Retries,
    /// `requestTimeout`
    Timeout,
    /// `outlierDetection`
    OutlierDetection,
    /// `mtls`
    Mtls,
    /// The whole of an AccessPolicy.
    Access,
}

impl Part {
    /// Every part, in the order of a status.
    pub const ALL: [Self; 12] = [
        Self::Policy,
        Self::Match,
        Self::TrafficShift,
        Self::Cors,
        Self::FaultInjection,
        Self::HeaderManipulation,
        Self::Mirror,
        Self::Retries,
        Self::Timeout,
        Self::OutlierDetection,
        Self::Mtls,
        Self::Access,
    ];

    /// The name that begins the problem's text in a status.
    pub fn prefix(self) -> Option<&'static str> {
        Some(match self {
            Self::Policy => return None,
            Self::Match => "matchers",
            Self::TrafficShift => "traffic-shift",
            Self::Cors => "cors",
            Self::FaultInjection => "fault-injection",
            Self::HeaderManipulation => "header-manipulation",
            Self::Mirror => "mirror",
            Self::Retries => "retries",
            Self::Timeout => "timeout",
            Self::OutlierDetection => "outlier-detection",
            Self::Mtls => "mtls",
            Self::Access => "authorization-policy-translator",
        })
    }
}

/// What a problem follows from, apart from the policy itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ground {
    /// Nothing else.
    Itself,
    /// That something is not in the inventory.
    Inventory,
    /// That something could not be read.
    Unread,
}

/// Something that makes a policy INVALID.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The part of the policy.
    pub part: Part,
    /// The text in the status, without the part's prefix.
    pub text: String,
    /// The text of the diagnostic, where the status's would not be clear to people.
    pub plain: Option<String>,
    /// The field.
    pub path: FieldPath,
    /// What would be right.
    pub hint: Option<String>,
    /// The other policy of the same kind, in a conflict.
    pub other: Option<Box<ObjectRef>>,
    /// Where something stands that was named and is of no use.
    pub stands: Option<Box<Place>>,
    /// The code of the diagnostic.
    pub code: Code,
    /// Whether it is in the status, which stops at the first mistake in some fields. People are told of each.
    pub in_status: bool,
    /// What it follows from.
    pub ground: Ground,
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
            stands: None,
            code: Code::InvalidPolicy,
            in_status: true,
            ground: Ground::Itself,
        }
    }

    /// A reference to what does not exist.
    pub fn unknown(part: Part, path: FieldPath, text: impl Into<String>) -> Self {
        Self { code: Code::UnknownReference, ground: Ground::Inventory, ..Self::new(part, path, text) }
    }

    /// Says what it follows from.
    #[must_use]
    pub fn on(mut self, ground: Ground) -> Self {
        self.ground = ground;
        self
    }

    /// The same, following from what could not be read if that is so.
    #[must_use]
    pub fn on_unread(self, is_unread: bool) -> Self {
        if is_unread { self.on(Ground::Unread) } else { self }
    }

    /// Whether it may be gone once everything can be read.
    pub fn is_doubtful(&self, unread: &Unread) -> bool {
        match self.ground {
            Ground::Itself => false,
            Ground::Inventory => unread.inventory,
            Ground::Unread => true,
        }
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

    /// Adds where something stands that was named and is of no use.
    #[must_use]
    pub fn stands(mut self, place: &Place) -> Self {
        self.stands = Some(Box::new(place.clone()));
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

/// Leaves all but the first out of the status, which stops there in the reference.
pub(super) fn keep_first_in_status(problems: &mut [Problem]) {
    problems.iter_mut().skip(1).for_each(|problem| problem.in_status = false);
}

/// The problems that decoding left with an object.
pub(super) fn from_faults(faults: &[Fault]) -> impl Iterator<Item = Problem> + '_ {
    faults.iter().map(|Fault { path, message, is_null: _ }| {
        Problem::new(Part::Policy, path.clone(), format!("{path}: {message}")).plain(message.clone())
    })
}

/// The problems of an object, those that decoding left first. That something is missing where a null is follows from it, and
/// is no problem of its own.
pub fn with_faults(faults: &[Fault], problems: impl IntoIterator<Item = Problem>) -> Vec<Problem> {
    let follows = |problem: &Problem| {
        let mut nulls = faults.iter().filter(|fault| fault.is_null);
        nulls.any(|null| null.path.0.split_last().is_some_and(|(_, whole)| whole == problem.path.0))
    };
    from_faults(faults).chain(problems.into_iter().filter(|problem| !follows(problem))).collect()
}

/// What is wrong with a TrafficPolicy or an AccessPolicy.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// The targets it selects, in key order.
    pub selected: Vec<TargetId>,
    /// Wrong with the selection alone: what was selected all the same is not touched.
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

    /// Whether the policy may be applied to a target that it selects once everything can be read.
    pub fn may_accept(&self, target: TargetId, unread: &Unread) -> bool {
        let mut problems = self.everywhere.iter().chain(self.at.get(&target).into_iter().flatten());
        problems.all(|problem| problem.is_doubtful(unread))
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
