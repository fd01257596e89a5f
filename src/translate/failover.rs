//! FailoverServices: a host of its own, and an Envoy cluster that is the first healthy one of several.

mod aggregate;

use std::borrow::Cow;

use crate::ids::Provenance;
use crate::objects::istio::{DestinationRule, EnvoyFilter, LabelMap, Port, ServiceEntry, Subset};
use crate::plan::{FailoverId, FailoverService, MeshId, Plan};

use super::sources;
use super::{Sink, destination};

/// The objects that define a failover service in a cluster: its host and its subsets.
pub(super) fn of_cluster<'p>(plan: &'p Plan<'p>, id: FailoverId, sink: &mut impl Sink<'p>) {
    let failover = &plan[id];
    sink.put(&plan.hub, &*failover.policy.key.name, || {
        (service_entry(failover), [failover.policy.named.clone()].into())
    });
    if !failover.subsets.is_empty() {
        sink.put(&plan.hub, &*failover.policy.key.name, || (destination_rule(failover), with_subsets(plan, failover)));
    }
}

/// The objects with which a mesh calls a failover service: the aggregate that replaces its host's cluster.
pub(super) fn of_mesh<'p>(plan: &'p Plan<'p>, mesh: MeshId, id: FailoverId, sink: &mut impl Sink<'p>) {
    let failover = &plan[id];
    sink.put(plan[mesh].namespace, &*failover.policy.key.name, || {
        let patches = std::iter::once(None).chain(failover.subsets.iter().map(Some));
        let config_patches = patches.flat_map(|subset| aggregate::patches_for(plan, mesh, id, subset)).collect();
        (EnvoyFilter { config_patches, workload_selector: None }, with_subsets(plan, failover))
    });
}

/// The failover service, and the policies that ask for parts of it.
fn with_subsets(plan: &Plan<'_>, failover: &FailoverService<'_>) -> Provenance {
    let mut all = sources::traffic(plan, failover.subsets.policies().copied());
    all.push(failover.policy.named.clone());
    all.into()
}

fn service_entry<'p>(failover: &'p FailoverService<'p>) -> ServiceEntry<'p> {
    let FailoverService { policy: _, verdict: _, host, port, protocol, backing: _, address, subsets: _ } = failover;
    ServiceEntry {
        addresses: address.map(|address| [address]),
        endpoints: Vec::new(),
        export_to: &[],
        hosts: [host],
        location: "MESH_INTERNAL",
        ports: vec![Port { name: port_name(protocol), number: *port, protocol }],
        resolution: "DNS",
        subject_alt_names: Vec::new(),
    }
}

fn destination_rule<'p>(failover: &'p FailoverService<'p>) -> DestinationRule<'p> {
    let FailoverService { policy: _, verdict: _, host, port: _, protocol: _, backing: _, address: _, subsets } =
        failover;
    let subsets =
        subsets.iter().map(|subset| Subset { name: &subset.name, labels: LabelMap::new(), traffic_policy: None });
    DestinationRule { host, subsets: subsets.collect(), traffic_policy: destination::plain() }
}

/// The port is named after its protocol. `http_proxy` is not a valid port name.
fn port_name(protocol: &str) -> Cow<'_, str> {
    if protocol.contains('_') { Cow::Owned(protocol.replace('_', "-")) } else { Cow::Borrowed(protocol) }
}
