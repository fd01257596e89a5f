//! Where a request goes.

use std::collections::{BTreeMap, BTreeSet};

use super::journey::Taken;
use super::{Caller, Evaluator, HttpRequest, Leg, Lost, Named, Outcome, Pods, Sent, Stop, Trace, Truth, Way};
use crate::ids::{ObjectRef, Text};
use crate::plan::{
    ClusterId, Destination, DestinationKind, FailoverId, Route, RouteActions, SourceMatch, TargetId, WorkloadId, hosts,
};
use crate::version::{Entry, Style};

/// A call.
#[derive(Clone, Copy, Debug)]
pub struct Call<'q> {
    pub from: WorkloadId,
    pub to: Named,
    pub port: u32,
    pub request: &'q HttpRequest,
    /// The clusters that are taken for down.
    pub down: &'q BTreeSet<ClusterId>,
}

/// Some labels of pods.
type Labels = BTreeMap<Text, Text>;

/// A destination: what, its port and the labels of its subset.
type Wanted<'q> = (Named, u32, Option<&'q Labels>);

impl<'p> Evaluator<'p, '_> {
    /// Where a request goes, and what becomes of it there.
    pub fn trace(&self, call: &Call<'_>) -> Trace<'p> {
        let outcome = match call.to {
            Named::Service(target) => self.to_service(call, target),
            Named::Failover(failover) if self.plan[failover].port != call.port => Outcome::Lost(Lost::NoSuchPort),
            Named::Failover(_) => self.unrouted(call),
        };
        Trace { called: Some(call.to), outcome }
    }

    fn to_service(&self, call: &Call<'_>, target: TargetId) -> Outcome<'p> {
        let plan = self.plan;
        if !plan[target].known.ports.iter().any(|port| port.number == call.port) {
            return Outcome::Lost(Lost::NoSuchPort);
        }
        if let Err(lost) = self.knows(call.from, call.to) {
            return Outcome::Lost(lost);
        }
        let client = plan[call.from].cluster;
        if !self.has_routes(call.from, target) {
            return self.unrouted(call);
        }
        let all = plan.routes(target, client);
        let mine: Vec<&Route<'p>> = all.iter().filter(|route| self.may_take(call, route)).collect();
        for route in &mine {
            let meets = route.when.request.map_or(Truth::Yes, |r| call.request.meets(&r.conditions, &self.patterns));
            match meets {
                Truth::Yes => return Outcome::Sent(self.by_route(call, target, route)),
                Truth::Unknown => return Outcome::Undecided(route.owners.policies().collect()),
                Truth::No => {}
            }
        }
        if mine.is_empty() {
            // A proxy without any route for its pods has none for the service.
            return self.unrouted(call);
        }
        let policies: BTreeSet<_> = mine.iter().flat_map(|route| route.owners.policies()).collect();
        Outcome::NoRoute(policies.into_iter().collect())
    }

    /// The callers in a cluster that have a service's routes, as conditions on sources see them: namespace and labels.
    pub fn sources(&self, target: TargetId, client: ClusterId) -> Vec<(&'p Text, &'p Labels)> {
        const NONE: &Labels = &BTreeMap::new();
        let plan = self.plan;
        let of = |workload: &WorkloadId| {
            let known = plan[*workload].known;
            match plan.waypoint(target) {
                Some(waypoint) if plan.is_ambient(*workload) => (&waypoint.namespace, NONE),
                _ => (&known.controller.namespace, &*known.labels),
            }
        };
        let mine = self.callers(client).iter().filter(|workload| self.has_routes(**workload, target));
        mine.map(of).collect()
    }

    /// Whether a caller's proxy, or the waypoint of the service, has the service's routes.
    fn has_routes(&self, from: WorkloadId, target: TargetId) -> bool {
        let plan = self.plan;
        let client = plan[from].cluster;
        let is_read = plan[target].cluster == client || plan[client].facts.style == Style::Current;
        is_read && plan[from].mesh.is_some() && (!plan.is_ambient(from) || plan.waypoint(target).is_some())
    }

    /// The waypoint that has the routes, for a caller without a proxy of its own.
    fn waypoint(&self, call: &Call<'_>) -> Option<&ObjectRef> {
        match call.to {
            Named::Service(target) if self.plan.is_ambient(call.from) => self.plan.waypoint(target),
            Named::Service(_) | Named::Failover(_) => None,
        }
    }

    /// Whether a route is for a caller and the port that it calls.
    fn may_take(&self, call: &Call<'_>, route: &Route<'_>) -> bool {
        let known = self.plan[call.from].known;
        let has = |labels: &Labels| labels.iter().all(|(key, value)| known.labels.get(key) == Some(value));
        let is_from = |SourceMatch { namespace, labels }: SourceMatch<'_>| {
            namespace.is_none_or(|namespace| *namespace == known.controller.namespace) && has(labels)
        };
        let is_at_waypoint = |SourceMatch { namespace, labels }: SourceMatch<'_>, waypoint: &ObjectRef| {
            labels.is_empty() && namespace.is_none_or(|namespace| *namespace == waypoint.namespace)
        };
        let is_source = route.when.source.is_none_or(|source| match self.waypoint(call) {
            // A waypoint compares with its own namespace, and drops routes for labels.
            Some(waypoint) => is_at_waypoint(source, waypoint),
            None => is_from(source),
        });
        is_source && route.when.port.is_none_or(|port| port == call.port)
    }

    /// What becomes of a request for which no route is.
    fn unrouted(&self, call: &Call<'_>) -> Outcome<'p> {
        let leg = self.leg(call, 100, (call.to, call.port, None));
        match &leg.stops {
            Err(lost) => Outcome::Lost(*lost),
            Ok(_) => Outcome::Sent(Sent { route: None, legs: vec![leg], mirror: None }),
        }
    }

    /// What a route makes of a request.
    fn by_route(&self, call: &Call<'_>, target: TargetId, route: &Route<'p>) -> Sent<'p> {
        let plan = self.plan;
        let RouteActions { shift, mirror, .. } = plan.route_actions(route.owners);
        let ports = plan.ports(target, route);
        let legs = match shift {
            None => vec![self.leg(call, 100, (call.to, ports.destinations[0].unwrap_or(call.port), None))],
            Some(shift) => {
                let one = |(to, port): (&Destination<'_>, &Option<u32>)| {
                    let named = match to.to {
                        DestinationKind::Service { target, port: _ } => Named::Service(target),
                        DestinationKind::Failover(failover) => Named::Failover(failover),
                    };
                    // A single destination gets everything, whatever its share.
                    let weight = if shift.value.len() == 1 { 100 } else { to.weight };
                    self.leg(call, weight, (named, port.unwrap_or(call.port), to.subset))
                };
                shift.value.iter().zip(&ports.destinations).map(one).collect()
            }
        };
        let copied = |to: Named| self.leg(call, 100, (to, ports.mirror.unwrap_or(call.port), None));
        let mirror = mirror.map(|mirror| copied(Named::Service(mirror.value.target)));
        Sent { route: Some(Taken { when: route.when, owners: route.owners }), legs, mirror }
    }

    /// A destination as the caller's proxy has it.
    fn leg(&self, call: &Call<'_>, weight: u32, (to, port, labels): Wanted<'_>) -> Leg {
        let plan = self.plan;
        let (host, subsets) = match to {
            Named::Service(target) => (plan.host(target, plan[call.from].cluster), &plan[target].subsets),
            Named::Failover(failover) => (plan[failover].host, &plan[failover].subsets),
        };
        let subset = labels.and_then(|labels| subsets.get(labels)).map(|subset| subset.name.clone());
        let subset = subset.unwrap_or_default();
        let stops = self.knows(call.from, to).map(|()| match to {
            Named::Service(target) => vec![self.stop(call, (target, port), labels, &subset)],
            Named::Failover(failover) => self.behind(call, failover, labels, &subset),
        });
        Leg { weight, to, host: host.to_owned(), port, subset, stops }
    }

    fn behind(&self, call: &Call<'_>, failover: FailoverId, labels: Option<&Labels>, subset: &str) -> Vec<Stop> {
        self.plan[failover].backing.iter().map(|of| self.stop(call, *of, labels, subset)).collect()
    }

    /// Whether a caller's proxy knows a destination.
    pub fn knows(&self, from: WorkloadId, to: Named) -> Result<(), Lost> {
        let plan = self.plan;
        let workload = &plan[from];
        match (to, workload.mesh) {
            (Named::Service(target), _) if plan[target].cluster == workload.cluster => Ok(()),
            (Named::Service(_) | Named::Failover(_), _) if plan.is_ambient(from) => Err(Lost::Ambient),
            (Named::Service(target), Some(mesh)) if plan.is_known(target, mesh) => Ok(()),
            (Named::Service(_), _) => Err(Lost::NotFederated),
            (Named::Failover(failover), Some(mesh)) if plan[mesh].failovers.contains(&failover) => Ok(()),
            (Named::Failover(failover), _) => Err(Lost::NotForMesh(failover)),
        }
    }

    /// A service at which a request may arrive at one of its ports.
    fn stop(&self, call: &Call<'_>, (target, port): (TargetId, u32), labels: Option<&Labels>, subset: &str) -> Stop {
        let plan = self.plan;
        let caller = plan.caller(call.from, target);
        let is_down = call.down.contains(&plan[target].cluster);
        Stop {
            target,
            port,
            way: self.way(call.from, (target, port), subset),
            is_down,
            pods: self.pods(caller, call.request, (target, port), labels),
        }
    }

    /// What the pods of a service do with a request at one of its ports: all of them, or those with some labels.
    pub fn pods(
        &self,
        caller: Caller<'_>,
        request: &HttpRequest,
        (target, port): (TargetId, u32),
        labels: Option<&Labels>,
    ) -> Vec<Pods> {
        let plan = self.plan;
        let at_waypoint = plan.waypoint(target).is_some();
        let of = |workload: WorkloadId| {
            let decision = match at_waypoint {
                true => self.at_service(target, caller, request, port),
                false => self.at_pods(workload, caller, request, self.pod_port(target, port)),
            };
            Pods { workload: Some(workload), decision }
        };
        let mut known = self.index.behind(plan, target).peekable();
        if known.peek().is_none() {
            return vec![Pods { workload: None, decision: self.at_service(target, caller, request, port) }];
        }
        let has = |workload: &WorkloadId| {
            let found = &plan[*workload].known.labels;
            labels.is_none_or(|labels| labels.iter().all(|(key, value)| found.get(key) == Some(value)))
        };
        known.filter(has).map(of).collect()
    }

    /// How a request gets to a service.
    fn way(&self, from: WorkloadId, (target, port): (TargetId, u32), subset: &str) -> Way {
        let plan = self.plan;
        if plan[target].cluster == plan[from].cluster {
            return if plan.waypoint(target).is_some() { Way::Waypoint } else { Way::Direct };
        }
        let rewrites = plan[target].mesh.is_some_and(|mesh| matches!(plan[mesh].entry, Entry::Rewrite { .. }));
        let host = if rewrites { &plan[target].global_host } else { &plan[target].local_host };
        let sni = hosts::sni(host, port, subset);
        let addresses = plan.entrances(target).into_iter().map(|gateway| (gateway.address.to_string(), gateway.port));
        Way::Gateway { sni, addresses: addresses.collect() }
    }
}
