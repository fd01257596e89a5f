//! Services that nobody may call, or that are called without TLS.

use crate::ask::matrix::What;
use crate::ask::{Evaluator, KnownCallers, Truth};
use crate::model::traffic_policy::TlsMode;
use crate::plan::{Callers, TargetId, TrafficId};

/// Why a service is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uncalled {
    /// Nobody at all may call it.
    ByNobody,
    /// Those who may call it are not in the inventory, do not know it, or do not show who they are.
    ByNobodyKnown,
}

impl<'p> Evaluator<'p, '_> {
    /// Why no workload of the inventory calls a service; none if one may.
    pub(super) fn uncalled(&self, known: &KnownCallers<'p>, target: TargetId) -> Option<Uncalled> {
        let mut why = Uncalled::ByNobody;
        for entry in self.entries(target) {
            match &entry.what {
                What::Everyone(decision) if decision.allowed == Truth::No => {}
                What::Rule { ports: Some(ports), .. } if ports.is_empty() => {}
                What::Rule { rule, .. } if !rule.callers.is_empty() => {
                    if self.has_known_caller(known, rule.callers, target) {
                        return None;
                    }
                    if rule.callers.iter().any(is_anybody) {
                        why = Uncalled::ByNobodyKnown;
                    }
                }
                // Everyone may call, whoever that is.
                What::Everyone(_) | What::Rule { .. } => return None,
            }
        }
        Some(why)
    }

    /// The policy by which a service is called without TLS.
    pub(super) fn plaintext(&self, target: TargetId) -> Option<TrafficId> {
        let tls = self.plan.service_actions(target).tls?;
        (*tls.value == TlsMode::Disable).then_some(tls.by)
    }
}

/// Whether callers are anybody at all: a service that is named as a caller may have no known account.
fn is_anybody(callers: &Callers<'_>) -> bool {
    match callers {
        Callers::Namespaces(names) => !names.is_empty(),
        Callers::Identities(identities) => !identities.names().is_empty(),
    }
}
