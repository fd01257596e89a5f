//! Warns of outlier detection by which one failed request shuts a whole cluster out.

use std::collections::BTreeMap;

use super::elsewhere;
use crate::diag::{Code, Diag, Ground, Report};
use crate::ids::Duration;
use crate::path;
use crate::plan::{Plan, TargetId, TrafficId};
use crate::resolve::meant::describe_services;

/// From which time on it hurts that a cluster is shut out.
const LONG: Duration = Duration::seconds(10);

/// Warns of each policy whose outlier detection ejects after one error: for callers in other clusters a gateway is the one endpoint of
/// all pods behind it. Callers of the form in which Service Mesh Hub wrote things have no outlier detection for other clusters.
pub(super) fn report(plan: &Plan<'_>, report: &mut Report) {
    let mut found: BTreeMap<TrafficId, Vec<TargetId>> = BTreeMap::new();
    for id in TargetId::all(plan.targets.len()).filter(|id| plan[*id].mesh.is_some()) {
        if let Some(outlier) = plan.service_actions(id).outlier
            && (outlier.value.consecutive_errors == 1 && outlier.value.base_ejection_time >= LONG)
            && plan.entrances(id).len() == 1
            && plan.is_federated_today(id)
        {
            found.entry(outlier.by).or_default().push(id);
        }
    }
    for (by, services) in found {
        let Some(outlier) = &plan[by].features.outlier else { continue };
        let policy = &plan[by].policy;
        let message = format!(
            "one failed request shuts callers in {} out of {} for {}: the only endpoint that they know is the gateway",
            elsewhere(plan, services.iter().copied()),
            describe_services(&services, plan),
            outlier.base_ejection_time.as_written()
        );
        let hint = "set consecutiveErrors to 5 or more, or a short baseEjectionTime";
        let place = policy.place(path!["spec", "outlierDetection", "consecutiveErrors"]);
        report.push(Diag::new(Code::ClusterEjected, place, message).hint(hint).on(Ground::Federation));
    }
}
