//! Turns verdicts into diagnostics, and warns about parts of the plan that will have no effect or probably not work.

mod ambient;
mod meshes;
mod podless;
mod ports;
mod routes;
mod shut;
mod sni;
mod subsets;
mod transport;
mod unmatched;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::access;
use super::meant::{Names, describe_services, why_nothing};
use crate::diag::{Code, Diag, Ground, Place, Report, Severity};
use crate::ids::ObjectRef;
use crate::model::Snapshot;
use crate::model::selector::ServiceSelector;
use crate::path;
use crate::plan::{Plan, Policy, Problem, TargetId, Verdict};

/// Notes that a service gets another virtual IP than its name gives, because that one is not available.
pub(super) fn report_moved_address(place: Place, what: &str, wanted: Ipv4Addr, address: Ipv4Addr, report: &mut Report) {
    let message = match wanted {
        Ipv4Addr::BROADCAST => format!("{what} gets the virtual IP {address}: {wanted} is the broadcast address"),
        _ => format!("{what} gets the virtual IP {address}: {wanted} is taken by another service"),
    };
    report.push(Diag::new(Code::AddressCollision, place, message));
}

/// Reports everything that makes a policy INVALID.
pub(super) fn report_verdicts(plan: &Plan<'_>, report: &mut Report) {
    let mut teller = Teller { plan, report };
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
}

/// Reports what is wrong with policies.
struct Teller<'t, 'a> {
    plan: &'t Plan<'a>,
    report: &'t mut Report,
}

impl<'t, 'a> Teller<'t, 'a> {
    /// Reports what is wrong with one policy: a problem that many targets share is reported once, with their number.
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
        let text = problem.plain.as_ref().unwrap_or(&problem.text).trim_end();
        let whose = whose.map(|whose| format!(" for {whose}")).unwrap_or_default();
        let kind = policy.kind.as_str();
        let message = format!("{kind} {} is INVALID{whose}: {text}", policy.key);
        let mut diag = Diag::new(problem.code, policy.place(problem.path.clone()), message)
            .maybe_hint(problem.hint.clone())
            .on(problem.ground);
        if problem.is_consequence {
            diag.severity = Severity::Note;
        }
        if let Some(other) = problem.other.as_ref().and_then(|other| others(other)) {
            diag = diag.related(other.place(problem.path.clone()), format!("{kind} {} is defined here", other.key));
        }
        if let Some(place) = &problem.defined_at {
            diag = diag.related((**place).clone(), "the service is defined here");
        }
        self.report.push(diag);
    }
}

/// Warns of a policy that has no effect at all, and says why, unless that follows from a mistake in what it selects.
pub(super) fn warn_of_nothing<'a>(
    (policy, verdict): (&Policy<'_>, &Verdict),
    selectors: &[ServiceSelector],
    (names, plan): (&Names<'_, 'a>, &Plan<'a>),
    has_faults: bool,
    report: &mut Report,
) {
    let named = &policy.named;
    let place = policy.place(path!["spec", "destinationSelector"]);
    if verdict.selected.is_empty() && verdict.selection.is_empty() && !has_faults {
        let diag = Diag::new(Code::SelectsNothing, place, format!("{named} selects no service, so it has no effect"));
        report.push(diag.maybe_hint(why_nothing(selectors, names, plan)).on(Ground::Inventory));
    } else if !verdict.selected.is_empty() && verdict.selected.iter().all(|target| plan[*target].is_untranslated()) {
        let services = describe_services(&verdict.selected, plan);
        let message = format!("{named} selects {services}, for whose mesh nothing is rendered");
        let diag =
            Diag::new(Code::OtherMesh, place, message).hint("select services of an Istio mesh or an Open Service Mesh");
        report.push(diag.on(Ground::Inventory));
    }
}

/// Warns about what will be rendered and will probably not work as meant.
pub(super) fn report_plan<'a>(snapshot: &'a Snapshot, plan: &Plan<'a>, names: &Names<'_, 'a>, report: &mut Report) {
    routes::report(plan, report);
    unmatched::report(plan, names, report);
    ports::report(plan, report);
    transport::report(plan, report);
    subsets::report(plan, names, report);
    meshes::report(snapshot, plan, report);
    access::gateways::warn(plan, report);
    access::shared::warn(snapshot, plan, names, report);
    podless::report(plan, names, report);
    shut::report(plan, names, report);
    ambient::report(plan, names, report);
    sni::report(snapshot, plan, names, report);
}
