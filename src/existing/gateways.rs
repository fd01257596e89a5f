//! Gateways that listen where a rendered Gateway listens.

use std::collections::BTreeMap;

use super::hosts::{overlap, sources_of};
use super::named;
use super::rendered::{Listener, Rendered};
use crate::diag::listing::shortened;
use crate::diag::{Code, Diag, Report};
use crate::ids::Text;
use crate::model::existing::{Existing, Server};

/// Compares a Gateway of the cluster's own files.
pub(super) fn compare(
    rendered: &Rendered,
    (object, selector, servers): (&Existing, &BTreeMap<Text, Text>, &[Server]),
    report: &mut Report,
) {
    for Server { port, hosts, passes: _ } in servers {
        for listener in rendered.on_port(*port).iter().filter(|listener| meets(selector, &listener.selector)) {
            if let Some(host) = hosts.iter().find(|host| is_shared(host, listener)) {
                report.push(warning(object, *port, host, listener));
            }
        }
    }
}

/// Whether the pods of one selector are among those of the other.
fn meets(one: &BTreeMap<Text, Text>, other: &BTreeMap<Text, Text>) -> bool {
    let is_within = |few: &BTreeMap<Text, Text>, many: &BTreeMap<Text, Text>| {
        few.iter().all(|(key, value)| many.get(key) == Some(value))
    };
    is_within(one, other) || is_within(other, one)
}

/// Whether a listener has a host, which may have a namespace in front: `shop/*.example.com`.
fn is_shared(host: &str, listener: &Listener) -> bool {
    let host = host.rsplit('/').next().unwrap_or(host);
    listener.hosts.iter().any(|other| overlap(host, other))
}

fn warning(object: &Existing, port: u32, host: &str, listener: &Listener) -> Diag {
    let Listener { named: other, sources, selector: _, hosts } = listener;
    let message = format!(
        "{} has host {host} on port {port} of the pods for which {other} with host {} is rendered{}: Istio uses the server of the \
         older one, so the server of the other is lost",
        named(object),
        shortened(hosts),
        sources_of(sources),
    );
    Diag::new(Code::SameListener, object.place.clone(), message)
        .hint("remove the host from it, or use another port or other pods")
}
