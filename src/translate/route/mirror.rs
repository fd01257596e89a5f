//! `mirror`

use crate::objects::istio::{Destination, Percent, PortNumber};
use crate::plan::{ClusterId, Mirror, Plan};

/// Where requests are copied to, for callers in a cluster, and how many.
pub(super) fn translate<'p>(plan: &'p Plan<'p>, mirror: Mirror, from: ClusterId) -> (Destination<'p>, Percent) {
    let Mirror { target, port, percentage } = mirror;
    let port = port.map(|number| PortNumber { number });
    (Destination { host: plan.host(target, from), port, subset: None }, Percent { value: percentage })
}
