//! What happens to a request on its way.

use std::collections::BTreeSet;

use super::{Decision, Named};
use crate::plan::{FailoverId, Owners, TargetId, TrafficId, When, WorkloadId};

/// The way of a request.
#[derive(Clone, Debug)]
pub struct Trace<'p> {
    /// What the host leads to, if to anything.
    pub called: Option<Named>,
    pub outcome: Outcome<'p>,
}

/// What becomes of a request in the caller's proxy.
#[derive(Clone, Debug)]
pub enum Outcome<'p> {
    /// It is not sent: the caller's proxy does not know the host or the port.
    Lost(Lost),
    /// It is answered with 404: the service has routes for this caller, and meets the conditions of none. The policies make them.
    NoRoute(Vec<TrafficId>),
    /// It is not known which route is taken, since conditions of these policies cannot be compared.
    Undecided(Vec<TrafficId>),
    Sent(Sent<'p>),
}

/// Why a caller's proxy does not know what is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lost {
    /// No service of any mesh has this host.
    NoSuchHost,
    /// The service has no such port.
    NoSuchPort,
    /// The service is in another cluster, and is not federated to the caller's mesh.
    NotFederated,
    /// The failover service is not for the caller's mesh.
    NotForMesh(FailoverId),
    /// The caller has no proxy that knows services of other clusters.
    Ambient,
}

/// A request that is sent.
#[derive(Clone, Debug)]
pub struct Sent<'p> {
    /// The route that is taken; none where the service has none for the caller.
    pub route: Option<Taken<'p>>,
    /// The destinations, each with its share.
    pub legs: Vec<Leg>,
    /// Where it is copied to.
    pub mirror: Option<Leg>,
}

/// A route that is taken.
#[derive(Clone, Copy, Debug)]
pub struct Taken<'p> {
    pub when: When<'p>,
    /// The policies that make it.
    pub owners: &'p Owners,
}

/// A destination of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leg {
    /// Its share, in percent.
    pub weight: u32,
    pub to: Named,
    /// The host under which the caller's proxy knows it.
    pub host: String,
    pub port: u32,
    /// The name of the subset, or nothing.
    pub subset: String,
    /// Where it may arrive, in the order in which it is tried; nowhere if the caller's proxy does not know the destination.
    pub stops: Result<Vec<Stop>, Lost>,
}

impl Leg {
    /// The name of the destination among the clusters of the caller's proxy.
    pub fn envoy_cluster(&self) -> String {
        format!("outbound|{}|{}|{}", self.port, self.subset, self.host)
    }

    /// Where it arrives if some clusters are down: the first stop that is not in one of these and has pods.
    pub fn arrives(&self) -> Option<&Stop> {
        self.stops.as_ref().ok()?.iter().find(|stop| !stop.is_down && !stop.pods.is_empty())
    }
}

/// A service at which a request may arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    pub target: TargetId,
    /// The port of the service.
    pub port: u32,
    pub way: Way,
    /// Whether its cluster is taken for down.
    pub is_down: bool,
    /// The pods behind it, with what they do with the request.
    pub pods: Vec<Pods>,
}

impl Stop {
    /// The workloads that it reaches, as far as they are known.
    pub fn workloads(&self) -> BTreeSet<WorkloadId> {
        self.pods.iter().filter_map(|pods| pods.workload).collect()
    }
}

/// The pods of a workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pods {
    /// None if the inventory knows no workload behind the service.
    pub workload: Option<WorkloadId>,
    pub decision: Decision,
}

/// How a request gets to a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// Within the cluster.
    Direct,
    /// Through the waypoint of the service.
    Waypoint,
    /// Through a gateway of the other cluster, which is asked for this server name.
    Gateway { sni: String, addresses: Vec<(String, u32)> },
}
