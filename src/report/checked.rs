//! `meshtree check`

use serde::Serialize;

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
            count(*clusters, "cluster", "clusters"),
            count(*meshes, "mesh", "meshes"),
            count(*services, "service", "services"),
            count(*policies, "policy", "policies"),
        )
    }
}

/// A number with its noun, singular or plural.
fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
