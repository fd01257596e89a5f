//! VirtualServices: the plan's routes with the features of their policies.

mod cors;
mod fault_injection;
mod headers;
mod mirror;
mod retries;
mod shared;
mod traffic_shift;

pub use shared::SharedRoutes;

use crate::ids::Provenance;
use crate::objects::istio::{
    Destination, HttpMatch, HttpRoute, HttpRoutes, PortNumber, RouteDestination, StringMatch, VirtualService,
};
use crate::plan::{
    Claimed, ClusterId, Owners, Plan, Request, RequestConditions, Route, RouteActions, RoutePorts, SourceMatch,
    TargetId, TextMatch, ValueMatch, When,
};
use crate::version::Style;

use super::{export_to, sources};

/// Whether a service has routes for callers in a cluster: at least one policy sets one, and it has a port for them.
pub(super) fn are_there(plan: &Plan<'_>, target: TargetId, client: ClusterId) -> bool {
    !plan[target].routes_in(client).is_empty() && !plan[target].known.ports.is_empty()
}

/// The VirtualService of a service for callers in a cluster.
pub(super) fn virtual_service<'p>(
    plan: &'p Plan<'p>,
    target: TargetId,
    client: ClusterId,
    shared: Option<&SharedRoutes<'p>>,
) -> (VirtualService<'p>, Provenance) {
    let owners = plan[target].routes_in(client);
    let http = match shared.and_then(|shared| shared.written(plan, target, client)) {
        Some(written) => written,
        None => HttpRoutes::Typed(typed(plan, target, client)),
    };
    let sources = sources::traffic(plan, owners.iter().flat_map(Owners::policies));
    let export_to = export_to(plan[client].facts.style);
    (VirtualService { export_to, hosts: [plan.host(target, client)], http }, sources.into())
}

/// The routes of a service for callers in a cluster.
fn typed<'p>(plan: &'p Plan<'p>, target: TargetId, client: ClusterId) -> Vec<HttpRoute<'p>> {
    // The features of a route are built once, and shared by all conditions and ports.
    let owners = plan[target].routes_in(client).iter();
    let actions: Vec<HttpRoute<'p>> = owners.map(|owners| without_conditions(plan, target, owners, client)).collect();
    let routes = plan.routes(target, client);
    let style = plan[client].facts.style;
    routes.iter().map(|route| http_route(plan, target, route, &actions[route.position], style)).collect()
}

/// The features of a route, without conditions yet. Without a traffic shift, its destination is the service itself.
fn without_conditions<'p>(plan: &'p Plan<'p>, target: TargetId, owners: &Owners, from: ClusterId) -> HttpRoute<'p> {
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
        retries: retries.map(|retries| retries::translate(*retries.value, plan[from].facts.retried)),
        route: match shift {
            Some(shift) => traffic_shift::translate(plan, shift.value, from),
            None => vec![unchanged(plan.host(target, from))],
        },
        // Istio refuses a timeout of 0s, and has none unless one is set.
        timeout: timeout.map(|timeout| *timeout.value).filter(|timeout| timeout.0 != 0),
    }
}

fn unchanged(host: &str) -> RouteDestination<'_> {
    RouteDestination { destination: Destination { host, port: None, subset: None }, weight: 0 }
}

/// The route, with its conditions and with the ports of what it sends requests to.
fn http_route<'p>(
    plan: &'p Plan<'p>,
    target: TargetId,
    route: &Route<'p>,
    actions: &HttpRoute<'p>,
    style: Style,
) -> HttpRoute<'p> {
    let When { source, request, port } = route.when;
    let RoutePorts { destinations, mirror } = plan.ports(target, route);
    let mut out = actions.clone();
    for (to, port) in out.route.iter_mut().zip(destinations) {
        to.destination.port = port.map(|number| PortNumber { number });
    }
    if let Some(to) = &mut out.mirror {
        to.port = mirror.map(|number| PortNumber { number });
    }
    HttpRoute { matches: (!route.when.is_bare()).then(|| [http_match((source, request, port), style)]), ..out }
}

fn http_match<'p>(
    (source, request, port): (Option<SourceMatch<'p>>, Option<&'p Request<'p>>, Option<u32>),
    style: Style,
) -> HttpMatch<'p> {
    let mut out = HttpMatch { port, ..HttpMatch::default() };
    if let Some(SourceMatch { namespace, labels }) = source {
        out.source_labels = labels.iter().map(|(key, value)| (&**key, &**value)).collect();
        out.source_namespace = namespace.map(|namespace| &**namespace);
    }
    if let Some(Request { id: _, conditions, path_rank: _, headers: _, is_shared: _ }) = request {
        let RequestConditions { path, method, headers, query_parameters } = conditions;
        for ((inverted, name), value) in headers {
            let map = if *inverted { &mut out.without_headers } else { &mut out.headers };
            map.insert(name, header(*value, style));
        }
        out.query_params = query_parameters.iter().map(|(name, value)| (&***name, exact_or_regex(*value))).collect();
        out.method = method.map(|method| StringMatch::Exact(method.as_str()));
        // Istio 1.7 takes the prefix `/` for a condition that every request meets, whatever the method and the headers that
        // are excluded, and drops the routes behind it. Without a path the condition is the same.
        let is_alone = out.headers.is_empty() && out.query_params.is_empty();
        let has_others = out.method.is_some() || !out.without_headers.is_empty();
        let is_left_out = |path: &TextMatch<'_>| is_alone && has_others && is_root(*path);
        out.uri = path.filter(|path| !is_left_out(path)).map(text_match);
    }
    out
}

fn is_root(path: TextMatch<'_>) -> bool {
    matches!(path, TextMatch::Prefix(text) if &**text == "/")
}

/// A condition on a header. An empty value means that the header is there, as Istio 1.7 reads it; later versions compare it.
fn header(value: ValueMatch<'_>, style: Style) -> StringMatch<'_> {
    match value {
        ValueMatch { regex: false, value } if value.is_empty() && style == Style::Current => StringMatch::Present,
        value => exact_or_regex(value),
    }
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
