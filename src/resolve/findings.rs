//! From verdicts to diagnostics, and warnings about what the plan will not do.

mod meshes;
mod routes;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::attach::Attached;
use super::plan::{Plan, TargetId};
use super::refs::describe_services;
use super::verdict::{Problem, Verdict};
use super::virtual_mesh::VirtualMeshVerdict;
use crate::diag::{Code, Diag, Place, Report};
use crate::ids::ObjectRef;
use crate::model::{Kind, Object, Objects, Snapshot};
use crate::path;

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

/// Reports everything that makes a policy INVALID.
pub(super) fn report_verdicts(
    snapshot: &Snapshot,
    plan: &Plan<'_>,
    virtual_meshes: &BTreeMap<ObjectRef, VirtualMeshVerdict>,
    attached: &Attached,
    report: &mut Report,
) {
    for (key, verdict) in virtual_meshes {
        if let Some(object) = snapshot.virtual_meshes.get(key) {
            for problem in verdict.grouping.iter().chain(&verdict.members) {
                push(Kind::VirtualMesh, &snapshot.virtual_meshes, object, problem, None, report);
            }
        }
    }
    for (object, verdict) in snapshot.traffic_policies.values().zip(&attached.traffic) {
        push_verdict(Kind::TrafficPolicy, &snapshot.traffic_policies, object, verdict, plan, report);
    }
    for (object, verdict) in snapshot.access_policies.values().zip(&attached.access) {
        push_verdict(Kind::AccessPolicy, &snapshot.access_policies, object, verdict, plan, report);
    }
    for (key, verdict) in &attached.failovers {
        if let Some(object) = snapshot.failover_services.get(key) {
            for problem in &verdict.problems {
                push(Kind::FailoverService, &snapshot.failover_services, object, problem, None, report);
            }
        }
    }
}

/// Reports what is wrong with one policy: what is wrong for many targets alike is said once, with how many they are.
fn push_verdict<T>(
    kind: Kind,
    objects: &Objects<T>,
    object: &Object<T>,
    verdict: &Verdict,
    plan: &Plan<'_>,
    report: &mut Report,
) {
    for problem in verdict.selection.iter().chain(&verdict.everywhere) {
        push(kind, objects, object, problem, None, report);
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
        push(kind, objects, object, problem, Some(describe_services(&targets, plan)), report);
    }
}

fn push<T>(
    kind: Kind,
    objects: &Objects<T>,
    object: &Object<T>,
    problem: &Problem,
    whose: Option<String>,
    report: &mut Report,
) {
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
    report.push(diag);
}

/// Warns of a policy that has no effect at all, unless that follows from a mistake in what it selects.
pub(super) fn warn_of_nothing<T>(kind: Kind, object: &Object<T>, verdict: &Verdict, report: &mut Report) {
    if verdict.selected.is_empty() && verdict.selection.is_empty() && object.faults.is_empty() {
        let message = format!("{} {} selects no service", kind.as_str(), object.key);
        report.push(Diag::new(Code::SelectsNothing, object.place(path!["spec", "destinationSelector"]), message));
    }
}

/// Warns about what will be rendered and will probably not work as meant.
pub(super) fn report_plan(snapshot: &Snapshot, plan: &Plan<'_>, attached: &Attached, report: &mut Report) {
    routes::report(snapshot, plan, attached, report);
    meshes::report(snapshot, plan, attached, report);
}
