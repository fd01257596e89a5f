//! The Secret as it is kept, encrypted with SOPS: for Flux, which opens it.

use super::{Delivered, Form, MeshMaterial, secret_in};
use crate::model::Kind;

pub(super) const FORM: Form =
    Form { asked: |plan| plan.ca_plan(), deliver, leaves: "no VirtualMesh with mtlsConfig contains the mesh" };

fn deliver(material: &MeshMaterial) -> Vec<Delivered<'_>> {
    let MeshMaterial { virtual_mesh, mesh: _, cluster: _, namespace, manifest, issued: _ } = material;
    let sources = vec![Kind::VirtualMesh.named(virtual_mesh)];
    vec![Delivered { object: secret_in(namespace), text: manifest.into(), sources }]
}
