//! `meshtree describe`: what is known of one thing, and what applies to it.

mod cluster;
mod objects;
mod policy;
mod service;
mod text;
mod workload;

use serde::Serialize;

use super::access::{AccessMatrix, AccessRow};
use super::places::{Places, PolicyView};
use super::traced::ObjectView;
use crate::ask::Evaluator;
use crate::built::BuiltObjects;
use crate::plan::{AccessId, ClusterId, MeshId, Plan, TargetId, TrafficId, WorkloadId};
use crate::resolve::status::Status;

/// What is described.
#[derive(Debug)]
pub enum Thing {
    Cluster(ClusterId),
    Mesh(MeshId),
    Service(TargetId),
    Workload(WorkloadId),
    /// A policy, by its status.
    Policy(Box<Status>),
}

/// What is known of something.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Description {
    /// `cluster`, `mesh`, `service`, `workload`, or the kind of the policy.
    pub thing: String,
    pub name: String,
    pub facts: Vec<Fact>,
    /// The policies that select it, in order.
    pub policies: Vec<StateView>,
    /// What the policy selects, and whether it is applied there.
    pub targets: Vec<TargetView>,
    /// Who may call the service or the pods of the workload.
    pub access: Vec<AccessRow>,
    /// The services that the workload may call since a policy names it.
    pub calls: Vec<CallView>,
    pub routes: Vec<RoutesView>,
    /// What is rendered for it.
    pub objects: Vec<ObjectView>,
    /// What the fleet's own templates and the settings add for it.
    pub added: Vec<AddedView>,
}

/// An object that no policy asks for.
#[derive(Debug, Default, PartialEq, Serialize)]
pub struct AddedView {
    /// Kind, namespace and name.
    pub object: String,
    /// The template or the setting, such as `Template templates/service/pdb.yaml.j2`.
    pub from: String,
    pub place: Option<String>,
}

/// Something that is known, perhaps with several values.
#[derive(Debug, Default, Serialize)]
pub struct Fact {
    pub name: &'static str,
    pub values: Vec<String>,
}

/// A policy and its state for what is described.
#[derive(Debug, Default, Serialize)]
pub struct StateView {
    #[serde(flatten)]
    pub policy: PolicyView,
    /// `ACCEPTED`, `INVALID` or `PENDING`.
    pub state: &'static str,
    /// How many policies of its kind come before it; null where it is not applied.
    pub order: Option<usize>,
    pub errors: Vec<String>,
}

/// Something that a policy selects.
#[derive(Debug, Default, Serialize)]
pub struct TargetView {
    pub name: String,
    pub state: &'static str,
    pub order: Option<usize>,
    pub errors: Vec<String>,
}

/// A service that a workload may call.
#[derive(Debug, Default, PartialEq, Serialize)]
pub struct CallView {
    pub service: String,
    /// Which requests, in words; empty if all are allowed.
    pub requests: String,
    #[serde(flatten)]
    pub policy: PolicyView,
}

/// The routes of callers in some clusters, in order.
#[derive(Debug, Default, Serialize)]
pub struct RoutesView {
    pub clusters: Vec<String>,
    pub routes: Vec<LineView>,
}

/// A route.
#[derive(Debug, Default, PartialEq, Serialize)]
pub struct LineView {
    /// The conditions in words; empty for one that every request takes.
    pub requests: String,
    /// What it does, in words.
    pub action: String,
    pub policies: Vec<PolicyView>,
}

impl Description {
    /// The kind of its document.
    pub const KIND: &'static str = "Description";

    /// What is known of something.
    pub fn of(evaluator: &Evaluator<'_, '_>, built: &BuiltObjects, thing: &Thing, places: &Places<'_>) -> Self {
        let making = Making { evaluator, plan: evaluator.plan, built, places };
        let mut out = match thing {
            Thing::Cluster(id) => making.cluster(*id),
            Thing::Mesh(id) => making.mesh(*id),
            Thing::Service(id) => making.service(*id),
            Thing::Workload(id) => making.workload(*id),
            Thing::Policy(status) => making.policy(status),
        };
        out.facts.retain(|fact| !fact.values.is_empty());
        out
    }
}

/// What descriptions are made of.
struct Making<'m, 'a> {
    evaluator: &'m Evaluator<'m, 'a>,
    plan: &'m Plan<'a>,
    built: &'m BuiltObjects,
    places: &'m Places<'m>,
}

impl Making<'_, '_> {
    fn cluster_name(&self, id: ClusterId) -> String {
        self.plan[id].name.to_string()
    }

    /// A mesh with its version and its cluster.
    fn mesh_name(&self, id: MeshId) -> String {
        let mesh = &self.plan[id];
        format!("{}, Istio {}, trust domain {}", mesh.key, mesh.istio.version, mesh.istio.trust_domain)
    }

    fn access(&self, targets: &[TargetId]) -> Vec<AccessRow> {
        AccessMatrix::of(self.evaluator, targets, self.places).rows
    }

    fn by_access(&self, id: AccessId) -> PolicyView {
        self.places.policy(&self.plan.by_access(id))
    }

    fn by_traffic(&self, id: TrafficId) -> PolicyView {
        self.places.policy(&self.plan.by_traffic(id, None))
    }
}

/// A fact.
fn fact(name: &'static str, values: impl IntoIterator<Item = impl ToString>) -> Fact {
    Fact { name, values: values.into_iter().map(|value| value.to_string()).collect() }
}

/// A fact with one value.
fn one(name: &'static str, value: impl ToString) -> Fact {
    fact(name, [value])
}
