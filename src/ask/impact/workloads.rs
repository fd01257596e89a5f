//! Workloads, before and after: who they are to others, and who may call those that are behind no service.

use std::collections::{BTreeMap, BTreeSet};

use super::access::Search;
use super::callers::listed;
use super::group::Finding;
use super::kinds::Kind;
use super::{Phrase, Sides, Subject};
use crate::ask::{Evaluator, Principal};
use crate::ids::ClusterObjectRef;
use crate::plan::{Callers, MeshId, TargetId, WorkloadId};

/// The workloads of Istio meshes, by name.
type Workloads<'p> = BTreeMap<&'p ClusterObjectRef, WorkloadId>;

/// Finds workloads that are known by another identity, and those behind no service whose pods let others in.
pub(super) fn changes<'p>(sides: &Sides<'_, 'p, '_, '_>, out: &mut Vec<Finding>) {
    let (before, after) = (workloads(sides.before), workloads(sides.after));
    let both: Vec<(&ClusterObjectRef, WorkloadId, WorkloadId)> =
        after.iter().filter_map(|(name, new)| Some((*name, *before.get(name)?, *new))).collect();
    for (name, old, new) in &both {
        identity(sides, name, (*old, *new), out);
    }
    let (old_served, new_served) = (served(sides.before), served(sides.after));
    let mut search = Search::new(sides);
    for (name, old, new) in both {
        if !old_served.contains(&old) && !new_served.contains(&new) {
            search.of_workload(name, old, new, out);
        }
    }
}

fn workloads<'p>(evaluator: &Evaluator<'p, '_>) -> Workloads<'p> {
    let all = WorkloadId::all(evaluator.plan.workloads.len()).zip(&evaluator.plan.workloads);
    all.filter(|(_, workload)| workload.mesh.is_some()).map(|(id, workload)| (&workload.known.controller, id)).collect()
}

/// The workloads behind some service.
fn served(evaluator: &Evaluator<'_, '_>) -> BTreeSet<WorkloadId> {
    let targets = TargetId::all(evaluator.plan.targets.len());
    targets.flat_map(|target| evaluator.index.behind(evaluator.plan, target)).collect()
}

/// What follows from another identity of a workload: policies that name the old one no longer mean it.
fn identity(
    sides: &Sides<'_, '_, '_, '_>,
    name: &ClusterObjectRef,
    ids: (WorkloadId, WorkloadId),
    out: &mut Vec<Finding>,
) {
    let (Some(old), Some(new)) = (sides.before.plan.principal(ids.0), sides.after.plan.principal(ids.1)) else {
        return;
    };
    if old == new {
        return;
    }
    let (lost, gained) = callable(sides.after, ids.1, (old, new));
    let mut text = format!(" is {new} instead of {old} to those that it calls");
    for (services, verb) in [(lost, "may no longer call"), (gained, "may now call")] {
        if !services.is_empty() {
            text += &format!("; it {verb} {}", listed(&services, "services"));
        }
    }
    let subject = Subject::Workload(name.clone());
    out.push(Finding { kind: Kind::Identity, subject, phrase: Phrase::about(text), causes: Vec::new() });
}

/// The services whose policies name one of two identities and not the other: those that name the first, and those that name the
/// second.
fn callable<'p>(
    evaluator: &Evaluator<'p, '_>,
    workload: WorkloadId,
    (old, new): (Principal<'_>, Principal<'_>),
) -> (Vec<&'p ClusterObjectRef>, Vec<&'p ClusterObjectRef>) {
    let plan = evaluator.plan;
    let names = |principal: Principal<'_>, callers: &[Callers<'_>]| callers.iter().any(|some| principal.is_among(some));
    let parent = |mesh: Option<MeshId>| mesh.and_then(|mesh| plan[mesh].virtual_mesh);
    let (mut lost, mut gained) = (Vec::new(), Vec::new());
    for target in TargetId::all(plan.targets.len()) {
        let is_near = plan[target].cluster == plan[workload].cluster;
        let is_known = parent(plan[target].mesh).is_some() && parent(plan[target].mesh) == parent(plan[workload].mesh);
        let includes =
            |principal| plan.rules(target).any(|rule| rule.callers.is_empty() || names(principal, rule.callers));
        if !(is_near || is_known) || plan[target].mesh.is_none() || plan.rules(target).next().is_none() {
            continue;
        }
        match (includes(old), includes(new)) {
            (true, false) => lost.push(plan.service(target)),
            (false, true) => gained.push(plan.service(target)),
            (true, true) | (false, false) => {}
        }
    }
    (lost, gained)
}
