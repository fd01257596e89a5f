//! Answers questions about a plan. What they have in common is made once.

use std::collections::BTreeMap;

use super::named::{Named, Names};
use super::patterns::Patterns;
use crate::plan::{ClusterId, Index, Plan, TargetId, WorkloadId};

/// Answers questions about a plan.
#[derive(Debug)]
pub struct Evaluator<'p, 'a> {
    pub plan: &'p Plan<'a>,
    pub index: &'p Index<'a>,
    pub names: Names<'p>,
    pub patterns: Patterns<'p>,
    /// The services with access policies in front of each workload, in order: the policies of all of them are in force there.
    guards: BTreeMap<WorkloadId, Vec<TargetId>>,
    /// The workloads of Istio meshes, by cluster.
    callers: BTreeMap<ClusterId, Vec<WorkloadId>>,
}

impl<'p, 'a> Evaluator<'p, 'a> {
    /// Prepares answers about a plan.
    pub fn new(plan: &'p Plan<'a>, index: &'p Index<'a>) -> Self {
        let mut guards: BTreeMap<WorkloadId, Vec<TargetId>> = BTreeMap::new();
        for target in TargetId::all(plan.targets.len()) {
            if plan[target].mesh.is_some() && plan.rules(target).next().is_some() {
                index.behind(plan, target).for_each(|workload| guards.entry(workload).or_default().push(target));
            }
        }
        let mut callers: BTreeMap<ClusterId, Vec<WorkloadId>> = BTreeMap::new();
        for id in WorkloadId::all(plan.workloads.len()).filter(|id| plan[*id].mesh.is_some()) {
            callers.entry(plan[id].cluster).or_default().push(id);
        }
        Self { plan, index, names: Names::of(plan), patterns: Patterns::of(plan), guards, callers }
    }

    /// The services whose access policies are in force at a workload's pods, in order.
    pub fn guards(&self, workload: WorkloadId) -> &[TargetId] {
        self.guards.get(&workload).map_or(&[], Vec::as_slice)
    }

    /// The workloads of a cluster that are in an Istio mesh.
    pub fn callers(&self, cluster: ClusterId) -> &[WorkloadId] {
        self.callers.get(&cluster).map_or(&[], Vec::as_slice)
    }

    /// What a host leads to for a workload.
    pub fn host(&self, from: WorkloadId, host: &str) -> Option<Named> {
        let bound = &self.plan[from];
        let place = (bound.cluster, &*bound.known.controller.namespace);
        self.names.host((self.plan, self.index), place, host)
    }
}
