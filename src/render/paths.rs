//! The paths of all objects of a cluster, checked before anything is written.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher as _};

use rayon::prelude::*;

use super::cluster::{clusters, object_id};
use super::layout;
use super::tree::is_recordable;
use crate::built::{Built, BuiltObjects};
use crate::ca::Promised;
use crate::diag::{Code, Diag, Place, Report};
use crate::ids::{ClusterName, Text};
use crate::model::Kind;
use crate::objects;
use crate::objects::names::CACERTS;
use crate::path;
use crate::plan::{ClusterId, Plan};
use crate::translate::{Manifest, names, translate};

/// What is rendered beside the objects of the plan, as far as it is known before anything is rendered.
#[derive(Clone, Copy, Debug)]
pub struct Beside<'b> {
    pub built: &'b BuiltObjects,
    /// What carries CA material.
    pub promised: &'b [Promised],
}

/// Reports objects of one cluster that would have the same file, or a name that a file cannot have, before anything is written.
///
/// Names that a file cannot have are only reported if `names` says so: an object whose name is known to be wrong would be reported
/// again for everything that is rendered from it.
pub fn check_paths(plan: &Plan<'_>, beside: &Beside<'_>, names: bool, report: &mut Report) {
    let ids: Vec<ClusterId> = clusters(plan, beside.built).map(|(id, _)| id).collect();
    let found: Vec<Vec<Diag>> = ids.par_iter().map(|id| same_paths(plan, *id, beside)).collect();
    let told = found.into_iter().flatten().filter(|diag| names || diag.code != Code::BadValue);
    told.for_each(|diag| report.push(diag));
}

fn same_paths(plan: &Plan<'_>, cluster: ClusterId, beside: &Beside<'_>) -> Vec<Diag> {
    let beside = OfCluster::new(beside, plan[cluster].name);
    // Hashes are sorted much faster than paths; a collision is resolved below.
    let mut numbers: Vec<u64> = Vec::new();
    let mut path = String::new();
    let mut bad = Vec::new();
    names(plan, cluster, |kind, namespace, name| {
        path.clear();
        // What every file system accepts, the lock and the terminal do as well.
        if !layout::push(kind.file_prefix(), namespace, name, &mut path) {
            bad.extend(unrecordable(plan, cluster, kind, [namespace, name]));
        }
        numbers.push(number(&path));
    });
    beside.each(|path, _| numbers.push(number(&path)));
    numbers.sort_unstable();
    if numbers.windows(2).all(|pair| pair[0] != pair[1]) {
        return bad;
    }
    // This is rare, so paths and their objects are only collected here.
    let mut owners: BTreeMap<String, Vec<Owner<'_>>> = BTreeMap::new();
    translate(plan, cluster, |Manifest { namespace, name, spec, sources }| {
        let path = layout::path(spec.kind().file_prefix(), namespace, &name);
        let id = object_id(spec.kind(), namespace, &name);
        owners.entry(path).or_default().push(Owner { id, sources: sources.to_vec(), place: None });
    });
    beside.each(|path, owner| owners.entry(path).or_default().push(owner));
    let places = places(plan);
    let shared = owners.into_iter().filter(|(_, owners)| owners.len() > 1);
    bad.into_iter().chain(shared.map(|(path, owners)| same_path(plan, cluster, &path, &owners, &places))).collect()
}

/// An object with a path.
struct Owner<'b> {
    id: String,
    sources: Vec<Text>,
    /// Where it is asked for, if no policy asks for it.
    place: Option<&'b Place>,
}

/// The finding for objects with one path.
fn same_path(
    plan: &Plan<'_>,
    cluster: ClusterId,
    path: &str,
    owners: &[Owner<'_>],
    places: &BTreeMap<&str, Place>,
) -> Diag {
    let described: Vec<String> =
        owners.iter().map(|Owner { id, sources, .. }| format!("{id} (from {})", sources.join(", "))).collect();
    let message = format!("{}/{path} would be written by {}", plan[cluster].name, described.join(" and by "));
    let sources = owners.iter().flat_map(|owner| owner.sources.iter().map(|source| (source, owner.place)));
    let mut found = sources.filter_map(|(source, place)| Some((source, place.or_else(|| places.get(&**source))?)));
    let place = found.next().map_or(Place::Nowhere, |(_, place)| place.clone());
    let diag = Diag::new(Code::SamePath, place, message).hint("rename one of the objects they come from");
    found.fold(diag, |diag, (source, place)| diag.related(place.clone(), format!("{source} is defined here")))
}

fn number(path: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(path.as_bytes());
    hasher.finish()
}

/// The part of [`Beside`] that is for one cluster.
struct OfCluster<'b> {
    built: &'b [Built],
    promised: Vec<&'b Promised>,
}

impl<'b> OfCluster<'b> {
    fn new(beside: &Beside<'b>, cluster: &ClusterName) -> Self {
        let promised = beside.promised.iter().filter(|promised| promised.cluster == *cluster).collect();
        Self { built: beside.built.of(cluster), promised }
    }

    /// Gives the path of each object and the object.
    fn each(&self, mut take: impl FnMut(String, Owner<'b>)) {
        for object in self.built {
            let path = layout::path_of(&object.kind, &object.namespace, &object.name);
            take(path, Owner { id: object.id(), sources: object.sources.to_vec(), place: Some(&object.place) });
        }
        for Promised { cluster: _, kind, namespace, virtual_mesh } in &self.promised {
            let path = layout::path_of(kind, namespace, CACERTS);
            let (id, sources) = (format!("{kind} {namespace}/{CACERTS}"), vec![Kind::VirtualMesh.named(virtual_mesh)]);
            take(path, Owner { id, sources, place: None });
        }
    }
}

/// Reports the names of an object that cannot be recorded in the lock. Cluster-scoped objects have no namespace.
fn unrecordable(
    plan: &Plan<'_>,
    cluster: ClusterId,
    kind: objects::ObjectKind,
    names: [&str; 2],
) -> impl Iterator<Item = Diag> {
    names.into_iter().filter(|name| !name.is_empty() && !is_recordable(name)).map(move |name| {
        let message = format!("{} of cluster {} would have the name {name:?}", kind.as_str(), plan[cluster].name);
        let hint = "rename the object that it comes from: no API server accepts such a name";
        Diag::new(Code::BadValue, Place::Nowhere, message).hint(hint)
    })
}

/// Where the names of policies are written, by what files say that they come from.
fn places<'p>(plan: &'p Plan<'_>) -> BTreeMap<&'p str, Place> {
    let policies = plan.virtual_meshes.iter().map(|mesh| &mesh.policy);
    let policies = policies.chain(plan.failovers.iter().map(|failover| &failover.policy));
    let policies = policies.chain(plan.traffic.iter().map(|traffic| &traffic.policy));
    let policies = policies.chain(plan.access.iter().map(|access| &access.policy));
    policies.map(|policy| (&*policy.named, policy.place(path!["metadata", "name"]))).collect()
}
