//! `requestTimeout`, `retries`, and which durations Istio accepts.

use crate::ids::Duration;
use crate::model::traffic_policy;
use crate::path;
use crate::plan::{Feature, Part, Problem, Retries};

const MILLISECOND: i64 = 1_000_000;

/// Why Istio refuses a duration: the text of the status, and that of the diagnostic.
pub(super) struct Refused {
    pub(super) status: String,
    pub(super) plain: String,
}

/// Why Istio refuses a duration, if it does.
pub(super) fn refused(duration: Duration, zero_is_fine: bool) -> Option<Refused> {
    let why = |status: &str, plain: &str| Refused {
        status: format!("{duration} {status}"),
        plain: format!("{} {plain}", duration.as_written()),
    };
    if duration.0 == 0 && zero_is_fine {
        None
    } else if duration.0 < MILLISECOND {
        Some(why("is too short: Istio takes durations from 1ms on", "is too short: the minimum is 1ms"))
    } else if duration.0 % MILLISECOND != 0 {
        let status = "is too precise: Istio takes durations in whole milliseconds";
        Some(why(status, "is too precise: Istio requires whole milliseconds"))
    } else {
        None
    }
}

/// Checks a timeout. Zero means no timeout.
pub(super) fn timeout(timeout: &Duration) -> Result<Duration, Vec<Problem>> {
    match refused(*timeout, true) {
        Some(Refused { status, plain }) => {
            let problem = Problem::new(Part::Feature(Feature::Timeout), path!["spec", "requestTimeout"], status);
            Err(vec![problem.plain(format!("requestTimeout {plain}"))])
        }
        None => Ok(*timeout),
    }
}

/// Checks how often and for how long a failed request is retried.
pub(super) fn retries(retries: &traffic_policy::Retries) -> Result<Retries, Vec<Problem>> {
    let traffic_policy::Retries { attempts, per_try_timeout } = *retries;
    let at = path!["spec", "retries"];
    let problem = |field: &str, text: String| Problem::new(Part::Feature(Feature::Retries), at.with(field), text);
    let negative = (attempts < 0).then(|| {
        let plain = format!("attempts {attempts} is out of range (0–{})", i32::MAX);
        problem("attempts", format!("attempts {attempts} is negative")).plain(plain)
    });
    let wrong = per_try_timeout.and_then(|timeout| refused(timeout, false));
    let wrong = wrong.map(|Refused { status, plain }| {
        problem("perTryTimeout", format!("perTryTimeout {status}")).plain(format!("perTryTimeout {plain}"))
    });
    let problems: Vec<Problem> = negative.into_iter().chain(wrong).collect();
    if problems.is_empty() { Ok(Retries { attempts, per_try_timeout }) } else { Err(problems) }
}
