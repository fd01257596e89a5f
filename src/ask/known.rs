//! The workloads of the inventory by their identities.

use std::collections::BTreeMap;

use super::{Caller, Evaluator, Named, Principal};
use crate::plan::{Callers, Identity, Plan, TargetId, WorkloadId};

/// The workloads of Istio meshes by their identities, and by their namespaces.
#[derive(Debug, Default)]
pub struct KnownCallers<'p> {
    by_principal: BTreeMap<Principal<'p>, Vec<WorkloadId>>,
    by_namespace: BTreeMap<&'p str, Vec<WorkloadId>>,
}

impl<'p> KnownCallers<'p> {
    /// The workloads of a plan.
    pub fn of(plan: &'p Plan<'_>) -> Self {
        let mut out = Self::default();
        for workload in WorkloadId::all(plan.workloads.len()) {
            let Some(principal) = plan.principal(workload) else { continue };
            out.by_principal.entry(principal).or_default().push(workload);
            out.by_namespace.entry(principal.namespace).or_default().push(workload);
        }
        out
    }

    /// Those with an identity that a policy names.
    pub fn of_identity(&self, identity: Identity<'p>) -> Vec<WorkloadId> {
        let (domain, namespace, account) = match identity {
            Identity::TrustDomain(domain) => (domain, "", ""),
            Identity::Namespace { domain, namespace } => (domain, namespace, ""),
            Identity::Account { domain, namespace, account } => (domain, namespace, account),
        };
        let from = self.by_principal.range(Principal { domain, namespace, account }..);
        let found = from.take_while(|(principal, _)| principal.is_one_of(identity));
        found.flat_map(|(_, workloads)| workloads.iter().copied()).collect()
    }

    /// Those of a namespace, whatever their trust domain.
    pub fn in_namespace(&self, name: &str) -> &[WorkloadId] {
        self.by_namespace.get(name).map_or(&[], Vec::as_slice)
    }

    /// Those among the callers of a policy.
    fn among(&self, callers: &Callers<'p>) -> Vec<WorkloadId> {
        match callers {
            Callers::Namespaces(names) => names.iter().flat_map(|name| self.in_namespace(name)).copied().collect(),
            Callers::Identities(identities) => {
                identities.iter().flat_map(|(identity, _)| self.of_identity(identity)).collect()
            }
        }
    }
}

impl<'p> Evaluator<'p, '_> {
    /// Whether some workload of the inventory is among a policy's callers, knows a service, and shows its identity to it.
    pub fn has_known_caller(&self, known: &KnownCallers<'p>, callers: &[Callers<'p>], target: TargetId) -> bool {
        let calls = |workload: &WorkloadId| {
            self.knows(*workload, Named::Service(target)).is_ok()
                && self.plan.caller(*workload, target) != Caller::Nobody
        };
        callers.iter().any(|some| known.among(some).iter().any(calls))
    }
}
