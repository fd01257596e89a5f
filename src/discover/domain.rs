//! The domain of a cluster's services.

use super::defaults::CLUSTER_DOMAIN;
use super::fact::{Fact, disagreement, state};
use crate::diag::Report;
use crate::ids::{ClusterName, ObjectRef, Text};
use crate::model::{Snapshot, hub_namespace};
use crate::path;

/// The domain that the compact inventory of a cluster or its registration state, or else the one that its Istio is given.
pub(super) fn domain(name: &ClusterName, snapshot: &Snapshot, of_istio: Option<Fact>, report: &mut Report) -> Text {
    let key = ObjectRef::new(hub_namespace(&snapshot.settings), name.0.clone());
    let mut domain = snapshot.kubernetes_clusters.get(&key).and_then(|object| {
        let place = object.place(path!["spec", "clusterDomain"]);
        Fact::given(&object.spec.cluster_domain, &place)
    });
    let compact = snapshot.compact.get(name).and_then(|compact| {
        let place = compact.place(path!["spec", "clusterDomain"]);
        Fact::given(compact.spec.cluster_domain.as_ref()?, &place)
    });
    state(&mut domain, compact, &format!("the domain of cluster {name}"), report);
    if let (Some(known), Some(stated)) = (&domain, &of_istio)
        && known.value != stated.value
    {
        disagreement(&format!("the domain of cluster {name}"), known, stated, "", report);
    }
    domain.or(of_istio).map_or_else(|| CLUSTER_DOMAIN.into(), |fact| fact.value)
}
