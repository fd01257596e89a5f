//! What policies leave out: pods without access policies, policies without effect, services that nobody may call.

mod idle;
mod services;

use super::{Decision, Evaluator, KnownCallers, Reason, Truth};
use crate::plan::{DefaultAccess, TargetId, TrafficId, WorkloadId};

pub use idle::{Idle, IdlePolicy};
pub use services::Uncalled;

/// What policies leave out.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// The services of Istio meshes, and those of them with an access policy or a traffic policy.
    pub services: usize,
    pub with_access: usize,
    pub with_traffic: usize,
    /// The services of other meshes, of which nothing else here is known.
    pub not_istio: usize,
    /// The workloads of Istio meshes.
    pub workloads: usize,
    /// Those of them at whose pods no access policy is in force, each with what is done with requests.
    pub unguarded: Vec<(WorkloadId, Decision)>,
    /// The policies that do nothing.
    pub idle: Vec<IdlePolicy>,
    pub uncalled: Vec<(TargetId, Uncalled)>,
    /// The services that answer some requests with 404, with the policies whose conditions these do not meet.
    pub unmatched: Vec<(TargetId, Vec<TrafficId>)>,
    /// The services that are called without TLS, with the policy that says so.
    pub plaintext: Vec<(TargetId, TrafficId)>,
}

impl<'p> Evaluator<'p, '_> {
    /// What policies leave out.
    pub fn coverage(&self) -> Coverage {
        let plan = self.plan;
        let known = KnownCallers::of(plan);
        let mut out = Coverage { idle: self.idle(), ..Coverage::default() };
        for target in TargetId::all(plan.targets.len()) {
            if plan[target].mesh.is_none() {
                out.not_istio += 1;
                continue;
            }
            out.services += 1;
            out.with_access += usize::from(plan.rules(target).next().is_some());
            out.with_traffic += usize::from(!plan[target].traffic.is_empty());
            out.uncalled.extend(self.uncalled(&known, target).map(|why| (target, why)));
            out.plaintext.extend(self.plaintext(target).map(|by| (target, by)));
            let unmatched = if plan.passes_unmatched { Vec::new() } else { plan.unmatched(target) };
            out.unmatched.extend((!unmatched.is_empty()).then_some((target, unmatched)));
        }
        for workload in WorkloadId::all(plan.workloads.len()).filter(|id| plan[*id].mesh.is_some()) {
            out.workloads += 1;
            out.unguarded.extend(self.unguarded(workload).map(|decision| (workload, decision)));
        }
        out
    }

    /// What the pods of a workload do with every request, if no access policy is in force there.
    fn unguarded(&self, workload: WorkloadId) -> Option<Decision> {
        let plan = self.plan;
        let mesh = plan[workload].mesh?;
        if !self.guards(workload).is_empty() {
            return None;
        }
        Some(match plan.default_access(mesh) {
            DefaultAccess::Allow => Decision { allowed: Truth::Yes, why: Reason::Open },
            DefaultAccess::Deny { by, .. } if plan.is_opened_as_gateway(mesh, workload) => {
                Decision { allowed: Truth::Yes, why: Reason::Gateway(by) }
            }
            DefaultAccess::Deny { by, .. } => Decision { allowed: Truth::No, why: Reason::ShutBy(by) },
        })
    }
}
