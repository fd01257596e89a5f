//! Binds TrafficPolicies: each feature's value checked once, whatever it is applied to.

use super::destinations;
use super::matchers;
use super::refs::Names;
use super::verdict::{Part, Problem, Verdict, keep_first_in_status, with_faults};
use crate::diag::{Code, Diag, FieldPath, Report};
use crate::ids::{Duration, Text};
use crate::model::selector::WorkloadSelector;
use crate::model::traffic_policy::{
    Abort, AbortKind, CorsPolicy, Delay, DelayKind, FaultInjection, FaultKind as WrittenFault, OutlierDetection,
    Retries, TrafficPolicy,
};
use crate::model::{Kind, Object};
use crate::path;
use crate::plan::{Fault, FaultKind, Outlier, Plan, SourceMatch, Traffic};

/// Binds one policy. What is wrong with it whatever it is applied to goes into the verdict.
pub(super) fn bind<'a>(
    object: &'a Object<TrafficPolicy>,
    names: &Names<'a>,
    plan: &Plan<'a>,
    report: &mut Report,
) -> (Traffic<'a>, Verdict) {
    let TrafficPolicy {
        source_selector,
        destination_selector,
        http_request_matchers,
        traffic_shift,
        fault_injection,
        request_timeout,
        retries,
        cors_policy,
        mirror,
        header_manipulation,
        outlier_detection,
        mtls,
    } = &object.spec;
    let mut problems = check_sources(object, source_selector, names, report);
    problems.extend(check_requests(object, report));
    let shift = traffic_shift.as_ref().map(|shift| destinations::shift(object, shift, names, plan, report));
    let (shift, wrong_shift) = shift.unwrap_or_default();
    let shift_refused = !wrong_shift.is_empty();
    problems.extend(wrong_shift);
    let fault = fault_injection.as_ref().and_then(|fault| keep(bind_fault(fault), &mut problems));
    let mirror = mirror.as_ref().and_then(|mirror| keep(destinations::mirror(mirror, names, plan), &mut problems));
    let outlier = outlier_detection.as_ref().and_then(|outlier| keep(bind_outlier(outlier), &mut problems));
    // What is wrong owns no field: it keeps no other policy out.
    let timeout = checked(request_timeout.as_ref(), check_timeout, &mut problems).copied();
    let retries = checked(retries.as_ref(), check_retries, &mut problems);
    let cors = checked(cors_policy.as_ref(), check_cors, &mut problems);
    let selection = names.check_selectors(
        destination_selector,
        &path!["spec", "destinationSelector"],
        |path| object.place(path),
        report,
    );
    let selected = names.targets.select(destination_selector);
    let bound = Traffic {
        key: &object.key,
        named: Kind::TrafficPolicy.named(&object.key),
        sources: source_selector,
        requests: http_request_matchers.as_deref(),
        path_places: Vec::new(),
        shift,
        shift_refused,
        fault,
        timeout,
        retries,
        cors,
        mirror,
        headers: header_manipulation.as_ref(),
        outlier,
        tls: mtls.as_ref().and_then(|mtls| mtls.istio.as_ref()).and_then(|istio| istio.tls_mode),
    };
    let everywhere = with_faults(&object.faults, problems);
    (bound, Verdict { selected, selection, everywhere, ..Verdict::default() })
}

/// Checks the conditions on requests.
fn check_requests(object: &Object<TrafficPolicy>, report: &mut Report) -> Vec<Problem> {
    let Some(written) = &object.spec.http_request_matchers else { return Vec::new() };
    // Clusters are no condition of a route: they stay.
    let restricts = |s: &WorkloadSelector| !s.labels.is_empty() || !s.namespaces.is_empty();
    if written.is_empty() && object.spec.source_selector.iter().any(restricts) {
        let message = "an empty list of matchers drops the labels and namespaces of sourceSelector as well: the policy is for every caller";
        let at = object.place(path!["spec", "httpRequestMatchers"]);
        report
            .push(Diag::new(Code::NoEffect, at, message).hint("leave httpRequestMatchers out to keep sourceSelector"));
    }
    matchers::check(object, written, report)
}

/// The value, or its problems put with the others.
fn keep<T>(bound: Result<T, Vec<Problem>>, problems: &mut Vec<Problem>) -> Option<T> {
    bound.map_err(|wrong| problems.extend(wrong)).ok()
}

/// Two values that are only good together.
pub(super) fn both<A, B>(a: Result<A, Problem>, b: Result<B, Problem>) -> Result<(A, B), Vec<Problem>> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (a, b) => Err(a.err().into_iter().chain(b.err()).collect()),
    }
}

/// The value if nothing is wrong with it; its problems are put with the others.
fn checked<'a, T>(
    written: Option<&'a T>,
    check: impl Fn(&T) -> Vec<Problem>,
    problems: &mut Vec<Problem>,
) -> Option<&'a T> {
    let wrong = check(written?);
    let right = wrong.is_empty();
    problems.extend(wrong);
    written.filter(|_| right)
}

/// Checks what source selectors name.
fn check_sources(
    object: &Object<TrafficPolicy>,
    selectors: &[WorkloadSelector],
    names: &Names<'_>,
    report: &mut Report,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (i, WorkloadSelector { labels: _, namespaces, clusters }) in selectors.iter().enumerate() {
        let at = path!["spec", "sourceSelector", i];
        problems.extend(names.check_clusters(clusters, Part::Match, &at.with("clusters")));
        names.check_namespaces(namespaces, |j| object.place(at.with("namespaces").with(j)), report);
    }
    problems
}

/// The conditions on sources for callers in one cluster: `None` when no source that is meant can be there, an empty list when
/// every source is.
pub(super) fn sources_in<'a>(selectors: &'a [WorkloadSelector], cluster: &Text) -> Option<Vec<SourceMatch<'a>>> {
    if selectors.is_empty() {
        return Some(Vec::new());
    }
    let mut out = Vec::new();
    let mut reaches = false;
    let mut everyone = false;
    for WorkloadSelector { labels, namespaces, clusters } in selectors {
        if !clusters.is_empty() && !clusters.contains(cluster) {
            continue;
        }
        reaches = true;
        everyone |= labels.is_empty() && namespaces.is_empty();
        if namespaces.is_empty() {
            out.push(SourceMatch { namespace: None, labels });
        }
        // A namespace without a name is none, as in the reference.
        let named = |n: &'a Text| Some(n).filter(|n| !n.is_empty());
        out.extend(namespaces.iter().map(|n| SourceMatch { namespace: named(n), labels }));
    }
    match (reaches, everyone) {
        (false, _) => None,
        (true, true) => Some(Vec::new()),
        (true, false) => Some(out),
    }
}

/// Binds a fault.
fn bind_fault(fault: &FaultInjection) -> Result<Fault, Vec<Problem>> {
    let FaultInjection { percentage, fault } = fault;
    let at = path!["spec", "faultInjection"];
    let percentage = percent(*percentage, Part::FaultInjection, at.with("percentage"));
    both(bind_fault_kind(fault.as_ref(), at), percentage).map(|(kind, percentage)| Fault { kind, percentage })
}

fn bind_fault_kind(fault: Option<&WrittenFault>, at: FieldPath) -> Result<FaultKind, Problem> {
    let problem = |at: FieldPath, text: &str| Problem::new(Part::FaultInjection, at, text);
    let kind = match fault {
        None => return Err(problem(at, "FaultInjection type must be specified.").hint("give delay or abort")),
        Some(WrittenFault::Delay(Delay { delay })) => match delay {
            None => {
                let text = "Delay.HTTPDelayType has unexpected type <nil>";
                return Err(problem(at.with("delay"), text).hint("give fixedDelay"));
            }
            Some(DelayKind::Exponential(_)) => return Err(exponential(at.with("delay").with("exponentialDelay"))),
            Some(DelayKind::Fixed(delay)) => fixed_delay(*delay, at.with("delay").with("fixedDelay"))?,
        },
        Some(WrittenFault::FixedDelay(delay)) => fixed_delay(*delay, at.with("fixedDelay"))?,
        Some(WrittenFault::ExponentialDelay(_)) => return Err(exponential(at.with("exponentialDelay"))),
        Some(WrittenFault::Abort(Abort { error })) => match error {
            None => {
                return Err(
                    problem(at.with("abort"), "Abort.ErrorType has unexpected type <nil>").hint("give httpStatus")
                );
            }
            Some(AbortKind::HttpStatus(status)) if !(200..=599).contains(status) => {
                let text = format!("httpStatus {status} is not in the range from 200 to 599");
                return Err(problem(at.with("abort").with("httpStatus"), &text));
            }
            Some(AbortKind::HttpStatus(status)) => FaultKind::Abort(*status),
        },
    };
    Ok(kind)
}

fn exponential(at: FieldPath) -> Problem {
    Problem::new(Part::FaultInjection, at, "exponentialDelay: no Istio has ever accepted this field")
        .hint("use fixedDelay")
}

fn fixed_delay(delay: Duration, at: FieldPath) -> Result<FaultKind, Problem> {
    match refused(delay, false) {
        Some(why) => Err(Problem::new(Part::FaultInjection, at, why)),
        None => Ok(FaultKind::Delay(delay)),
    }
}

/// A share of requests in percent: all of them when absent.
pub(super) fn percent(written: Option<f64>, part: Part, at: FieldPath) -> Result<f64, Problem> {
    match written {
        None => Ok(100.0),
        Some(percentage) if (0.0..=100.0).contains(&percentage) => Ok(percentage),
        Some(other) => Err(Problem::new(part, at, format!("percentage {other} is not in the range from 0 to 100"))),
    }
}

/// Why Istio refuses a duration, if it does.
fn refused(duration: Duration, zero_is_fine: bool) -> Option<String> {
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

/// Binds outlier detection, every default filled in.
fn bind_outlier(outlier: &OutlierDetection) -> Result<Outlier, Vec<Problem>> {
    let OutlierDetection { consecutive_errors, interval, base_ejection_time, max_ejection_percent } = outlier;
    let at = path!["spec", "outlierDetection"];
    let given = |number: u32, default: u32| if number == 0 { default } else { number };
    let mut problems = Vec::new();
    let mut problem = |field: &str, text: String| {
        problems.push(Problem::new(Part::OutlierDetection, at.with(field), text));
    };
    for (field, duration) in [("interval", interval), ("baseEjectionTime", base_ejection_time)] {
        if let Some(why) = duration.and_then(|duration| refused(duration, false)) {
            problem(field, format!("{field} {why}"));
        }
    }
    if *max_ejection_percent > 100 {
        let text = format!("maxEjectionPercent {max_ejection_percent} is not in the range from 0 to 100");
        problem("maxEjectionPercent", text);
    }
    if i32::try_from(*consecutive_errors).is_err() {
        problem("consecutiveErrors", format!("consecutiveErrors {consecutive_errors} is out of range"));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Outlier {
        consecutive_errors: given(*consecutive_errors, 5),
        interval: interval.unwrap_or(Duration::seconds(10)),
        base_ejection_time: base_ejection_time.unwrap_or(Duration::seconds(30)),
        max_ejection_percent: given(*max_ejection_percent, 100),
    })
}

fn check_timeout(timeout: &Duration) -> Vec<Problem> {
    let problem = |why| Problem::new(Part::Timeout, path!["spec", "requestTimeout"], why);
    refused(*timeout, true).map(problem).into_iter().collect()
}

fn check_retries(retries: &Retries) -> Vec<Problem> {
    let Retries { attempts, per_try_timeout } = retries;
    let mut problems = Vec::new();
    if *attempts < 0 {
        let at = path!["spec", "retries", "attempts"];
        problems.push(Problem::new(Part::Retries, at, format!("attempts {attempts} is negative")));
    }
    if let Some(why) = per_try_timeout.and_then(|timeout| refused(timeout, false)) {
        problems.push(Problem::new(
            Part::Retries,
            path!["spec", "retries", "perTryTimeout"],
            format!("perTryTimeout {why}"),
        ));
    }
    problems
}

fn check_cors(cors: &CorsPolicy) -> Vec<Problem> {
    let at = path!["spec", "corsPolicy"];
    let mut problems: Vec<Problem> = cors
        .allow_origins
        .iter()
        .enumerate()
        .filter(|(_, origin)| origin.match_type.is_none())
        .map(|(i, _)| {
            let text = format!("AllowOrigins[{i}].MatchType has unexpected type <nil>");
            Problem::new(Part::Cors, at.with("allowOrigins").with(i), text).hint("give exact, prefix or regex")
        })
        .collect();
    keep_first_in_status(&mut problems);
    if let Some(max_age) = cors.max_age {
        let why = refused(max_age, false).or_else(|| {
            (max_age.0 % Duration::seconds(1).0 != 0)
                .then(|| format!("{max_age} is too precise: Istio takes it in whole seconds"))
        });
        problems.extend(why.map(|why| Problem::new(Part::Cors, at.with("maxAge"), format!("maxAge {why}"))));
    }
    problems
}
