//! The defaults of Istio and Kubernetes.

use std::collections::BTreeMap;

use crate::ids::Text;
use crate::version::IstioVersion;
use crate::version::table::{ACCOUNT, Account};

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

/// The service account of a control plane without a known one. Of a version that cannot be read it is the oldest.
pub(super) fn service_account(version: &str, revision: &str) -> Text {
    let account = IstioVersion::parse(version).and_then(|version| ACCOUNT.at(&version)).unwrap_or_default();
    match account {
        Account::Fixed => "istiod-service-account".into(),
        Account::OfRevision => super::names::usual_deployment(revision),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_account_follows_the_version() {
        for (version, revision, wanted) in [
            ("1.7.0", "", "istiod-service-account"),
            ("1.10.6", "a", "istiod-service-account"),
            ("1.11.0", "", "istiod"),
            ("v1.28.1-distroless", "stable", "istiod-stable"),
            ("1.31", "", "istiod"),
            ("", "", "istiod-service-account"),
            ("latest", "", "istiod-service-account"),
        ] {
            assert_eq!(&*service_account(version, revision), wanted, "{version} {revision}");
        }
    }
}
