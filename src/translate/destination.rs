//! DestinationRules of services in their own cluster.

use crate::ids::Provenance;
use crate::objects::istio::{ClientTls, DestinationRule, OutlierDetection, Subset, TrafficPolicy};
use crate::plan::{Outlier, Plan, ServiceActions, TargetId};

use super::{export_to, sources};

/// The mode in which sidecars use the mesh's own certificates.
pub(super) const TLS: ClientTls<'static> = ClientTls::mode("ISTIO_MUTUAL");

/// The rule of a service in its own cluster. It is always there, since encryption is always set.
pub(super) fn local<'p>(plan: &'p Plan<'p>, target: TargetId) -> (DestinationRule<'p>, Provenance) {
    let bound = &plan[target];
    let subsets = bound.subsets.iter().map(|subset| Subset {
        name: &subset.name,
        labels: subset.labels.iter().map(|(key, value)| (&**key, &**value)).collect(),
        traffic_policy: None,
    });
    let ServiceActions { outlier, tls } = plan.service_actions(target);
    let tls = tls.map_or(TLS, |mode| ClientTls::mode(mode.value.as_str()));
    let outlier_detection = outlier.map(|outlier| outlier_detection(*outlier.value));
    let traffic_policy = TrafficPolicy { outlier_detection, tls, ..plain() };
    let export_to = export_to(plan[bound.cluster].facts.style);
    let rule = DestinationRule { host: &bound.local_host, export_to, subsets: subsets.collect(), traffic_policy };
    let policies = bound.owners.policies().chain(bound.subsets.policies().copied());
    let mut sources = sources::traffic(plan, policies);
    if sources.is_empty() {
        sources.push(sources::service(plan, target));
    }
    (rule, sources.into())
}

/// TLS with the mesh's own certificates, and no other setting.
pub(super) fn plain<'p>() -> TrafficPolicy<'p> {
    TrafficPolicy { load_balancer: None, outlier_detection: None, port_level_settings: Vec::new(), tls: TLS }
}

/// When a failing endpoint is ejected.
pub(super) fn outlier_detection(outlier: Outlier) -> OutlierDetection {
    let Outlier { consecutive_errors, interval, base_ejection_time, max_ejection_percent } = outlier;
    OutlierDetection { base_ejection_time, consecutive_5xx_errors: consecutive_errors, interval, max_ejection_percent }
}
