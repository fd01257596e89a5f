//! The routes of a service: when each is taken, and in which order.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::discover::Port;

use super::{
    ClusterId, HeaderCounts, Method, NO_PATH, Owners, Plan, Request, RequestId, Requests, SourceMatch, TargetId,
    TrafficId,
};

/// When a route is taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct When<'p> {
    pub source: Option<SourceMatch<'p>>,
    pub request: Option<&'p Request<'p>>,
    /// The port that is called, where the service has several.
    pub port: Option<u32>,
}

/// One route of a service, for callers in one cluster.
#[derive(Clone, Copy, Debug)]
pub struct Route<'p> {
    pub when: When<'p>,
    /// The policies that make it; [`Plan::route_actions`] has what it does.
    pub owners: &'p Owners,
    /// The position of `owners` among the routes of the service.
    pub position: usize,
}

impl Route<'_> {
    /// The policy whose conditions these are: the first of those that share the route.
    pub fn policy(&self) -> Option<TrafficId> {
        self.owners.policies().next()
    }
}

/// The order of routes: the more specific first, those without a condition last. Each element decides if all before it are
/// equal.
pub type Specificity<'p> = (
    bool,
    u32,
    (Reverse<usize>, Reverse<usize>, Reverse<usize>),
    Reverse<Option<&'p str>>,
    Reverse<Option<Method>>,
    Reverse<usize>,
    Option<u32>,
);

impl<'p> When<'p> {
    /// Whether it has no condition on source, request or port: such a route comes last.
    pub fn is_bare(&self) -> bool {
        let Self { source, request, port } = self;
        source.is_none() && request.is_none() && port.is_none()
    }

    /// Where it comes among the conditions of a service's routes.
    pub fn specificity(&self) -> Specificity<'p> {
        let Self { source, request, port } = *self;
        let conditions = request.map(|request| &request.conditions);
        let HeaderCounts { required, excluded } = request.map(|request| request.headers).unwrap_or_default();
        (
            self.is_bare(),
            request.map_or(NO_PATH, |request| request.path_rank),
            (
                Reverse(required),
                Reverse(conditions.map_or(0, |conditions| conditions.query_parameters.len())),
                Reverse(source.map_or(0, |source| source.labels.len())),
            ),
            Reverse(source.and_then(|source| source.namespace).map(|namespace| &**namespace)),
            Reverse(conditions.and_then(|conditions| conditions.method)),
            Reverse(excluded),
            port,
        )
    }

    /// The conditions without those that match everything: equal conditions are equal values here.
    fn effective(&self) -> (Option<RequestId>, Option<SourceMatch<'p>>, Option<u32>) {
        let source = self.source.filter(|source| !source.is_everyone());
        let request = self.request.filter(|request| !request.conditions.is_everything());
        (request.map(|request| request.id), source, self.port)
    }
}

impl<'a> Plan<'a> {
    /// The routes of a service for callers in a cluster, in the order in which they are tried. With a single port, the port is
    /// omitted; with several, every route is for one of them; without any there are no routes.
    pub fn routes(&self, service: TargetId, client: ClusterId) -> Vec<Route<'_>> {
        let routes = self[service].routes_in(client).iter().enumerate();
        let mut out = self.unordered(routes, client, &self.ports_of_routes(service, client));
        // The sort is stable. What is sorted is small, and the key of each is made once.
        out.sort_by_cached_key(|route| route.when.specificity());
        out
    }

    /// The ports that routes of a service name for callers in a cluster: other clusters do not know those of SCTP.
    fn ports_of_routes(&self, service: TargetId, client: ClusterId) -> Vec<Option<u32>> {
        let known = self[service].known;
        let is_known = |port: &&Port| client == self[service].cluster || !port.is_sctp();
        match known.ports.as_slice() {
            [_] => vec![None],
            _ => known.distinct_ports().filter(is_known).map(|port| Some(port.number)).collect(),
        }
    }

    /// The pairs of policies of which the later one has a route for a service that is never taken by callers in a cluster,
    /// because the earlier one's takes the same requests: the earlier, then the later one.
    ///
    /// Nothing is sorted: equal conditions are equally specific, so the policies decide; only a route without any condition
    /// comes after one that every request fulfils. Every port has the same routes, so one port is enough.
    pub fn shadowed(&self, service: TargetId, client: ClusterId) -> Vec<(TrafficId, TrafficId)> {
        let ports = self.ports_of_routes(service, client);
        let routes = self[service].routes_in(client).iter().enumerate().filter(|(_, owners)| self.may_be_alike(owners));
        let routes = self.unordered(routes, client, &ports[..ports.len().min(1)]);
        let (bare, others): (Vec<&Route<'_>>, Vec<&Route<'_>>) = routes.iter().partition(|route| route.when.is_bare());
        let mut first = BTreeMap::new();
        let mut out = Vec::new();
        for route in others.into_iter().chain(bare) {
            let Some(policy) = route.policy() else { continue };
            let earlier = *first.entry(route.when.effective()).or_insert(policy);
            if earlier != policy {
                out.push((earlier, policy));
            }
        }
        out
    }

    /// Whether a route may have conditions in common with one of another policy: nearly every policy has requests of its own.
    fn may_be_alike(&self, owners: &Owners) -> bool {
        let is_alike = |request: &Request<'_>| request.is_shared || request.conditions.is_everything();
        match owners.policies().next().map(|policy| &self[policy].requests) {
            None | Some(Requests::Any | Requests::Dropped) => true,
            Some(Requests::OneOf { list, set: _ }) => list.iter().any(|request| is_alike(&self[*request])),
        }
    }

    /// The routes for some of a service's ports that some of its owners make, in the order of their policies, then of the ports, then
    /// of their own lists.
    fn unordered<'p>(
        &'p self,
        owners: impl Iterator<Item = (usize, &'p Owners)>,
        client: ClusterId,
        ports: &[Option<u32>],
    ) -> Vec<Route<'p>> {
        let mut out = Vec::new();
        for (position, owners) in owners {
            let conditions = self.conditions(owners, client);
            for port in ports {
                let route = |(source, request)| Route { when: When { source, request, port: *port }, owners, position };
                out.extend(conditions.iter().copied().map(route));
            }
        }
        out
    }

    /// The product of a route's sources and requests, sources first. No conditions at all are one product without any, and so
    /// has the route that no policy makes.
    fn conditions(&self, owners: &Owners, client: ClusterId) -> Vec<(Option<SourceMatch<'_>>, Option<&Request<'_>>)> {
        let Some(policy) = owners.policies().next().map(|policy| &self[policy]) else {
            return vec![(None, None)];
        };
        let sources = policy.sources_in(client).unwrap_or_default();
        let or_any = |sources: Vec<SourceMatch<'a>>| match sources.is_empty() {
            true => vec![None],
            false => sources.into_iter().map(Some).collect(),
        };
        match &policy.requests {
            Requests::Dropped => vec![(None, None)],
            Requests::Any => or_any(sources).into_iter().map(|source| (source, None)).collect(),
            Requests::OneOf { list, set: _ } => {
                let of = |source| list.iter().map(move |request| (source, Some(&self[*request])));
                or_any(sources).into_iter().flat_map(of).collect()
            }
        }
    }
}
