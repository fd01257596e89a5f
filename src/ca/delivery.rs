//! What a cluster gets of the material that is kept. The settings choose that, for all clusters or for one, whatever is kept: a root
//! can be renewed from the store however its intermediates are delivered.

mod cert_manager;
mod external_secret;
mod findings;
mod none;
mod object;
mod sealed_secret;
mod sops;

use std::borrow::Cow;

use super::material::{CaMaterial, MeshMaterial};
use crate::ids::{ClusterName, ObjectRef, Text};
use crate::model::Kind;
use crate::model::settings::{Delivery, Settings};
use crate::objects::names::CACERTS;
use crate::plan::{Authority, CaPlan, MeshCa, Plan, RootSource};

pub(super) use external_secret::remote_key;
pub(super) use findings::check;

/// An object for a cluster's tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered<'m> {
    pub object: ObjectName<'m>,
    /// The manifest, whole.
    pub text: Cow<'m, str>,
    /// The policies it comes from.
    pub sources: Vec<Text>,
}

/// What an object is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectName<'m> {
    /// Its kind, with the group behind a dot when that is not the core one.
    pub kind: &'static str,
    pub namespace: &'m str,
    pub name: &'m str,
}

/// A form of delivery. Each has a file of its own, and [`form`] chooses.
pub(super) struct Form {
    /// Whether what is delivered is kept in the store, and issued here.
    pub(super) is_kept: bool,
    /// The kind of the object that a mesh gets, if it gets one; all have the name and the namespace of the Secret. What is kept and
    /// lost is never replaced while a tree has it.
    pub(super) kind: Option<&'static str>,
    /// The object that a mesh gets, whole: a form adds the first line and the labels itself. None as long as there is nothing that
    /// could be delivered.
    text: for<'m> fn(&Wanted<'m>, &Settings) -> Option<Cow<'m, str>>,
    /// Why a mesh's Secret, rendered before, is rendered no longer.
    pub(super) leaves: &'static str,
    /// What to do with the Secret that is in the cluster then.
    pub(super) then: &'static str,
}

/// A mesh that is to get an object.
pub(super) struct Wanted<'m> {
    virtual_mesh: &'m ObjectRef,
    root: &'m RootSource,
    mesh: &'m MeshCa,
    /// What is kept for it.
    material: Option<&'m MeshMaterial>,
}

/// What becomes of a Secret in a cluster that nobody renders any more.
const STAYS: &str = "keep the Secret in the cluster, which is excluded from pruning, or delete it there: istiod then creates a root of its own, and calls fail until every workload has a new certificate";

/// The form that the settings ask for.
pub(super) fn form(delivery: Delivery) -> Form {
    match delivery {
        Delivery::Sops => sops::FORM,
        Delivery::SealedSecret => sealed_secret::FORM,
        Delivery::ExternalSecret => external_secret::FORM,
        Delivery::CertManager => cert_manager::FORM,
        Delivery::IstioCsr => none::ISTIO_CSR,
        Delivery::None => none::FORM,
    }
}

/// The part of what the policies ask that is kept in the store.
pub fn kept(plan: &Plan<'_>, settings: &Settings) -> CaPlan {
    let mut asked = plan.ca_plan();
    for authority in &mut asked.authorities {
        authority.meshes.retain(|mesh| form(settings.delivery(&mesh.cluster)).is_kept);
    }
    asked
}

/// What one cluster gets.
pub fn deliver<'m>(
    asked: &'m CaPlan,
    material: &'m CaMaterial,
    cluster: &ClusterName,
    settings: &Settings,
) -> Vec<Delivered<'m>> {
    let Form { is_kept: _, kind, text, leaves: _, then: _ } = form(settings.delivery(cluster));
    let Some(kind) = kind else { return Vec::new() };
    let of_cluster = |authority: &'m Authority| {
        let Authority { virtual_mesh, root, meshes } = authority;
        let meshes = meshes.iter().filter(|mesh| mesh.cluster == *cluster);
        meshes.map(move |mesh| Wanted { virtual_mesh, root, mesh, material: material.of(&mesh.mesh) })
    };
    let object = |wanted: Wanted<'m>| {
        let (object, sources) =
            (named(kind, &wanted.mesh.namespace), vec![Kind::VirtualMesh.named(wanted.virtual_mesh)]);
        Some(Delivered { object, text: text(&wanted, settings)?, sources })
    };
    asked.authorities.iter().flat_map(of_cluster).filter_map(object).collect()
}

/// An object that the tree of a cluster gets for a mesh.
#[derive(Clone, Debug)]
pub struct Promised {
    pub cluster: ClusterName,
    /// As [`ObjectName::kind`].
    pub kind: &'static str,
    pub namespace: String,
    pub virtual_mesh: ObjectRef,
}

/// The objects that the trees of all clusters get.
pub fn promised(plan: &Plan<'_>, settings: &Settings) -> Vec<Promised> {
    let of = |authority: Authority| {
        let Authority { virtual_mesh, root: _, meshes } = authority;
        meshes.into_iter().filter_map(move |mesh| {
            let kind = form(settings.delivery(&mesh.cluster)).kind?;
            let MeshCa { cluster, namespace, .. } = mesh;
            Some(Promised { cluster, kind, namespace, virtual_mesh: virtual_mesh.clone() })
        })
    };
    plan.ca_plan().authorities.into_iter().flat_map(of).collect()
}

/// Whether a cluster's tree, asked for its objects, shows that material was issued for the control plane in a namespace. Every
/// form's object counts: the tree may have been rendered by another form than the settings ask for now.
pub(super) fn was_issued(namespace: &str, has: impl Fn(ObjectName<'_>) -> bool) -> bool {
    secret_objects(namespace).any(has)
}

/// The objects that a tree may have for the control plane in a namespace, of every form that is kept in the store.
pub fn secret_objects(namespace: &str) -> impl Iterator<Item = ObjectName<'_>> {
    let forms = Delivery::ALL.iter().map(|delivery| form(*delivery)).filter(|form| form.is_kept);
    forms.filter_map(move |form| Some(named(form.kind?, namespace)))
}

/// The object of a kind in the namespace of a control plane.
fn named<'m>(kind: &'static str, namespace: &'m str) -> ObjectName<'m> {
    ObjectName { kind, namespace, name: CACERTS }
}

/// The Secret that istiod reads in the namespace of a control plane.
pub(super) fn secret_in(namespace: &str) -> ObjectName<'_> {
    named(sops::SECRET, namespace)
}

#[cfg(test)]
mod tests;
