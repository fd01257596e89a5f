//! What the policies ask of the certificate authorities, and what this run allows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::identities::Identities;
use super::recipients::Recipients;
use crate::diag::Place;
use crate::ids::{ClusterName, ObjectRef};

/// Every authority that the policies ask for.
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
    /// It is made when the store has none.
    Generated(GeneratedRoot),
    /// Somebody puts this Secret into the store; it is never made.
    Given(ObjectRef),
}

/// How a root is made.
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

/// What this run knows and allows.
#[derive(Clone, Debug)]
pub struct Options {
    /// The directory of the store.
    pub store: PathBuf,
    /// Who can open the private keys that this run makes.
    pub recipients: Recipients,
    /// What opens the private keys made before, if anything does.
    pub identities: Identities,
    /// Whether nothing may be made.
    pub locked: bool,
    /// The namespace of the root's Secret.
    pub hub_namespace: String,
    /// The `type` of the delivered Secrets.
    pub secret_type: String,
    /// Where each VirtualMesh asks for material.
    pub places: BTreeMap<ObjectRef, Place>,
    /// The cluster and namespace of every `cacerts` that the rendered tree holds already.
    pub delivered: BTreeSet<(ClusterName, String)>,
}

impl Options {
    /// The defaults, for the store in `store`: nobody to encrypt to, nothing to decrypt with, an empty tree.
    pub fn new(store: impl Into<PathBuf>) -> Self {
        Self {
            store: store.into(),
            recipients: Recipients::default(),
            identities: Identities::default(),
            locked: false,
            hub_namespace: "service-mesh-hub".to_owned(),
            secret_type: "Opaque".to_owned(),
            places: BTreeMap::new(),
            delivered: BTreeSet::new(),
        }
    }
}

/// The CA material of every mesh in the plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaMaterial {
    /// In the order of their VirtualMesh, then of their mesh.
    pub meshes: Vec<MeshMaterial>,
}

/// One mesh's `cacerts`, as it stands in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeshMaterial {
    /// The VirtualMesh whose root signed it.
    pub virtual_mesh: ObjectRef,
    /// The mesh.
    pub mesh: ObjectRef,
    /// The cluster it is for.
    pub cluster: ClusterName,
    /// The namespace it is for.
    pub namespace: String,
    /// The Secret's manifest: the store's file, byte for byte.
    pub manifest: String,
    /// Whether this run made it.
    pub issued: bool,
}
