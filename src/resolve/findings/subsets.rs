//! Warns of subsets without pods.

use std::collections::BTreeMap;

use crate::diag::{Code, Diag, Ground, Report};
use crate::ids::Text;
use crate::path;
use crate::plan::{Destination, DestinationKind, Plan, TargetId};
use crate::resolve::meant::{Names, describe_service};

/// Warns of destinations of applied policies whose labels no workload has.
pub(super) fn report<'a>(plan: &Plan<'a>, names: &Names<'_, 'a>, report: &mut Report) {
    for policy in &plan.traffic {
        if plan.applied(&policy.verdict).next().is_none() {
            continue;
        }
        for (j, destination) in policy.destinations().iter().enumerate() {
            if let Some((labels, whose)) = deserted(destination, plan, names) {
                let labels: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
                let message = format!(
                    "no workload behind {whose} has the labels {}: requests to this subset would fail",
                    labels.join(",")
                );
                let at = path!["spec", "trafficShift", "destinations", j];
                let diag = Diag::new(Code::EmptySubset, policy.policy.place(at), message);
                report.push(diag.on(Ground::Inventory));
            }
        }
    }
}

/// The labels of a subset without pods, and whose subset it is. `None` too if no workload is known, since nothing can be checked then.
fn deserted<'a>(
    destination: &Destination<'a>,
    plan: &Plan<'a>,
    names: &Names<'_, 'a>,
) -> Option<(&'a BTreeMap<Text, Text>, String)> {
    let labels = destination.subset?;
    let has_none = |target: TargetId| names.index.has_pods(plan, target, labels) == Some(false);
    let whose = match destination.to {
        DestinationKind::Service { target, port: _ } => {
            has_none(target).then(|| describe_service(plan.service(target)))
        }
        DestinationKind::Failover(failover) => {
            let failover = &plan[failover];
            let is_deserted =
                failover.verdict.is_accepted() && failover.backing.iter().all(|(target, _)| has_none(*target));
            is_deserted.then(|| failover.policy.named.to_string())
        }
    };
    whose.map(|whose| (labels, whose))
}
