//! The status of every policy as Service Mesh Hub would have set it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::ids::ObjectRef;
use crate::model::Kind;
use crate::plan::{
    AccessId, FailoverId, FailoverService, Plan, Policy, TargetId, TrafficId, Verdict, VirtualMesh, status_texts,
};

/// The state of a policy, or of a policy for one target or mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Not processed, because it lists nothing.
    Pending,
    /// Applied.
    Accepted,
    /// Not applied.
    Invalid,
}

impl State {
    /// The state's name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Accepted => "ACCEPTED",
            Self::Invalid => "INVALID",
        }
    }
}

impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A policy's approval for one target or mesh.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    /// How many policies before it were accepted there.
    #[serde(skip_serializing_if = "is_zero")]
    pub acceptance_order: usize,
    /// Why it was not accepted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<String>,
    /// The state.
    pub state: State,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// The status of one policy.
#[derive(Clone, Debug)]
pub struct Status {
    /// The API version under which the policy is written.
    pub api_version: &'static str,
    /// The policy's kind.
    pub kind: Kind,
    /// The policy.
    pub key: ObjectRef,
    /// Its state.
    pub state: State,
    /// What is wrong with it that belongs to no target or mesh.
    pub errors: Vec<String>,
    /// Its approvals, by the key of the target or mesh.
    pub approvals: BTreeMap<ObjectRef, Approval>,
}

impl Status {
    /// The field that holds the approvals.
    pub fn approvals_field(&self) -> &'static str {
        match self.kind {
            Kind::VirtualMesh | Kind::FailoverService => "meshes",
            _ => "trafficTargets",
        }
    }

    /// The field that holds the errors that belong to no target or mesh.
    fn errors_field(&self) -> &'static str {
        match self.kind {
            Kind::VirtualMesh | Kind::FailoverService => "validationErrors",
            _ => "errors",
        }
    }
}

/// As the item of a List: identity and status, no specification.
impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("apiVersion", self.api_version)?;
        map.serialize_entry("kind", self.kind.as_str())?;
        map.serialize_entry("metadata", &Identity { name: &self.key.name, namespace: &self.key.namespace })?;
        map.serialize_entry("status", &Body(self))?;
        map.end()
    }
}

#[derive(Serialize)]
struct Identity<'a> {
    name: &'a str,
    namespace: &'a str,
}

struct Body<'a>(&'a Status);

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let status = self.0;
        let approvals: BTreeMap<String, &Approval> =
            status.approvals.iter().map(|(key, approval)| (key.key(), approval)).collect();
        let mut map = serializer.serialize_map(None)?;
        if status.errors_field() == "errors" && !status.errors.is_empty() {
            map.serialize_entry("errors", &status.errors)?;
        }
        // A policy that applies to nothing has an empty map; a VirtualMesh that was not processed has none.
        let is_shown = !approvals.is_empty() || status.kind != Kind::VirtualMesh;
        if status.approvals_field() == "meshes" && is_shown {
            map.serialize_entry("meshes", &approvals)?;
        }
        map.serialize_entry("state", &status.state)?;
        if status.approvals_field() == "trafficTargets" {
            map.serialize_entry("trafficTargets", &approvals)?;
        }
        if status.errors_field() == "validationErrors" && !status.errors.is_empty() {
            map.serialize_entry("validationErrors", &status.errors)?;
        }
        map.end()
    }
}

/// The statuses of all policies: by kind, then in key order.
pub fn statuses<'s>(plan: &'s Plan<'_>) -> impl Iterator<Item = Status> + 's {
    let virtual_meshes = plan.virtual_meshes.iter().map(virtual_mesh);
    let traffic = TrafficId::all(plan.traffic.len()).map(move |id| {
        let order = |target: TargetId| place(&plan[target].traffic, id);
        policy(&plan[id].policy, &plan[id].verdict, plan, order)
    });
    let access = AccessId::all(plan.access.len()).map(move |id| {
        let order = |target: TargetId| place(&plan[target].access, id);
        policy(&plan[id].policy, &plan[id].verdict, plan, order)
    });
    let failovers = FailoverId::all(plan.failovers.len()).map(move |id| {
        let order = |mesh: &ObjectRef| plan.mesh(mesh).map(|mesh| place(&plan[mesh].failovers, id)).unwrap_or_default();
        failover(&plan[id], order)
    });
    virtual_meshes.chain(traffic).chain(access).chain(failovers)
}

/// The place of a handle in a list, which is in the order of handles.
fn place<T: Ord>(list: &[T], handle: T) -> usize {
    list.binary_search(&handle).unwrap_or_default()
}

fn policy(
    Policy { key, kind, named: _, api_version, .. }: &Policy<'_>,
    verdict: &Verdict,
    plan: &Plan<'_>,
    order: impl Fn(TargetId) -> usize,
) -> Status {
    let approvals = verdict.selected.iter().map(|target| {
        let approval = match verdict.accepts(*target) {
            true => Approval { acceptance_order: order(*target), errors: Vec::new(), state: State::Accepted },
            false => Approval { acceptance_order: 0, errors: verdict.errors(*target), state: State::Invalid },
        };
        (plan[*target].key.clone(), approval)
    });
    let mut errors = status_texts(&verdict.selection);
    if verdict.selected.is_empty() {
        errors.extend(status_texts(&verdict.everywhere));
    }
    let state = if verdict.is_accepted() { State::Accepted } else { State::Invalid };
    Status { api_version, kind: *kind, key: (*key).clone(), state, errors, approvals: approvals.collect() }
}

fn virtual_mesh(VirtualMesh { policy, verdict, .. }: &VirtualMesh<'_>) -> Status {
    let errors = status_texts(&verdict.grouping);
    let member_errors = status_texts(&verdict.members);
    let state = match (errors.is_empty() && member_errors.is_empty(), verdict.is_empty) {
        (false, _) => State::Invalid,
        (true, true) => State::Pending,
        (true, false) => State::Accepted,
    };
    let approvals = if errors.is_empty() { verdict.known.iter() } else { Default::default() };
    let approvals: BTreeMap<ObjectRef, Approval> = approvals
        .map(|mesh| (mesh.clone(), Approval { acceptance_order: 0, errors: member_errors.clone(), state }))
        .collect();
    let errors = if errors.is_empty() && approvals.is_empty() { member_errors } else { errors };
    let (api_version, kind, key) = (policy.api_version, policy.kind, policy.key.clone());
    Status { api_version, kind, key, state, errors, approvals }
}

fn failover(
    FailoverService { policy, verdict, .. }: &FailoverService<'_>,
    order: impl Fn(&ObjectRef) -> usize,
) -> Status {
    let problems = status_texts(&verdict.problems);
    let state = if verdict.is_accepted() { State::Accepted } else { State::Invalid };
    let approval = |mesh: &ObjectRef| {
        let acceptance_order = if verdict.is_accepted() { order(mesh) } else { 0 };
        (mesh.clone(), Approval { acceptance_order, errors: problems.clone(), state })
    };
    let approvals: BTreeMap<ObjectRef, Approval> = verdict.known.iter().map(approval).collect();
    let errors = if approvals.is_empty() { problems } else { Vec::new() };
    let (api_version, kind, key) = (policy.api_version, policy.kind, policy.key.clone());
    Status { api_version, kind, key, state, errors, approvals }
}
