//! What is decided but not done: the material that is there, and the jobs that make the rest.

use std::path::PathBuf;
use std::sync::Arc;

use age::x25519::Recipient;
use time::OffsetDateTime;

use super::keys::RsaKey;
use super::plan::{CaMaterial, MeshMaterial};
use super::x509::RootCert;
use crate::ids::ObjectRef;
use crate::plan::{Authority, GeneratedRoot, MeshCa};

/// What the store gives, and what is still to be issued.
pub struct Pending {
    pub(super) store: PathBuf,
    pub(super) hub_namespace: String,
    pub(super) secret_type: String,
    pub(super) now: OffsetDateTime,
    pub(super) ready: Vec<MeshMaterial>,
    pub(super) jobs: Vec<Job>,
    pub(super) refused: bool,
}

/// Something to issue.
pub(super) enum Job {
    /// A root and the intermediates of all its meshes.
    Authority {
        authority: Authority,
        root: GeneratedRoot,
        directory: PathBuf,
        root_recipients: Vec<Recipient>,
        mesh_recipients: Vec<Vec<Recipient>>,
    },
    /// One more intermediate under a root of the store.
    Join(Box<Join>),
}

/// A mesh that joins an authority.
pub(super) struct Join {
    pub(super) virtual_mesh: ObjectRef,
    pub(super) mesh: MeshCa,
    pub(super) directory: PathBuf,
    pub(super) root_file: PathBuf,
    pub(super) root: RootCert,
    pub(super) root_pem: String,
    pub(super) root_key: Arc<RsaKey>,
    pub(super) recipients: Vec<Recipient>,
}

impl Pending {
    /// What the store gives without anything being issued.
    pub fn ready(&self) -> CaMaterial {
        CaMaterial { meshes: self.ready.clone() }
    }

    /// Whether something that the plan asks for can neither be had nor made; the report says what.
    pub fn is_refused(&self) -> bool {
        self.refused
    }

    /// What [`Pending::issue`] will make: the VirtualMesh, and the mesh if only its intermediate is made.
    pub fn to_issue(&self) -> Vec<(ObjectRef, Option<ObjectRef>)> {
        let named = |job: &Job| match job {
            Job::Authority { authority, .. } => (authority.virtual_mesh.clone(), None),
            Job::Join(join) => (join.virtual_mesh.clone(), Some(join.mesh.mesh.clone())),
        };
        self.jobs.iter().map(named).collect()
    }
}

/// A mesh's material, from the text of its file.
pub(super) fn material(virtual_mesh: &ObjectRef, mesh: &MeshCa, manifest: String, issued: bool) -> MeshMaterial {
    MeshMaterial {
        virtual_mesh: virtual_mesh.clone(),
        mesh: mesh.mesh.clone(),
        cluster: mesh.cluster.clone(),
        namespace: mesh.namespace.clone(),
        manifest,
        issued,
    }
}
