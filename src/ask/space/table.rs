//! The routes of a service for callers in a cluster at one port, as conditions and effects.

use std::collections::BTreeMap;

use crate::ids::{ClusterObjectRef, Duration, ObjectRef, Text};
use crate::plan::{
    ClusterId, Cors, Destination, DestinationKind, Fault, Headers, Owners, Plan, Retries, Route, RouteActions,
    TargetId, When,
};

/// What a route does, named as people know it: equal in two plans if it is the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect<'p> {
    pub to: Vec<Share<'p>>,
    pub mirror: Option<(Share<'p>, f64)>,
    pub timeout: Option<Duration>,
    pub retries: Option<Retries>,
    pub fault: Option<Fault>,
    pub headers: Option<Headers<'p>>,
    pub cors: Option<&'p Cors<'p>>,
}

impl Effect<'_> {
    /// What happens to requests without a route: they go to the service itself.
    pub fn plain() -> Self {
        let to = vec![Share { to: Receiver::Itself, port: None, subset: None, weight: 100, is_lost: false }];
        Self { to, mirror: None, timeout: None, retries: None, fault: None, headers: None, cors: None }
    }
}

/// A destination with its share.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share<'p> {
    pub to: Receiver<'p>,
    /// None is the port that is called.
    pub port: Option<u32>,
    pub subset: Option<&'p BTreeMap<Text, Text>>,
    pub weight: u32,
    /// Whether the callers' proxies do not know it, so that its share of requests is answered with 503.
    pub is_lost: bool,
}

/// What a destination is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Receiver<'p> {
    /// The service that is called.
    Itself,
    Service(&'p ClusterObjectRef),
    Failover(&'p ObjectRef),
}

/// A route of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Line<'p> {
    pub when: When<'p>,
    pub owners: &'p Owners,
    pub effect: Effect<'p>,
}

/// The routes for a port, in the order in which they are tried.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table<'p>(pub Vec<Line<'p>>);

impl<'p> Table<'p> {
    /// The routes of a service for callers in a cluster that call one of its ports.
    pub fn of(plan: &'p Plan<'_>, target: TargetId, client: ClusterId, port: u32) -> Self {
        let routes = plan.routes(target, client);
        let mine = routes.into_iter().filter(|route| route.when.port.is_none_or(|known| known == port));
        Self(mine.map(|route| line(plan, (target, client), port, &route)).collect())
    }
}

fn line<'p>(plan: &'p Plan<'_>, (target, client): (TargetId, ClusterId), called: u32, route: &Route<'p>) -> Line<'p> {
    let RouteActions { shift, cors, fault, headers, mirror, retries, timeout } = plan.route_actions(route.owners);
    let ports = plan.ports(target, route);
    let not_called = |port: &Option<u32>| port.filter(|port| *port != called);
    let mut to = match shift {
        None => vec![Share {
            to: Receiver::Itself,
            port: not_called(&ports.destinations[0]),
            subset: None,
            weight: 100,
            is_lost: false,
        }],
        Some(shift) => {
            let share = |(to, port): (&'p Destination<'_>, &Option<u32>)| Share {
                to: place(plan, target, to.to),
                port: not_called(port),
                subset: to.subset,
                weight: to.weight,
                is_lost: is_lost(plan, to.to, client),
            };
            shift.value.iter().zip(&ports.destinations).map(share).collect()
        }
    };
    match to.as_mut_slice() {
        // A single destination gets everything, whatever its share.
        [only] => only.weight = 100,
        _ => to.retain(|share| share.weight > 0),
    }
    to.sort();
    let copied = |target: TargetId| Share {
        is_lost: is_lost(plan, DestinationKind::Service { target, port: None }, client),
        to: Receiver::Service(plan.service(target)),
        port: not_called(&ports.mirror),
        subset: None,
        weight: 100,
    };
    let effect = Effect {
        to,
        mirror: mirror.map(|mirror| (copied(mirror.value.target), mirror.value.percentage)),
        timeout: timeout.map(|timeout| *timeout.value).filter(|timeout| timeout.0 != 0),
        retries: retries.map(|retries| *retries.value),
        fault: fault.map(|fault| *fault.value),
        headers: headers.map(|headers| *headers.value),
        cors: cors.map(|cors| cors.value),
    };
    Line { when: When { port: None, ..route.when }, owners: route.owners, effect }
}

fn place<'p>(plan: &'p Plan<'_>, called: TargetId, to: DestinationKind) -> Receiver<'p> {
    match to {
        DestinationKind::Service { target, port: _ } if target == called => Receiver::Itself,
        DestinationKind::Service { target, port: _ } => Receiver::Service(plan.service(target)),
        DestinationKind::Failover(failover) => Receiver::Failover(plan[failover].policy.key),
    }
}

/// Whether no mesh of a cluster knows a destination.
fn is_lost(plan: &Plan<'_>, to: DestinationKind, client: ClusterId) -> bool {
    let mut meshes = plan[client].meshes.iter();
    match to {
        DestinationKind::Service { target, port: _ } => {
            plan[target].cluster != client && !meshes.any(|mesh| plan.is_known(target, *mesh))
        }
        DestinationKind::Failover(failover) => !meshes.any(|mesh| plan[*mesh].failovers.contains(&failover)),
    }
}
