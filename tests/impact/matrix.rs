//! Every answer to every question, asked one request at a time.

use std::collections::BTreeSet;

use meshtree::ask::{Call, Caller, Evaluator, HttpRequest, Named, Outcome, Principal, Sent, Truth};
use meshtree::plan::{TargetId, WorkloadId};

/// The answers, in the order of the questions.
#[derive(PartialEq)]
pub(crate) struct Matrix {
    access: Vec<Truth>,
    services: Vec<String>,
    traffic: Vec<String>,
}

/// The answers of a plan.
pub(crate) fn matrix(evaluator: &Evaluator<'_, '_>) -> Matrix {
    Matrix { access: access(evaluator), services: services(evaluator), traffic: traffic(evaluator) }
}

fn access(evaluator: &Evaluator<'_, '_>) -> Vec<Truth> {
    let mut callers: Vec<Caller<'_>> = vec![Caller::Nobody];
    for domain in ["east", "west", "elsewhere"] {
        for namespace in ["shop", "pay", "other"] {
            let account = |account| Caller::Known(Principal { domain, namespace, account });
            let own = if namespace == "pay" { "pay" } else { "web" };
            callers.extend([own, "cart", "someone"].map(account));
        }
    }
    let mut out = Vec::new();
    for method in ["GET", "POST", "PUT", "DELETE"] {
        for path in ["/", "/a", "/ab", "/abc", "/ax", "/a.html", "/b.html"] {
            let request = HttpRequest::new(method, path, None);
            for workload in WorkloadId::all(evaluator.plan.workloads.len()) {
                for caller in &callers {
                    let at = |port| evaluator.at_pods(workload, *caller, &request, Some(port)).allowed;
                    out.extend([80, 8080, 9090, 1].map(at));
                }
            }
        }
    }
    out
}

fn services(evaluator: &Evaluator<'_, '_>) -> Vec<String> {
    let of = |target| {
        let actions = evaluator.plan.service_actions(target);
        format!("{:?} {:?}", actions.outlier.map(|outlier| *outlier.value), actions.tls.map(|tls| *tls.value))
    };
    TargetId::all(evaluator.plan.targets.len()).map(of).collect()
}

fn requests() -> Vec<HttpRequest> {
    let mut out = Vec::new();
    for method in ["GET", "POST"] {
        for target in ["/", "/a", "/abx", "/a?id=7"] {
            for user in [None, Some("anna"), Some("bob")] {
                let headers = user.map(|user| ("x-user".to_owned(), user.to_owned()));
                out.push(HttpRequest::new(method, target, headers));
            }
        }
    }
    out
}

fn traffic(evaluator: &Evaluator<'_, '_>) -> Vec<String> {
    let plan = evaluator.plan;
    let (none, requests) = (BTreeSet::new(), requests());
    let mut out = Vec::new();
    for target in TargetId::all(plan.targets.len()) {
        for from in WorkloadId::all(plan.workloads.len()) {
            for port in plan[target].known.distinct_ports() {
                let call = |request| Call { from, to: Named::Service(target), port: port.number, request, down: &none };
                out.extend(requests.iter().map(|request| answer(evaluator, &call(request))));
            }
        }
    }
    out
}

fn answer(evaluator: &Evaluator<'_, '_>, call: &Call<'_>) -> String {
    let plan = evaluator.plan;
    match evaluator.trace(call).outcome {
        Outcome::Lost(lost) => format!("{lost:?}"),
        Outcome::NoRoute(_) => "no route".to_owned(),
        Outcome::Undecided(_) => "undecided".to_owned(),
        Outcome::Sent(Sent { route, legs, mirror: _ }) => {
            let mut to: Vec<String> = legs
                .iter()
                .filter(|leg| leg.weight > 0)
                .map(|leg| format!("{} {} {}", leg.envoy_cluster(), leg.weight, leg.stops.is_ok()))
                .collect();
            to.sort();
            let actions = route.map(|route| plan.route_actions(route.owners));
            let timeout = actions.as_ref().and_then(|actions| actions.timeout.as_ref()).map(|timeout| *timeout.value);
            let retries = actions.as_ref().and_then(|actions| actions.retries.as_ref()).map(|retries| *retries.value);
            // Without retries of a policy there are Istio's, and no time means no limit.
            format!("{to:?} {:?} {retries:?}", timeout.filter(|timeout| timeout.0 != 0))
        }
    }
}
