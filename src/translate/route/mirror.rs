//! `mirror`

use crate::objects::istio::{Destination, Percent, PortNumber};
use crate::plan::{ClusterId, Mirror, Plan};

/// The destination and the percentage of mirrored requests, for callers in a cluster.
pub(super) fn translate<'p>(plan: &'p Plan<'p>, mirror: Mirror, from: ClusterId) -> (Destination<'p>, Percent) {
    let Mirror { target, port, percentage } = mirror;
    let port = port.map(|number| PortNumber { number });
    (Destination { host: plan.host(target, from), port, subset: None }, Percent { value: percentage })
}
