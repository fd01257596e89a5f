//! Whether pods are a gateway's: by what they run, by what Istio injects into them, and by their labels.

use crate::discover::GatewayRole;
use crate::model::kubernetes::{Container, Pod};

/// The template that injection takes for a gateway, in charts since Istio 1.9 and in manifests written by hand.
const TEMPLATE: &str = "gateway";

/// What the pods of a template are if they are a gateway's.
pub(super) fn role(template: &Pod) -> Option<GatewayRole> {
    let labels = &template.metadata.labels;
    let templates = template.metadata.annotations.templates.as_deref().unwrap_or_default();
    let is_injected = templates.split(',').any(|name| name.trim() == TEMPLATE);
    if is_injected || template.spec.containers.iter().any(is_router) {
        return Some(GatewayRole::of_gateway(labels));
    }
    GatewayRole::of_labels(labels)
}

/// Whether a container is a proxy that serves as a gateway: `proxy router …`, where a sidecar has `proxy sidecar …`.
fn is_router(container: &Container) -> bool {
    matches!(&container.args[..], [proxy, router, ..] if &**proxy == "proxy" && &**router == "router")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(labels: &[(&str, &str)], templates: Option<&str>, args: &[&str]) -> Pod {
        let mut pod = Pod::default();
        pod.metadata.labels = labels
            .iter()
            .map(|(key, value)| ((*key).into(), (*value).into()))
            .collect::<std::collections::BTreeMap<_, _>>()
            .into();
        pod.metadata.annotations.templates = templates.map(Into::into);
        let args = args.iter().map(|arg| (*arg).into()).collect();
        pod.spec.containers = vec![Container { name: "istio-proxy".into(), args, ..Container::default() }];
        pod
    }

    #[test]
    fn a_gateway_is_known_by_any_of_its_signs() {
        let (ingress, egress) = (Some(GatewayRole::Ingress), Some(GatewayRole::Egress));
        for (labels, templates, args, wanted) in [
            (&[("app", "web")][..], None, &["proxy", "sidecar"][..], None),
            (&[("app", "web")], Some("sidecar"), &[], None),
            (&[("app", "web")], Some("gateway"), &[], ingress),
            (&[("istio", "ingress")], Some("custom, gateway"), &[], ingress),
            (&[("istio", "ingress")], None, &[], None),
            (&[("istio", "ingressgateway")], None, &[], ingress),
            (&[("istio", "eastwestgateway")], None, &[], ingress),
            (&[("istio", "aks-istio-ingressgateway-external")], None, &[], ingress),
            (&[("gateway.networking.k8s.io/gateway-name", "public")], None, &["proxy", "router", "--domain"], ingress),
            (&[("gateway.networking.k8s.io/gateway-name", "waypoint")], None, &["proxy", "waypoint"], None),
            (&[("istio", "egressgateway")], None, &["proxy", "router"], egress),
            (&[("app", "istio-egress"), ("istio", "egress")], Some("gateway"), &[], egress),
            (&[("istio", "pilot")], None, &["discovery"], None),
        ] {
            assert_eq!(role(&pod(labels, templates, args)), wanted, "{labels:?} {templates:?} {args:?}");
        }
    }
}
