//! From what is known and what is written to what is meant: references bound, policies attached, everything checked.
//!
//! Every mistake that a user can make in a policy is found here, so that translation cannot fail.

pub mod failover;
pub mod smi;
pub mod status;
pub mod verdict;
pub mod vip;
pub mod virtual_mesh;

mod access;
mod attach;
mod destinations;
mod findings;
mod matchers;
mod refs;
mod refusals;
mod restriction;
mod select;
mod targets;
mod traffic;

use std::collections::BTreeMap;

pub use attach::Attached;

use crate::diag::Report;
use crate::discover::Inventory;
use crate::ids::ObjectRef;
use crate::model::{Kind, Snapshot, hub_namespace};
use crate::plan::{self, AccessId, Plan, TrafficId};

use refs::Names;
use vip::Addresses;
use virtual_mesh::VirtualMeshVerdict;

/// The plan, and what was found about each policy.
#[derive(Debug, Default)]
pub struct Resolution<'a> {
    /// What is to be translated: policies that are INVALID, and targets for which a policy is INVALID, are left out.
    pub plan: Plan<'a>,
    /// Verdicts on virtual meshes, by key.
    pub virtual_meshes: BTreeMap<ObjectRef, VirtualMeshVerdict>,
    /// Verdicts on the other policies.
    pub attached: Attached,
}

/// Binds everything. INVALID policies are reported and left out.
pub fn resolve<'a>(snapshot: &'a Snapshot, inventory: &'a Inventory, report: &mut Report) -> Resolution<'a> {
    let mut addresses = Addresses::default();
    let mut findings = Report::default();
    let mut plan = targets::bind(snapshot, inventory, &mut addresses, &mut findings);
    plan.hub = hub_namespace(&snapshot.settings);
    let mut unread = snapshot.unread.clone();
    // Of a mesh whose version is not known nothing is planned.
    unread.inventory |= findings.has_errors();
    let names = Names::new(inventory, &snapshot.failover_services, unread, &plan);
    let virtual_meshes = virtual_mesh::bind(&snapshot.virtual_meshes, &names, &mut plan, &mut findings);
    restriction::bind(snapshot, &names, &mut plan, &mut findings);
    let mut attached = bind_policies(snapshot, &names, &mut plan, &virtual_meshes, &mut findings);
    attach::attach(&mut plan, &attached);
    attach::find_conflicts(&plan, &mut attached);
    restriction::check(snapshot, &plan, &mut attached);
    attach::settle(snapshot, &plan, &names.unread, &mut attached);
    bind_failovers(snapshot, &mut plan, &attached, &mut addresses, &mut findings);
    attach::apply(&mut plan, &attached);
    findings::report_plan(snapshot, &plan, &attached, &names, &mut findings);
    findings::report_verdicts(snapshot, &plan, &virtual_meshes, &attached, &names.unread, &mut findings);
    report.append(findings);
    Resolution { plan, virtual_meshes, attached }
}

/// Binds traffic and access policies, and checks failover services.
fn bind_policies<'a>(
    snapshot: &'a Snapshot,
    names: &Names<'a>,
    plan: &mut Plan<'a>,
    virtual_meshes: &BTreeMap<ObjectRef, VirtualMeshVerdict>,
    report: &mut Report,
) -> Attached {
    let mut attached = Attached::default();
    let mut bound = Vec::with_capacity(snapshot.traffic_policies.len());
    for object in snapshot.traffic_policies.values() {
        let (policy, verdict) = traffic::bind(object, names, plan, report);
        findings::warn_of_nothing(Kind::TrafficPolicy, object, &verdict, (plan, &names.unread), report);
        refusals::warn_of_routes(object, report);
        bound.push(policy);
        attached.traffic.push(verdict);
    }
    let mut access = Vec::with_capacity(snapshot.access_policies.len());
    for object in snapshot.access_policies.values() {
        let (policy, verdict) = access::bind(object, names, plan, report);
        findings::warn_of_nothing(Kind::AccessPolicy, object, &verdict, (plan, &names.unread), report);
        refusals::warn_of_access(object, report);
        access.push(policy);
        attached.access.push(verdict);
    }
    for (key, object) in &snapshot.failover_services {
        attached.failovers.insert(key.clone(), failover::check(object, names, plan, virtual_meshes));
    }
    let requests: Vec<_> = bound.iter().map(|policy| policy.requests.unwrap_or_default()).collect();
    for (policy, places) in bound.iter_mut().zip(matchers::path_places(&requests)) {
        policy.path_places = places;
    }
    plan.traffic = bound;
    plan.access = access;
    smi::bind(snapshot, names, plan, &mut attached, report);
    debug_assert!(plan.traffic.len() == attached.traffic.len() && plan.access.len() == attached.access.len());
    attached
}

/// Binds the failover services and gives them to the meshes for which they are accepted.
fn bind_failovers<'a>(
    snapshot: &'a Snapshot,
    plan: &mut Plan<'a>,
    attached: &Attached,
    addresses: &mut Addresses,
    report: &mut Report,
) {
    for (key, object) in &snapshot.failover_services {
        let Some(verdict) = attached.failovers.get(key).filter(|verdict| verdict.is_accepted()) else {
            continue;
        };
        let known: Vec<plan::MeshId> = verdict.known.iter().filter_map(|mesh| plan.mesh(mesh)).collect();
        let (bound, moved) = failover::bind(object, verdict, plan, addresses);
        if let Some(wanted) = moved {
            let place = object.place(crate::path!["metadata", "name"]);
            findings::report_moved_address(place, &key.to_string(), wanted, bound.address, report);
        }
        let id = plan::FailoverId::at(plan.failovers.len());
        plan.failovers.push(bound);
        for mesh in known {
            plan.meshes[mesh.index()].failovers.push(id);
        }
    }
}

impl Resolution<'_> {
    /// The verdict on a traffic policy by its handle.
    pub fn traffic(&self, id: TrafficId) -> &verdict::Verdict {
        &self.attached.traffic[id.index()]
    }

    /// The verdict on an access policy by its handle.
    pub fn access(&self, id: AccessId) -> &verdict::Verdict {
        &self.attached.access[id.index()]
    }
}
