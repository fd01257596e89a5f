//! `faultInjection`

use super::durations::{Refused, refused};
use super::percent;
use crate::diag::FieldPath;
use crate::ids::Duration;
use crate::model::traffic_policy::{Abort, AbortKind, Delay, DelayKind, FaultInjection, FaultKind as WrittenFault};
use crate::path;
use crate::plan::{Fault, FaultKind, Feature, Part, Problem};
use crate::resolve::problems::both;

/// The smallest percentage that Istio accepts beside 0.
const SMALLEST: f64 = 0.0001;

/// Binds a fault.
pub(super) fn bind(fault: &FaultInjection) -> Result<Fault, Vec<Problem>> {
    let FaultInjection { percentage, fault } = fault;
    let at = path!["spec", "faultInjection"];
    let percentage = percent(*percentage, Feature::FaultInjection, at.with("percentage")).and_then(check_smallest);
    both(bind_fault_kind(fault.as_ref(), at), percentage).map(|(kind, percentage)| Fault { kind, percentage })
}

/// A percentage that is not too small for Istio, which refuses what its proxies would round to nothing.
fn check_smallest(percentage: f64) -> Result<f64, Problem> {
    if percentage == 0.0 || percentage >= SMALLEST {
        return Ok(percentage);
    }
    let text = format!("percentage {percentage} is below {SMALLEST}, the smallest that Istio accepts");
    let plain = format!("faultInjection.percentage {percentage} is too small: the minimum is {SMALLEST}");
    let at = path!["spec", "faultInjection", "percentage"];
    let problem = Problem::new(Part::Feature(Feature::FaultInjection), at, text).plain(plain);
    Err(problem.hint("use 0 for no requests at all"))
}

fn bind_fault_kind(fault: Option<&WrittenFault>, at: FieldPath) -> Result<FaultKind, Problem> {
    let problem = |at: FieldPath, text: &str| Problem::new(Part::Feature(Feature::FaultInjection), at, text);
    let kind = match fault {
        None => {
            let problem = problem(at, "FaultInjection type must be specified.");
            return Err(problem.plain("faultInjection has neither delay nor abort").hint("set one of them"));
        }
        Some(WrittenFault::Delay(Delay { delay })) => match delay {
            None => {
                let text = "Delay.HTTPDelayType has unexpected type <nil>";
                return Err(problem(at.with("delay"), text)
                    .plain("faultInjection.delay has no fixedDelay")
                    .hint("set fixedDelay"));
            }
            Some(DelayKind::Exponential(_)) => return Err(exponential(at.with("delay").with("exponentialDelay"))),
            Some(DelayKind::Fixed(delay)) => fixed_delay(*delay, at.with("delay").with("fixedDelay"))?,
        },
        Some(WrittenFault::FixedDelay(delay)) => fixed_delay(*delay, at.with("fixedDelay"))?,
        Some(WrittenFault::ExponentialDelay(_)) => return Err(exponential(at.with("exponentialDelay"))),
        Some(WrittenFault::Abort(Abort { error })) => match error {
            None => {
                return Err(problem(at.with("abort"), "Abort.ErrorType has unexpected type <nil>")
                    .plain("faultInjection.abort has no httpStatus")
                    .hint("set httpStatus"));
            }
            Some(AbortKind::HttpStatus(status)) if !(200..=599).contains(status) => {
                let text = format!("httpStatus {status} is not in the range from 200 to 599");
                let plain = format!("httpStatus {status} is out of range (200–599)");
                return Err(problem(at.with("abort").with("httpStatus"), &text).plain(plain));
            }
            Some(AbortKind::HttpStatus(status)) => FaultKind::Abort(*status),
        },
    };
    Ok(kind)
}

fn exponential(at: FieldPath) -> Problem {
    Problem::new(Part::Feature(Feature::FaultInjection), at, "exponentialDelay: no Istio has ever accepted this field")
        .plain("exponentialDelay is not supported: no version of Istio accepts it")
        .hint("use fixedDelay")
}

fn fixed_delay(delay: Duration, at: FieldPath) -> Result<FaultKind, Problem> {
    match refused(delay, false) {
        Some(Refused { status, plain }) => {
            let problem = Problem::new(Part::Feature(Feature::FaultInjection), at, status);
            Err(problem.plain(format!("fixedDelay {plain}")))
        }
        None => Ok(FaultKind::Delay(delay)),
    }
}
