//! What a run knows and allows. What is asked of it is the plan's to say (`plan::authority`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::identities::Identities;
use super::program::Program;
use super::recipients::Recipients;
use super::sealer::Sealing;
use super::stored::Certificate;
use super::tree_object::TreeBundle;
use super::validity::Soon;
use crate::diag::Place;
use crate::ids::{ClusterName, ObjectRef};
use crate::plan::MeshCa;

/// What a run knows and allows.
#[derive(Clone, Debug)]
pub struct Options {
    /// The directory of the store.
    pub store: PathBuf,
    /// Who can open the private keys that this run makes.
    pub recipients: Recipients,
    /// What opens the private keys made before, if anything does.
    pub identities: Identities,
    /// What signs instead of the root's key, if anything does.
    pub signer: Option<Program>,
    /// Whether nothing may be made.
    pub locked: bool,
    /// The flag that says so.
    pub lock: &'static str,
    /// The namespace of the root's Secret.
    pub hub_namespace: String,
    /// The `type` of the delivered Secrets.
    pub secret_type: String,
    /// What seals for the clusters that get a sealed copy.
    pub sealing: BTreeMap<ClusterName, Sealing>,
    /// Where each VirtualMesh asks for material.
    pub places: BTreeMap<ObjectRef, Place>,
    /// How long before its end a certificate is reported.
    pub soon: Soon,
    /// What the inventory shows of roots that the workloads of a control plane, by cluster and namespace, trust already.
    pub trusted: BTreeMap<(ClusterName, String), Trusted>,
    /// Whether a root is made, or a mesh moved to one, although its workloads trust another.
    pub accept_new_root: bool,
    /// The clusters whose intermediates are made anew, all of them if none is named; nothing if no intermediate is.
    pub renew: Option<BTreeSet<ClusterName>>,
    /// What the workloads of a control plane, by cluster and namespace, trust by the rendered tree.
    pub tree: BTreeMap<(ClusterName, String), TreeRoots>,
    /// Whether a root is delivered that does not follow from the one in the tree.
    pub accept_root_change: bool,
    /// Whether the run is for the store alone, so that another one may follow before anything is rendered.
    pub only_store: bool,
    /// The cluster and namespace of every `cacerts` that the rendered tree holds already.
    pub delivered: BTreeSet<(ClusterName, String)>,
}

/// An object of a cluster that shows which root its workloads trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trusted {
    /// Such as `ConfigMap istio-system/istio-ca-root-cert`.
    pub object: String,
    /// The SHA-256 of each root; none if the object is a Secret, which is not read.
    pub roots: Option<Vec<[u8; 32]>>,
}

/// What the rendered tree has workloads trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeRoots {
    /// The file of the Secret, or of what makes it.
    pub file: PathBuf,
    /// Its roots.
    pub bundle: TreeBundle,
    /// The version of the istiod that reads it.
    pub istio: String,
    /// Whether that istiod compares bundles as sets of certificates, and not byte for byte.
    pub by_set: bool,
}

impl Options {
    /// What shows that the workloads of a mesh trust a root, and not this one.
    pub(super) fn other_root(&self, mesh: &MeshCa, root: Option<&Certificate>) -> Option<(ClusterName, &Trusted)> {
        let trusted = self.trusted.get(&(mesh.cluster.clone(), mesh.namespace.clone()))?;
        let is_this = match (root, &trusted.roots) {
            (Some(root), Some(roots)) => roots.contains(&Sha256::digest(&root.der).into()),
            // A Secret may have been rendered from this store.
            (Some(_), None) => true,
            (None, _) => false,
        };
        (!is_this).then(|| (mesh.cluster.clone(), trusted))
    }

    /// Whether the intermediate of a mesh is to be made anew.
    pub(super) fn renews(&self, mesh: &MeshCa) -> bool {
        self.renew.as_ref().is_some_and(|clusters| clusters.is_empty() || clusters.contains(&mesh.cluster))
    }

    /// The defaults, for the store in `store`: nobody to encrypt to, nothing to decrypt with, an empty tree.
    pub fn new(store: impl Into<PathBuf>) -> Self {
        Self {
            store: store.into(),
            recipients: Recipients::default(),
            identities: Identities::default(),
            signer: None,
            locked: false,
            lock: "--locked",
            hub_namespace: "service-mesh-hub".to_owned(),
            secret_type: "Opaque".to_owned(),
            sealing: BTreeMap::new(),
            places: BTreeMap::new(),
            soon: Soon::default(),
            trusted: BTreeMap::new(),
            accept_new_root: false,
            renew: None,
            tree: BTreeMap::new(),
            accept_root_change: false,
            only_store: false,
            delivered: BTreeSet::new(),
        }
    }
}
