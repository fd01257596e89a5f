//! Binds policies for services of an Open Service Mesh, which reads SMI: what SMI cannot express is found here.

mod access;
mod traffic;

use std::collections::{BTreeMap, BTreeSet};

use super::attach::Attached;
use super::refs::Names;
use super::verdict::{Problem, Verdict};
use crate::diag::Report;
use crate::model::Snapshot;
use crate::plan::{AccessId, Plan, TargetId, TrafficId};

/// The accounts as which the pods behind each service of an Open Service Mesh run.
type Accounts<'a> = BTreeMap<TargetId, BTreeSet<&'a str>>;

/// Says what each policy is for the services of an Open Service Mesh that it selects: a problem, or something to translate.
pub(super) fn bind<'a>(
    snapshot: &'a Snapshot,
    names: &Names<'a>,
    plan: &mut Plan<'a>,
    attached: &mut Attached,
    report: &mut Report,
) {
    if plan.targets.iter().all(|target| target.smi.is_none()) {
        return;
    }
    let mut splits: BTreeMap<TargetId, TrafficId> = BTreeMap::new();
    for (i, (object, verdict)) in snapshot.traffic_policies.values().zip(&mut attached.traffic).enumerate() {
        traffic::check(object, TrafficId::at(i), plan, &mut splits, verdict, report);
    }
    let accounts = accounts(names, plan);
    let by_account = access::by_account(&accounts, plan);
    for (i, (object, verdict)) in snapshot.access_policies.values().zip(&mut attached.access).enumerate() {
        let grants = access::bind(object, AccessId::at(i), names, plan, &accounts, verdict);
        access::warn_of_shared_accounts(object, plan, &by_account, &grants, verdict, report);
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

fn accounts<'a>(names: &Names<'a>, plan: &Plan<'a>) -> Accounts<'a> {
    let ids = (0..plan.targets.len()).map(TargetId::at).filter(|target| plan[*target].smi.is_some());
    ids.map(|target| (target, names.accounts_behind(plan, target))).collect()
}

/// Adds problems of a policy for one target.
fn refuse(verdict: &mut Verdict, target: TargetId, problems: Vec<Problem>) {
    if !problems.is_empty() {
        verdict.at.entry(target).or_default().extend(problems);
    }
}
