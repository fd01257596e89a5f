//! Warns of requests that no route takes.

use std::collections::BTreeMap;

use crate::diag::{Code, Diag, Ground, Report};
use crate::model::Kind;
use crate::path;
use crate::plan::{Plan, TargetId, TrafficId};
use crate::resolve::meant::{Names, describe_services};

/// Warns of services of which some requests are answered with 404, since every route of theirs has conditions on requests.
pub(super) fn report(plan: &Plan<'_>, names: &Names<'_, '_>, report: &mut Report) {
    let mut found: BTreeMap<Vec<TrafficId>, Vec<TargetId>> = BTreeMap::new();
    for id in TargetId::all(plan.targets.len()) {
        let target = &plan[id];
        if target.mesh.is_none() || target.known.ports.is_empty() {
            continue;
        }
        let policies = plan.unmatched(id);
        if !policies.is_empty() {
            found.entry(policies).or_default().push(id);
        }
    }
    // Another policy may have a route for these requests.
    let ground = if names.unread.has(Kind::TrafficPolicy) { Ground::Unread } else { Ground::Inventory };
    for (policies, services) in found {
        report.push(diag(&policies, &services, plan).on(ground));
    }
}

fn diag(policies: &[TrafficId], services: &[TargetId], plan: &Plan<'_>) -> Diag {
    let (first, others) =
        policies.split_first().map_or((TrafficId::at(0), policies), |(first, others)| (*first, others));
    let has_sources = policies.iter().any(|policy| !plan[*policy].sources.is_empty());
    let where_so = if has_sources { ", where sourceSelector selects the caller" } else { "" };
    let named = &plan[first].policy.named;
    let whose = match others {
        [] => named.to_string(),
        others => format!("{named} and {} more", others.len()),
    };
    let message = format!(
        "requests to {} that match none of the httpRequestMatchers of {whose} are answered with 404{where_so}",
        describe_services(services, plan)
    );
    let selector = match services {
        [service] => {
            let service = plan.service(*service);
            format!(
                "destinationSelector: [{{kubeServiceRefs: {{services: [{{name: {}, namespace: {}, clusterName: {}}}]}}}}], ",
                service.name, service.namespace, service.cluster
            )
        }
        _ => "destinationSelector: (the same), ".to_owned(),
    };
    let hint = format!(
        "to send them to the service, add a TrafficPolicy without conditions, spec: {{{selector}requestTimeout: 0s}}, or set \
         spec: {{routes: {{unmatched: service}}}} in meshtree.yaml"
    );
    let place = plan[first].policy.place(path!["spec", "httpRequestMatchers"]);
    let mut diag = Diag::new(Code::Unmatched, place, message).hint(hint);
    for other in others.iter().take(3) {
        let policy = &plan[*other].policy;
        diag = diag
            .related(policy.place(path!["spec", "httpRequestMatchers"]), format!("{} is defined here", policy.named));
    }
    diag
}
