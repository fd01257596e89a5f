//! What the policies ask of the certificate authorities, and what this run allows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::identities::Identities;
use super::recipients::Recipients;
use crate::diag::Place;
use crate::ids::{ClusterName, ObjectRef};

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
