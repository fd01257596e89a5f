//! The defaults of Istio and Kubernetes.

use std::collections::BTreeMap;

use crate::ids::Text;

/// The TLS port of an ingress gateway.
pub const TLS_PORT: u32 = 15443;

/// The namespace of Istio's control plane.
pub const ISTIO_NAMESPACE: &str = "istio-system";

/// The trust domain of an Istio.
pub const TRUST_DOMAIN: &str = "cluster.local";

/// The domain of a cluster's services. That it is also the default trust domain is a coincidence: the two are set in different places.
pub const CLUSTER_DOMAIN: &str = "cluster.local";

/// The default labels of a gateway's pods: those of Istio's own ingress gateway.
pub(super) fn gateway_labels() -> BTreeMap<Text, Text> {
    BTreeMap::from([("istio".into(), "ingressgateway".into())])
}
