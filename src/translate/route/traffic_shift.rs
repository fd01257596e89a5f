//! `trafficShift`

use crate::objects::istio::{self, PortNumber, RouteDestination};
use crate::plan::{ClusterId, Destination, DestinationKind, Plan};

/// The weighted destinations, for callers in a cluster.
pub(super) fn translate<'p>(
    plan: &'p Plan<'p>,
    shift: &[Destination<'p>],
    from: ClusterId,
) -> Vec<RouteDestination<'p>> {
    shift.iter().map(|destination| translate_one(plan, destination, from)).collect()
}

fn translate_one<'p>(plan: &'p Plan<'p>, destination: &Destination<'p>, from: ClusterId) -> RouteDestination<'p> {
    let Destination { to, subset, weight } = destination;
    let (host, port, subsets) = match *to {
        DestinationKind::Service { target, port } => (plan.host(target, from), port, &plan[target].subsets),
        DestinationKind::Failover(failover) => {
            let failover = &plan[failover];
            (failover.host, Some(failover.port), &failover.subsets)
        }
    };
    let subset = subset.and_then(|labels| subsets.get(labels)).map(|subset| &*subset.name);
    let destination = istio::Destination { host, port: port.map(|number| PortNumber { number }), subset };
    RouteDestination { destination, weight: *weight }
}
