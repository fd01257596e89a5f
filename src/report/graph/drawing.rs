//! The graph as nodes and edges, for formats that draw all of it.

mod edges;
mod nodes;

use std::collections::{BTreeMap, BTreeSet};

use super::Graph;

/// Nodes in groups, and edges between them.
#[derive(Debug, Default)]
pub struct Drawing {
    /// The clusters.
    pub(super) groups: Vec<String>,
    /// In the order of their keys.
    pub(super) nodes: Vec<Node>,
    pub(super) edges: Vec<Edge>,
}

/// A node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) kind: NodeKind,
    /// The position of its group.
    pub(super) group: Option<usize>,
    pub(super) namespace: String,
    pub(super) title: String,
    pub(super) notes: Vec<String>,
    pub(super) fate: Fate,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum NodeKind {
    /// A service that some may call.
    Service,
    /// One that everyone may call.
    Open,
    /// One that nobody may call.
    Shut,
    /// A workload behind no service.
    Workload,
    /// Callers that are no single workload.
    Caller,
    /// An access policy between many callers and many services.
    Policy,
    Failover,
    Mesh,
    VirtualMesh,
}

/// An edge between two nodes, by position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) kind: EdgeKind,
    pub(super) label: String,
    pub(super) fate: Fate,
}

/// What an edge says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum EdgeKind {
    /// The first may call the second.
    Access,
    /// Requests for the first go to the second.
    Shift,
    /// Requests are copied.
    Mirror,
    /// The first tries the second.
    Failover,
    /// A virtual mesh groups a mesh.
    Federation,
}

/// What a change does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    #[default]
    Same,
    Added,
    Removed,
    /// Of a node alone: an edge is another one if anything of it differs.
    Changed,
}

/// A drawing with names instead of positions.
#[derive(Debug, Default)]
struct Named {
    groups: BTreeSet<String>,
    /// By a key that begins with the group.
    nodes: BTreeMap<Key, NamedNode>,
    edges: BTreeSet<(Key, Key, EdgeKind, String)>,
}

/// The group, the kind and the name of a node.
type Key = (Option<String>, &'static str, String, String);

#[derive(Clone, Debug, PartialEq, Eq)]
struct NamedNode {
    kind: NodeKind,
    notes: BTreeSet<String>,
}

impl Drawing {
    /// The drawing of a graph; of what differs from an earlier one, if there is one.
    pub fn of(graph: &Graph, before: Option<&Graph>) -> Self {
        let after = Named::of(graph);
        match before {
            None => Self::merged(&after, &after),
            Some(before) => Self::merged(&Named::of(before), &after),
        }
    }

    fn merged(before: &Named, after: &Named) -> Self {
        let groups: Vec<String> = before.groups.union(&after.groups).cloned().collect();
        let keys: BTreeSet<&Key> = before.nodes.keys().chain(after.nodes.keys()).collect();
        let positions: BTreeMap<&Key, usize> = keys.iter().enumerate().map(|(at, key)| (*key, at)).collect();
        let node = |key: &&Key| {
            let (old, new) = (before.nodes.get(*key), after.nodes.get(*key));
            let (group, _, namespace, name) = (*key).clone();
            Some(Node {
                kind: new.or(old)?.kind,
                group: group.and_then(|group| groups.binary_search(&group).ok()),
                namespace,
                title: name,
                notes: notes(old, new),
                fate: if old.zip(new).is_some_and(|(old, new)| old != new) {
                    Fate::Changed
                } else {
                    fate(old.is_some(), new.is_some())
                },
            })
        };
        let nodes = keys.iter().filter_map(node).collect();
        let edge = |edge: &(Key, Key, EdgeKind, String)| {
            let (from, to, kind, label) = edge;
            let (from, to) = (*positions.get(from)?, *positions.get(to)?);
            let fate = fate(before.edges.contains(edge), after.edges.contains(edge));
            Some(Edge { from, to, kind: *kind, label: label.clone(), fate })
        };
        let edges = before.edges.union(&after.edges).filter_map(edge).collect();
        Self { groups, nodes, edges }
    }
}

/// The notes of a node, and those that an earlier one had alone.
fn notes(old: Option<&NamedNode>, new: Option<&NamedNode>) -> Vec<String> {
    match (old, new) {
        (Some(old), Some(new)) => {
            let gone = old.notes.difference(&new.notes).map(|note| format!("before: {note}"));
            new.notes.iter().cloned().chain(gone).collect()
        }
        (old, new) => new.or(old).map(|node| node.notes.iter().cloned().collect()).unwrap_or_default(),
    }
}

fn fate(was: bool, is: bool) -> Fate {
    match (was, is) {
        (false, true) => Fate::Added,
        (true, false) => Fate::Removed,
        (true, true) | (false, false) => Fate::Same,
    }
}

impl Node {
    /// Its name, below a cluster with its namespace.
    pub(super) fn name(&self) -> String {
        match self.namespace.is_empty() {
            true => self.title.clone(),
            false => format!("{}/{}", self.namespace, self.title),
        }
    }
}

impl NodeKind {
    /// Its name as a class.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Open => "open",
            Self::Shut => "shut",
            Self::Workload => "workload",
            Self::Caller => "caller",
            Self::Policy => "policy",
            Self::Failover => "failover",
            Self::Mesh => "mesh",
            Self::VirtualMesh => "virtualmesh",
        }
    }
}

impl EdgeKind {
    /// Its name as a class.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Shift => "shift",
            Self::Mirror => "mirror",
            Self::Failover => "failover",
            Self::Federation => "federation",
        }
    }
}
