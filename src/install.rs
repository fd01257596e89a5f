//! Objects and files that the settings ask for, and no policy: how Istio is installed in a cluster, the Namespaces of its meshes, what
//! all workloads accept, and a gateway at the edge. Each has a file with one function, which adds what it makes for one cluster.

mod asked;
mod edge;
mod istio;
mod manifest;
mod namespaces;
mod peer_authentication;

use crate::built::BuiltObjects;
use crate::diag::Report;
use crate::model::Snapshot;
use crate::plan::Plan;

use asked::Asked;
pub use manifest::Manifest;

/// Adds them for every cluster. A setting that the version of its Istio does not know is reported.
pub fn add(snapshot: &Snapshot, plan: &Plan<'_>, built: &mut BuiltObjects, report: &mut Report) {
    for cluster in plan.cluster_ids() {
        let asked = Asked::new(snapshot, plan, cluster);
        peer_authentication::add(&asked, built);
        namespaces::add(&asked, built);
        istio::add(&asked, built, report);
        edge::add(&asked, built, report);
    }
}
