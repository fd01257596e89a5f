//! Turns the inventory and the policies into a plan: binds references, attaches policies and checks everything.
//!
//! Every mistake that a user can make in a policy is found here, so that translation cannot fail.

pub mod status;

mod access;
mod accounts;
mod ambient;
mod attach;
mod failover;
mod findings;
mod meant;
mod problems;
mod profile;
mod re2;
mod refusals;
mod restriction;
mod select;
mod served;
mod smi;
mod targets;
mod traffic;
mod vip;
mod virtual_mesh;

pub use failover::PROTOCOLS;
pub use virtual_mesh::KEY_SIZES;

use crate::diag::Report;
use crate::discover::Inventory;
use crate::model::{Snapshot, Unread};
use crate::plan::{Index, Plan};

use meant::Names;
use vip::Addresses;

/// The plan, and what it knows by name.
#[derive(Debug, Default)]
pub struct Resolution<'a> {
    /// What is to be translated. A policy that is INVALID for a service is not applied to it.
    pub plan: Plan<'a>,
    /// Services, workloads and accounts by name.
    pub index: Index<'a>,
    /// What could not be read or bound: findings that follow from it are in doubt.
    pub unread: Unread,
}

/// Binds everything. INVALID policies are reported, and not applied.
///
/// Each list of the plan is filled by one of these steps, in this order, and read by those that follow.
pub fn resolve<'a>(snapshot: &'a Snapshot, inventory: &'a Inventory, report: &mut Report) -> Resolution<'a> {
    let mut addresses = Addresses::default();
    let mut findings = Report::default();
    let mut plan = targets::bind(snapshot, inventory, &mut addresses, &mut findings);
    let mut unread = snapshot.unread.clone();
    // Nothing is planned for a mesh whose version is unknown.
    unread.inventory |= findings.has_errors();
    access::gateways::mark(&mut plan);
    let index = Index::new(inventory, &plan);
    ambient::bind(&index, &mut plan);
    let names = Names { inventory, index: &index, unread: &unread, settings: &snapshot.settings };
    virtual_mesh::bind(&snapshot.virtual_meshes, &names, &mut plan, &mut findings);
    restriction::bind(snapshot, &names, &mut plan, &mut findings);
    failover::bind(&snapshot.failover_services, &names, &mut plan);
    bind_policies(snapshot, &names, &mut plan, &mut findings);
    smi::bind(snapshot, &names, &mut plan, &mut findings);
    ambient::check_access(&mut plan);
    let mut asked = attach::attach(&mut plan);
    attach::find_conflicts(&mut plan, &mut asked);
    restriction::check(snapshot, &mut plan);
    ambient::check_destinations(&mut plan);
    attach::settle(&snapshot.traffic_policies, &mut plan, &asked, &unread);
    failover::apply(&mut plan, &mut addresses, &mut findings);
    attach::apply(&mut plan, asked);
    accounts::bind(&index, &mut plan);
    served::bind(snapshot, &mut plan, &mut findings);
    findings::report_plan(snapshot, &plan, &names, &mut findings);
    findings::report_verdicts(&plan, &mut findings);
    report.append(findings);
    Resolution { plan, index, unread }
}

/// Binds traffic and access policies.
fn bind_policies<'a>(snapshot: &'a Snapshot, names: &Names<'_, 'a>, plan: &mut Plan<'a>, report: &mut Report) {
    let (conditions, requests) = traffic::requests::bind(&snapshot.traffic_policies);
    plan.requests = requests;
    for (object, requests) in snapshot.traffic_policies.values().zip(conditions) {
        let bound = traffic::bind(object, requests, names, plan, report);
        let has_faults = !object.faults.is_empty();
        let selectors = &object.spec.destination_selector;
        let known = (names, &*plan);
        findings::warn_of_nothing((&bound.policy, &bound.verdict), selectors, known, has_faults, report);
        refusals::warn_of_routes(object, report);
        plan.traffic.push(bound);
    }
    for object in snapshot.access_policies.values() {
        let bound = access::bind(object, names, plan, report);
        let has_faults = !object.faults.is_empty();
        let selectors = &object.spec.destination_selector;
        let known = (names, &*plan);
        findings::warn_of_nothing((&bound.policy, &bound.verdict), selectors, known, has_faults, report);
        refusals::warn_of_access(object, report);
        plan.access.push(bound);
    }
}
