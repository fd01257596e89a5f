//! The edges of a drawing.

use std::collections::{BTreeMap, BTreeSet};

use super::{EdgeKind, Key, Named, NodeKind};
use crate::report::graph::{CallerNode, Graph, RouteNode, ShareNode, WorkloadNode};

/// How many more edges than nodes are drawn before a policy becomes a node between callers and services.
const SLACK: usize = 8;

impl Named {
    /// Adds the edges between the nodes, and the nodes that only edges need.
    pub(super) fn connect(&mut self, graph: &Graph) {
        self.access(graph);
        for (at, service) in graph.services.iter().enumerate() {
            for route in service.tables.iter().flat_map(|table| &table.routes) {
                self.route(graph, at, route);
            }
        }
        for (at, failover) in graph.failovers.iter().enumerate() {
            for (order, backing) in failover.backing.iter().enumerate() {
                let (from, to) = (graph.failover_key(at), graph.service_key(*backing));
                self.edges.insert((from, to, EdgeKind::Failover, format!("{}.", order + 1)));
            }
        }
        for (at, mesh) in graph.meshes.iter().enumerate() {
            if let Some(parent) = mesh.virtual_mesh {
                let label = if graph.virtual_meshes[parent].federated { "federated" } else { "" };
                let (from, to) = (graph.virtual_mesh_key(parent), graph.mesh_key(at));
                self.edges.insert((from, to, EdgeKind::Federation, label.to_owned()));
            }
        }
    }

    fn access(&mut self, graph: &Graph) {
        let nodes = self.workloads(graph);
        let mut services: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, service) in graph.services.iter().enumerate() {
            service.rules.iter().for_each(|rule| services.entry(*rule).or_default().push(at));
        }
        // Rules of one policy differ by the services that they are for.
        let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
        for (rule, services) in services {
            let rule = &graph.rules[rule];
            let number = numbers.entry(rule.policy).or_default();
            *number += 1;
            let from: BTreeSet<Key> =
                rule.callers.iter().flat_map(|caller| self.callers(&graph.callers[*caller], &nodes)).collect();
            let to: Vec<Key> = services.into_iter().map(|at| graph.service_key(at)).collect();
            if from.len() * to.len() <= from.len() + to.len() + SLACK {
                for to in &to {
                    let others = from.iter().filter(|from| *from != to);
                    let edge = |from: &Key| (from.clone(), to.clone(), EdgeKind::Access, rule.what.clone());
                    self.edges.extend(others.map(edge));
                }
                continue;
            }
            let more = if *number == 1 { String::new() } else { format!(" ({number})") };
            let policy = &graph.policies[rule.policy].policy;
            let hub: Key = (None, "policy", String::new(), format!("{policy}{more}"));
            self.add(hub.clone(), NodeKind::Policy, BTreeSet::new());
            self.edges.extend(from.into_iter().map(|from| (from, hub.clone(), EdgeKind::Access, String::new())));
            self.edges.extend(to.into_iter().map(|to| (hub.clone(), to, EdgeKind::Access, rule.what.clone())));
        }
    }

    /// The nodes for workloads: the first service of which they are the pods.
    fn workloads(&mut self, graph: &Graph) -> Vec<Key> {
        let own = |WorkloadNode { cluster, namespace, name, .. }: &WorkloadNode| -> Key {
            (Some(graph.clusters[*cluster].clone()), "workload", namespace.clone(), name.clone())
        };
        let mut out: Vec<Key> = graph.workloads.iter().map(own).collect();
        for (at, service) in graph.services.iter().enumerate().rev() {
            service.workloads.iter().for_each(|workload| out[*workload] = graph.service_key(at));
        }
        out
    }

    /// The nodes for some callers.
    fn callers(&mut self, caller: &CallerNode, nodes: &[Key]) -> Vec<Key> {
        if !caller.workloads.is_empty() {
            let keys: Vec<Key> = caller.workloads.iter().map(|workload| nodes[*workload].clone()).collect();
            for key in keys.iter().filter(|key| key.1 == "workload") {
                self.add(key.clone(), NodeKind::Workload, BTreeSet::new());
            }
            return keys;
        }
        let key: Key = (None, "caller", String::new(), caller.label.clone());
        let note = caller.account.is_some().then(|| "no known workload".to_owned());
        self.add(key.clone(), NodeKind::Caller, note.into_iter().collect());
        vec![key]
    }

    fn route(&mut self, graph: &Graph, at: usize, route: &RouteNode) {
        let when = if route.when.is_empty() { String::new() } else { format!(", requests {}", route.when) };
        for share in &route.to {
            let ShareNode { service, failover, weight, subset, lost } = share;
            let to = match (service, failover) {
                (Some(service), _) => graph.service_key(*service),
                (None, Some(failover)) => graph.failover_key(*failover),
                (None, None) => continue,
            };
            let lost = if *lost { ", not known to callers" } else { "" };
            let subset = if subset.is_empty() { String::new() } else { format!(" {subset}") };
            self.edges.insert((graph.service_key(at), to, EdgeKind::Shift, format!("{weight} %{subset}{when}{lost}")));
        }
        if let Some(mirror) = route.mirror {
            self.edges.insert((
                graph.service_key(at),
                graph.service_key(mirror),
                EdgeKind::Mirror,
                "mirror".to_owned(),
            ));
        }
    }
}
