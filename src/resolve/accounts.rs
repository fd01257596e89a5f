//! The service accounts behind services, where callers in other meshes check them.

use std::collections::BTreeSet;

use crate::plan::{Index, Plan, TargetId};
use crate::version::Style;

/// Finds the accounts of the workloads behind each service that callers in the current style know, by federation or by a failover
/// service.
pub(super) fn bind<'a>(index: &Index<'a>, plan: &mut Plan<'a>) {
    if plan.clusters.iter().all(|cluster| cluster.facts.style == Style::Reference) {
        return;
    }
    let backing: BTreeSet<TargetId> =
        plan.failovers.iter().flat_map(|failover| failover.backing.iter().map(|(target, _)| *target)).collect();
    for id in TargetId::all(plan.targets.len()) {
        if backing.contains(&id) || plan.is_federated_today(id) {
            plan.targets[id.index()].accounts = index.accounts_behind(plan, id).into_iter().collect();
        }
    }
}
