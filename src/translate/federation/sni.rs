//! Requests from other clusters at a gateway that has a filter chain for each service, port and subset: clients ask for these by
//! SNI, and nothing is rewritten.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::discover;
use crate::ids::{Provenance, Text};
use crate::objects::istio::{Gateway, LabelMap, Port, Server, ServerTls};
use crate::objects::names;
use crate::plan::{MeshId, Plan, Served};
use crate::translate::Sink;
use crate::version::ServerHosts;

/// The Gateways with which a server mesh accepts requests from the other meshes: one for each set of gateways' pods. A Gateway
/// is in the namespace of the pods, since later versions of Istio look nowhere else for some gateways.
pub(super) fn let_in<'p>(plan: &'p Plan<'p>, server: MeshId, accepted: ServerHosts, sink: &mut impl Sink<'p>) {
    let Some(parent) = plan[server].virtual_mesh else { return };
    let accepted = plan.accepted_hosts(server, accepted);
    let policy = &plan[parent].policy;
    let sources: Provenance = [policy.named.clone()].into();
    let mut named: BTreeSet<&Text> = BTreeSet::new();
    for ((namespace, labels), ports) in listeners(plan, server) {
        if ports.values().all(|served| hosts(&accepted, served).is_empty()) {
            // Istio refuses a Gateway without hosts.
            continue;
        }
        let name = match named.insert(namespace) {
            true => names::federation_gateway(policy.key),
            false => names::federation_gateway_of(policy.key, labels),
        };
        sink.put(namespace, name, || {
            let of_port = |(i, (number, served)): (usize, (&u32, &Vec<&'p Served<'p>>))| Server {
                hosts: hosts(&accepted, served),
                port: Port { name: port_name(i), number: *number, protocol: "TLS" },
                tls: ServerTls { mode: "AUTO_PASSTHROUGH" },
            };
            let servers = ports.iter().enumerate().map(of_port).filter(|server| !server.hosts.is_empty());
            let selector: LabelMap<'p> = labels.iter().map(|(key, value)| (&**key, &**value)).collect();
            (Gateway { selector, servers: servers.collect() }, sources.clone())
        });
    }
}

/// The namespace and the labels of gateways' pods.
type Pods<'p> = (&'p Text, &'p BTreeMap<Text, Text>);

/// The ports of pods at which they take requests from other clusters, each with what others let in there.
type Ports<'p> = BTreeMap<u32, Vec<&'p Served<'p>>>;

/// The ports of each set of gateways' pods.
fn listeners<'p>(plan: &'p Plan<'p>, server: MeshId) -> BTreeMap<Pods<'p>, Ports<'p>> {
    let mut out: BTreeMap<Pods<'p>, Ports<'p>> = BTreeMap::new();
    for gateway in &plan[server].istio.gateways {
        let discover::Gateway { address: _, port: _, container_port, labels, namespace } = gateway;
        let namespace = namespace.as_ref().unwrap_or(plan[server].namespace);
        let served = plan[server].served.iter().filter(|served| served.gateway == gateway);
        out.entry((namespace, labels)).or_default().entry(*container_port).or_default().extend(served);
    }
    out
}

fn port_name<'p>(index: usize) -> Cow<'p, str> {
    if index == 0 { Cow::Borrowed("tls") } else { Cow::Owned(format!("tls-{}", index + 1)) }
}

/// The hosts that are accepted at a port, without those that others accept there.
fn hosts<'p>(accepted: &[Cow<'p, str>], served: &[&Served<'_>]) -> Vec<Cow<'p, str>> {
    let is_left = |host: &&Cow<'p, str>| !served.iter().any(|served| served.hosts.contains(&***host));
    accepted.iter().filter(is_left).cloned().collect()
}
