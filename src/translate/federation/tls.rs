//! The server name by which a client asks the gateway of another mesh for a service, one of its ports and a subset.

use std::borrow::Cow;

use crate::objects::istio::{ClientTls, OutlierDetection, PortNumber, PortSettings, TrafficPolicy};
use crate::plan::{Plan, TargetId};
use crate::translate::destination;
use crate::version::{Entry, Style};

use super::ports::known_ports;

/// Whether the gateway of a service's mesh expects the service's own host. Otherwise it rewrites the host that is called, which
/// Istio asks for by itself.
pub(super) fn asks_by_sni(plan: &Plan<'_>, target: TargetId) -> bool {
    plan[target].mesh.is_some_and(|mesh| matches!(plan[mesh].entry, Entry::Sni(_)))
}

/// The settings for a subset of a service of another cluster, or for all of it. The name holds the port, so each port has its own
/// settings; Istio does not add those of the host to these, so they are repeated.
pub(super) fn of_subset<'p>(
    plan: &'p Plan<'p>,
    target: TargetId,
    subset: &str,
    outlier_detection: Option<OutlierDetection>,
    style: Style,
) -> TrafficPolicy<'p> {
    let port_level_settings = known_ports(plan, target, style).map(|port| PortSettings {
        outlier_detection,
        port: PortNumber { number: port.number },
        tls: ClientTls { sni: Some(Cow::Owned(plan.sni(target, port.number, subset))), ..destination::TLS },
    });
    TrafficPolicy { outlier_detection, port_level_settings: port_level_settings.collect(), ..destination::plain() }
}
