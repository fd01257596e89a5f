//! The Secret as it is kept, encrypted with SOPS: for Flux, which opens it.

use super::{Delivered, Form, MeshMaterial, secret_in};
use crate::model::Kind;
use crate::model::settings::Ca;

pub(super) const FORM: Form = Form {
    asked: |plan| plan.ca_plan(),
    has_secrets: true,
    deliver,
    proof: Some(secret_in),
    leaves: "no VirtualMesh with mtlsConfig contains the mesh",
};

fn deliver<'m>(material: &'m MeshMaterial, _: &'m Ca) -> Vec<Delivered<'m>> {
    let MeshMaterial { virtual_mesh, mesh: _, cluster: _, namespace, manifest, issued: _ } = material;
    let sources = vec![Kind::VirtualMesh.named(virtual_mesh)];
    vec![Delivered { object: secret_in(namespace), text: manifest.into(), sources }]
}
