//! Services.

use super::{Description, LineView, Making, RoutesView, StateView, fact, one};
use crate::ask::impact::{conditions, effects};
use crate::ask::space::table::{Line, Table};
use crate::discover::Port;
use crate::ids::ObjectRef;
use crate::plan::{AccessId, ClusterId, ServiceActions, TargetId, TrafficId, Verdict};
use crate::version::Style;

impl Making<'_, '_> {
    pub(super) fn service(&self, id: TargetId) -> Description {
        let plan = self.plan;
        let target = &plan[id];
        let mut clients: Vec<ClusterId> = plan.clients(id).map(|mesh| plan[mesh].cluster).collect();
        clients.sort_unstable();
        clients.dedup();
        let remote = |host: &String| (!clients.is_empty()).then(|| host.clone());
        let port = |port: &Port| {
            let name = if port.name.is_empty() { String::new() } else { format!(" {}", port.name) };
            format!("{}{name}", port.number)
        };
        let mesh =
            target.mesh.map_or_else(|| format!("{}, not an Istio", target.known.mesh), |mesh| self.mesh_name(mesh));
        let workloads = self.evaluator.index.behind(plan, id).map(|workload| plan.workload_name(workload));
        let key =
            ObjectRef { namespace: target.known.service.namespace.clone(), name: target.known.service.name.clone() };
        let ServiceActions { outlier, tls } = plan.service_actions(id);
        let facts = vec![
            one("mesh", mesh),
            fact("ports", target.known.distinct_ports().map(port)),
            one("host", &target.local_host),
            fact("host in other clusters", remote(&target.global_host)),
            fact("callable from", clients.iter().map(|client| self.cluster_name(*client))),
            fact("waypoint", plan.waypoint(id)),
            fact("workloads", workloads),
            fact("subsets", target.subsets.iter().map(|subset| conditions::labels(subset.labels))),
            fact("outlier detection", outlier.map(|outlier| format!("by {}", self.by_traffic(outlier.by)))),
            fact("TLS mode", tls.map(|tls| format!("{}, by {}", tls.value.as_str(), self.by_traffic(tls.by)))),
        ];
        Description {
            thing: "service".to_owned(),
            name: plan.service_name(id),
            facts,
            policies: self.selecting(id),
            access: self.access(&[id]),
            routes: self.routes(id),
            objects: self.of_service(id),
            added: self.added(target.cluster, |object| object.service.as_ref() == Some(&key)),
            ..Description::default()
        }
    }

    /// The policies that select a service, in their order.
    fn selecting(&self, id: TargetId) -> Vec<StateView> {
        let plan = self.plan;
        let state = |verdict: &Verdict, policy, order: Option<usize>| match verdict.accepts(id) {
            true => StateView { policy, state: "ACCEPTED", order, errors: Vec::new() },
            false => StateView { policy, state: "INVALID", order: None, errors: verdict.errors(id) },
        };
        let traffic =
            TrafficId::all(plan.traffic.len()).filter(|by| plan[*by].verdict.selected.binary_search(&id).is_ok());
        let traffic = traffic.map(|by| {
            state(&plan[by].verdict, self.by_traffic(by), plan[id].traffic.iter().position(|known| *known == by))
        });
        let access =
            AccessId::all(plan.access.len()).filter(|by| plan[*by].verdict.selected.binary_search(&id).is_ok());
        let access = access.map(|by| {
            state(&plan[by].verdict, self.by_access(by), plan[id].access.iter().position(|known| *known == by))
        });
        traffic.chain(access).collect()
    }

    /// The routes of a service, for callers in its own cluster and in others with routes of their own.
    fn routes(&self, id: TargetId) -> Vec<RoutesView> {
        let plan = self.plan;
        let target = &plan[id];
        if target.mesh.is_none() || target.traffic.is_empty() {
            return Vec::new();
        }
        let mut clients = vec![target.cluster];
        clients.extend(plan.clusters_with_routes(id).into_iter().filter(|c| plan[*c].facts.style == Style::Current));
        let mut out: Vec<RoutesView> = Vec::new();
        for client in clients {
            let routes = self.lines(id, client);
            match out.iter_mut().find(|known| known.routes == routes) {
                Some(known) => known.clusters.push(self.cluster_name(client)),
                None => out.push(RoutesView { clusters: vec![self.cluster_name(client)], routes }),
            }
        }
        out.retain(|table| !table.routes.is_empty());
        out
    }

    /// The routes of callers in a cluster, at each port that has others than the first.
    fn lines(&self, id: TargetId, client: ClusterId) -> Vec<LineView> {
        let plan = self.plan;
        let mut known: Vec<LineView> = Vec::new();
        for port in plan.called_ports(id) {
            let table = Table::of(plan, id, client, port.number);
            for line in table.0.iter().map(|line| self.line(line)) {
                if !known.contains(&line) {
                    known.push(line);
                }
            }
        }
        known
    }

    fn line(&self, Line { when, owners, effect }: &Line<'_>) -> LineView {
        LineView {
            requests: conditions::words(when).trim_start().to_owned(),
            action: effects::whole(effect),
            policies: owners.policies().map(|by| self.by_traffic(by)).collect(),
        }
    }
}
