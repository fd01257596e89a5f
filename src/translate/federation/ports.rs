//! The ports of a service as callers in other clusters know them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::discover;
use crate::objects::istio::Port;
use crate::plan::{Plan, TargetId, stated_protocol};
use crate::version::Style;

/// The ports of a service that callers of a style know.
pub(super) fn known_ports<'p>(
    plan: &'p Plan<'p>,
    target: TargetId,
    style: Style,
) -> impl Iterator<Item = &'p discover::Port> {
    let is_known = move |port: &&discover::Port| match style {
        Style::Reference => !port.is_sctp(),
        Style::Current => port.is_passed_on(),
    };
    plan[target].known.distinct_ports().filter(is_known)
}

/// The ports of a service that callers of a style know, with a name for each.
pub(super) fn ports<'p>(plan: &'p Plan<'p>, target: TargetId, style: Style) -> Vec<Port<'p>> {
    let mut ports = Vec::with_capacity(plan[target].known.ports.len());
    ports.extend(known_ports(plan, target, style).map(|port| {
        let protocol = match style {
            // The default protocol is TCP, as in the API server.
            Style::Reference if port.protocol.is_empty() => "TCP",
            Style::Reference => &port.protocol,
            Style::Current => application_protocol(port),
        };
        Port { name: Cow::Borrowed(&*port.name), number: port.number, protocol }
    }));
    if !have_names(&ports) {
        name_all(&mut ports);
    }
    ports
}

/// Whether each port has a name of its own: nearly always, so what other ports need is not paid for all of them.
fn have_names(ports: &[Port<'_>]) -> bool {
    let mut names: Vec<&str> = ports.iter().map(|port| &*port.name).collect();
    names.sort_unstable();
    names.first().is_none_or(|name| !name.is_empty()) && names.windows(2).all(|pair| pair[0] != pair[1])
}

/// Gives each port a name of its own. An unnamed port is named after its protocol, with its number if that name is already
/// used, by a named port or by another unnamed one.
fn name_all(ports: &mut [Port<'_>]) {
    let names = ports.iter().filter(|port| !port.name.is_empty());
    let mut taken: BTreeSet<String> = names.map(|port| port.name.to_string()).collect();
    let mut kept = BTreeSet::new();
    for Port { name, number, protocol } in ports {
        if !name.is_empty() && kept.insert(name.to_string()) {
            continue;
        }
        let wanted = if name.is_empty() { protocol.to_lowercase() } else { name.to_string() };
        let numbered = format!("{wanted}-{number}");
        // Another port may have this name as well.
        let counted = (1..).map(|n| format!("{numbered}-{n}"));
        let mut candidates = [wanted, numbered.clone()].into_iter().chain(counted);
        let free = candidates.find(|name| !taken.contains(name)).unwrap_or_default();
        taken.insert(free.clone());
        *name = Cow::Owned(free);
    }
}

/// The protocol by which requests are routed. What is not known to be HTTP goes through as bytes.
pub(super) fn application_protocol(port: &discover::Port) -> &'static str {
    let stated = stated_protocol(port).to_ascii_lowercase();
    match &*stated {
        "http" | "http_proxy" => "HTTP",
        "http2" => "HTTP2",
        "grpc" => "GRPC",
        "grpc-web" => "GRPC-Web",
        _ => "TCP",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_follow_from_ports() {
        for (name, app_protocol, wanted) in [
            ("http", "", "HTTP"),
            ("HTTP-web", "", "HTTP"),
            ("http2-web", "", "HTTP2"),
            ("grpc-api", "", "GRPC"),
            ("grpc-web-api", "", "GRPC-Web"),
            ("https", "", "TCP"),
            ("mongo", "", "TCP"),
            ("", "", "TCP"),
            ("tcp-web", "http", "HTTP"),
            ("http", "tcp", "TCP"),
            ("", "kubernetes.io/h2c", "HTTP2"),
            ("", "kubernetes.io/ws", "HTTP"),
        ] {
            let (protocol, target) = ("TCP".into(), None);
            let port =
                discover::Port { number: 1, name: name.into(), protocol, app_protocol: app_protocol.into(), target };
            assert_eq!(application_protocol(&port), wanted, "{name} {app_protocol}");
        }
    }
}
