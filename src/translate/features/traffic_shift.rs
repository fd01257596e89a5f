//! `trafficShift`

use std::collections::BTreeMap;

use crate::ids::Text;
use crate::istio::{Destination, PortNumber, RouteDestination};
use crate::resolve::plan::{self, ClusterId, DestinationKind, Plan, TargetId};

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
            subset: subset.and_then(|labels| subset_name(plan, *target, labels)),
        },
        DestinationKind::Failover { key, host, port, subset } => {
            let failover = || plan.failovers.iter().find(|failover| failover.key == *key);
            let subset = subset.and_then(|labels| failover()?.subsets.iter().find(|subset| subset.labels == labels));
            Destination { host, port: Some(PortNumber { number: *port }), subset: subset.map(|subset| &*subset.name) }
        }
    };
    RouteDestination { destination, weight: *weight }
}

/// The name under which a part of a target's endpoints is known.
fn subset_name<'p>(plan: &'p Plan<'p>, target: TargetId, labels: &BTreeMap<Text, Text>) -> Option<&'p str> {
    plan[target].subsets.iter().find(|subset| subset.labels == labels).map(|subset| &*subset.name)
}
