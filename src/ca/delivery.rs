//! What a cluster gets of the material that is kept. The settings choose that, whatever is kept: a root
//! can be renewed from the store however its intermediates are delivered.

mod none;
mod sops;

use std::borrow::Cow;

use super::material::{CaMaterial, MeshMaterial};
use crate::ids::{ClusterName, ObjectRef, Text};
use crate::model::settings::{Ca, Delivery};
use crate::objects::names::CACERTS;
use crate::plan::{Authority, CaPlan, Plan};

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
    /// What is to be kept and issued here for it.
    pub(super) asked: fn(&Plan<'_>) -> CaPlan,
    /// Whether the objects are the Secrets that istiod reads, and not something that makes them in the cluster.
    pub(super) has_secrets: bool,
    /// The objects that a cluster gets for one mesh, by the settings. The text of each is written as it is: a form adds the first
    /// line and the labels itself.
    deliver: for<'m> fn(&'m MeshMaterial, &'m Ca) -> Vec<Delivered<'m>>,
    /// The object in a cluster's tree that proves that material was issued for the control plane in a namespace; none if the form
    /// puts nothing there. A store that is lost is never replaced while the tree has it.
    proof: Option<fn(&str) -> ObjectName<'_>>,
    /// Why a mesh's Secret, rendered before, is rendered no longer.
    pub(super) leaves: &'static str,
}

/// The form that the settings ask for.
pub(super) fn form(delivery: Delivery) -> Form {
    match delivery {
        Delivery::Sops => sops::FORM,
        Delivery::None => none::FORM,
    }
}

/// What one cluster gets.
pub fn deliver<'m>(material: &'m CaMaterial, cluster: &ClusterName, settings: &'m Ca) -> Vec<Delivered<'m>> {
    let meshes = material.meshes.iter().filter(|mesh| mesh.cluster == *cluster);
    meshes.flat_map(|mesh| (form(settings.delivery).deliver)(mesh, settings)).collect()
}

/// The Secrets in the trees of clusters, by cluster and namespace, with the VirtualMesh of each.
pub fn secrets(plan: &Plan<'_>, settings: &Ca) -> Vec<(ClusterName, String, ObjectRef)> {
    let Form { asked, has_secrets, deliver: _, proof: _, leaves: _ } = form(settings.delivery);
    let authorities = if has_secrets { asked(plan).authorities } else { Vec::new() };
    let of = |authority: Authority| {
        let Authority { virtual_mesh, root: _, meshes } = authority;
        meshes.into_iter().map(move |mesh| (mesh.cluster, mesh.namespace, virtual_mesh.clone()))
    };
    authorities.into_iter().flat_map(of).collect()
}

/// Whether a cluster's tree, asked for its objects, shows that material was issued for the control plane in a namespace. Every
/// form's proof counts: the tree may have been rendered by another form than the settings ask for now.
pub(super) fn was_issued(namespace: &str, has: impl Fn(ObjectName<'_>) -> bool) -> bool {
    is_proved(Delivery::ALL.iter().map(|delivery| form(*delivery)), namespace, has)
}

fn is_proved(forms: impl IntoIterator<Item = Form>, namespace: &str, has: impl Fn(ObjectName<'_>) -> bool) -> bool {
    forms.into_iter().filter_map(|form| form.proof).any(|proof| has(proof(namespace)))
}

/// The Secret that istiod reads in the namespace of a control plane.
pub(super) fn secret_in(namespace: &str) -> ObjectName<'_> {
    ObjectName { kind: "Secret", namespace, name: CACERTS }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_says_what_proves_that_it_was_issued() {
        fn sealed(namespace: &str) -> ObjectName<'_> {
            ObjectName { kind: "sealedsecret.bitnami.com", namespace, name: "mesh-ca" }
        }
        let other = Form { proof: Some(sealed), has_secrets: false, ..sops::FORM };
        let forms = || [none::FORM, Form { ..other }, sops::FORM];
        let in_tree = |tree: &'static [&str]| {
            move |ObjectName { kind, namespace, name }: ObjectName<'_>| {
                tree.contains(&&*format!("{kind} {namespace}/{name}"))
            }
        };
        for (tree, expected) in [
            (&["Secret istio-system/cacerts"][..], true),
            (&["sealedsecret.bitnami.com istio-system/mesh-ca"], true),
            (&["sealedsecret.bitnami.com other/mesh-ca", "Secret istio-system/other"], false),
            (&[], false),
        ] {
            assert_eq!(is_proved(forms(), "istio-system", in_tree(tree)), expected, "{tree:?}");
        }
        assert!(!is_proved([none::FORM], "istio-system", |_| true), "this form puts nothing into the tree");
        assert!(was_issued("x", |name| name == secret_in("x")), "whatever the settings ask for now");
        assert!(!was_issued("x", |name| name == secret_in("y")));
    }

    #[test]
    fn each_form_gives_a_cluster_its_own() {
        let mesh = |cluster: &str| MeshMaterial {
            virtual_mesh: ObjectRef::new("hub", "all"),
            mesh: ObjectRef::new("hub", format!("istiod-{cluster}")),
            cluster: cluster.into(),
            namespace: "istio-system".to_owned(),
            manifest: format!("of {cluster}"),
            issued: false,
        };
        let material = CaMaterial { meshes: vec![mesh("east"), mesh("west")] };
        let by = |delivery| Ca { delivery, ..Ca::default() };
        let sops = by(Delivery::Sops);
        let [delivered] = <[_; 1]>::try_from(deliver(&material, &"west".into(), &sops)).expect("one object");
        assert_eq!(delivered.object, ObjectName { kind: "Secret", namespace: "istio-system", name: "cacerts" });
        assert_eq!((&*delivered.text, &*delivered.sources), ("of west", &["VirtualMesh hub/all".into()][..]));
        assert!(deliver(&material, &"west".into(), &by(Delivery::None)).is_empty());
        assert!(deliver(&material, &"north".into(), &by(Delivery::Sops)).is_empty());
    }
}
