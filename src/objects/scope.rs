//! Which kinds are of a namespace and which of the whole cluster, as far as it is known.

/// Whether an object has a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Namespaced,
    Cluster,
    /// A kind of an API that this program does not know.
    Unknown,
}

/// Kinds of the whole cluster, by group.
const OF_CLUSTER: &[(&str, &str)] = &[
    ("", "Namespace"),
    ("", "Node"),
    ("", "PersistentVolume"),
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicy"),
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding"),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ("apiregistration.k8s.io", "APIService"),
    ("argoproj.io", "ClusterAnalysisTemplate"),
    ("argoproj.io", "ClusterWorkflowTemplate"),
    ("cert-manager.io", "ClusterIssuer"),
    ("certificates.k8s.io", "CertificateSigningRequest"),
    ("certificates.k8s.io", "ClusterTrustBundle"),
    ("external-secrets.io", "ClusterExternalSecret"),
    ("external-secrets.io", "ClusterSecretStore"),
    ("flowcontrol.apiserver.k8s.io", "FlowSchema"),
    ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"),
    ("gateway.networking.k8s.io", "GatewayClass"),
    ("networking.k8s.io", "IPAddress"),
    ("networking.k8s.io", "IngressClass"),
    ("networking.k8s.io", "ServiceCIDR"),
    ("node.k8s.io", "RuntimeClass"),
    ("policy", "PodSecurityPolicy"),
    ("rbac.authorization.k8s.io", "ClusterRole"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
    ("scheduling.k8s.io", "PriorityClass"),
    ("storage.k8s.io", "CSIDriver"),
    ("storage.k8s.io", "StorageClass"),
];

/// Groups of which every other kind has a namespace.
const NAMESPACED: &[&str] = &[
    "",
    "apps",
    "argoproj.io",
    "autoscaling",
    "batch",
    "bitnami.com",
    "cert-manager.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "extensions.istio.io",
    "external-secrets.io",
    "gateway.networking.k8s.io",
    "monitoring.coreos.com",
    "networking.istio.io",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "security.istio.io",
    "telemetry.istio.io",
];

impl Scope {
    /// The scope of a kind of an API version, such as `apps/v1`.
    pub fn of(api_version: &str, kind: &str) -> Self {
        let group = group(api_version);
        if OF_CLUSTER.contains(&(group, kind)) {
            Self::Cluster
        } else if NAMESPACED.contains(&group) {
            Self::Namespaced
        } else {
            Self::Unknown
        }
    }
}

/// The group of an API version; empty for the core one.
pub fn group(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

/// The kind of an object as the lock has it: with the group behind a dot when that is neither the core one nor Istio's.
pub fn qualified(api_version: &str, kind: &str) -> String {
    match group(api_version) {
        group if group.is_empty() || group.ends_with(".istio.io") => kind.to_owned(),
        group => format!("{kind}.{group}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_their_scope() {
        for (api_version, kind, wanted) in [
            ("v1", "ConfigMap", Scope::Namespaced),
            ("v1", "Namespace", Scope::Cluster),
            ("apps/v1", "Deployment", Scope::Namespaced),
            ("rbac.authorization.k8s.io/v1", "ClusterRole", Scope::Cluster),
            ("rbac.authorization.k8s.io/v1", "Role", Scope::Namespaced),
            ("apps/v1", "Namespace", Scope::Namespaced),
            ("example.com/v1", "Widget", Scope::Unknown),
        ] {
            assert_eq!(Scope::of(api_version, kind), wanted, "{api_version} {kind}");
        }
        assert!(OF_CLUSTER.is_sorted() && NAMESPACED.is_sorted());
    }

    #[test]
    fn a_kind_is_called_as_in_the_lock() {
        assert_eq!(qualified("v1", "ConfigMap"), "ConfigMap");
        assert_eq!(qualified("networking.istio.io/v1", "Gateway"), "Gateway");
        assert_eq!(qualified("gateway.networking.k8s.io/v1", "Gateway"), "Gateway.gateway.networking.k8s.io");
    }
}
