//! `faultInjection`

use crate::objects::istio::{Abort, Delay, Fault, Percent};
use crate::plan;

/// Injected faults.
pub(super) fn translate(fault: plan::Fault) -> Fault {
    let plan::Fault { kind, percentage } = fault;
    let percentage = Percent { value: percentage };
    match kind {
        plan::FaultKind::Delay(fixed_delay) => Fault::Delay(Delay { fixed_delay, percentage }),
        plan::FaultKind::Abort(http_status) => Fault::Abort(Abort { http_status, percentage }),
    }
}
