//! VirtualServices: conditions times ports, each feature put in, sorted by how specific the conditions are.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::discover::Target;
use crate::istio::{Destination, HttpMatch, HttpRoute, PortNumber, RouteDestination, StringMatch, VirtualService};
use crate::model::traffic_policy::{
    HeaderMatcher, HttpMatcher, HttpMethod, MethodMatcher, PathMatch, QueryParameterMatcher,
};
use crate::plan::{NO_PATH, Plan, Route, SourceMatch, TargetId};

use super::features::{cors, fault_injection, headers, mirror, retries, traffic_shift};
use super::sources::{self, Sources};

/// Whether a service has routes: some policy says something of them, and there is a port that they are for.
pub(super) fn are_there(plan: &Plan<'_>, target: TargetId) -> bool {
    !plan[target].routes.is_empty() && !plan[target].known.ports.is_empty()
}

/// The VirtualService of a service in its own cluster.
pub(super) fn virtual_service<'p>(plan: &'p Plan<'p>, target: TargetId) -> (VirtualService<'p>, Sources) {
    let bound = &plan[target];
    let drafts: Vec<Draft<'p>> = bound.routes.iter().map(|route| draft(plan, target, route)).collect();
    let mut order = pieces(&drafts, bound.known);
    // The sort is stable: routes of equal conditions stay in the order of their policies, then of their own lists. What is
    // sorted is small; routes are not.
    order.sort_by_cached_key(|piece| specificity(piece.condition, piece.port));
    let http = order.into_iter().map(|piece| route(piece, &bound.local_host));
    let policies = bound.routes.iter().flat_map(|route| &*route.policies);
    let sources = sources::traffic(plan, policies);
    (VirtualService { hosts: [&bound.local_host], http: http.collect() }, sources.into())
}

/// A route with every feature, and the conditions under which it is taken.
struct Draft<'p> {
    base: HttpRoute<'p>,
    conditions: Vec<Option<Condition<'p>>>,
}

fn draft<'p>(plan: &'p Plan<'p>, target: TargetId, route: &'p Route<'p>) -> Draft<'p> {
    let first = route.policies.first().map(|policy| &plan[*policy]);
    let requests = first.and_then(|policy| Some((policy.requests?, &*policy.path_places)));
    Draft { base: features(plan, target, route), conditions: conditions(&route.sources, requests) }
}

/// A route with every feature and no conditions yet. Without a traffic shift requests go where they went before.
fn features<'p>(plan: &'p Plan<'p>, target: TargetId, route: &Route<'_>) -> HttpRoute<'p> {
    let bound = &plan[target];
    let from = bound.cluster;
    let mirror = plan.given(route, |policy| policy.mirror).map(|mirror| mirror::translate(plan, mirror, from));
    let (mirror, mirror_percentage) = mirror.unzip();
    let shift = plan.given(route, |policy| Some(&policy.shift).filter(|shift| !shift.is_empty()));
    HttpRoute {
        matches: None,
        cors_policy: plan.given(route, |policy| policy.cors).map(cors::translate),
        fault: plan.given(route, |policy| policy.fault).map(fault_injection::translate),
        headers: plan.given(route, |policy| policy.headers).map(headers::translate),
        mirror,
        mirror_percentage,
        retries: plan.given(route, |policy| policy.retries).map(retries::translate),
        route: match shift {
            Some(shift) => traffic_shift::translate(plan, shift, from),
            None => vec![unchanged(&bound.local_host)],
        },
        timeout: plan.given(route, |policy| policy.timeout),
    }
}

fn unchanged(host: &str) -> RouteDestination<'_> {
    RouteDestination { destination: Destination { host, port: None, subset: None }, weight: 0 }
}

/// A condition with what the order needs beside it.
#[derive(Clone, Debug)]
struct Condition<'p> {
    matches: HttpMatch<'p>,
    method: Option<HttpMethod>,
    /// The place of the path among all.
    path: u32,
}

/// The product of sources and requests, sources first. None at all is one route without a condition.
fn conditions<'p>(
    sources: &[SourceMatch<'p>],
    requests: Option<(&'p [HttpMatcher], &[u32])>,
) -> Vec<Option<Condition<'p>>> {
    let from: Vec<Condition<'p>> = sources.iter().map(source).collect();
    let out: Vec<Option<Condition<'p>>> = match requests {
        // An empty list of request matchers drops the source matchers too.
        Some(([], _)) => Vec::new(),
        None => from.into_iter().map(Some).collect(),
        Some((requests, places)) => {
            let from = if from.is_empty() { vec![anywhere()] } else { from };
            let of = |from| {
                requests.iter().zip(places).map(move |(r, place)| Some(request(r, *place, Condition::clone(from))))
            };
            from.iter().flat_map(of).collect()
        }
    };
    if out.is_empty() { vec![None] } else { out }
}

/// No condition on sources.
fn anywhere<'p>() -> Condition<'p> {
    Condition { matches: HttpMatch::default(), method: None, path: NO_PATH }
}

fn source<'p>(source: &SourceMatch<'p>) -> Condition<'p> {
    let SourceMatch { namespace, labels } = *source;
    let mut from = anywhere();
    from.matches.source_labels = labels.iter().map(|(key, value)| (&**key, &**value)).collect();
    from.matches.source_namespace = namespace.map(|namespace| &**namespace);
    from
}

/// Adds a condition on requests to one on sources.
fn request<'p>(request: &'p HttpMatcher, place: u32, from: Condition<'p>) -> Condition<'p> {
    let HttpMatcher { headers, query_parameters, method, path } = request;
    let Condition { mut matches, method: _, path: _ } = from;
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
    Condition { matches, method, path: place }
}

fn exact_or_regex(value: &str, regex: bool) -> StringMatch<'_> {
    if regex { StringMatch::Regex(value) } else { StringMatch::Exact(value) }
}

/// One route that will be written: one of the conditions of a draft, perhaps for one port.
#[derive(Clone, Copy)]
struct Piece<'d, 'p> {
    base: &'d HttpRoute<'p>,
    condition: Option<&'d Condition<'p>>,
    port: Option<u32>,
}

/// The routes for a target's ports: with one port nothing is said of it; with several, every route is for one number; with
/// none there is no route.
fn pieces<'d, 'p>(drafts: &'d [Draft<'p>], known: &Target) -> Vec<Piece<'d, 'p>> {
    let ports: Vec<Option<u32>> = match known.ports.as_slice() {
        [_] => vec![None],
        _ => known.distinct_ports().map(|port| Some(port.number)).collect(),
    };
    let of = |Draft { base, conditions }: &'d Draft<'p>| {
        let for_port = move |port: &Option<u32>| {
            let port = *port;
            conditions.iter().map(move |condition| Piece { base, condition: condition.as_ref(), port })
        };
        ports.iter().flat_map(for_port)
    };
    drafts.iter().flat_map(of).collect()
}

/// The route. For one of several ports, destinations that have none get it.
fn route<'p>(Piece { base, condition, port }: Piece<'_, 'p>, local_host: &str) -> HttpRoute<'p> {
    let mut route = base.clone();
    let mut matches = condition.map(|condition| condition.matches.clone());
    if let Some(port) = port {
        route.route.iter_mut().for_each(|to| fill_port(&mut to.destination, port, local_host));
        matches.get_or_insert_default().port = Some(port);
    }
    HttpRoute { matches: matches.map(|matches| [matches]), ..route }
}

/// Says which port of its host a destination means, where the policy does not: the port that was called. A service with one
/// port needs none said, and has no other.
fn fill_port(destination: &mut Destination<'_>, called: u32, local_host: &str) {
    if destination.port.is_none() && destination.host == local_host {
        destination.port = Some(PortNumber { number: called });
    }
}

/// The order of routes: the more specific first, those without a condition last. Every element is what decides when all
/// before it are equal.
type Specificity<'a> = (
    bool,
    u32,
    (Reverse<usize>, Reverse<usize>, Reverse<usize>),
    Reverse<Option<&'a str>>,
    Reverse<Option<HttpMethod>>,
    Reverse<usize>,
    Option<u32>,
);

fn specificity<'p>(condition: Option<&Condition<'p>>, port: Option<u32>) -> Specificity<'p> {
    let Some(Condition { matches, method, path }) = condition else {
        let nothing = (Reverse(0), Reverse(0), Reverse(0));
        return (port.is_none(), NO_PATH, nothing, Reverse(None), Reverse(None), Reverse(0), port);
    };
    let count = |map: &BTreeMap<&str, StringMatch<'_>>| Reverse(map.len());
    (
        false,
        *path,
        (count(&matches.headers), count(&matches.query_params), Reverse(matches.source_labels.len())),
        Reverse(matches.source_namespace),
        Reverse(*method),
        count(&matches.without_headers),
        port,
    )
}
