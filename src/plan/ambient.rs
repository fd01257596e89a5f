//! Services whose pods have no proxy of their own: a proxy of each node (ambient mode), perhaps with a waypoint before them.

use super::{Identity, Plan, TargetId};
use crate::ids::ObjectRef;
use crate::version::Api;

/// How requests get to the pods of a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ServicePlane {
    /// By a proxy in each pod, as far as it is known.
    #[default]
    Sidecar,
    /// By a proxy of each node.
    Ambient,
    /// By either, depending on the pod.
    Mixed,
}

impl Plan<'_> {
    /// Whether pods of a service are in ambient mode. Istio has no way to them from other clusters: a gateway passes requests on to
    /// pods that have a proxy of their own.
    pub fn has_ambient_pods(&self, target: TargetId) -> bool {
        self[target].plane != ServicePlane::Sidecar
    }

    /// The waypoint that decides about requests to a service by path and method, if all its pods are behind it.
    pub fn waypoint(&self, target: TargetId) -> Option<&ObjectRef> {
        // Earlier versions have no policy for a service at its waypoint.
        let has_policies = self[self[target].cluster].facts.api >= Api::V1;
        match self[target].plane {
            ServicePlane::Ambient if has_policies => self[target].known.waypoint.as_ref(),
            ServicePlane::Ambient => None,
            ServicePlane::Sidecar | ServicePlane::Mixed => None,
        }
    }

    /// Who sends the requests that come through the waypoint of a service: its service account has its name.
    pub fn waypoint_identity(&self, target: TargetId) -> Option<Identity<'_>> {
        let ObjectRef { namespace, name } = self.waypoint(target)?;
        let domain = &self[self[target].mesh?].istio.trust_domain;
        Some(Identity::Account { domain, namespace, account: name })
    }
}
