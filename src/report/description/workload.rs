//! Workloads.

use super::{CallView, Description, Making, StateView, fact, one};
use crate::ask::impact::conditions;
use crate::ask::matrix::What;
use crate::ask::{Caller, Named, Principal};
use crate::plan::{AccessId, TargetId, WorkloadId};
use crate::report::requests::requests;

impl Making<'_, '_> {
    pub(super) fn workload(&self, id: WorkloadId) -> Description {
        let plan = self.plan;
        let workload = &plan[id];
        let data_plane = &workload.known.data_plane;
        let behind: Vec<TargetId> = self.services_of(id);
        let (calls, open) = self.calls(id);
        let mesh =
            workload.mesh.map_or_else(|| format!("{}, not an Istio", workload.known.mesh), |mesh| self.mesh_name(mesh));
        let open = (open > 0).then(|| format!("{open} services that are open to everyone"));
        let facts = vec![
            one("mesh", mesh),
            one("service account", workload.account()),
            fact("identity", plan.principal(id)),
            one("labels", conditions::labels(&workload.known.labels)),
            one("data plane", format!("{}: {}", data_plane.mode.as_str(), data_plane.reason)),
            fact("services", behind.iter().map(|target| plan.service_name(*target))),
            fact("may also call", open),
        ];
        let guards = self.evaluator.guards(id);
        let mut by: Vec<AccessId> = guards.iter().flat_map(|target| plan.rules(*target)).map(|rule| rule.by).collect();
        by.sort_unstable();
        by.dedup();
        let in_force =
            |by: AccessId| StateView { policy: self.by_access(by), state: "ACCEPTED", order: None, errors: Vec::new() };
        let name = plan.workload_name(id);
        let mut access = self.access(&behind);
        access.retain(|row| row.workloads.is_empty() || row.workloads.contains(&name));
        let mut objects: Vec<_> = guards.iter().flat_map(|target| self.of_service(*target)).collect();
        objects.retain(|object| object.kind == "AuthorizationPolicy");
        Description {
            thing: "workload".to_owned(),
            name,
            facts,
            policies: by.into_iter().map(in_force).collect(),
            access,
            calls,
            objects,
            ..Description::default()
        }
    }

    /// The services whose pods a workload has.
    fn services_of(&self, id: WorkloadId) -> Vec<TargetId> {
        let cluster = &self.plan[self.plan[id].cluster];
        let is_behind = |target: &&TargetId| self.evaluator.index.behind(self.plan, **target).any(|found| found == id);
        cluster.targets.iter().filter(is_behind).copied().collect()
    }

    /// The services that policies let a workload call by its identity, and how many others it may call.
    fn calls(&self, id: WorkloadId) -> (Vec<CallView>, usize) {
        let Some(principal) = self.plan.principal(id) else { return (Vec::new(), 0) };
        let (mut out, mut open) = (Vec::new(), 0);
        for target in self.evaluator.index.targets().iter().copied() {
            if self.evaluator.knows(id, Named::Service(target)).is_err() {
                continue;
            }
            let (mut found, is_open) = self.calls_to(target, principal);
            match is_open {
                true => open += 1,
                // A caller that shows no identity is let in only where everyone is.
                false if self.plan.caller(id, target) != Caller::Nobody => out.append(&mut found),
                false => {}
            }
        }
        (out, open)
    }

    /// What a service allows an identity, and whether it allows everything to everyone.
    fn calls_to(&self, target: TargetId, principal: Principal<'_>) -> (Vec<CallView>, bool) {
        let mut out: Vec<CallView> = Vec::new();
        for entry in self.evaluator.entries(target) {
            match &entry.what {
                What::Everyone(decision) if decision.allowed == crate::ask::Truth::Yes => return (Vec::new(), true),
                What::Everyone(_) => {}
                What::Rule { rule, .. } if rule.callers.is_empty() && rule.operation.is_everything() => {
                    return (Vec::new(), true);
                }
                What::Rule { rule, ports, .. } => {
                    let is_named = rule.callers.iter().any(|callers| principal.is_among(callers));
                    let view = CallView {
                        service: self.plan.service_name(target),
                        requests: requests(rule.operation, ports.as_deref()),
                        policy: self.by_access(rule.by),
                    };
                    if (is_named || rule.callers.is_empty()) && !out.contains(&view) {
                        out.push(view);
                    }
                }
            }
        }
        (out, false)
    }
}
