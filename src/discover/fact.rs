//! Facts that several files may state.

use crate::diag::{Code, Diag, Place, Report};
use crate::ids::Text;

/// A value and where it is stated.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    /// The value; never empty.
    pub(super) value: Text,
    /// Where it is stated.
    pub(super) place: Place,
}

impl Fact {
    pub(super) fn new(value: Text, place: Place) -> Self {
        Self { value, place }
    }

    /// The fact that a field states unless it is empty.
    pub(super) fn given(value: &Text, place: &Place) -> Option<Self> {
        (!value.is_empty()).then(|| Self { value: value.clone(), place: place.clone() })
    }
}

/// Adds a statement to what is known. Two that differ are reported, and the first is kept.
pub(super) fn state(known: &mut Option<Fact>, stated: Option<Fact>, what: &str, report: &mut Report) {
    let Some(stated) = stated else { return };
    match known {
        None => *known = Some(stated),
        Some(first) if first.value == stated.value => {}
        Some(first) => {
            contradiction(what, (&first.value, &first.place), (&stated.value, &stated.place), report);
        }
    }
}

/// Reports a fact with two different values.
pub(super) fn contradiction(
    what: &str,
    (first, at): (&str, &Place),
    (second, place): (&str, &Place),
    report: &mut Report,
) {
    let message = format!("conflicting values for {what}: {second:?} here, {first:?} in {}", name(at));
    report.push(
        Diag::new(Code::Contradiction, place.clone(), message)
            .related(at.clone(), "the other value is here")
            .hint("remove the incorrect one"),
    );
}

/// Warns of a fact that a weaker source states with another value than the one that is used.
pub(super) fn disagreement(what: &str, used: &Fact, stated: &Fact, why: &str, report: &mut Report) {
    let message =
        format!("{what} is {:?} here, but {:?} in {}, which is used{why}", stated.value, used.value, name(&used.place));
    let diag = Diag::new(Code::Disagreement, stated.place.clone(), message);
    report.push(diag.related(used.place.clone(), "the value that is used is here"));
}

/// How a message refers to a place other than its own.
pub(super) fn name(place: &Place) -> String {
    match place {
        Place::Nowhere => "another place".to_owned(),
        Place::File(file) => file.to_string(),
        Place::Point(file, pos) => format!("{file}:{}", pos.line),
        Place::Field(origin, _) => origin.file.to_string(),
    }
}
