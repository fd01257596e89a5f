//! Who may call.

use std::collections::BTreeSet;

use minijinja::context;

use super::{Caller, Drafting};
use crate::ids::ClusterObjectRef;
use crate::plan::{TargetId, WorkloadId};
use crate::scaffold::{Problem, fill, flow_list, reference};

impl Drafting<'_, '_, '_> {
    pub(super) fn access(
        &self,
        service: TargetId,
        callers: &[Caller],
        methods: &[String],
        paths: &[String],
    ) -> Result<String, Problem> {
        let itself = [Caller::Service(service)];
        let mut accounts: BTreeSet<ClusterObjectRef> = BTreeSet::new();
        for caller in if callers.is_empty() { &itself } else { callers } {
            accounts.extend(self.accounts(*caller)?);
        }
        let list = |items: &[String]| flow_list(items.iter().map(String::as_str));
        let (name, namespace) = self.name();
        let context = context! {
            name, namespace, service => self.shown(service), ref => self.reference(service),
            callers => callers.iter().map(|caller| self.caller(*caller)).collect::<Vec<_>>().join(", "),
            accounts => accounts.iter().map(reference).collect::<Vec<_>>(),
            methods => (!methods.is_empty()).then(|| list(methods)),
            paths => (!paths.is_empty()).then(|| list(paths)),
        };
        Ok(fill(include_str!("../../../templates/policies/access.yaml.j2"), &context))
    }

    fn caller(&self, caller: Caller) -> String {
        match caller {
            Caller::Service(service) => self.shown(service),
            Caller::Workload(workload) => self.evaluator.plan.workload_name(workload),
        }
    }

    /// The accounts as which a caller's pods run.
    fn accounts(&self, caller: Caller) -> Result<Vec<ClusterObjectRef>, Problem> {
        let plan = self.evaluator.plan;
        let workloads: Vec<WorkloadId> = match caller {
            Caller::Service(service) => self.evaluator.index.behind(plan, service).collect(),
            Caller::Workload(workload) => vec![workload],
        };
        if workloads.is_empty() {
            let message = format!("no workload behind {} is known, so its account is not", self.caller(caller));
            return Err(Problem::new(message, "name a workload instead, or add the workload to the inventory"));
        }
        let account = |workload: WorkloadId| {
            let ClusterObjectRef { cluster, namespace, name: _ } = &plan[workload].known.controller;
            ClusterObjectRef::new(cluster.clone(), namespace.clone(), plan[workload].account())
        };
        Ok(workloads.into_iter().map(account).collect())
    }
}
