//! Gateways in the clusters' own files that let requests of other clusters in already, such as Istio's sample for several networks.

use crate::diag::{Code, Diag, Report};
use crate::discover::Gateway;
use crate::model::Snapshot;
use crate::model::existing::{Content, Existing, Server};
use crate::objects::version::Entry;
use crate::plan::{ClusterId, MeshId, Plan};

/// Finds them, and notes that none is rendered for these pods: Istio would report two servers for one host.
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
        for gateway in istio.gateways.iter().filter(|_| !hosts.is_empty()) {
            if let Some(object) = foreign.iter().find(|object| serves(object, gateway, &hosts)) {
                report.push(note(object, plan[cluster].name.as_str()));
                plan.meshes[id.index()].served.push(gateway);
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

/// Whether a Gateway lets requests for all hosts in at a gateway's pods.
fn serves(object: &Existing, gateway: &Gateway, hosts: &[String]) -> bool {
    let Content::Gateway { selector, servers } = &object.content else { return false };
    let selects = !selector.is_empty() && selector.iter().all(|(key, value)| gateway.labels.get(key) == Some(value));
    let lets_in = |server: &Server| {
        let patterns: Vec<&str> = server.hosts.iter().filter_map(|host| of_any_namespace(host)).collect();
        server.passes && server.port == gateway.container_port && hosts.iter().all(|host| is_among(host, &patterns))
    };
    selects && servers.iter().any(lets_in)
}

/// The pattern of a Gateway's host that holds for services of every namespace.
fn of_any_namespace(host: &str) -> Option<&str> {
    match host.split_once('/') {
        None => Some(host),
        Some(("*", pattern)) => Some(pattern),
        Some(_) => None,
    }
}

fn is_among(host: &str, patterns: &[&str]) -> bool {
    let is_one = |pattern: &&str| match pattern.strip_prefix('*') {
        Some(ending) => host.trim_start_matches('*').ends_with(ending),
        None => host == *pattern,
    };
    patterns.iter().any(is_one)
}

fn note(object: &Existing, cluster: &str) -> Diag {
    let message = format!(
        "no Gateway is rendered for requests from other clusters in cluster {cluster}: Gateway {} lets them in",
        object.key
    );
    Diag::new(Code::ServedAlready, object.place.clone(), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_among_patterns() {
        let all = ["web.shop.svc.cluster.local".to_owned(), "*.cluster.local".to_owned()];
        for (patterns, wanted) in [
            (&["*.local"][..], [true, true]),
            (&["*"], [true, true]),
            (&["web.shop.svc.cluster.local"], [true, false]),
            (&["*.cluster.local"], [true, true]),
            (&["*.global", "other"], [false, false]),
            (&[], [false, false]),
        ] {
            let found = all.each_ref().map(|host| is_among(host, patterns));
            assert_eq!(found, wanted, "{patterns:?}");
        }
        assert_eq!(of_any_namespace("*/*.local"), Some("*.local"));
        assert_eq!(of_any_namespace("shop/*.local"), None);
    }
}
