//! Answers in words, with the policies behind them.

use super::{Decision, Lost, Reason, Truth};
use crate::diag::{FieldPath, Place};
use crate::ids::Text;
use crate::path;
use crate::plan::{AccessId, FailoverId, Feature, Plan, TrafficId, VirtualMeshId};

/// A policy that decides something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct By {
    /// How output names it: `TrafficPolicy shop/web`.
    pub named: Text,
    /// The field that decides.
    pub place: Place,
}

impl Plan<'_> {
    /// An access policy.
    pub fn by_access(&self, id: AccessId) -> By {
        let policy = &self[id].policy;
        By { named: policy.named.clone(), place: policy.place(path!["metadata", "name"]) }
    }

    /// A traffic policy, or a feature of it.
    pub fn by_traffic(&self, id: TrafficId, feature: Option<Feature>) -> By {
        let policy = &self[id].policy;
        let field = feature.map_or_else(|| path!["metadata", "name"], |feature| path!["spec", feature.written()]);
        By { named: policy.named.clone(), place: policy.place(field) }
    }

    /// A failover service.
    pub fn by_failover(&self, id: FailoverId) -> By {
        let policy = &self[id].policy;
        By { named: policy.named.clone(), place: policy.place(path!["spec", "backingServices"]) }
    }

    /// A field of a virtual mesh.
    pub fn by_mesh(&self, id: VirtualMeshId, field: FieldPath) -> By {
        let policy = &self[id].policy;
        By { named: policy.named.clone(), place: policy.place(field) }
    }
}

/// Why a request is let in or refused, and the policies that decide.
pub fn why(plan: &Plan<'_>, decision: &Decision) -> (String, Vec<By>) {
    let by_mesh = |id: VirtualMeshId| vec![plan.by_mesh(id, path!["spec", "globalAccessPolicy"])];
    let name = |id: VirtualMeshId| &plan[id].policy.named;
    match &decision.why {
        Reason::NotIstio => ("not part of an Istio mesh".to_owned(), Vec::new()),
        Reason::Open => ("no AccessPolicy applies, and the mesh allows by default".to_owned(), Vec::new()),
        Reason::ShutBy(id) => (format!("no AccessPolicy applies, and {} refuses by default", name(*id)), by_mesh(*id)),
        Reason::Gateway(id) => (format!("gateway pods, which {} leaves open", name(*id)), by_mesh(*id)),
        Reason::Policies(ids) => {
            let words = match decision.allowed {
                Truth::Yes => "an AccessPolicy allows it",
                Truth::No => "AccessPolicies apply, and none allows it",
                Truth::Unknown => "the inventory does not show the port of the pods or the caller's identity",
            };
            (words.to_owned(), ids.iter().map(|id| plan.by_access(*id)).collect())
        }
    }
}

/// Why a caller's proxy does not know what is called.
pub fn lost(plan: &Plan<'_>, lost: Lost) -> String {
    match lost {
        Lost::NoSuchHost => "no service has this host".to_owned(),
        Lost::NoSuchPort => "the service does not have this port".to_owned(),
        Lost::NotFederated => "the service is in another cluster and not federated to the caller's mesh".to_owned(),
        Lost::NotForMesh(id) => format!("{} is not for the caller's mesh", plan[id].policy.named),
        Lost::Ambient => "the caller has no proxy of its own, so it knows no services of other clusters".to_owned(),
    }
}
