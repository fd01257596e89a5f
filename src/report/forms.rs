//! The forms that were chosen where there is a choice, and why.

use crate::plan::{AggregateReason, ClusterId, FailoverChoice, FailoverId, Plan};
use crate::version::Style;

/// A line for each FailoverService in each cluster that is written in the current style.
pub fn lines(plan: &Plan<'_>) -> Vec<String> {
    let mut out = Vec::new();
    for cluster in plan.cluster_ids().filter(|id| plan[*id].facts.style == Style::Current) {
        let mut failovers: Vec<FailoverId> =
            plan[cluster].meshes.iter().flat_map(|mesh| plan[*mesh].failovers.iter().copied()).collect();
        failovers.sort_unstable();
        failovers.dedup();
        out.extend(failovers.into_iter().map(|id| line(plan, cluster, id)));
    }
    out
}

fn line(plan: &Plan<'_>, cluster: ClusterId, id: FailoverId) -> String {
    let what = format!("{} in cluster {}", plan[id].policy.named, plan[cluster].name);
    match plan.failover_choice(id, cluster) {
        FailoverChoice::Endpoints(_) => format!("{what} is rendered as endpoints with priorities"),
        FailoverChoice::Aggregate { v3, why } => {
            let version = if v3 { 3 } else { 2 };
            let why = reason(plan, why);
            format!("{what} is rendered as an aggregate cluster in Envoy's API v{version}: {why}")
        }
    }
}

fn reason(plan: &Plan<'_>, why: AggregateReason<'_>) -> String {
    match why {
        AggregateReason::Version => "the version of Istio has no other form".to_owned(),
        AggregateReason::Subsets => "policies shift to subsets of it, which an address does not have".to_owned(),
        AggregateReason::NoAddress(target) => {
            format!("the address of service {} is not known, or it has none", plan.service(target))
        }
        AggregateReason::Plaintext(target) => {
            format!("service {} is not called with the mesh's own certificates", plan.service(target))
        }
        AggregateReason::Name(address) => format!("gateway {address} is a host name, for which Istio has no order"),
        AggregateReason::Rewritten(target) => {
            format!("the gateway of service {} rewrites the host that is called", plan.service(target))
        }
        AggregateReason::Names(first, second) => format!(
            "services {} and {} are called by different names at their gateways",
            plan.service(first),
            plan.service(second)
        ),
    }
}
