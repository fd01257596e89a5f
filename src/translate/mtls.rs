//! Which mesh needs which CA material. No key is made here.

use crate::ca::{Authority, CaPlan, GeneratedRoot, MeshCa, RootSource};
use crate::ids::ClusterName;
use crate::resolve::plan::{Plan, Root};

/// The material that a plan asks for: one authority for each virtual mesh with shared trust.
pub fn ca_plan(plan: &Plan<'_>) -> CaPlan {
    let authorities = plan.virtual_meshes.iter().filter_map(|virtual_mesh| {
        let root = match virtual_mesh.root.as_ref()? {
            Root::Generated { ttl_days, key_bits, organization } => RootSource::Generated(GeneratedRoot {
                ttl_days: *ttl_days,
                key_bits: *key_bits,
                organization: organization.to_string(),
            }),
            Root::Secret(secret) => RootSource::Given((*secret).clone()),
        };
        let meshes = virtual_mesh.meshes.iter().map(|id| {
            let mesh = &plan[*id];
            let cluster: &ClusterName = plan[mesh.cluster].name;
            let (domain, account) = (&mesh.istio.trust_domain, &mesh.istio.service_account);
            MeshCa {
                mesh: mesh.key.clone(),
                cluster: cluster.clone(),
                namespace: mesh.namespace.to_string(),
                spiffe: format!("spiffe://{domain}/ns/{}/sa/{account}", mesh.namespace),
                labels: labels(plan, cluster),
            }
        });
        Some(Authority { virtual_mesh: virtual_mesh.key.clone(), root, meshes: meshes.collect() })
    });
    CaPlan { authorities: authorities.collect() }
}

/// The labels of every object of a cluster.
pub fn labels(plan: &Plan<'_>, cluster: &ClusterName) -> Vec<(String, String)> {
    let fill = |text: &str| text.replace("{cluster}", cluster.as_str()).replace("{hub}", &plan.hub);
    plan.labels.iter().map(|(key, value)| (key.to_string(), fill(value))).collect()
}
