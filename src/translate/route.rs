//! VirtualServices: conditions times ports, each feature put in, sorted by how specific the conditions are.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::istio::{Destination, HttpMatch, HttpRoute, PortNumber, RouteDestination, StringMatch, VirtualService};
use crate::model::traffic_policy::{
    HeaderMatcher, HttpMatcher, HttpMethod, MethodMatcher, PathMatch, QueryParameterMatcher,
};
use crate::resolve::plan::{Plan, Route, SourceMatch, TargetId};

use super::features::{cors, fault_injection, headers, mirror, retries, traffic_shift};
use super::sources::{self, Sources};

/// The VirtualService of a service in its own cluster, if any policy says anything of its routes.
pub(super) fn virtual_service<'p>(plan: &'p Plan<'p>, target: TargetId) -> Option<(VirtualService<'p>, Sources)> {
    let bound = &plan[target];
    let mut sorted: Vec<(Option<Condition<'p>>, HttpRoute<'p>)> = Vec::new();
    for route in &bound.routes {
        let base = features(plan, target, route);
        let requests = route.policies.first().and_then(|policy| plan[*policy].requests);
        expand(plan, target, conditions(&route.sources, requests), &base, &mut sorted);
    }
    if sorted.is_empty() {
        return None;
    }
    // The sort is stable: routes of equal conditions stay in the order of their policies, then of their own lists.
    sorted.sort_by_cached_key(|(condition, _)| specificity(condition.as_ref()));
    let http =
        sorted.into_iter().map(|(condition, route)| HttpRoute { matches: condition.map(|c| [c.matches]), ..route });
    let policies = bound.routes.iter().flat_map(|route| &route.policies);
    let sources = sources::traffic(plan, policies);
    Some((VirtualService { hosts: [&bound.local_host], http: http.collect() }, sources.into()))
}

/// A route with every feature and no conditions yet. Without a traffic shift requests go where they went before.
fn features<'p>(plan: &'p Plan<'p>, target: TargetId, route: &Route) -> HttpRoute<'p> {
    let Route { policies: _, sources: _, shift, cors, fault, headers, mirror, retries, timeout } = route;
    let bound = &plan[target];
    let from = bound.cluster;
    let mirror = mirror.and_then(|id| plan[id].mirror).map(|mirror| mirror::translate(plan, mirror, from));
    let (mirror, mirror_percentage) = mirror.unzip();
    let shifted = shift.map(|id| traffic_shift::translate(plan, &plan[id].shift, from));
    HttpRoute {
        matches: None,
        cors_policy: cors.and_then(|id| plan[id].cors).map(cors::translate),
        fault: fault.and_then(|id| plan[id].fault).map(fault_injection::translate),
        headers: headers.and_then(|id| plan[id].headers).map(headers::translate),
        mirror,
        mirror_percentage,
        retries: retries.and_then(|id| plan[id].retries).map(retries::translate),
        route: shifted.unwrap_or_else(|| vec![unchanged(&bound.local_host)]),
        timeout: timeout.and_then(|id| plan[id].timeout),
    }
}

fn unchanged(host: &str) -> RouteDestination<'_> {
    RouteDestination { destination: Destination { host, port: None, subset: None }, weight: 0 }
}

/// A condition with what the order needs beside it.
#[derive(Clone, Debug, Default)]
struct Condition<'p> {
    matches: HttpMatch<'p>,
    method: Option<HttpMethod>,
}

/// The product of sources and requests, sources first. None at all is one route without a condition.
fn conditions<'p>(sources: &'p [SourceMatch], requests: Option<&'p [HttpMatcher]>) -> Vec<Option<Condition<'p>>> {
    let from: Vec<Condition<'p>> = sources.iter().map(source).collect();
    let out: Vec<Option<Condition<'p>>> = match requests {
        // An empty list of request matchers drops the source matchers too.
        Some([]) => Vec::new(),
        None => from.into_iter().map(Some).collect(),
        Some(requests) if from.is_empty() => requests.iter().map(|r| Some(request(r, Condition::default()))).collect(),
        Some(requests) => {
            from.iter().flat_map(|from| requests.iter().map(|r| Some(request(r, from.clone())))).collect()
        }
    };
    if out.is_empty() { vec![None] } else { out }
}

fn source(source: &SourceMatch) -> Condition<'_> {
    let SourceMatch { namespace, labels } = source;
    let matches = HttpMatch {
        source_labels: labels.iter().map(|(key, value)| (&**key, &**value)).collect(),
        source_namespace: namespace.as_deref(),
        ..HttpMatch::default()
    };
    Condition { matches, method: None }
}

/// Adds a condition on requests to one on sources.
fn request<'p>(request: &'p HttpMatcher, from: Condition<'p>) -> Condition<'p> {
    let HttpMatcher { headers, query_parameters, method, path } = request;
    let Condition { mut matches, method: _ } = from;
    for HeaderMatcher { name, value, regex, invert_match } in headers {
        let map = if *invert_match { &mut matches.without_headers } else { &mut matches.headers };
        map.insert(name, exact_or_regex(value, *regex));
    }
    for QueryParameterMatcher { name, value, regex } in query_parameters {
        matches.query_params.insert(name, exact_or_regex(value, *regex));
    }
    let method = method.as_ref().map(|MethodMatcher { method }| *method);
    matches.method = method.map(|method| StringMatch::Exact(method.as_str()));
    matches.uri = path.as_ref().map(|path| match path {
        PathMatch::Prefix(text) => StringMatch::Prefix(text),
        PathMatch::Exact(text) => StringMatch::Exact(text),
        PathMatch::Regex(text) => StringMatch::Regex(text),
    });
    Condition { matches, method }
}

fn exact_or_regex(value: &str, regex: bool) -> StringMatch<'_> {
    if regex { StringMatch::Regex(value) } else { StringMatch::Exact(value) }
}

/// Puts the routes of a target's ports in: with one port nothing is said of it; with several, every route is for one port,
/// and destinations that have none get it; with none there is no route.
fn expand<'p>(
    plan: &'p Plan<'p>,
    target: TargetId,
    conditions: Vec<Option<Condition<'p>>>,
    base: &HttpRoute<'p>,
    out: &mut Vec<(Option<Condition<'p>>, HttpRoute<'p>)>,
) {
    match plan[target].known.ports.as_slice() {
        [] => {}
        [_] => out.extend(conditions.into_iter().map(|condition| (condition, base.clone()))),
        ports => {
            for port in ports {
                let mut route = base.clone();
                for destination in &mut route.route {
                    fill_port(plan, target, port.number, &mut destination.destination);
                }
                for condition in &conditions {
                    let mut condition = condition.clone().unwrap_or_default();
                    condition.matches.port = Some(port.number);
                    out.push((Some(condition), route.clone()));
                }
            }
        }
    }
}

/// Says which port of its host a destination means, where the policy does not: the port that was called. A service with one
/// port needs none said, and has no other.
fn fill_port(plan: &Plan<'_>, target: TargetId, called: u32, destination: &mut Destination<'_>) {
    let own = destination.host == plan[target].local_host;
    if destination.port.is_none() && own {
        destination.port = Some(PortNumber { number: called });
    }
}

/// The order of routes: the more specific first, those without a condition last. Every element is what decides when all
/// before it are equal.
type Specificity<'a> = (
    bool,
    [(Reverse<usize>, &'a str); 3],
    (Reverse<usize>, Reverse<usize>, Reverse<usize>),
    Reverse<Option<&'a str>>,
    Reverse<Option<HttpMethod>>,
    Reverse<usize>,
    Option<u32>,
);

fn specificity<'p>(condition: Option<&Condition<'p>>) -> Specificity<'p> {
    let empty = [(Reverse(0), ""); 3];
    let Some(Condition { matches, method }) = condition else {
        return (true, empty, (Reverse(0), Reverse(0), Reverse(0)), Reverse(None), Reverse(None), Reverse(0), None);
    };
    let mut uri = empty;
    match matches.uri {
        Some(StringMatch::Exact(text)) => uri[0] = (Reverse(text.len()), text),
        Some(StringMatch::Regex(text)) => uri[1] = (Reverse(text.len()), text),
        Some(StringMatch::Prefix(text)) => uri[2] = (Reverse(text.len()), text),
        None => {}
    }
    let count = |map: &BTreeMap<&str, StringMatch<'_>>| Reverse(map.len());
    (
        false,
        uri,
        (count(&matches.headers), count(&matches.query_params), Reverse(matches.source_labels.len())),
        Reverse(matches.source_namespace),
        Reverse(*method),
        count(&matches.without_headers),
        matches.port,
    )
}
