//! `trafficShift`

use crate::istio::{Destination, PortNumber, RouteDestination};
use crate::plan::{self, ClusterId, DestinationKind, Plan};

/// Where the requests go, for callers in a cluster.
pub(crate) fn translate<'p>(
    plan: &'p Plan<'p>,
    shift: &[plan::Destination<'p>],
    from: ClusterId,
) -> Vec<RouteDestination<'p>> {
    shift.iter().map(|destination| translate_one(plan, destination, from)).collect()
}

fn translate_one<'p>(plan: &'p Plan<'p>, destination: &plan::Destination<'p>, from: ClusterId) -> RouteDestination<'p> {
    let plan::Destination { to, weight } = destination;
    let destination = match to {
        DestinationKind::Service { target, port, subset } => Destination {
            host: plan.host(*target, from),
            port: port.map(|number| PortNumber { number }),
            subset: subset.and_then(|labels| plan[*target].subsets.get(labels)).map(|subset| &*subset.name),
        },
        DestinationKind::Failover { key, host, port, subset } => {
            let subset = subset.and_then(|labels| plan[plan.failover(key)?].subsets.get(labels));
            Destination { host, port: Some(PortNumber { number: *port }), subset: subset.map(|subset| &*subset.name) }
        }
    };
    RouteDestination { destination, weight: *weight }
}
