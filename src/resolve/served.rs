//! Gateways in the clusters' own files that let requests of other clusters in already, such as Istio's sample for several networks.

use std::collections::BTreeSet;

use crate::diag::{Code, Diag, Report};
use crate::discover::Gateway;
use crate::model::Snapshot;
use crate::model::existing::{Content, Existing, Server};
use crate::plan::{ClusterId, MeshId, Plan, Served};
use crate::resolve::access::gateways::includes;
use crate::version::Entry;

/// Finds them, and notes that no second server is rendered for their hosts: Istio would make two equal filter chains, for which Envoy
/// refuses the whole listener.
pub(super) fn bind(snapshot: &Snapshot, plan: &mut Plan<'_>, report: &mut Report) {
    for id in MeshId::all(plan.meshes.len()).filter(|id| plan.is_server(*id)).collect::<Vec<_>>() {
        let Entry::Sni(accepted) = plan[id].entry else { continue };
        let istio = plan[id].istio;
        let cluster = plan[id].cluster;
        let foreign = foreign_gateways(snapshot, plan, cluster);
        if foreign.is_empty() {
            continue;
        }
        let hosts: Vec<String> = plan.accepted_hosts(id, accepted).into_iter().map(Into::into).collect();
        for gateway in &istio.gateways {
            let serving: Vec<&Existing> = foreign.iter().copied().filter(|object| is_at(object, gateway)).collect();
            let is_served = |host: &&String| serving.iter().any(|object| lets_in(object, gateway, host));
            let served: BTreeSet<String> = hosts.iter().filter(is_served).cloned().collect();
            if let Some(first) = serving.first().filter(|_| !served.is_empty()) {
                report.push(note(first, plan[cluster].name.as_str(), served.len() == hosts.len()));
                plan.meshes[id.index()].served.push(Served { gateway, hosts: served });
            }
        }
    }
}

fn foreign_gateways<'s>(snapshot: &'s Snapshot, plan: &Plan<'_>, cluster: ClusterId) -> Vec<&'s Existing> {
    let labels = plan.labels_of(cluster);
    let all = snapshot.existing.get(plan[cluster].name).map_or(&[][..], Vec::as_slice);
    let passes = |object: &&Existing| match &object.content {
        Content::Gateway { selector: _, servers } => servers.iter().any(|server| server.passes),
        _ => false,
    };
    all.iter().filter(passes).filter(|object| object.is_foreign(&labels)).collect()
}

/// Whether a Gateway is for a gateway's pods. Without a selector it is for the pods of every gateway.
fn is_at(object: &Existing, gateway: &Gateway) -> bool {
    let Content::Gateway { selector, servers: _ } = &object.content else { return false };
    includes(&gateway.labels, selector)
}

/// Whether a Gateway lets requests for a host in at the port of a gateway's pods.
fn lets_in(object: &Existing, gateway: &Gateway, host: &str) -> bool {
    let Content::Gateway { selector: _, servers } = &object.content else { return false };
    let at_port = |server: &&Server| server.passes && server.port == gateway.container_port;
    let mut patterns = servers.iter().filter(at_port).flat_map(|server| &server.hosts);
    patterns.any(|pattern| is_among(host, pattern, &object.key.namespace))
}

/// Whether a host is among those of a pattern, which may be for the services of one namespace: `shop/*.local`.
fn is_among(host: &str, pattern: &str, own_namespace: &str) -> bool {
    let (namespace, pattern) = pattern.split_once('/').unwrap_or(("*", pattern));
    let is_in = match namespace {
        "*" => true,
        "." => namespace_of(host) == Some(own_namespace),
        namespace => namespace_of(host) == Some(namespace),
    };
    is_in
        && match pattern.strip_prefix('*') {
            Some(ending) => host.trim_start_matches('*').ends_with(ending),
            None => host == pattern,
        }
}

/// The namespace of a service's host.
fn namespace_of(host: &str) -> Option<&str> {
    host.split('.').nth(1).filter(|_| !host.starts_with('*'))
}

fn note(object: &Existing, cluster: &str, all: bool) -> Diag {
    let what = match all {
        true => "no Gateway is rendered for requests from other clusters",
        false => "some services are left out of the Gateway for requests from other clusters",
    };
    let message = format!("{what} in cluster {cluster}: Gateway {} lets them in already", object.key);
    Diag::new(Code::ServedAlready, object.place.clone(), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_among_patterns() {
        let all = ["web.shop.svc.cluster.local", "*.cluster.local"];
        for (pattern, wanted) in [
            ("*.local", [true, true]),
            ("*", [true, true]),
            ("*/*.local", [true, true]),
            ("shop/*.local", [true, false]),
            ("./*.local", [true, false]),
            ("mail/*.local", [false, false]),
            ("web.shop.svc.cluster.local", [true, false]),
            ("*.cluster.local", [true, true]),
            ("*.global", [false, false]),
        ] {
            assert_eq!(all.map(|host| is_among(host, pattern, "shop")), wanted, "{pattern}");
        }
    }
}
