//! `requestTimeout`, `retries`, and which durations Istio accepts.

use crate::ids::Duration;
use crate::model::traffic_policy;
use crate::path;
use crate::plan::{Feature, Part, Problem, Retries};

/// Why Istio refuses a duration, if it does.
pub(super) fn refused(duration: Duration, zero_is_fine: bool) -> Option<String> {
    const MILLISECOND: i64 = 1_000_000;
    if duration.0 == 0 && zero_is_fine {
        None
    } else if duration.0 < MILLISECOND {
        Some(format!("{duration} is too short: Istio takes durations from 1ms on"))
    } else if duration.0 % MILLISECOND != 0 {
        Some(format!("{duration} is too precise: Istio takes durations in whole milliseconds"))
    } else {
        None
    }
}

/// Checks a timeout. No timeout at all can be asked for.
pub(super) fn timeout(timeout: &Duration) -> Result<Duration, Vec<Problem>> {
    match refused(*timeout, true) {
        Some(why) => Err(vec![Problem::new(Part::Feature(Feature::Timeout), path!["spec", "requestTimeout"], why)]),
        None => Ok(*timeout),
    }
}

/// Checks how a failed request is tried again.
pub(super) fn retries(retries: &traffic_policy::Retries) -> Result<Retries, Vec<Problem>> {
    let traffic_policy::Retries { attempts, per_try_timeout } = *retries;
    let at = path!["spec", "retries"];
    let problem = |field: &str, text: String| Problem::new(Part::Feature(Feature::Retries), at.with(field), text);
    let negative = (attempts < 0).then(|| problem("attempts", format!("attempts {attempts} is negative")));
    let wrong = per_try_timeout.and_then(|timeout| refused(timeout, false));
    let wrong = wrong.map(|why| problem("perTryTimeout", format!("perTryTimeout {why}")));
    let problems: Vec<Problem> = negative.into_iter().chain(wrong).collect();
    if problems.is_empty() { Ok(Retries { attempts, per_try_timeout }) } else { Err(problems) }
}
