//! AccessPolicy.

use super::{DestinationSelectorV1, Later};
use crate::ids::Text;
use crate::message;
use crate::model::access_policy::AccessPolicy;
use crate::model::refused::Refused;
use crate::model::selector::{IdentityMatcher, IdentitySelector, ServiceAccountRefs};
use crate::model::traffic_policy::HttpMethod;

message! {
    /// An AccessPolicy of version `v1`.
    AccessPolicyV1 {
        /// Who may call; none means anyone.
        source_selector: Vec<IdentitySelectorV1> = "sourceSelector",
        /// The services it is for; none means every one.
        destination_selector: Vec<DestinationSelectorV1> = "destinationSelector",
        /// The paths that may be called.
        allowed_paths: Option<Vec<Text>> = "allowedPaths",
        /// The methods that may be used.
        allowed_methods: Vec<HttpMethod> = "allowedMethods",
        /// The ports that may be called.
        allowed_ports: Vec<u32> = "allowedPorts",
    }
}

message! {
    /// Who may call.
    IdentitySelectorV1 {
        /// By place.
        kube_identity_matcher: Option<IdentityMatcher> = "kubeIdentityMatcher",
        kube_service_account_refs: Option<ServiceAccountRefs> = "kubeServiceAccountRefs",
        /// By token; not supported.
        request_identity_matcher: Refused = "requestIdentityMatcher",
    }
}

impl Later for AccessPolicyV1 {
    type Model = AccessPolicy;

    fn into_model(self) -> AccessPolicy {
        let Self { source_selector, destination_selector, allowed_paths, allowed_methods, allowed_ports } = self;
        let source = |selector: IdentitySelectorV1| {
            let IdentitySelectorV1 {
                kube_identity_matcher,
                kube_service_account_refs,
                request_identity_matcher: Refused,
            } = selector;
            IdentitySelector { kube_identity_matcher, kube_service_account_refs, kube_service_matcher: None }
        };
        AccessPolicy {
            source_selector: source_selector.into_iter().map(source).collect(),
            destination_selector: destination_selector.into_iter().map(Into::into).collect(),
            allowed_paths,
            allowed_methods,
            allowed_ports,
        }
    }
}
