//! SMI, which Open Service Mesh reads: a TrafficSplit from a traffic shift, an HTTPRouteGroup and TrafficTargets from each
//! access policy on a service.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::ids::{ClusterObjectRef, Provenance};
use crate::objects::names;
use crate::objects::smi::{
    Backend, HTTP_ROUTE_GROUP, HttpMatch, HttpRouteGroup, Identity, Rule, SERVICE_ACCOUNT, TrafficSplit, TrafficTarget,
};
use crate::plan::{
    AccessPolicy, Account, Destination, DestinationKind, Grant, Operation, Plan, SmiService, TargetId, TrafficId,
};

use super::Sink;
use super::sources;

/// The objects for one service of an Open Service Mesh.
pub(super) fn of_target<'p>(plan: &'p Plan<'p>, target: TargetId, smi: &'p SmiService<'p>, sink: &mut impl Sink<'p>) {
    let ClusterObjectRef { cluster: _, namespace, name } = plan.service(target);
    // Conflicts are resolved before, so at most one policy has a traffic shift.
    if let Some(policy) = plan[target].traffic.iter().find(|policy| plan[**policy].features.shift.is_some()) {
        sink.put(namespace, &**name, || traffic_split(plan, target, *policy));
    }
    for grant in &smi.grants {
        of_grant(plan, target, grant, sink);
    }
}

/// How a policy shares the requests for a service.
fn traffic_split<'p>(plan: &'p Plan<'p>, target: TargetId, policy: TrafficId) -> (TrafficSplit<'p>, Provenance) {
    let shift = plan[policy].features.shift.as_deref().unwrap_or_default();
    let only = shift.len() == 1;
    let backends = shift.iter().filter_map(|Destination { to, subset: _, weight }| match to {
        // A single destination gets all requests, with or without a weight; 0 would mean none in SMI.
        DestinationKind::Service { target, port: _ } => {
            Some(Backend { service: &plan.service(*target).name, weight: if only { 100 } else { *weight } })
        }
        DestinationKind::Failover(_) => None,
    });
    let service = plan.service(target);
    let split =
        TrafficSplit { service: format!("{}.{}", service.name, service.namespace), backends: backends.collect() };
    (split, sources::traffic(plan, [policy]).into())
}

/// The objects of one access policy: the allowed requests, and a TrafficTarget for each port.
fn of_grant<'p>(plan: &'p Plan<'p>, target: TargetId, grant: &'p Grant<'p>, sink: &mut impl Sink<'p>) {
    let Grant { policy, account: _, sources: _ } = grant;
    let AccessPolicy { policy: source, verdict: _, callers: _, operation } = &plan[*policy];
    let (key, ports) = (source.key, operation.ports);
    let service = plan.service(target);
    let namespace = &*service.namespace;
    let name = names::smi_access(service, key);
    let sources: Provenance = [source.named.clone()].into();
    let ports: BTreeSet<u32> = ports.iter().copied().collect();
    let traffic_target =
        |port: Option<u32>| (traffic_target(&plan[*policy], namespace, &name, grant, port), sources.clone());
    match ports.len() {
        0 | 1 => sink.put(namespace, name.clone(), || traffic_target(ports.first().copied())),
        _ => {
            for port in &ports {
                sink.put(namespace, names::smi_access_on(service, key, *port), || traffic_target(Some(*port)));
            }
        }
    }
    sink.put(namespace, name, || (HttpRouteGroup { matches: requests(&plan[*policy]) }, sources));
}

/// Who may call a service, optionally on only one port.
fn traffic_target<'p>(
    access: &'p AccessPolicy<'p>,
    namespace: &'p str,
    requests_name: &str,
    grant: &'p Grant<'p>,
    port: Option<u32>,
) -> TrafficTarget<'p> {
    let Grant { policy: _, account, sources } = grant;
    let identity = |namespace, name, port| Identity { kind: SERVICE_ACCOUNT, name, namespace, port };
    let matches = requests(access).into_iter().map(|request| request.name).collect();
    let rule = Rule { kind: HTTP_ROUTE_GROUP, name: Cow::Owned(requests_name.to_owned()), matches };
    let sources = sources.iter().map(|Account { namespace, name }| identity(namespace, name, None)).collect();
    TrafficTarget { destination: identity(namespace, account, port), rules: [rule], sources }
}

/// The requests that an access policy allows: an entry for each path, or one entry for all paths. Several entries are
/// numbered, since rules select them by name.
fn requests<'p>(access: &AccessPolicy<'p>) -> Vec<HttpMatch<'p>> {
    let AccessPolicy { policy, verdict: _, callers: _, operation: Operation { methods, paths, ports: _ } } = access;
    let key = policy.key;
    let mut every: Vec<&'static str> = Vec::new();
    for method in methods {
        if !every.contains(method) {
            every.push(method);
        }
    }
    let methods = if every.is_empty() { vec!["*"] } else { every };
    let mut patterns: Vec<Cow<'p, str>> = Vec::new();
    for pattern in paths.iter().map(|path| Cow::Owned(path_regex(path))) {
        if !patterns.contains(&pattern) {
            patterns.push(pattern);
        }
    }
    if patterns.is_empty() {
        patterns.push(Cow::Borrowed(".*"));
    }
    let name = format!("{}.{}", key.name, key.namespace);
    let several = patterns.len() > 1;
    let named = |i: usize| if several { format!("{name}.{i}") } else { name.clone() };
    let patterns = patterns.into_iter().enumerate();
    patterns.map(|(i, path_regex)| HttpMatch { name: named(i), path_regex, methods: methods.clone() }).collect()
}

/// The path of an access policy as a regular expression for the whole path: `*` at its beginning or its end matches anything,
/// and every other character matches itself.
fn path_regex(path: &str) -> String {
    const SPECIAL: &str = r"\.+*?()|[]{}^$";
    let (before, rest) = path.strip_prefix('*').map_or(("", path), |rest| (".*", rest));
    let (after, rest) = rest.strip_suffix('*').map_or(("", rest), |rest| (".*", rest));
    let mut out = String::from(before);
    for c in rest.chars() {
        if SPECIAL.contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out + after
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_regular_expressions() {
        for (path, regex) in [
            ("/api/v1", "/api/v1"),
            ("/index.html", r"/index\.html"),
            ("/api/*", "/api/.*"),
            ("*.js", r".*\.js"),
            ("*", ".*"),
            ("/a*b", r"/a\*b"),
            ("/price($)", r"/price\(\$\)"),
            ("", ""),
        ] {
            assert_eq!(path_regex(path), regex, "{path:?}");
        }
    }
}
