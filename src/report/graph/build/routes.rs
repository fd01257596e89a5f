//! The routes of services, and failover services.

use super::Builder;
use crate::ask::impact::{conditions, effects};
use crate::ask::space::table::{Line, Receiver, Share, Table};
use crate::plan::{ClusterId, FailoverId, MeshId, Plan, TargetId};
use crate::report::graph::{FailoverNode, RouteNode, ShareNode, TableNode};

/// The routes of a service: for callers in its own cluster and in those with the same routes, then for others.
pub(super) fn tables(build: &mut Builder<'_, '_>, target: TargetId) -> Vec<TableNode> {
    let plan = build.evaluator.plan;
    let bound = &plan[target];
    let Some(port) = bound.known.distinct_ports().next().map(|port| port.number) else { return Vec::new() };
    if bound.traffic.is_empty() || bound.mesh.is_none() {
        return Vec::new();
    }
    let (others, same): (Vec<ClusterId>, Vec<ClusterId>) =
        plan.clusters_with_routes(target).into_iter().partition(|client| bound.routes_elsewhere.contains_key(client));
    let mut out = vec![(vec![bound.cluster], routes(build, (target, bound.cluster, port)))];
    out[0].0.extend(same);
    for client in others {
        let found = routes(build, (target, client, port));
        match out.iter_mut().find(|(_, known)| *known == found) {
            Some((clients, _)) => clients.push(client),
            None => out.push((vec![client], found)),
        }
    }
    out.retain(|(_, routes)| !routes.is_empty());
    out.into_iter().map(|(clients, routes)| TableNode { clients: build.set(clients), routes }).collect()
}

/// The routes of a service that policies make, for callers in a cluster that call a port.
fn routes(build: &mut Builder<'_, '_>, (target, client, port): (TargetId, ClusterId, u32)) -> Vec<RouteNode> {
    let table = Table::of(build.evaluator.plan, target, client, port);
    let made = table.0.iter().filter(|line| line.owners.policies().next().is_some());
    made.map(|line| route(build, line)).collect()
}

fn route(build: &mut Builder<'_, '_>, Line { when, owners, effect }: &Line<'_>) -> RouteNode {
    let plan = build.evaluator.plan;
    let policies = owners.policies().map(|id| build.policy(plan.by_traffic(id, None))).collect();
    let service = |place: Receiver<'_>| match place {
        Receiver::Service(service) => build.evaluator.index.service(service).map(TargetId::index),
        Receiver::Itself | Receiver::Failover(_) => None,
    };
    let to = |Share { to, port: _, subset, weight, is_lost }: &Share<'_>| ShareNode {
        service: service(*to),
        failover: match to {
            Receiver::Failover(key) => plan.failover(key).map(FailoverId::index),
            Receiver::Itself | Receiver::Service(_) => None,
        },
        weight: *weight,
        lost: *is_lost,
        subset: subset.map(conditions::labels).unwrap_or_default(),
    };
    let shares: Vec<ShareNode> = effect.to.iter().map(to).collect();
    let mirror = effect.mirror.as_ref().and_then(|(share, _)| service(share.to));
    let is_shift = effect.to.len() > 1 || shares.iter().any(ShareNode::is_elsewhere);
    RouteNode {
        when: conditions::words(when).trim_start().to_owned(),
        does: effects::whole(effect),
        to: if is_shift { shares } else { Vec::new() },
        mirror,
        policies,
    }
}

impl ShareNode {
    /// Whether it is anything but all pods of the service that is called.
    fn is_elsewhere(&self) -> bool {
        self.service.is_some() || self.failover.is_some() || !self.subset.is_empty()
    }
}

/// Adds the failover services. Those that are not accepted are there too, since positions are those of the plan.
pub(super) fn failovers(build: &mut Builder<'_, '_>) {
    let plan = build.evaluator.plan;
    let mut clients: Vec<Vec<ClusterId>> = vec![Vec::new(); plan.failovers.len()];
    for mesh in MeshId::all(plan.meshes.len()) {
        plan[mesh].failovers.iter().for_each(|failover| clients[failover.index()].push(plan[mesh].cluster));
    }
    for (id, clients) in FailoverId::all(plan.failovers.len()).zip(clients) {
        let node = failover(build, plan, (id, clients));
        build.graph.failovers.push(node);
    }
}

fn failover(build: &mut Builder<'_, '_>, plan: &Plan<'_>, (id, clients): (FailoverId, Vec<ClusterId>)) -> FailoverNode {
    let failover = &plan[id];
    FailoverNode {
        name: failover.policy.key.to_string(),
        host: failover.host.to_owned(),
        port: failover.port,
        clients: build.set(clients),
        backing: failover.backing.iter().map(|(target, _)| target.index()).collect(),
        policy: build.policy(plan.by_failover(id)),
    }
}
