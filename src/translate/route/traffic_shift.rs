//! `trafficShift`

use crate::objects::istio::{self, RouteDestination};
use crate::plan::{ClusterId, Destination, DestinationKind, Plan};

/// The weighted destinations, for callers in a cluster. Their ports depend on the one that is called.
pub(super) fn translate<'p>(
    plan: &'p Plan<'p>,
    shift: &[Destination<'p>],
    from: ClusterId,
) -> Vec<RouteDestination<'p>> {
    shift.iter().map(|destination| translate_one(plan, destination, from)).collect()
}

fn translate_one<'p>(plan: &'p Plan<'p>, destination: &Destination<'p>, from: ClusterId) -> RouteDestination<'p> {
    let Destination { to, subset, weight } = destination;
    let (host, subsets) = match *to {
        DestinationKind::Service { target, port: _ } => (plan.host(target, from), &plan[target].subsets),
        DestinationKind::Failover(failover) => (plan[failover].host, &plan[failover].subsets),
    };
    let subset = subset.and_then(|labels| subsets.get(labels)).map(|subset| &*subset.name);
    let destination = istio::Destination { host, port: None, subset };
    RouteDestination { destination, weight: *weight }
}
