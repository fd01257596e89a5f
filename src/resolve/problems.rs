//! Problems that are made alike wherever they are found, and which of them may follow from what could not be read.

use crate::model::Unread;
use crate::model::decode::Fault;
use crate::plan::{Part, Problem, TargetId, Verdict};

/// Leaves all but the first out of the status, which stops there in the reference.
pub(super) fn keep_first_in_status(problems: &mut [Problem]) {
    problems.iter_mut().skip(1).for_each(|problem| problem.in_status = false);
}

/// The problems that decoding left with an object.
pub(super) fn from_faults(faults: &[Fault]) -> impl Iterator<Item = Problem> + '_ {
    faults.iter().map(|Fault { path, message, plain, is_null: _ }| {
        Problem::new(Part::Policy, path.clone(), format!("{path}: {message}")).plain(format!("{path}: {plain}"))
    })
}

/// The problems of an object, those that decoding left first. A missing value where a null is written follows from the null,
/// and is not reported as well.
pub(super) fn with_faults(faults: &[Fault], problems: impl IntoIterator<Item = Problem>) -> Vec<Problem> {
    let follows = |problem: &Problem| {
        let mut nulls = faults.iter().filter(|fault| fault.is_null);
        nulls.any(|null| null.path.0.split_last().is_some_and(|(_, whole)| whole == problem.path.0))
    };
    from_faults(faults).chain(problems.into_iter().filter(|problem| !follows(problem))).collect()
}

/// Whether a policy may be applied to a target that it selects once everything can be read.
pub(super) fn may_accept(verdict: &Verdict, target: TargetId, unread: &Unread) -> bool {
    let mut problems = verdict.everywhere.iter().chain(verdict.at.get(&target).into_iter().flatten());
    problems.all(|problem| unread.leaves_in_doubt(problem.ground))
}

/// A value that a field was bound to, or its problems put with the others.
pub(super) fn keep<T>(bound: Result<T, Vec<Problem>>, problems: &mut Vec<Problem>) -> Option<T> {
    bound.map_err(|wrong| problems.extend(wrong)).ok()
}

/// Two values that are only valid together.
pub(super) fn both<A, B>(a: Result<A, Problem>, b: Result<B, Problem>) -> Result<(A, B), Vec<Problem>> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (a, b) => Err(a.err().into_iter().chain(b.err()).collect()),
    }
}
