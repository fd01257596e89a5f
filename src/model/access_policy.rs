//! AccessPolicy as written (`networking.smh.solo.io/v1alpha2`).

use super::selector::{IdentitySelector, ServiceSelector};
use super::traffic_policy::HttpMethod;
use crate::ids::Text;
use crate::message;

message! {
    /// The specification of an AccessPolicy.
    AccessPolicy {
        /// Who may call; none means anyone.
        source_selector: Vec<IdentitySelector> = "sourceSelector",
        /// The services it is for; none means every one.
        destination_selector: Vec<ServiceSelector> = "destinationSelector",
        /// The paths that may be called. An empty list could mean none or any: it makes the policy INVALID.
        allowed_paths: Option<Vec<Text>> = "allowedPaths",
        /// The methods that may be used; none means any.
        allowed_methods: Vec<HttpMethod> = "allowedMethods",
        /// The ports that may be called; none means any.
        allowed_ports: Vec<u32> = "allowedPorts",
    }
}
