//! Selectors of destinations.

use crate::message;
use crate::model::refused::Refused;
use crate::model::selector::{ServiceMatcher, ServiceRefs, ServiceSelector};

message! {
    /// Which services a policy is for.
    DestinationSelectorV1 {
        /// By labels and place.
        kube_service_matcher: Option<ServiceMatcher> = "kubeServiceMatcher",
        /// By name.
        kube_service_refs: Option<ServiceRefs> = "kubeServiceRefs",
        /// Virtual destinations; not supported.
        virtual_destination_matcher: Refused = "virtualDestinationMatcher",
        /// Virtual destinations; not supported.
        virtual_destination_refs: Refused = "virtualDestinationRefs",
        /// External services; not supported.
        external_service_matcher: Refused = "externalServiceMatcher",
        /// External services; not supported.
        external_service_refs: Refused = "externalServiceRefs",
    }
}

impl From<DestinationSelectorV1> for ServiceSelector {
    fn from(selector: DestinationSelectorV1) -> Self {
        let DestinationSelectorV1 {
            kube_service_matcher,
            kube_service_refs,
            virtual_destination_matcher: Refused,
            virtual_destination_refs: Refused,
            external_service_matcher: Refused,
            external_service_refs: Refused,
        } = selector;
        Self { kube_service_matcher, kube_service_refs }
    }
}
