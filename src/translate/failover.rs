//! FailoverServices: a host of its own, behind which several services are tried in order.

mod aggregate;
mod endpoints;

use std::borrow::Cow;

use crate::ids::Provenance;
use crate::objects::istio::{DestinationRule, EnvoyFilter, LabelMap, Port, ServiceEntry, Subset};
use crate::plan::{ClusterId, FailoverChoice, FailoverId, FailoverService, MeshId, Plan};
use crate::version::Style;

use super::sources;
use super::{Sink, destination, export_to};

/// The objects that define a failover service in a cluster: its host, its subsets and its endpoints.
pub(super) fn of_cluster<'p>(plan: &'p Plan<'p>, id: FailoverId, cluster: ClusterId, sink: &mut impl Sink<'p>) {
    let failover = &plan[id];
    let name = || &*failover.policy.key.name;
    let alone = || Provenance::from([failover.policy.named.clone()]);
    let style = plan[cluster].facts.style;
    match plan.failover_choice(id, cluster) {
        FailoverChoice::Endpoints(found) => {
            sink.put(&plan.hub, name(), || (endpoints::service_entry(plan, id, &found), alone()));
            sink.put(&plan.hub, name(), || endpoints::destination_rule(plan, id, &found));
        }
        FailoverChoice::Aggregate { .. } => {
            sink.put(&plan.hub, name(), || (service_entry(failover, style), alone()));
            if !failover.subsets.is_empty() {
                sink.put(&plan.hub, name(), || (destination_rule(failover, style), with_subsets(plan, failover)));
            }
        }
    }
}

/// The objects with which a mesh calls a failover service: the aggregate that replaces its host's cluster.
pub(super) fn of_mesh<'p>(plan: &'p Plan<'p>, mesh: MeshId, id: FailoverId, sink: &mut impl Sink<'p>) {
    let failover = &plan[id];
    let cluster = plan[mesh].cluster;
    let FailoverChoice::Aggregate { v3, why: _ } = plan.failover_choice(id, cluster) else { return };
    sink.put(plan[mesh].namespace, &*failover.policy.key.name, || {
        let config_patches = aggregate::patches(plan, cluster, id, v3);
        let priority = plan[cluster].facts.priority.then_some(aggregate::PRIORITY);
        (EnvoyFilter { config_patches, priority, workload_selector: None }, with_subsets(plan, failover))
    });
}

/// The failover service, and the policies that ask for parts of it.
fn with_subsets(plan: &Plan<'_>, failover: &FailoverService<'_>) -> Provenance {
    let mut all = sources::traffic(plan, failover.subsets.policies().copied());
    all.push(failover.policy.named.clone());
    all.into()
}

fn service_entry<'p>(failover: &'p FailoverService<'p>, style: Style) -> ServiceEntry<'p> {
    ServiceEntry {
        addresses: failover.address.map(|address| [address]),
        endpoints: Vec::new(),
        export_to: export_to(style),
        hosts: [failover.host],
        location: "MESH_INTERNAL",
        ports: vec![port(failover)],
        resolution: "DNS",
        subject_alt_names: Vec::new(),
    }
}

/// The one port of a failover service, named after its protocol. `http_proxy` is not a valid port name.
fn port<'p>(failover: &'p FailoverService<'p>) -> Port<'p> {
    let FailoverService { policy: _, verdict: _, host: _, port, protocol, backing: _, address: _, subsets: _ } =
        failover;
    let name = if protocol.contains('_') { Cow::Owned(protocol.replace('_', "-")) } else { Cow::Borrowed(*protocol) };
    Port { name, number: *port, protocol }
}

fn destination_rule<'p>(failover: &'p FailoverService<'p>, style: Style) -> DestinationRule<'p> {
    let subsets = failover.subsets.iter();
    let subsets = subsets.map(|subset| Subset { name: &subset.name, labels: LabelMap::new(), traffic_policy: None });
    DestinationRule {
        host: failover.host,
        export_to: export_to(style),
        subsets: subsets.collect(),
        traffic_policy: destination::plain(),
    }
}
