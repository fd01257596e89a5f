//! A failover service by endpoints with priorities: the address of each service, with labels that order them.

use std::borrow::Cow;

use crate::ids::Provenance;
use crate::objects::istio::{
    ClientTls, DestinationRule, Endpoint, EndpointLabels, LoadBalancer, LocalitySetting, PortMap, RANK_VALUE,
    ServiceEntry, TrafficPolicy, rank_label,
};
use crate::plan::{FailoverEndpoints, FailoverId, Plan};
use crate::translate::{destination, export_to, sources};
use crate::version::Style;

use super::port;

/// The host, with the endpoints of all services. Without a locality, their order follows from labels alone.
pub(super) fn service_entry<'p>(plan: &'p Plan<'p>, id: FailoverId, found: &FailoverEndpoints<'p>) -> ServiceEntry<'p> {
    let failover = &plan[id];
    let port = port(failover);
    let last = found.of.len().saturating_sub(1);
    let mut endpoints = Vec::new();
    for (position, (target, addresses)) in found.of.iter().enumerate() {
        let labels = || EndpointLabels { cluster: plan[plan[*target].cluster].name.as_str(), ranks: last - position };
        endpoints.extend(addresses.iter().map(|(address, number)| Endpoint {
            address,
            labels: labels(),
            ports: PortMap(vec![(port.name.clone(), *number)]),
        }));
    }
    ServiceEntry {
        addresses: failover.address.map(|address| [address]),
        endpoints,
        export_to: export_to(Style::Current),
        hosts: [failover.host],
        location: "MESH_INTERNAL",
        ports: vec![port],
        resolution: "STATIC",
        subject_alt_names: plan.failover_identities(id),
    }
}

/// The rule of the host: the order of its endpoints, the server name that leads on from the gateways of other clusters (pods
/// ignore it), and the outlier detection of the first service, since without any nothing fails over.
pub(super) fn destination_rule<'p>(
    plan: &'p Plan<'p>,
    id: FailoverId,
    found: &FailoverEndpoints<'p>,
) -> (DestinationRule<'p>, Provenance) {
    let failover = &plan[id];
    let first = failover.backing.first().and_then(|(target, _)| plan.service_actions(*target).outlier);
    let ranks = 0..found.of.len().saturating_sub(1);
    let order = LocalitySetting {
        enabled: true,
        failover_priority: ranks.map(|rank| format!("{}={RANK_VALUE}", rank_label(rank))).collect(),
    };
    let rule = DestinationRule {
        host: failover.host,
        export_to: export_to(Style::Current),
        subsets: Vec::new(),
        traffic_policy: TrafficPolicy {
            load_balancer: (found.of.len() > 1).then_some(LoadBalancer { locality_lb_setting: order }),
            outlier_detection: first.map(|first| destination::outlier_detection(*first.value)),
            tls: ClientTls { sni: found.sni.clone().map(Cow::Owned), ..destination::TLS },
            ..destination::plain()
        },
    };
    let mut sources = sources::traffic(plan, first.map(|first| first.by));
    sources.push(failover.policy.named.clone());
    (rule, sources.into())
}
