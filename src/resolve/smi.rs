//! Binds policies for services of an Open Service Mesh, which reads SMI, and reports what SMI cannot express.

mod access;
mod traffic;

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::Report;
use crate::model::Snapshot;
use crate::plan::{AccessId, Index, Plan, Problem, TargetId, TrafficId, Verdict};

use super::meant::Names;

/// The accounts as which the pods behind each service of an Open Service Mesh run.
type Accounts<'a> = BTreeMap<TargetId, BTreeSet<&'a str>>;

/// What is wrong with a policy for one service each.
type ProblemsAt = Vec<(TargetId, Vec<Problem>)>;

/// Binds each policy for the services of an Open Service Mesh that it selects: to problems, or to grants and splits.
pub(super) fn bind<'a>(snapshot: &'a Snapshot, names: &Names<'_, 'a>, plan: &mut Plan<'a>, report: &mut Report) {
    if plan.targets.iter().all(|target| target.smi.is_none()) {
        return;
    }
    let mut splits: BTreeMap<TargetId, TrafficId> = BTreeMap::new();
    for id in TrafficId::all(plan.traffic.len()) {
        let Some(object) = snapshot.traffic_policies.get(plan[id].policy.key) else { continue };
        let found = traffic::check(object, id, plan, &mut splits, report);
        refuse(&mut plan.traffic[id.index()].verdict, found);
    }
    let accounts = accounts(names.index, plan);
    let by_account = access::by_account(&accounts, plan);
    for id in AccessId::all(plan.access.len()) {
        let Some(object) = snapshot.access_policies.get(plan[id].policy.key) else { continue };
        let (grants, found) = access::bind(object, id, names, plan, &accounts);
        refuse(&mut plan.access[id.index()].verdict, found);
        access::warn_of_shared_accounts(object, plan, &by_account, (&grants, &plan[id].verdict), report);
        for (target, grant) in grants {
            if let Some(smi) = &mut plan.targets[target.index()].smi {
                smi.grants.push(grant);
            }
        }
    }
}

/// The services of an Open Service Mesh that a policy selects.
fn selected(verdict: &Verdict, plan: &Plan<'_>) -> Vec<TargetId> {
    verdict.selected.iter().copied().filter(|target| plan[*target].smi.is_some()).collect()
}

fn accounts<'a>(index: &Index<'a>, plan: &Plan<'a>) -> Accounts<'a> {
    let ids = TargetId::all(plan.targets.len()).filter(|target| plan[*target].smi.is_some());
    ids.map(|target| (target, index.accounts_behind(plan, target))).collect()
}

/// Adds problems of a policy.
fn refuse(verdict: &mut Verdict, found: ProblemsAt) {
    for (target, problems) in found.into_iter().filter(|(_, problems)| !problems.is_empty()) {
        verdict.at.entry(target).or_default().extend(problems);
    }
}
