//! What routes do, compared and in words.

use crate::ids::Duration;
use crate::model::policy_test::{FaultExpectation, RetriesExpectation, Wanted};
use crate::plan::{Fault, FaultKind, Retries};

pub(super) fn are_retries(wanted: &RetriesExpectation, found: Retries) -> bool {
    let RetriesExpectation { attempts, per_try_timeout } = wanted;
    let is_timeout = |wanted: &Wanted<Duration>| match wanted {
        Wanted::Absent => found.per_try_timeout.is_none(),
        Wanted::Present(wanted) => found.per_try_timeout == Some(*wanted),
    };
    attempts.is_none_or(|attempts| attempts == found.attempts) && per_try_timeout.as_ref().is_none_or(is_timeout)
}

pub(super) fn retries_expected(wanted: &RetriesExpectation) -> String {
    let RetriesExpectation { attempts, per_try_timeout } = wanted;
    let timeout = per_try_timeout.as_ref().map(|timeout| match timeout {
        Wanted::Absent => "no perTryTimeout".to_owned(),
        Wanted::Present(timeout) => format!("perTryTimeout {}", timeout.as_written()),
    });
    some([attempts.map(|attempts| format!("attempts {attempts}")), timeout])
}

pub(super) fn retries_found(Retries { attempts, per_try_timeout }: &Retries) -> String {
    let timeout = per_try_timeout.map(|timeout| format!(", perTryTimeout {}", timeout.as_written()));
    format!("attempts {attempts}{}", timeout.unwrap_or_default())
}

pub(super) fn is_fault(wanted: &FaultExpectation, found: Fault) -> bool {
    let FaultExpectation { delay, abort, percentage } = wanted;
    delay.is_none_or(|delay| found.kind == FaultKind::Delay(delay))
        && abort.is_none_or(|abort| found.kind == FaultKind::Abort(abort))
        && percentage.is_none_or(|percentage| percentage == found.percentage)
}

pub(super) fn fault_expected(wanted: &FaultExpectation) -> String {
    let FaultExpectation { delay, abort, percentage } = wanted;
    some([
        delay.map(|delay| format!("delay {}", delay.as_written())),
        abort.map(|abort| format!("abort {abort}")),
        percentage.map(|percentage| format!("{percentage}%")),
    ])
}

pub(super) fn fault_found(Fault { kind, percentage }: &Fault) -> String {
    match kind {
        FaultKind::Delay(delay) => format!("delay {}, {percentage}%", delay.as_written()),
        FaultKind::Abort(status) => format!("abort {status}, {percentage}%"),
    }
}

/// What is expected, or that anything is.
pub(super) fn some<const N: usize>(parts: [Option<String>; N]) -> String {
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "any".to_owned() } else { parts.join(", ") }
}
