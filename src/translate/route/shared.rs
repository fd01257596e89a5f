//! Routes as text, for callers in several other clusters: nearly all of these have the same routes of a service.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::{http_route, without_conditions};
use crate::objects::istio::{HttpRoute, HttpRoutes};
use crate::plan::{
    ClusterId, DestinationKind, Feature, Owners, Plan, RequestId, Route, SourceMatch, TargetId, TrafficId,
};
use crate::version::Retried;

/// Appends a route as it is written in a VirtualService.
type Write = fn(&HttpRoute<'_>, &mut String);

/// The routes that were written for callers in other clusters than the service's, each once.
#[derive(Debug)]
pub struct SharedRoutes<'p> {
    write: Write,
    targets: Vec<Mutex<OfTarget<'p>>>,
}

/// The routes of one service.
#[derive(Debug, Default)]
struct OfTarget<'p> {
    /// Whether there are callers in several clusters.
    is_called_by_several: Option<bool>,
    routes: Vec<Written<'p>>,
    /// Their indexes, by what finds them fast.
    index: BTreeSet<(Hint, usize)>,
    /// The size of the lines of `routes`, in bytes.
    size: usize,
    /// The size of the lines of a cluster that has the most.
    longest: usize,
}

type Hint = (Option<TrafficId>, Option<RequestId>, Option<u32>);

/// A route that was written: everything that its lines depend on, and where these are.
#[derive(Debug)]
struct Written<'p> {
    owners: &'p Owners,
    source: Option<SourceMatch<'p>>,
    request: Option<RequestId>,
    port: Option<u32>,
    retried: Retried,
    /// The clusters that it sends requests to, whose own callers know the services there by other hosts.
    to: Box<[ClusterId]>,
    lines: Arc<str>,
}

impl<'p> SharedRoutes<'p> {
    /// Nothing yet, of a plan; this is how a route is written.
    pub fn new(plan: &Plan<'_>, write: Write) -> Self {
        Self { write, targets: plan.targets.iter().map(|_| Mutex::default()).collect() }
    }

    /// The routes of a service for callers in another cluster; none if there are no others that may have the same.
    pub(super) fn written(&self, plan: &'p Plan<'p>, target: TargetId, client: ClusterId) -> Option<HttpRoutes<'p>> {
        let mut known = self.targets[target.index()].lock().unwrap_or_else(PoisonError::into_inner);
        let several = || plan.meshes_with_routes(target).nth(1).is_some();
        if !*known.is_called_by_several.get_or_insert_with(several) {
            return None;
        }
        let facts = plan[client].facts;
        let mut actions = vec![None; plan[target].routes_in(client).len()];
        let mut text = String::new();
        let mut fresh = |route: &Route<'p>| -> Arc<str> {
            let made = || without_conditions(plan, target, route.owners, client);
            let actions = actions[route.position].get_or_insert_with(made);
            text.clear();
            (self.write)(&http_route(plan, target, route, actions, facts.style), &mut text);
            text.as_str().into()
        };
        let routes = plan.routes(target, client);
        let mut lines = Vec::with_capacity(routes.len());
        let (mut next, mut size) = (0, 0);
        for route in &routes {
            let piece = match known.find(route, facts.retried, next) {
                Some(found) if !known.routes[found].to.contains(&client) => {
                    next = found + 1;
                    Arc::clone(&known.routes[found].lines)
                }
                Some(_) => fresh(route),
                None => {
                    let piece = fresh(route);
                    let to = destinations(plan, route.owners);
                    if !to.contains(&client) {
                        known.add(route, facts.retried, to, &piece, size + piece.len());
                    }
                    piece
                }
            };
            size += piece.len();
            lines.push(piece);
        }
        known.longest = known.longest.max(size);
        Some(HttpRoutes::Written { lines, count: routes.len() })
    }
}

impl<'p> OfTarget<'p> {
    /// The index of a route; most likely it is at this one.
    fn find(&self, route: &Route<'p>, retried: Retried, next: usize) -> Option<usize> {
        let is_it = |index: &usize| self.routes.get(*index).is_some_and(|written| written.is_of(route, retried));
        if is_it(&next) {
            return Some(next);
        }
        let hint = hint(route);
        self.index.range((hint, 0)..=(hint, usize::MAX)).map(|(_, index)| *index).find(is_it)
    }

    /// Adds a route, unless that would take much more room than the routes of any one cluster do.
    fn add(&mut self, route: &Route<'p>, retried: Retried, to: Vec<ClusterId>, lines: &Arc<str>, so_far: usize) {
        // Nearly all clusters have the same routes, so a quarter more is room enough for those that have others.
        if self.size + lines.len() > self.longest.max(so_far) / 4 * 5 {
            return;
        }
        self.size += lines.len();
        let Route { when, owners, position: _ } = *route;
        let request = when.request.map(|request| request.id);
        let (to, lines) = (to.into(), Arc::clone(lines));
        self.index.insert((hint(route), self.routes.len()));
        self.routes.push(Written { owners, source: when.source, request, port: when.port, retried, to, lines });
    }
}

impl<'p> Written<'p> {
    fn is_of(&self, route: &Route<'p>, retried: Retried) -> bool {
        let Self { owners, source, request, port, retried: for_retried, to: _, lines: _ } = self;
        let when = &route.when;
        *port == when.port
            && *request == when.request.map(|request| request.id)
            && (std::ptr::eq(*owners, route.owners) || *owners == route.owners)
            && *source == when.source
            && *for_retried == retried
    }
}

fn hint(route: &Route<'_>) -> Hint {
    (route.policy(), route.when.request.map(|request| request.id), route.when.port)
}

/// The clusters of the services that a route sends requests to, beside the called one.
fn destinations(plan: &Plan<'_>, owners: &Owners) -> Vec<ClusterId> {
    let features = |feature| owners.owner(feature).map(|by| &plan[by].features);
    let shift = features(Feature::TrafficShift).and_then(|features| features.shift.as_ref()).into_iter().flatten();
    let shifted = shift.filter_map(|to| match to.to {
        DestinationKind::Service { target, port: _ } => Some(target),
        DestinationKind::Failover(_) => None,
    });
    let mirrored = features(Feature::Mirror).and_then(|features| features.mirror).map(|mirror| mirror.target);
    shifted.chain(mirrored).map(|target| plan[target].cluster).collect()
}
