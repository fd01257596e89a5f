//! `route`: where a request goes, and what is done with it.

mod headers;
mod values;

use std::collections::BTreeSet;

use super::context::{Cx, request};
use super::{Failure, destinations};
use crate::ask::{By, Call, HttpRequest, Leg, Named, Outcome, Sent, Trace, Verdict, told, verdict::Stops};
use crate::ids::{Duration, Text};
use crate::model::policy_test::{
    CorsExpectation, FaultExpectation, HeadersExpectation, MirrorExpectation, RetriesExpectation, RouteExpectation,
    RouteTest, Wanted,
};
use crate::plan::{Claimed, Feature, Mirror, Plan, RouteActions};

use headers::{are_headers, cors_expected, cors_found, headers_expected, headers_found, is_cors};
use values::{are_retries, fault_expected, fault_found, is_fault, retries_expected, retries_found, some};

/// What is not as expected.
pub(super) fn compare(cx: &mut Cx<'_, '_, '_>, test: &RouteTest) -> Vec<Failure> {
    let RouteTest { from, to, port, method, path, headers, expect } = test;
    let Some(expect) = expect else {
        cx.incomplete("expect is missing", "say what is expected of the route");
        return Vec::new();
    };
    check(cx, expect);
    let Some(from) = cx.workload("from", from) else { return Vec::new() };
    let evaluator = cx.evaluator;
    let called = match evaluator.called(from, to) {
        // Nothing has the host or the port: as expected.
        Err(_) if expect.lost == Some(true) => return Vec::new(),
        Ok((named, written)) if expect.lost == Some(true) => {
            port.or(written).or_else(|| evaluator.usual_port(named)).map(|port| (named, port))
        }
        _ => cx.called(from, to, *port),
    };
    let Some((named, port)) = called else { return Vec::new() };
    let request = request(method.as_ref(), path.as_ref(), headers);
    let down = BTreeSet::new();
    let trace = evaluator.trace(&Call { from, to: named, port, request: &request, down: &down });
    let mut out = Compared { plan: evaluator.plan, trace: &trace, request: &request, to, failures: Vec::new() };
    out.all(expect);
    out.failures
}

/// Reports names in an expectation that the fleet does not have.
fn check(cx: &mut Cx<'_, '_, '_>, expect: &RouteExpectation) {
    destinations::check(cx, expect.destinations.as_deref().unwrap_or_default());
    for workload in expect.reaches.iter().flatten() {
        cx.workload("expect", workload);
    }
    if let Some(Wanted::Present(MirrorExpectation { service: Some(service), .. })) = &expect.mirror {
        cx.service("expect", service);
    }
    let plan = cx.evaluator.plan;
    for name in expect.policies.iter().flatten() {
        if !plan.traffic.iter().any(|traffic| is_policy(&traffic.policy.named, name)) {
            let hint = "write TrafficPolicy NAMESPACE/NAME".to_owned();
            cx.unknown("expect", format!("unknown policy {name:?}"), Some(hint));
        }
    }
}

/// Whether a policy has a name, which may leave out its kind.
fn is_policy(named: &str, text: &str) -> bool {
    named == text || named.split_once(' ').is_some_and(|(_, key)| key == text)
}

/// A trace that is compared.
struct Compared<'c> {
    plan: &'c Plan<'c>,
    trace: &'c Trace<'c>,
    request: &'c HttpRequest,
    to: &'c str,
    failures: Vec<Failure>,
}

impl Compared<'_> {
    fn all(&mut self, expect: &RouteExpectation) {
        let RouteExpectation {
            destinations,
            cluster,
            reaches,
            timeout,
            retries,
            fault,
            mirror,
            headers,
            cors_policy,
            policies,
            lost,
            not_found,
        } = expect;
        let verdict = Verdict::of(self.trace, Stops::All);
        self.flag("lost", *lost, matches!(verdict, Verdict::Lost(_)));
        self.flag("notFound", *not_found, verdict == Verdict::NoRoute);
        let is_more = destinations.is_some() || cluster.is_some() || reaches.is_some() || policies.is_some();
        let is_more = is_more || timeout.is_some() || retries.is_some() || fault.is_some() || mirror.is_some();
        let is_more = is_more || headers.is_some() || cors_policy.is_some();
        let sent = match &self.trace.outcome {
            Outcome::Sent(sent) => sent,
            _ if is_more => return self.push("route", "a route".to_owned(), self.outcome(), self.unmet()),
            _ => return,
        };
        if let Some(wanted) =
            destinations.as_ref().filter(|wanted| !destinations::are_equal(self.plan, wanted, &sent.legs))
        {
            let found = destinations::found(self.plan, &sent.legs);
            self.push("destinations", destinations::expected(wanted), found, self.by(sent, Feature::TrafficShift));
        }
        let clusters: Vec<String> = sent.legs.iter().map(Leg::envoy_cluster).collect();
        if let Some(wanted) = cluster.as_ref().filter(|wanted| clusters != [wanted.to_string()]) {
            let by = self.by(sent, Feature::TrafficShift);
            self.push("cluster", wanted.to_string(), clusters.join(", "), by);
        }
        if let Some(wanted) = reaches {
            self.reaches(wanted, sent);
        }
        if let Some(wanted) = policies {
            self.policies(wanted, sent);
        }
        self.actions((timeout, retries, fault), sent);
        self.texts((headers, cors_policy), sent);
        if let Some(wanted) = mirror {
            self.mirror(wanted, sent);
        }
    }

    fn push(&mut self, what: &str, expected: String, found: String, by: Vec<By>) {
        let about = format!("{what} of {} {} to {}", self.request.method, self.request.target(), self.to);
        self.failures.push(Failure { about, expected, found, by });
    }

    fn flag(&mut self, what: &str, wanted: Option<bool>, found: bool) {
        if let Some(wanted) = wanted.filter(|wanted| *wanted != found) {
            self.push(what, wanted.to_string(), self.outcome(), self.unmet());
        }
    }

    /// What becomes of the request, in a few words.
    fn outcome(&self) -> String {
        match &self.trace.outcome {
            Outcome::Lost(lost) => format!("not sent: {}", told::lost(self.plan, *lost)),
            Outcome::NoRoute(_) => "404: it meets the conditions of no route".to_owned(),
            Outcome::Undecided(_) => "not known: only Envoy can read a condition".to_owned(),
            Outcome::Sent(sent) => format!("sent to {}", destinations::found(self.plan, &sent.legs)),
        }
    }

    fn unmet(&self) -> Vec<By> {
        match &self.trace.outcome {
            Outcome::NoRoute(ids) | Outcome::Undecided(ids) => {
                ids.iter().map(|id| self.plan.by_traffic(*id, None)).collect()
            }
            Outcome::Sent(sent) => self.by(sent, Feature::TrafficShift),
            Outcome::Lost(_) => Vec::new(),
        }
    }

    /// The policy that a feature of the route is from, or those that make the route.
    fn by(&self, sent: &Sent<'_>, feature: Feature) -> Vec<By> {
        let Some(taken) = sent.route else { return Vec::new() };
        match taken.owners.owner(feature) {
            Some(policy) => vec![self.plan.by_traffic(policy, Some(feature))],
            None => taken.owners.policies().map(|policy| self.plan.by_traffic(policy, None)).collect(),
        }
    }

    fn reaches(&mut self, wanted: &[Text], sent: &Sent<'_>) {
        let stops = sent.legs.iter().flat_map(|leg| leg.stops.iter().flatten());
        let found: BTreeSet<String> =
            stops.flat_map(|stop| stop.workloads()).map(|workload| self.plan.workload_name(workload)).collect();
        let wanted: BTreeSet<String> = wanted.iter().map(ToString::to_string).collect();
        if found != wanted {
            self.push("reaches", joined(&wanted), joined(&found), self.by(sent, Feature::TrafficShift));
        }
    }

    fn policies(&mut self, wanted: &[Text], sent: &Sent<'_>) {
        let found: Vec<Text> = sent
            .route
            .iter()
            .flat_map(|taken| taken.owners.policies())
            .map(|id| self.plan[id].policy.named.clone())
            .collect();
        let is_there = |name: &&Text| found.iter().any(|found| is_policy(found, name));
        let is_wanted = |found: &Text| wanted.iter().any(|name| is_policy(found, name));
        if !wanted.iter().all(|name| is_there(&name)) || !found.iter().all(is_wanted) {
            let by = self.by(sent, Feature::TrafficShift);
            let shown = |names: &[Text]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            self.push("policies", shown(wanted), shown(&found), by);
        }
    }

    fn actions(&mut self, (timeout, retries, fault): Actions<'_>, sent: &Sent<'_>) {
        let found = sent.route.map(|taken| self.plan.route_actions(taken.owners));
        let (found_timeout, found_retries, found_fault) = match &found {
            Some(RouteActions { timeout, retries, fault, .. }) => (value(*timeout), value(*retries), value(*fault)),
            None => (None, None, None),
        };
        // Istio has no timeout unless one is set, and 0s is none.
        let found_timeout = found_timeout.filter(|timeout| timeout.0 != 0);
        if let Some(wanted) = timeout {
            let wanted = if *wanted == Wanted::Present(Duration(0)) { &Wanted::Absent } else { wanted };
            let shown = |timeout: &Duration| timeout.as_written();
            let is_so = |wanted: &Duration, found: Duration| *wanted == found;
            self.action(Feature::Timeout, (wanted, found_timeout), (is_so, &shown, &shown), sent);
        }
        if let Some(wanted) = retries {
            self.action(
                Feature::Retries,
                (wanted, found_retries),
                (are_retries, &retries_expected, &retries_found),
                sent,
            );
        }
        if let Some(wanted) = fault {
            self.action(
                Feature::FaultInjection,
                (wanted, found_fault),
                (is_fault, &fault_expected, &fault_found),
                sent,
            );
        }
    }

    /// Compares what the route does to headers, those of CORS included.
    fn texts(&mut self, (headers, cors): Texts<'_>, sent: &Sent<'_>) {
        let found = sent.route.map(|taken| self.plan.route_actions(taken.owners));
        let (found_headers, found_cors) = match &found {
            Some(RouteActions { headers, cors, .. }) => (value(*headers), (*cors).map(|claimed| claimed.value)),
            None => (None, None),
        };
        if let Some(wanted) = headers {
            let words: (Shown<'_, _>, Shown<'_, _>) = (&headers_expected, &headers_found);
            self.action(Feature::HeaderManipulation, (wanted, found_headers), (are_headers, words.0, words.1), sent);
        }
        if let Some(wanted) = cors {
            let words: (Shown<'_, _>, Shown<'_, _>) = (&cors_expected, &cors_found);
            self.action(Feature::Cors, (wanted, found_cors), (is_cors, words.0, words.1), sent);
        }
    }

    /// Compares one feature of the route.
    fn action<W, F: Copy>(
        &mut self,
        feature: Feature,
        (wanted, found): (&Wanted<W>, Option<F>),
        (is_so, expected, shown): (impl Fn(&W, F) -> bool, Shown<'_, W>, Shown<'_, F>),
        sent: &Sent<'_>,
    ) {
        let is_equal = match (wanted, found) {
            (Wanted::Absent, found) => found.is_none(),
            (Wanted::Present(wanted), Some(found)) => is_so(wanted, found),
            (Wanted::Present(_), None) => false,
        };
        if !is_equal {
            let expected = match wanted {
                Wanted::Absent => "none".to_owned(),
                Wanted::Present(wanted) => expected(wanted),
            };
            let found = found.map_or("none".to_owned(), |found| shown(&found));
            self.push(feature.written(), expected, found, self.by(sent, feature));
        }
    }

    fn mirror(&mut self, wanted: &Wanted<MirrorExpectation>, sent: &Sent<'_>) {
        let plan = self.plan;
        let percentage = sent.route.and_then(|taken| value(plan.route_actions(taken.owners).mirror));
        let percentage = percentage.map(|Mirror { target: _, port: _, percentage }| percentage);
        let found = sent.mirror.as_ref().zip(percentage);
        let is_so = |wanted: &MirrorExpectation, (leg, share): (&Leg, f64)| {
            let MirrorExpectation { service, port, percentage, cluster } = wanted;
            let name = match leg.to {
                Named::Service(target) => plan.service_name(target),
                Named::Failover(id) => plan[id].policy.named.to_string(),
            };
            service.as_ref().is_none_or(|service| **service == *name)
                && port.is_none_or(|port| port == leg.port)
                && percentage.is_none_or(|percentage| percentage == share)
                && cluster.as_ref().is_none_or(|cluster| **cluster == leg.envoy_cluster())
        };
        let expected = |wanted: &MirrorExpectation| {
            let MirrorExpectation { service, port, percentage, cluster } = wanted;
            let parts = [
                percentage.map(|percentage| format!("{percentage}%")),
                service.as_ref().map(ToString::to_string),
                port.map(|port| format!("port {port}")),
                cluster.as_ref().map(ToString::to_string),
            ];
            some(parts)
        };
        let shown = |(leg, share): &(&Leg, f64)| format!("{share}% {}, port {}", leg.host, leg.port);
        self.action(Feature::Mirror, (wanted, found), (is_so, &expected, &shown), sent);
    }
}

/// How a value is shown.
type Shown<'s, T> = &'s dyn Fn(&T) -> String;

/// The expected actions that have one value.
type Actions<'t> =
    (&'t Option<Wanted<Duration>>, &'t Option<Wanted<RetriesExpectation>>, &'t Option<Wanted<FaultExpectation>>);

/// The expected header changes and CORS policy.
type Texts<'t> = (&'t Option<Wanted<HeadersExpectation>>, &'t Option<Wanted<CorsExpectation>>);

fn value<T: Copy>(claimed: Option<Claimed<&T>>) -> Option<T> {
    claimed.map(|claimed| *claimed.value)
}

fn joined(names: &BTreeSet<String>) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.iter().cloned().collect::<Vec<_>>().join(", ") }
}
