//! Warns of parts of services in which no pod is.

use std::collections::BTreeMap;

use crate::diag::{Code, Diag, Report};
use crate::ids::Text;
use crate::model::Snapshot;
use crate::path;
use crate::plan::{DestinationKind, Plan, TargetId, TrafficId};
use crate::resolve::attach::Attached;
use crate::resolve::refs::{Names, describe_service};

/// Warns of destinations of applied policies whose labels no workload has.
pub(super) fn report(
    snapshot: &Snapshot,
    plan: &Plan<'_>,
    attached: &Attached,
    names: &Names<'_>,
    report: &mut Report,
) {
    for (i, (object, verdict)) in snapshot.traffic_policies.values().zip(&attached.traffic).enumerate() {
        let is_routed = |target: &TargetId| verdict.accepts(*target) && plan[*target].mesh.is_some();
        if !verdict.selected.iter().any(is_routed) {
            continue;
        }
        for (j, destination) in plan[TrafficId::at(i)].shift.iter().enumerate() {
            if let Some((labels, whose)) = deserted(&destination.to, plan, names) {
                let labels: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
                let message = format!(
                    "no workload behind {whose} has the labels {}: requests to this subset would fail",
                    labels.join(",")
                );
                let at = path!["spec", "trafficShift", "destinations", j];
                report.push(Diag::new(Code::EmptySubset, object.place(at), message));
            }
        }
    }
}

/// The labels of a part in which no pod is, and whose part it is. Where no workload is known at all nothing can be said.
fn deserted<'p>(
    to: &DestinationKind<'p>,
    plan: &Plan<'_>,
    names: &Names<'_>,
) -> Option<(&'p BTreeMap<Text, Text>, String)> {
    match to {
        DestinationKind::Service { target, port: _, subset } => {
            let labels = (*subset)?;
            let whose = describe_service(plan.service(*target));
            (names.has_pods(plan, *target, labels) == Some(false)).then_some((labels, whose))
        }
        DestinationKind::Failover { key, host: _, port: _, subset } => {
            let labels = (*subset)?;
            let backing = &plan[plan.failover(key)?].backing;
            let is_deserted = backing.iter().all(|(target, _)| names.has_pods(plan, *target, labels) == Some(false));
            is_deserted.then(|| (labels, format!("FailoverService {key}")))
        }
    }
}
