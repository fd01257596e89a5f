//! `allow`, `deny` and `mixed`: whether pods let requests in.

use std::collections::BTreeSet;

use super::Failure;
use super::context::{Called, Cx, request};
use crate::ask::verdict::Stops;
use crate::ask::{By, Call, Caller, Decision, HttpRequest, Outcome, Pods, Principal, Trace, Truth, Verdict, told};
use crate::ids::Text;
use crate::model::policy_test::AccessTest;
use crate::plan::{Plan, WorkloadId};

/// Who calls.
#[derive(Clone, Copy)]
enum From<'t> {
    Workload(WorkloadId),
    Identity(Caller<'t>, &'t str),
}

/// What is asked.
#[derive(Clone, Copy)]
enum To<'t> {
    /// What a caller calls, by name.
    Called(&'t str),
    /// The pods of a workload, straight.
    Pods(WorkloadId),
}

/// What is not as expected.
pub(super) fn compare(cx: &mut Cx<'_, '_, '_>, test: &AccessTest, wanted: Verdict) -> Vec<Failure> {
    let Some((callers, called)) = bind(cx, test) else { return Vec::new() };
    let AccessTest { method, path, headers, .. } = test;
    let or_default = |texts: &[Text]| -> Vec<Option<Text>> {
        if texts.is_empty() { vec![None] } else { texts.iter().cloned().map(Some).collect() }
    };
    let (methods, paths) = (or_default(&method.0), or_default(&path.0));
    let mut out = Vec::new();
    for from in &callers {
        for to in &called {
            for (method, path) in methods.iter().flat_map(|m| paths.iter().map(move |p| (m, p))) {
                let request = request(method.as_ref(), path.as_ref(), headers);
                out.extend(one(cx, test, (*from, *to, &request), wanted));
            }
        }
    }
    out
}

/// The callers and what they call; none if that is not clear.
fn bind<'t>(cx: &mut Cx<'_, '_, '_>, test: &'t AccessTest) -> Option<(Vec<From<'t>>, Vec<To<'t>>)> {
    let AccessTest { from, identity, to, at, port, pod_port, .. } = test;
    let is_clear = match (from.0.is_empty(), identity.0.is_empty(), to.0.is_empty(), at.0.is_empty()) {
        (true, true, ..) | (false, false, ..) => {
            Err(("set either from or identity", "from: CLUSTER/NAMESPACE/WORKLOAD"))
        }
        (.., true, true) | (.., false, false) => Err(("set either to or at", "to: the host that is called")),
        (.., true, false) if port.is_some() => Err(("port is about a service, and at names pods", "use podPort")),
        (.., false, true) if pod_port.is_some() => Err(("podPort is about pods, and to names a service", "use port")),
        _ => Ok(()),
    };
    if let Err((message, hint)) = is_clear {
        cx.incomplete(message, hint);
        return None;
    }
    let workloads = from.0.iter().map(|text| cx.workload("from", text).map(From::Workload)).collect::<Vec<_>>();
    let identities = identity.0.iter().map(|text| identified(cx, text)).collect::<Vec<_>>();
    let called = to.0.iter().map(|text| Some(To::Called(text)));
    let pods = at.0.iter().map(|text| cx.workload("at", text).map(To::Pods)).collect::<Vec<_>>();
    let callers: Option<Vec<From<'t>>> = workloads.into_iter().chain(identities).collect();
    callers.zip(called.chain(pods).collect())
}

/// An identity as Istio writes it, or `none`.
fn identified<'t>(cx: &mut Cx<'_, '_, '_>, text: &'t str) -> Option<From<'t>> {
    if text == "none" {
        return Some(From::Identity(Caller::Nobody, text));
    }
    let found = Principal::parse(text);
    if found.is_none() {
        let hint = "write TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT, or none for a caller without certificates of the mesh";
        cx.wrong("identity", &format!("{text:?} is not a valid identity"), hint);
    }
    found.map(|principal| From::Identity(Caller::Known(principal), text))
}

/// What is not as expected of one request.
fn one(
    cx: &mut Cx<'_, '_, '_>,
    test: &AccessTest,
    (from, to, request): (From<'_>, To<'_>, &HttpRequest),
    wanted: Verdict,
) -> Option<Failure> {
    let (evaluator, plan) = (cx.evaluator, cx.evaluator.plan);
    let (about, found, verdict);
    match (from, to) {
        (From::Workload(workload), To::Called(host)) => {
            let (to, port): Called = cx.called(workload, host, test.port)?;
            let down = BTreeSet::new();
            let trace = evaluator.trace(&Call { from: workload, to, port, request, down: &down });
            verdict = Verdict::of(&trace, Stops::All);
            about = format!("{} to {host}, port {port}", plan.workload_name(workload));
            found = traced(plan, &trace, verdict, wanted);
        }
        (From::Identity(caller, name), To::Called(service)) => {
            let target = cx.service("to", service)?;
            let (_, port) = cx.port(crate::ask::Named::Service(target), test.port)?;
            let pods = evaluator.pods(caller, request, (target, port), None);
            verdict = Verdict::of_all(pods.iter().map(|pods| pods.decision.allowed));
            about = format!("{name} to {service}, port {port}");
            found = decided(plan, &pods.iter().collect::<Vec<_>>(), wanted);
        }
        (from, To::Pods(workload)) => {
            let (caller, name) = match from {
                From::Workload(from) => {
                    let caller = plan.principal(from).map_or(Caller::Nobody, Caller::Known);
                    (caller, plan.workload_name(from))
                }
                From::Identity(caller, name) => (caller, name.to_owned()),
            };
            let decision = evaluator.at_pods(workload, caller, request, test.pod_port);
            verdict = Verdict::of_all([decision.allowed]);
            let port = test.pod_port.map(|port| format!(", port {port}")).unwrap_or_default();
            about = format!("{name} to the pods of {}{port}", plan.workload_name(workload));
            found = decided(plan, &[&Pods { workload: Some(workload), decision }], wanted);
        }
    }
    let (found, by) = found;
    let about = format!("{} {} from {about}", request.method, request.target());
    (verdict != wanted).then(|| Failure { about, expected: wanted.as_str().to_owned(), found, by })
}

/// What becomes of a request that is routed.
fn traced(plan: &Plan<'_>, trace: &Trace<'_>, verdict: Verdict, wanted: Verdict) -> (String, Vec<By>) {
    let by_routes = |ids: &[crate::plan::TrafficId]| ids.iter().map(|id| plan.by_traffic(*id, None)).collect();
    match (&trace.outcome, verdict) {
        (_, Verdict::Lost(lost)) => (format!("not sent: {}", told::lost(plan, lost)), Vec::new()),
        (Outcome::NoRoute(ids), _) => ("404: it meets the conditions of no route".to_owned(), by_routes(ids)),
        (Outcome::Undecided(ids), _) => ("not known: only Envoy can read a condition".to_owned(), by_routes(ids)),
        (Outcome::Lost(_), _) | (Outcome::Sent(_), Verdict::Nowhere) => {
            ("no pods are behind it".to_owned(), Vec::new())
        }
        (Outcome::Sent(sent), _) => {
            let stops = sent.legs.iter().flat_map(|leg| leg.stops.iter().flatten());
            decided(plan, &stops.flat_map(|stop| &stop.pods).collect::<Vec<_>>(), wanted)
        }
    }
}

/// What pods do that was not expected, with the policies that decide. Pods that do the same for the same reason are one.
fn decided(plan: &Plan<'_>, pods: &[&Pods], wanted: Verdict) -> (String, Vec<By>) {
    let is_unexpected = |decision: &Decision| Verdict::of_all([decision.allowed]) != wanted;
    let mut alike: Vec<(&Decision, Vec<String>)> = Vec::new();
    for Pods { workload, decision } in pods.iter().filter(|pods| is_unexpected(&pods.decision)) {
        let name = workload.map_or("pods that are not known".to_owned(), |workload| plan.workload_name(workload));
        match alike.iter_mut().find(|(known, _)| *known == decision) {
            Some((_, names)) if names.contains(&name) => {}
            Some((_, names)) => names.push(name),
            None => alike.push((decision, vec![name])),
        }
    }
    let (mut texts, mut by) = (Vec::new(), Vec::new());
    for (decision, names) in alike {
        let (why, policies) = told::why(plan, decision);
        let word = match decision.allowed {
            Truth::Yes => "allowed",
            Truth::No => "denied",
            Truth::Unknown => "unknown",
        };
        texts.push(format!("{word} at {}: {why}", names.join(", ")));
        by.extend(policies);
    }
    by.sort();
    by.dedup();
    (texts.join("; "), by)
}
