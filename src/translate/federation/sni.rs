//! Requests from other clusters at a gateway that has a filter chain for each service, port and subset: clients ask for these by
//! SNI, and nothing is rewritten.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::discover;
use crate::ids::{Provenance, Text};
use crate::objects::istio::{Gateway, LabelMap, Port, Server, ServerTls};
use crate::objects::names;
use crate::objects::version::ServerHosts;
use crate::plan::{MeshId, Plan};
use crate::translate::Sink;

/// The Gateways with which a server mesh accepts requests from the other meshes: one for each set of gateways' pods for which
/// nobody else has one. A Gateway is in the namespace of the pods, since later versions of Istio look nowhere else for some
/// gateways.
pub(super) fn let_in<'p>(plan: &'p Plan<'p>, server: MeshId, accepted: ServerHosts, sink: &mut impl Sink<'p>) {
    let bound = &plan[server];
    let Some(parent) = bound.virtual_mesh else { return };
    let hosts = plan.accepted_hosts(server, accepted);
    if hosts.is_empty() {
        // Istio refuses a Gateway without hosts.
        return;
    }
    let policy = &plan[parent].policy;
    let sources: Provenance = [policy.named.clone()].into();
    let mut named: BTreeSet<&Text> = BTreeSet::new();
    for ((namespace, labels), port_numbers) in listeners(plan, server) {
        let name = match named.insert(namespace) {
            true => names::federation_gateway(policy.key),
            false => names::federation_gateway_of(policy.key, labels),
        };
        sink.put(namespace, name, || {
            let server = |(i, number): (usize, &u32)| Server {
                hosts: hosts.clone(),
                port: Port { name: port_name(i), number: *number, protocol: "TLS" },
                tls: ServerTls { mode: "AUTO_PASSTHROUGH" },
            };
            let selector: LabelMap<'p> = labels.iter().map(|(key, value)| (&**key, &**value)).collect();
            (Gateway { selector, servers: port_numbers.iter().enumerate().map(server).collect() }, sources.clone())
        });
    }
}

/// The namespace and the labels of gateways' pods.
type Pods<'p> = (&'p Text, &'p BTreeMap<Text, Text>);

/// The ports at which each set of gateways' pods takes requests from other clusters.
fn listeners<'p>(plan: &'p Plan<'p>, server: MeshId) -> BTreeMap<Pods<'p>, BTreeSet<u32>> {
    let mut out: BTreeMap<Pods<'p>, BTreeSet<u32>> = BTreeMap::new();
    let served = &plan[server].served;
    for gateway in plan[server].istio.gateways.iter().filter(|gateway| !served.contains(gateway)) {
        let discover::Gateway { address: _, port: _, container_port, labels, namespace } = gateway;
        let namespace = namespace.as_ref().unwrap_or(plan[server].namespace);
        out.entry((namespace, labels)).or_default().insert(*container_port);
    }
    out
}

fn port_name<'p>(index: usize) -> Cow<'p, str> {
    if index == 0 { Cow::Borrowed("tls") } else { Cow::Owned(format!("tls-{}", index + 1)) }
}
