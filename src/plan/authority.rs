//! Which meshes need which CA material. No keys are generated here.

use super::{ClusterId, MeshId, Plan};
use crate::ids::{ClusterName, ObjectRef};

/// Every authority that the policies require.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaPlan {
    /// One per VirtualMesh with shared trust.
    pub authorities: Vec<Authority>,
}

/// The shared root of one VirtualMesh and the meshes that get an intermediate under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// The VirtualMesh.
    pub virtual_mesh: ObjectRef,
    /// Where the root comes from.
    pub root: RootSource,
    /// The meshes, each of which gets its own intermediate.
    pub meshes: Vec<MeshCa>,
}

/// Where the root of an authority comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RootSource {
    /// It is generated if the store has none.
    Generated(GeneratedRoot),
    /// This Secret is put into the store by hand; it is never generated.
    Given(ObjectRef),
}

/// How a root is generated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneratedRoot {
    /// How many days it is valid.
    pub ttl_days: u32,
    /// The size of its RSA key: 2048, 3072 or 4096.
    pub key_bits: u32,
    /// The organization that it names as its subject.
    pub organization: String,
}

/// One mesh's intermediate and where its control plane looks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeshCa {
    /// The mesh.
    pub mesh: ObjectRef,
    /// The cluster it runs in.
    pub cluster: ClusterName,
    /// The namespace its `cacerts` goes to.
    pub namespace: String,
    /// The URI its certificate is issued for, such as `spiffe://cluster.local/ns/istio-system/sa/istiod-service-account`.
    pub spiffe: String,
    /// The labels of the delivered Secret.
    pub labels: Vec<(String, String)>,
}

impl Plan<'_> {
    /// The material that the plan requires: one authority for each virtual mesh with shared trust.
    pub fn ca_plan(&self) -> CaPlan {
        let authorities = self.virtual_meshes.iter().filter_map(|virtual_mesh| {
            let root = virtual_mesh.root.clone()?;
            let meshes = virtual_mesh.meshes.iter().map(|id| self.mesh_ca(*id)).collect();
            Some(Authority { virtual_mesh: virtual_mesh.policy.key.clone(), root, meshes })
        });
        CaPlan { authorities: authorities.collect() }
    }

    fn mesh_ca(&self, id: MeshId) -> MeshCa {
        let mesh = &self[id];
        let cluster: &ClusterName = self[mesh.cluster].name;
        let (domain, account) = (&mesh.istio.trust_domain, &mesh.istio.service_account);
        MeshCa {
            mesh: mesh.key.clone(),
            cluster: cluster.clone(),
            namespace: mesh.namespace.to_string(),
            spiffe: format!("spiffe://{domain}/ns/{}/sa/{account}", mesh.namespace),
            labels: self.labels_of(mesh.cluster),
        }
    }

    /// The labels of every object of a cluster, its name and the hub's namespace filled in.
    pub fn labels_of(&self, cluster: ClusterId) -> Vec<(String, String)> {
        let cluster = self[cluster].name;
        let fill = |text: &str| text.replace("{cluster}", cluster.as_str()).replace("{hub}", &self.hub);
        self.labels.iter().map(|(key, value)| (key.to_string(), fill(value))).collect()
    }
}
