//! From verdicts to diagnostics, and warnings about what the plan will not do.

mod meshes;
mod routes;
mod subsets;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::attach::Attached;
use super::refs::{Names, describe_services};
use super::verdict::{Problem, Verdict};
use super::virtual_mesh::VirtualMeshVerdict;
use crate::diag::{Code, Diag, Place, Report, Severity};
use crate::ids::ObjectRef;
use crate::model::{Kind, Object, Objects, Snapshot, Unread};
use crate::path;
use crate::plan::{Plan, TargetId};

/// Notes that a service cannot have the address that it would have, and has another one.
pub(super) fn report_moved_address(place: Place, what: &str, wanted: Ipv4Addr, address: Ipv4Addr, report: &mut Report) {
    let message = match wanted {
        Ipv4Addr::BROADCAST => {
            format!("{wanted} would be the virtual address of {what}, and no service can have that; it gets {address}")
        }
        _ => format!("the virtual address of {what} is taken by another service; it gets {address}"),
    };
    report.push(Diag::new(Code::AddressCollision, place, message));
}

/// Reports everything that makes a policy INVALID, but what may be gone once everything can be read: one mistake would be told
/// again for everything that relies on it. Warnings that were found before are left out likewise.
pub(super) fn report_verdicts(
    snapshot: &Snapshot,
    plan: &Plan<'_>,
    virtual_meshes: &BTreeMap<ObjectRef, VirtualMeshVerdict>,
    attached: &Attached,
    unread: &Unread,
    report: &mut Report,
) {
    let mut teller = Teller { plan, unread, report, left_out: false };
    teller.leave_out_warnings();
    for (key, verdict) in virtual_meshes {
        if let Some(object) = snapshot.virtual_meshes.get(key) {
            for problem in verdict.problems() {
                teller.tell(Kind::VirtualMesh, &snapshot.virtual_meshes, object, problem, None);
            }
        }
    }
    for (object, verdict) in snapshot.traffic_policies.values().zip(&attached.traffic) {
        teller.tell_verdict(Kind::TrafficPolicy, &snapshot.traffic_policies, object, verdict);
    }
    for (object, verdict) in snapshot.access_policies.values().zip(&attached.access) {
        teller.tell_verdict(Kind::AccessPolicy, &snapshot.access_policies, object, verdict);
    }
    for (key, verdict) in &attached.failovers {
        if let Some(object) = snapshot.failover_services.get(key) {
            for problem in &verdict.problems {
                teller.tell(Kind::FailoverService, &snapshot.failover_services, object, problem, None);
            }
        }
    }
    teller.say_what_was_left_out();
}

/// Tells what is wrong with policies.
struct Teller<'t, 'a> {
    plan: &'t Plan<'a>,
    unread: &'t Unread,
    report: &'t mut Report,
    left_out: bool,
}

impl Teller<'_, '_> {
    /// Reports what is wrong with one policy: what is wrong for many targets alike is said once, with how many they are.
    fn tell_verdict<T>(&mut self, kind: Kind, objects: &Objects<T>, object: &Object<T>, verdict: &Verdict) {
        for problem in verdict.selection.iter().chain(&verdict.everywhere) {
            self.tell(kind, objects, object, problem, None);
        }
        let mut alike: Vec<(&Problem, Vec<TargetId>)> = Vec::new();
        let mut known: BTreeMap<&Problem, usize> = BTreeMap::new();
        for (target, problems) in &verdict.at {
            for problem in problems {
                let index = *known.entry(problem).or_insert(alike.len());
                match alike.get_mut(index) {
                    Some((_, targets)) => targets.push(*target),
                    None => alike.push((problem, vec![*target])),
                }
            }
        }
        for (problem, targets) in alike {
            self.tell(kind, objects, object, problem, Some(describe_services(&targets, self.plan)));
        }
    }

    fn tell<T>(
        &mut self,
        kind: Kind,
        objects: &Objects<T>,
        object: &Object<T>,
        problem: &Problem,
        whose: Option<String>,
    ) {
        if problem.is_doubtful(self.unread) {
            self.left_out = true;
            return;
        }
        let text = problem.plain.as_ref().unwrap_or(&problem.text).trim_end();
        let whose = whose.map(|whose| format!(" for {whose}")).unwrap_or_default();
        let message = format!("{} {} is INVALID{whose}: {text}", kind.as_str(), object.key);
        let mut diag =
            Diag::new(problem.code, object.place(problem.path.clone()), message).maybe_hint(problem.hint.clone());
        if let Some(other) = problem.other.as_ref().and_then(|other| objects.get(other)) {
            diag = diag.related(other.place(problem.path.clone()), format!("{} {} is here", kind.as_str(), other.key));
        }
        if let Some(place) = &problem.stands {
            diag = diag.related((**place).clone(), "it stands here");
        }
        self.report.push(diag);
    }

    /// Drops warnings that something is not there.
    fn leave_out_warnings(&mut self) {
        let inventory = self.unread.inventory;
        let is_unfederated = |code: Code| code == Code::NotFederated && self.unread.has(Kind::VirtualMesh);
        self.left_out |= self.report.drop_those(|code| inventory && code.is_about_references() || is_unfederated(code));
    }

    fn say_what_was_left_out(&mut self) {
        if !self.left_out {
            return;
        }
        if self.unread.inventory {
            self.report.push(Diag::unchecked_references());
            return;
        }
        let policies = self.unread.policies();
        let message = format!("what relies on it was not checked, since it could not be read: {policies}");
        let note = Diag::new(Code::UnknownReference, Place::Nowhere, message);
        self.report.push(Diag { severity: Severity::Note, ..note });
    }
}

/// Warns of a policy that has no effect at all, unless that follows from a mistake in what it selects, or from what could not be
/// read.
pub(super) fn warn_of_nothing<T>(
    kind: Kind,
    object: &Object<T>,
    verdict: &Verdict,
    (plan, unread): (&Plan<'_>, &Unread),
    report: &mut Report,
) {
    let policy = format!("{} {}", kind.as_str(), object.key);
    let place = object.place(path!["spec", "destinationSelector"]);
    if verdict.selected.is_empty() && verdict.selection.is_empty() && object.faults.is_empty() {
        report.push(Diag::new(Code::SelectsNothing, place, format!("{policy} selects no service")));
    } else if !unread.inventory
        && !verdict.selected.is_empty()
        && verdict.selected.iter().all(|target| plan[*target].is_untranslated())
    {
        let services = describe_services(&verdict.selected, plan);
        let message = format!("nothing is rendered for {policy}: it selects {services}, whose mesh is not translated");
        report.push(Diag::new(Code::NoEffect, place, message).hint("Istio and Open Service Mesh are"));
    }
}

/// Warns about what will be rendered and will probably not work as meant.
pub(super) fn report_plan(
    snapshot: &Snapshot,
    plan: &Plan<'_>,
    attached: &Attached,
    names: &Names<'_>,
    report: &mut Report,
) {
    routes::report(snapshot, plan, attached, report);
    subsets::report(snapshot, plan, attached, names, report);
    meshes::report(snapshot, plan, attached, report);
}
