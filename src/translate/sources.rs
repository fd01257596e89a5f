//! The sources of an object: the policies that are listed in its header, its lock entry and a diff.

use crate::ids::Text;
use crate::plan::{AccessId, Plan, TargetId, TrafficId};

/// The names of traffic policies, each once.
pub(super) fn traffic(plan: &Plan<'_>, ids: impl IntoIterator<Item = TrafficId>) -> Vec<Text> {
    let mut ids: Vec<TrafficId> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter().map(|id| plan[id].policy.named.clone()).collect()
}

/// The names of access policies.
pub(super) fn access(plan: &Plan<'_>, ids: &[AccessId]) -> Vec<Text> {
    ids.iter().map(|id| plan[*id].policy.named.clone()).collect()
}

/// A service as the source of objects that do not depend on a policy.
pub(super) fn service(plan: &Plan<'_>, target: TargetId) -> Text {
    let service = &plan[target].known.service;
    format!("Service {}/{}", service.namespace, service.name).into()
}
