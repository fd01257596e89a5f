//! `meshtree check`

use serde::Serialize;

use super::table::plural;
use crate::fleet::Fleet;

/// What was checked.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Checked {
    pub clusters: usize,
    pub meshes: usize,
    pub services: usize,
    pub policies: usize,
}

impl Checked {
    /// The kind of its document.
    pub const KIND: &'static str = "CheckReport";

    /// Counts the contents of a fleet.
    pub fn of(fleet: &Fleet) -> Self {
        let (inventory, snapshot) = (&fleet.inventory, &fleet.snapshot);
        Self {
            clusters: inventory.clusters.len(),
            meshes: inventory.meshes.len(),
            services: inventory.targets.len(),
            policies: snapshot.virtual_meshes.len()
                + snapshot.traffic_policies.len()
                + snapshot.access_policies.len()
                + snapshot.failover_services.len(),
        }
    }

    /// One line.
    pub fn text(&self) -> String {
        let Self { clusters, meshes, services, policies } = self;
        format!(
            "ok: {}, {}, {}, {}\n",
            plural(*clusters, "cluster", "clusters"),
            plural(*meshes, "mesh", "meshes"),
            plural(*services, "service", "services"),
            plural(*policies, "policy", "policies"),
        )
    }
}
