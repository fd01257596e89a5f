//! What a run knows and allows. What is asked of it is the plan's to say (`plan::authority`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::identities::Identities;
use super::recipients::Recipients;
use super::validity::Soon;
use crate::diag::Place;
use crate::ids::{ClusterName, ObjectRef};

/// What a run knows and allows.
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
    /// The flag that says so.
    pub lock: &'static str,
    /// The namespace of the root's Secret.
    pub hub_namespace: String,
    /// The `type` of the delivered Secrets.
    pub secret_type: String,
    /// Where each VirtualMesh asks for material.
    pub places: BTreeMap<ObjectRef, Place>,
    /// How long before its end a certificate is reported.
    pub soon: Soon,
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
            lock: "--locked",
            hub_namespace: "service-mesh-hub".to_owned(),
            secret_type: "Opaque".to_owned(),
            places: BTreeMap::new(),
            soon: Soon::default(),
            delivered: BTreeSet::new(),
        }
    }
}
