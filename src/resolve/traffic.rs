//! Binds TrafficPolicies: each feature's value is checked once, whatever services it is applied to.

mod cors;
pub(super) mod destinations;
mod durations;
mod fault;
mod outlier;
mod patterns;
pub(super) mod requests;

use super::meant::Names;
use super::problems::{keep, with_faults};
use crate::diag::{FieldPath, Report};
use crate::model::selector::WorkloadSelector;
use crate::model::traffic_policy::{HeaderManipulation, TrafficPolicy as Written};
use crate::model::{Kind, Object};
use crate::path;
use crate::plan::{
    Destination, Feature, FeatureSet, Features, HeaderChange, Headers, Part, Plan, Policy, Problem, Requests,
    SourceSelector, TrafficPolicy, Verdict,
};

use destinations::Shift;

/// Binds one policy whose conditions on requests are bound. What is wrong with it whatever it is applied to goes into the
/// verdict.
pub(super) fn bind<'a>(
    object: &'a Object<Written>,
    requests: Requests,
    names: &Names<'_, 'a>,
    plan: &Plan<'a>,
    report: &mut Report,
) -> TrafficPolicy<'a> {
    // `bind_features` names every field.
    let (sources, destinations) = (&object.spec.source_selector, &object.spec.destination_selector);
    let mut problems = check_sources(object, sources, names, report);
    if let Some(matchers) = &object.spec.http_request_matchers {
        problems.extend(requests::check(object, matchers, report));
    }
    let (features, written, refused_shift) = bind_features(object, names, plan, &mut problems, report);
    let selector_path = path!["spec", "destinationSelector"];
    let selection = names.check_selectors(destinations, &selector_path, |path| object.place(path), report);
    let selected = names.select(destinations);
    let everywhere = with_faults(&object.faults, problems);
    TrafficPolicy {
        policy: Policy::of(Kind::TrafficPolicy, object),
        verdict: Verdict { selected, selection, everywhere, ..Verdict::default() },
        sources: sources.iter().map(|selector| bind_source(selector, names)).collect(),
        requests,
        written,
        features,
        refused_shift,
    }
}

/// Binds the features of a policy: what is valid, which are written, and the destinations of a shift that is not valid.
///
/// Problems are in the order of these lines. A value that is not valid claims no field, so another policy may set it.
fn bind_features<'a>(
    object: &'a Object<Written>,
    names: &Names<'_, 'a>,
    plan: &Plan<'a>,
    problems: &mut Vec<Problem>,
    report: &mut Report,
) -> (Features<'a>, FeatureSet, Box<[Destination<'a>]>) {
    let Written {
        source_selector: _,
        destination_selector: _,
        http_request_matchers: _,
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
    let mut written = FeatureSet::default();
    let shift = written.note(Feature::TrafficShift, traffic_shift);
    let shift = shift.map(|shift| destinations::shift(object, shift, names, plan, report));
    let Shift { destinations, refused, problems: wrong_shift } = shift.unwrap_or_default();
    problems.extend(wrong_shift);
    let fault = written.note(Feature::FaultInjection, fault_injection).map(fault::bind);
    let fault = fault.and_then(|bound| keep(bound, problems));
    let mirror = written.note(Feature::Mirror, mirror).map(|mirror| destinations::mirror(mirror, names, plan));
    let mirror = mirror.and_then(|bound| keep(bound, problems));
    let outlier = written.note(Feature::OutlierDetection, outlier_detection).map(outlier::bind);
    let outlier = outlier.and_then(|bound| keep(bound, problems));
    let timeout = written.note(Feature::Timeout, request_timeout).map(durations::timeout);
    let timeout = timeout.and_then(|bound| keep(bound, problems));
    let retries = written.note(Feature::Retries, retries).map(durations::retries);
    let retries = retries.and_then(|bound| keep(bound, problems));
    let cors = written.note(Feature::Cors, cors_policy).map(cors::bind);
    let cors = cors.and_then(|bound| keep(bound, problems));
    let headers = written.note(Feature::HeaderManipulation, header_manipulation).map(bind_headers);
    let tls = written.note(Feature::Mtls, mtls).and_then(|mtls| mtls.istio.as_ref()?.tls_mode);
    let features = Features { shift: destinations, cors, fault, headers, mirror, retries, timeout, outlier, tls };
    (features, written, refused)
}

impl FeatureSet {
    /// Remembers that a feature is written, if it is, and gives what is.
    fn note<'a, T>(&mut self, feature: Feature, written: &'a Option<T>) -> Option<&'a T> {
        if written.is_some() {
            self.insert(feature);
        }
        written.as_ref()
    }
}

fn bind_headers(headers: &HeaderManipulation) -> Headers<'_> {
    let HeaderManipulation {
        remove_response_headers,
        append_response_headers,
        remove_request_headers,
        append_request_headers,
    } = headers;
    Headers {
        request: HeaderChange { add: append_request_headers, remove: remove_request_headers.as_deref() },
        response: HeaderChange { add: append_response_headers, remove: remove_response_headers.as_deref() },
    }
}

/// A share of requests in percent: all of them when absent.
fn percent(written: Option<f64>, feature: Feature, at: FieldPath) -> Result<f64, Problem> {
    match written {
        None => Ok(100.0),
        Some(percentage) if (0.0..=100.0).contains(&percentage) => Ok(percentage),
        Some(other) => {
            let text = format!("percentage {other} is not in the range from 0 to 100");
            let plain = format!("{}.percentage {other} is out of range (0–100)", feature.written());
            Err(Problem::new(Part::Feature(feature), at, text).plain(plain))
        }
    }
}

/// Binds one source selector. An unknown cluster is reported, and no source can be in it.
fn bind_source<'a>(selector: &'a WorkloadSelector, names: &Names<'_, 'a>) -> SourceSelector<'a> {
    let WorkloadSelector { labels, namespaces, clusters } = selector;
    let known = || clusters.iter().filter_map(|name| names.index.cluster(name)).collect();
    SourceSelector { clusters: (!clusters.is_empty()).then(known), labels, namespaces }
}

/// Checks what source selectors name.
fn check_sources(
    object: &Object<Written>,
    selectors: &[WorkloadSelector],
    names: &Names<'_, '_>,
    report: &mut Report,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (i, WorkloadSelector { labels, namespaces, clusters }) in selectors.iter().enumerate() {
        let at = path!["spec", "sourceSelector", i];
        let what = format!("sourceSelector[{i}].labels");
        problems.extend(patterns::labels(labels, &what, Part::Match, &at.with("labels")));
        problems.extend(names.check_clusters(clusters, Part::Match, &at.with("clusters")));
        names.check_namespaces(namespaces, |j| object.place(at.with("namespaces").with(j)), report);
    }
    problems
}
