//! The nodes of a drawing.

use std::collections::BTreeSet;

use super::{Key, Named, NamedNode, NodeKind};
use crate::report::graph::{Access, FailoverNode, Graph, MeshNode, ServiceNode, VirtualMeshNode};

impl Named {
    /// The drawing of a graph.
    pub(super) fn of(graph: &Graph) -> Self {
        let mut out = Self { groups: graph.clusters.iter().cloned().collect(), ..Self::default() };
        for (at, service) in graph.services.iter().enumerate() {
            let notes = notes(graph, service);
            out.add(graph.service_key(at), kind(service.access), notes);
        }
        for (at, mesh) in graph.meshes.iter().enumerate() {
            out.add(graph.mesh_key(at), NodeKind::Mesh, [format!("Istio {}", mesh.version)].into());
        }
        for (at, VirtualMeshNode { denies, .. }) in graph.virtual_meshes.iter().enumerate() {
            let note = denies.then(|| "refuses by default".to_owned());
            out.add(graph.virtual_mesh_key(at), NodeKind::VirtualMesh, note.into_iter().collect());
        }
        for (at, FailoverNode { host, port, backing, .. }) in graph.failovers.iter().enumerate() {
            if !backing.is_empty() {
                out.add(graph.failover_key(at), NodeKind::Failover, [format!("{host}:{port}")].into());
            }
        }
        out.connect(graph);
        out
    }

    /// Adds a node unless it is there.
    pub(super) fn add(&mut self, key: Key, kind: NodeKind, notes: BTreeSet<String>) {
        self.nodes.entry(key).or_insert(NamedNode { kind, notes });
    }
}

fn kind(access: Access) -> NodeKind {
    match access {
        Access::Open => NodeKind::Open,
        Access::Shut => NodeKind::Shut,
        Access::Callers | Access::Unknown => NodeKind::Service,
    }
}

/// What is said about a service: edges to itself, and edges from everyone.
fn notes(graph: &Graph, service: &ServiceNode) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    match service.access {
        Access::Open => drop(out.insert("open to everyone".to_owned())),
        Access::Shut => drop(out.insert("nobody may call it".to_owned())),
        Access::Callers | Access::Unknown => {}
    }
    for rule in service.rules.iter().map(|rule| &graph.rules[*rule]) {
        if rule.callers.is_empty() && !rule.what.is_empty() {
            out.insert(format!("everyone: {}", rule.what));
        }
    }
    for route in service.tables.iter().flat_map(|table| &table.routes) {
        for share in route.to.iter().filter(|share| share.service.is_none() && share.failover.is_none()) {
            let when = if route.when.is_empty() { String::new() } else { format!(", requests {}", route.when) };
            let pods = if share.subset.is_empty() { "all pods" } else { &share.subset };
            out.insert(format!("{} % {pods}{when}", share.weight));
        }
    }
    out
}

impl Graph {
    /// The key of a service.
    pub(super) fn service_key(&self, at: usize) -> Key {
        let ServiceNode { cluster, namespace, name, .. } = &self.services[at];
        (Some(self.clusters[*cluster].clone()), "service", namespace.clone(), name.clone())
    }

    pub(super) fn mesh_key(&self, at: usize) -> Key {
        let MeshNode { cluster, name, .. } = &self.meshes[at];
        (Some(self.clusters[*cluster].clone()), "mesh", String::new(), format!("mesh {name}"))
    }

    pub(super) fn virtual_mesh_key(&self, at: usize) -> Key {
        (None, "virtual mesh", String::new(), format!("VirtualMesh {}", self.virtual_meshes[at].name))
    }

    pub(super) fn failover_key(&self, at: usize) -> Key {
        (None, "failover", String::new(), format!("FailoverService {}", self.failovers[at].name))
    }
}
