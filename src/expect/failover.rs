//! `failover`: where a request arrives while clusters are down.

use std::collections::BTreeSet;

use super::Failure;
use super::context::{Cx, request};
use crate::ask::{By, Call, Named, Outcome, told};
use crate::model::policy_test::FailoverTest;

/// What a request that arrives at no service is expected to do.
const NOWHERE: &str = "nowhere";

/// What is not as expected.
pub(super) fn compare(cx: &mut Cx<'_, '_, '_>, test: &FailoverTest) -> Vec<Failure> {
    let FailoverTest { from, to, port, method, path, headers, down, arrives } = test;
    if arrives.0.is_empty() {
        cx.incomplete("arrives is missing", "write CLUSTER/NAMESPACE/SERVICE, or nowhere");
        return Vec::new();
    }
    for service in arrives.0.iter().filter(|service| &***service != NOWHERE) {
        cx.service("arrives", service);
    }
    let down = cx.clusters("down", &down.0);
    let called = cx.workload("from", from).and_then(|from| cx.called(from, to, *port).map(|called| (from, called)));
    let Some((down, (from, (named, port)))) = down.zip(called) else { return Vec::new() };
    let (evaluator, plan) = (cx.evaluator, cx.evaluator.plan);
    let request = request(method.as_ref(), path.as_ref(), headers);
    let trace = evaluator.trace(&Call { from, to: named, port, request: &request, down: &down });
    let wanted: BTreeSet<String> = arrives.0.iter().map(ToString::to_string).collect();
    let (found, by): (BTreeSet<String>, Vec<By>) = match &trace.outcome {
        Outcome::Sent(sent) => {
            let arrival = sent.legs.iter().map(|leg| leg.arrives().map(|stop| plan.service_name(stop.target)));
            let policies = sent.legs.iter().filter_map(|leg| match leg.to {
                Named::Failover(id) => Some(plan.by_failover(id)),
                Named::Service(_) => None,
            });
            (arrival.map(|service| service.unwrap_or_else(|| NOWHERE.to_owned())).collect(), policies.collect())
        }
        Outcome::NoRoute(ids) | Outcome::Undecided(ids) => {
            (BTreeSet::from([NOWHERE.to_owned()]), ids.iter().map(|id| plan.by_traffic(*id, None)).collect())
        }
        Outcome::Lost(lost) => (BTreeSet::from([format!("{NOWHERE}: {}", told::lost(plan, *lost))]), Vec::new()),
    };
    if found == wanted {
        return Vec::new();
    }
    let shown = |services: &BTreeSet<String>| services.iter().cloned().collect::<Vec<_>>().join(", ");
    let about = format!("where {} {} to {to} arrives", request.method, request.target());
    vec![Failure { about, expected: shown(&wanted), found: shown(&found), by }]
}
