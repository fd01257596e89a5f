//! Puts equal consequences together.

use std::collections::BTreeMap;

use super::kinds::Kind;
use super::{Consequence, Phrase, PolicyCause, Subject};

/// A consequence for one subject.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) kind: Kind,
    pub(super) subject: Subject,
    pub(super) phrase: Phrase,
    pub(super) causes: Vec<PolicyCause>,
}

/// The consequences by kind, with all that each is for; in order of sections, the riskier first.
pub(super) fn together(found: Vec<Finding>) -> Vec<Consequence> {
    let mut by: BTreeMap<(Kind, Vec<PolicyCause>, Phrase), Vec<Subject>> = BTreeMap::new();
    for Finding { kind, subject, phrase, causes } in found {
        by.entry((kind, causes, phrase)).or_default().push(subject);
    }
    let consequence = |((kind, causes, phrase), mut subjects): ((Kind, Vec<PolicyCause>, Phrase), Vec<Subject>)| {
        subjects.sort();
        subjects.dedup();
        Consequence { kind, phrase, subjects, causes }
    };
    let mut out: Vec<Consequence> = by.into_iter().map(consequence).collect();
    out.sort_by_key(|consequence| (consequence.kind.section(), std::cmp::Reverse(consequence.kind.risk())));
    out
}
