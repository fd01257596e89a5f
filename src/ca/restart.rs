//! Restarts of what has certificates from `cacerts`, where a VirtualMesh asks for them: a Job in the tree of each cluster.
//!
//! The Job's name is a hash of all that it is made of, the certificates among it: Kubernetes changes no Job, and whoever applies the tree
//! runs each once. What it is to restart is in a ConfigMap, so that a new workload does not make another Job.

mod findings;
mod objects;
mod targets;

use sha2::{Digest, Sha256};

use super::delivery::{Delivered, ObjectName, form};
use super::manifest::Manifest;
use super::material::CaMaterial;
use super::secret::{CA_CERT, ROOT_CERT};
use crate::ids::{ObjectRef, Text};
use crate::model::Kind;
use crate::model::settings::Settings;
use crate::plan::{ClusterId, MeshId, Plan};

pub(super) use findings::check;

/// An object of a restart, as a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestartObject {
    kind: &'static str,
    namespace: String,
    name: String,
    text: String,
    virtual_mesh: ObjectRef,
}

impl RestartObject {
    /// What its cluster gets.
    pub fn delivered(&self) -> Delivered<'_> {
        let Self { kind, namespace, name, text, virtual_mesh } = self;
        let sources: Vec<Text> = vec![Kind::VirtualMesh.named(virtual_mesh)];
        Delivered { object: ObjectName { kind, namespace, name }, text: text.into(), sources }
    }
}

/// The objects that restart the meshes of a cluster whose certificates are known.
pub fn restarts(plan: &Plan<'_>, cluster: ClusterId, material: &CaMaterial, settings: &Settings) -> Vec<RestartObject> {
    let of_mesh = |id: &MeshId| {
        let virtual_mesh = asked(plan, *id)?;
        // Of what is not kept, nothing tells when it changes.
        let material = form(settings.delivery(plan[cluster].name)).is_kept.then(|| material.of(plan[*id].key))??;
        let certificates = fingerprint(&material.manifest)?;
        Some(objects::of(plan, *id, (virtual_mesh, &certificates), image(settings)))
    };
    plan[cluster].meshes.iter().filter_map(of_mesh).flatten().collect()
}

/// The VirtualMesh that asks for the restarts of a mesh.
fn asked<'p>(plan: &'p Plan<'_>, mesh: MeshId) -> Option<&'p ObjectRef> {
    let virtual_mesh = &plan[plan[mesh].virtual_mesh?];
    (virtual_mesh.restarts && virtual_mesh.root.is_some()).then_some(virtual_mesh.policy.key)
}

/// What changes with each `cacerts` that something has to be restarted for: the intermediate, and what workloads trust. CRLs are read
/// while istiod runs.
fn fingerprint(manifest: &str) -> Option<String> {
    let manifest = Manifest::read(manifest).ok()?;
    let mut hash = Sha256::new();
    for entry in [CA_CERT, ROOT_CERT] {
        hash.update(manifest.entry(entry).ok()?.as_bytes());
    }
    Some(hex(&hash.finalize()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The image of the Job unless the settings name another one.
const IMAGE: &str = "alpine/k8s:1.34.1";

fn image(settings: &Settings) -> &str {
    settings.ca.as_ref().and_then(|ca| ca.restart_image.as_deref()).unwrap_or(IMAGE)
}

#[cfg(test)]
mod tests;
