//! From verdicts to diagnostics, and warnings about what the plan will not do.

mod meshes;
mod routes;
mod subsets;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::meant::{Names, describe_services};
use super::problems::is_doubtful;
use crate::diag::{Code, Diag, Place, Report, Severity};
use crate::ids::ObjectRef;
use crate::model::{Kind, Snapshot, Unread};
use crate::path;
use crate::plan::{Plan, Policy, Problem, TargetId, Verdict};

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
pub(super) fn report_verdicts(plan: &Plan<'_>, unread: &Unread, report: &mut Report) {
    let mut teller = Teller { plan, unread, report, left_out: false };
    teller.leave_out_warnings();
    for virtual_mesh in &plan.virtual_meshes {
        for problem in virtual_mesh.verdict.problems() {
            teller.tell(&virtual_mesh.policy, problem, None, |key| {
                let other = plan.virtual_meshes.iter().find(|other| other.policy.key == key)?;
                Some(&other.policy)
            });
        }
    }
    for traffic in &plan.traffic {
        teller.tell_verdict(&traffic.policy, &traffic.verdict, |key| {
            let other = plan.traffic.binary_search_by(|other| other.policy.key.cmp(key)).ok()?;
            Some(&plan.traffic[other].policy)
        });
    }
    for access in &plan.access {
        teller.tell_verdict(&access.policy, &access.verdict, |_| None);
    }
    for failover in &plan.failovers {
        for problem in &failover.verdict.problems {
            teller.tell(&failover.policy, problem, None, |key| plan.failover(key).map(|other| &plan[other].policy));
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

impl<'t, 'a> Teller<'t, 'a> {
    /// Reports what is wrong with one policy: what is wrong for many targets alike is said once, with how many they are.
    fn tell_verdict(
        &mut self,
        policy: &Policy<'_>,
        verdict: &Verdict,
        others: impl Fn(&ObjectRef) -> Option<&'t Policy<'a>>,
    ) {
        for problem in verdict.selection.iter().chain(&verdict.everywhere) {
            self.tell(policy, problem, None, &others);
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
            self.tell(policy, problem, Some(describe_services(&targets, self.plan)), &others);
        }
    }

    /// Reports one problem. `others` finds the other policy of a conflict.
    fn tell(
        &mut self,
        policy: &Policy<'_>,
        problem: &Problem,
        whose: Option<String>,
        others: impl Fn(&ObjectRef) -> Option<&'t Policy<'a>>,
    ) {
        if is_doubtful(problem, self.unread) {
            self.left_out = true;
            return;
        }
        let text = problem.plain.as_ref().unwrap_or(&problem.text).trim_end();
        let whose = whose.map(|whose| format!(" for {whose}")).unwrap_or_default();
        let kind = policy.kind.as_str();
        let message = format!("{kind} {} is INVALID{whose}: {text}", policy.key);
        let mut diag =
            Diag::new(problem.code, policy.place(problem.path.clone()), message).maybe_hint(problem.hint.clone());
        if let Some(other) = problem.other.as_ref().and_then(|other| others(other)) {
            diag = diag.related(other.place(problem.path.clone()), format!("{kind} {} is here", other.key));
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
pub(super) fn warn_of_nothing(
    policy: &Policy<'_>,
    verdict: &Verdict,
    (plan, unread): (&Plan<'_>, &Unread),
    has_faults: bool,
    report: &mut Report,
) {
    let named = &policy.named;
    let place = policy.place(path!["spec", "destinationSelector"]);
    if verdict.selected.is_empty() && verdict.selection.is_empty() && !has_faults {
        report.push(Diag::new(Code::SelectsNothing, place, format!("{named} selects no service")));
    } else if !unread.inventory
        && !verdict.selected.is_empty()
        && verdict.selected.iter().all(|target| plan[*target].is_untranslated())
    {
        let services = describe_services(&verdict.selected, plan);
        let message = format!("nothing is rendered for {named}: it selects {services}, whose mesh is not translated");
        report.push(Diag::new(Code::NoEffect, place, message).hint("Istio and Open Service Mesh are"));
    }
}

/// Warns about what will be rendered and will probably not work as meant.
pub(super) fn report_plan<'a>(snapshot: &Snapshot, plan: &Plan<'a>, names: &Names<'_, 'a>, report: &mut Report) {
    routes::report(plan, report);
    subsets::report(plan, names, report);
    meshes::report(snapshot, plan, report);
}
