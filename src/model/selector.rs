//! Selectors as written; what they match is decided in `resolve`.

use std::collections::BTreeMap;

use crate::ids::{ClusterObjectRef, Text};
use crate::message;

message! {
    /// Which workloads a TrafficPolicy's requests come from.
    WorkloadSelector {
        /// Labels that the source's pods have.
        labels: BTreeMap<Text, Text> = "labels",
        /// The namespaces it may be in; none means any.
        namespaces: Vec<Text> = "namespaces",
        /// The clusters it may be in; none means any.
        clusters: Vec<Text> = "clusters",
    }
}

message! {
    /// Services by their labels and place.
    ServiceMatcher {
        /// Labels of the Service object.
        labels: BTreeMap<Text, Text> = "labels",
        /// The namespaces it may be in; none means any.
        namespaces: Vec<Text> = "namespaces",
        /// The clusters it may be in; none means any.
        clusters: Vec<Text> = "clusters",
    }
}

message! {
    /// Services by name.
    ServiceRefs {
        /// The services; each reference has to be complete.
        services: Vec<ClusterObjectRef> = "services",
    }
}

message! {
    /// Which services a policy is for. Both parts given: either may match.
    ServiceSelector {
        /// By labels and place.
        kube_service_matcher: Option<ServiceMatcher> = "kubeServiceMatcher",
        /// By name.
        kube_service_refs: Option<ServiceRefs> = "kubeServiceRefs",
    }
}

message! {
    /// Identities by the place they run in.
    IdentityMatcher {
        namespaces: Vec<Text> = "namespaces",
        clusters: Vec<Text> = "clusters",
    }
}

message! {
    /// Identities by service account.
    ServiceAccountRefs {
        /// The accounts; an empty namespace or name matches any, an empty cluster every cluster of the virtual mesh.
        service_accounts: Vec<ClusterObjectRef> = "serviceAccounts",
    }
}

message! {
    /// Who may call, in an AccessPolicy.
    IdentitySelector {
        /// By place.
        kube_identity_matcher: Option<IdentityMatcher> = "kubeIdentityMatcher",
        kube_service_account_refs: Option<ServiceAccountRefs> = "kubeServiceAccountRefs",
        /// The accounts of the workloads behind the matched services.
        kube_service_matcher: Option<ServiceMatcher> = "kubeServiceMatcher",
    }
}
