//! Warns of federated services whose pods the gateway does not call, because policies want something else than mutual TLS.

use std::collections::BTreeMap;

use super::elsewhere;
use crate::diag::{Code, Diag, Ground, Report};
use crate::model::traffic_policy::TlsMode;
use crate::path;
use crate::plan::{Plan, TargetId, TrafficId};
use crate::resolve::meant::describe_services;
use crate::version::Entry;

/// Warns of each policy that sets another mode. A gateway that rewrites hosts passes requests on whatever the mode is.
pub(super) fn report(plan: &Plan<'_>, report: &mut Report) {
    let mut found: BTreeMap<TrafficId, Vec<TargetId>> = BTreeMap::new();
    for id in TargetId::all(plan.targets.len()) {
        let is_sni = plan[id].mesh.is_some_and(|mesh| matches!(plan[mesh].entry, Entry::Sni(_)));
        let Some(tls) = plan.service_actions(id).tls.filter(|_| is_sni) else { continue };
        if *tls.value != TlsMode::IstioMutual && plan.is_federated(id) {
            found.entry(tls.by).or_default().push(id);
        }
    }
    for (by, services) in found {
        let Some(mode) = plan[by].features.tls else { continue };
        let policy = &plan[by].policy;
        let message = format!(
            "calls from {} to {} fail: with tlsMode {} of {}, their gateway does not pass requests on",
            elsewhere(plan, services.iter().copied()),
            describe_services(&services, plan),
            mode.as_str(),
            policy.named
        );
        let place = policy.place(path!["spec", "mtls", "istio", "tlsMode"]);
        let hint = "set tlsMode: ISTIO_MUTUAL, or leave the service out of federation.selectors of the VirtualMesh";
        report.push(Diag::new(Code::GatewayNeedsMtls, place, message).hint(hint).on(Ground::Federation));
    }
}
