//! The same policies in version `v1` of the later API group, `networking.mesh.gloo.solo.io`, mapped to the one model.
//!
//! There a TrafficPolicy's features are below `spec.policy`, source selectors below `kubeWorkloadMatcher`, and a matcher's
//! method is plain text. What the model does not support is refused by name.

mod access_policy;
mod selector;
mod traffic_policy;
mod virtual_mesh;

pub use access_policy::{AccessPolicyV1, IdentitySelectorV1};
pub use selector::DestinationSelectorV1;
pub use traffic_policy::{
    CorsPolicyV1, FaultInjectionV1, FaultKindV1, HttpMatcherV1, PathMatchV1, PolicyV1, ShiftDestinationV1,
    ShiftTargetV1, SourceSelectorV1, StringMatchTypeV1, StringMatchV1, TrafficPolicyV1, TrafficShiftV1,
};
pub use virtual_mesh::{
    FederationModeV1, FederationSelectorV1, FederationV1, GeneratedRootV1, MtlsConfigV1, RootCertificateAuthorityV1,
    RootSourceV1, SharedTrustV1, TrustModelV1, VirtualMeshV1,
};

use super::decode::Decode;

/// A later version of a policy's specification, which is mapped to the model.
pub trait Later: Decode + Default {
    /// The specification of the model.
    type Model: Default;

    /// The specification in the model.
    fn into_model(self) -> Self::Model;
}
