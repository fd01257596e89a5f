//! Policies that do nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::ask::Evaluator;
use crate::plan::{AccessId, ClusterId, Plan, ServiceActions, TargetId, TrafficId, Verdict};

/// A policy that does nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdlePolicy {
    Access(AccessId, Idle),
    Traffic(TrafficId, Idle),
}

/// Why a policy does nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Idle {
    /// It selects no service.
    SelectsNothing,
    /// It is INVALID for every service that it selects.
    Invalid,
    /// Nothing is rendered for the meshes of its services.
    NotRendered,
    /// Its services are those of gateways, where rules for some callers do not apply.
    Gateways,
    /// It sets nothing.
    SetsNothing,
    /// Its services have no ports.
    NoPorts,
    /// Requests take the routes of these earlier policies.
    Shadowed(Vec<TrafficId>),
    /// Earlier policies set the same.
    Repeated,
}

/// The routes of a policy for a service and callers in a cluster.
#[derive(Debug, Default)]
struct Routes {
    all: usize,
    /// Those that no request takes.
    never: usize,
    /// The policies whose routes these requests take instead.
    winners: BTreeSet<TrafficId>,
}

/// The routes of each policy, by service and cluster of the callers.
type Known = BTreeMap<(TargetId, ClusterId), BTreeMap<TrafficId, Routes>>;

impl Evaluator<'_, '_> {
    /// The policies that do nothing.
    pub(super) fn idle(&self) -> Vec<IdlePolicy> {
        let plan = self.plan;
        let access =
            AccessId::all(plan.access.len()).filter_map(|id| Some(IdlePolicy::Access(id, idle_access(plan, id)?)));
        let mut known = Known::new();
        let traffic = TrafficId::all(plan.traffic.len())
            .filter_map(|id| Some(IdlePolicy::Traffic(id, idle_traffic(plan, id, &mut known)?)));
        access.chain(traffic).collect()
    }
}

/// The services that a policy is applied to, and for which something is rendered; or why there are none.
fn applied(plan: &Plan<'_>, verdict: &Verdict) -> Result<Vec<TargetId>, Idle> {
    if !verdict.everywhere.is_empty() {
        return Err(Idle::Invalid);
    }
    if verdict.selected.is_empty() {
        return Err(if verdict.selection.is_empty() { Idle::SelectsNothing } else { Idle::Invalid });
    }
    let accepted: Vec<TargetId> = verdict.selected.iter().copied().filter(|target| verdict.accepts(*target)).collect();
    if accepted.is_empty() {
        return Err(Idle::Invalid);
    }
    let rendered: Vec<TargetId> = accepted.into_iter().filter(|target| !plan[*target].is_untranslated()).collect();
    if rendered.is_empty() { Err(Idle::NotRendered) } else { Ok(rendered) }
}

fn idle_access(plan: &Plan<'_>, id: AccessId) -> Option<Idle> {
    match applied(plan, &plan[id].verdict) {
        Err(why) => Some(why),
        Ok(targets) => {
            let is_in_force =
                |target: &TargetId| plan[*target].mesh.is_none() || plan.rules(*target).any(|rule| rule.by == id);
            (!targets.iter().any(is_in_force)).then_some(Idle::Gateways)
        }
    }
}

fn idle_traffic(plan: &Plan<'_>, id: TrafficId, known: &mut Known) -> Option<Idle> {
    let targets = match applied(plan, &plan[id].verdict) {
        Err(why) => return Some(why),
        Ok(targets) => targets,
    };
    if plan[id].features.given().is_empty() {
        return Some(Idle::SetsNothing);
    }
    if targets.iter().any(|target| plan[*target].mesh.is_none() || sets_service(plan, id, *target)) {
        return None;
    }
    let mut by = BTreeSet::new();
    for target in &targets {
        // Nearly every policy has a route in its own cluster, so others are looked at only if it has none there.
        let clients = std::iter::once(plan[*target].cluster);
        let others = std::iter::once(()).flat_map(|()| plan.clusters_with_routes(*target));
        for client in clients.chain(others) {
            if is_taken(plan, id, (*target, client), known, &mut by) {
                return None;
            }
        }
    }
    let has_ports = targets.iter().any(|target| !plan[*target].known.ports.is_empty());
    Some(match by.is_empty() {
        _ if !has_ports => Idle::NoPorts,
        true => Idle::Repeated,
        false => Idle::Shadowed(by.into_iter().collect()),
    })
}

/// Whether a policy has a route for a service that some request of callers in a cluster takes; if not, `by` gets the policies whose
/// routes these requests take.
fn is_taken(
    plan: &Plan<'_>,
    id: TrafficId,
    (target, client): (TargetId, ClusterId),
    known: &mut Known,
    by: &mut BTreeSet<TrafficId>,
) -> bool {
    if owns_shared(plan, id, (target, client)) {
        return true;
    }
    let routes = known.entry((target, client)).or_insert_with(|| counted(plan, target, client));
    let Some(Routes { all, never, winners }) = routes.get(&id) else { return false };
    by.extend(winners);
    never < all
}

/// Whether a policy sets something for a whole service.
fn sets_service(plan: &Plan<'_>, id: TrafficId, target: TargetId) -> bool {
    let ServiceActions { outlier, tls } = plan.service_actions(target);
    outlier.is_some_and(|outlier| outlier.by == id) || tls.is_some_and(|tls| tls.by == id)
}

/// Whether a policy adds something to a route that it shares with an earlier one.
fn owns_shared(plan: &Plan<'_>, id: TrafficId, (target, client): (TargetId, ClusterId)) -> bool {
    let shared = plan[target].routes_in(client).iter().flat_map(|owners| owners.0.iter().skip(1));
    shared.into_iter().any(|owner| owner.policy == id && !owner.owns.is_empty())
}

/// The routes of each policy for a service, at one of its ports.
fn counted(plan: &Plan<'_>, target: TargetId, client: ClusterId) -> BTreeMap<TrafficId, Routes> {
    let port = plan[target].known.distinct_ports().next().map(|port| port.number);
    let mut out: BTreeMap<TrafficId, Routes> = BTreeMap::new();
    for route in plan.routes(target, client) {
        let policy = route.policy().filter(|_| route.when.port.is_none() || route.when.port == port);
        if let Some(policy) = policy {
            out.entry(policy).or_default().all += 1;
        }
    }
    for (winner, loser) in plan.shadowed(target, client) {
        let routes = out.entry(loser).or_default();
        routes.winners.insert(winner);
        routes.never += 1;
    }
    out
}
