//! VirtualServices: the plan's routes with the features of their policies.

mod cors;
mod fault_injection;
mod headers;
mod mirror;
mod retries;
mod traffic_shift;

use crate::ids::Provenance;
use crate::objects::istio::{
    Destination, HttpMatch, HttpRoute, PortNumber, RouteDestination, StringMatch, VirtualService,
};
use crate::plan::{
    Claimed, Owners, Plan, Request, RequestConditions, Route, RouteActions, SourceMatch, TargetId, TextMatch,
    ValueMatch, When,
};

use super::sources;

/// Whether a service has routes: at least one policy sets one, and it has a port for them.
pub(super) fn are_there(plan: &Plan<'_>, target: TargetId) -> bool {
    !plan[target].routes.is_empty() && !plan[target].known.ports.is_empty()
}

/// The VirtualService of a service in its own cluster.
pub(super) fn virtual_service<'p>(plan: &'p Plan<'p>, target: TargetId) -> (VirtualService<'p>, Provenance) {
    let bound = &plan[target];
    // The features of a route are built once, and shared by all conditions and ports.
    let actions: Vec<HttpRoute<'p>> =
        bound.routes.iter().map(|owners| without_conditions(plan, target, owners)).collect();
    let routes = plan.routes(target);
    let http = routes.iter().map(|route| http_route(route, &actions[route.position], &bound.local_host)).collect();
    let policies = bound.routes.iter().flat_map(Owners::policies);
    let sources = sources::traffic(plan, policies);
    (VirtualService { hosts: [&bound.local_host], http }, sources.into())
}

/// The features of a route, without conditions yet. Without a traffic shift, its destination is the service itself.
fn without_conditions<'p>(plan: &'p Plan<'p>, target: TargetId, owners: &Owners) -> HttpRoute<'p> {
    let bound = &plan[target];
    let from = bound.cluster;
    let RouteActions { shift, cors, fault, headers, mirror, retries, timeout } = plan.route_actions(owners);
    let (mirror, mirror_percentage) =
        mirror.map(|Claimed { value, by: _ }| mirror::translate(plan, *value, from)).unzip();
    HttpRoute {
        matches: None,
        cors_policy: cors.map(|cors| cors::translate(cors.value)),
        fault: fault.map(|fault| fault_injection::translate(*fault.value)),
        headers: headers.map(|headers| headers::translate(headers.value)),
        mirror,
        mirror_percentage,
        retries: retries.map(|retries| retries::translate(*retries.value)),
        route: match shift {
            Some(shift) => traffic_shift::translate(plan, shift.value, from),
            None => vec![unchanged(&bound.local_host)],
        },
        timeout: timeout.map(|timeout| *timeout.value),
    }
}

fn unchanged(host: &str) -> RouteDestination<'_> {
    RouteDestination { destination: Destination { host, port: None, subset: None }, weight: 0 }
}

/// The route. If it is for one of several ports, destinations without a port get this port.
fn http_route<'p>(route: &Route<'p>, actions: &HttpRoute<'p>, local_host: &str) -> HttpRoute<'p> {
    let When { source, request, port } = route.when;
    let mut out = actions.clone();
    if let Some(port) = port {
        out.route.iter_mut().for_each(|to| fill_port(&mut to.destination, port, local_host));
    }
    HttpRoute { matches: (!route.when.is_bare()).then(|| [http_match(source, request, port)]), ..out }
}

/// Sets the port of a destination to the called port, unless the policy sets it. A service with a single port does not need
/// it.
fn fill_port(destination: &mut Destination<'_>, called: u32, local_host: &str) {
    if destination.port.is_none() && destination.host == local_host {
        destination.port = Some(PortNumber { number: called });
    }
}

fn http_match<'p>(
    source: Option<SourceMatch<'p>>,
    request: Option<&'p Request<'p>>,
    port: Option<u32>,
) -> HttpMatch<'p> {
    let mut out = HttpMatch { port, ..HttpMatch::default() };
    if let Some(SourceMatch { namespace, labels }) = source {
        out.source_labels = labels.iter().map(|(key, value)| (&**key, &**value)).collect();
        out.source_namespace = namespace.map(|namespace| &**namespace);
    }
    if let Some(Request { id: _, conditions, path_rank: _ }) = request {
        let RequestConditions { path, method, headers, query_parameters } = conditions;
        for ((inverted, name), value) in headers {
            let map = if *inverted { &mut out.without_headers } else { &mut out.headers };
            map.insert(name, exact_or_regex(*value));
        }
        out.query_params = query_parameters.iter().map(|(name, value)| (&***name, exact_or_regex(*value))).collect();
        out.method = method.map(|method| StringMatch::Exact(method.as_str()));
        out.uri = path.map(text_match);
    }
    out
}

fn exact_or_regex(ValueMatch { regex, value }: ValueMatch<'_>) -> StringMatch<'_> {
    if regex { StringMatch::Regex(value) } else { StringMatch::Exact(value) }
}

fn text_match(text: TextMatch<'_>) -> StringMatch<'_> {
    match text {
        TextMatch::Prefix(text) => StringMatch::Prefix(text),
        TextMatch::Exact(text) => StringMatch::Exact(text),
        TextMatch::Regex(text) => StringMatch::Regex(text),
    }
}
