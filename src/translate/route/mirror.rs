//! `mirror`

use crate::objects::istio::{Destination, Percent};
use crate::plan::{ClusterId, Mirror, Plan};

/// The destination and the percentage of mirrored requests, for callers in a cluster. Its port depends on the one that is called.
pub(super) fn translate<'p>(plan: &'p Plan<'p>, mirror: Mirror, from: ClusterId) -> (Destination<'p>, Percent) {
    let Mirror { target, port: _, percentage } = mirror;
    (Destination { host: plan.host(target, from), port: None, subset: None }, Percent { value: percentage })
}
