//! The domain of a cluster's services.

use super::defaults::CLUSTER_DOMAIN;
use super::fact::{Fact, state};
use crate::diag::Report;
use crate::ids::{ClusterName, ObjectRef, Text};
use crate::model::{Snapshot, hub_namespace};
use crate::path;

/// The domain that the compact inventory of a cluster or its registration state.
pub(super) fn domain(name: &ClusterName, snapshot: &Snapshot, report: &mut Report) -> Text {
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
    domain.map_or_else(|| CLUSTER_DOMAIN.into(), |fact| fact.value)
}
