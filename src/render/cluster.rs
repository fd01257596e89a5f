//! One cluster's objects as the files of its tree.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher as _};

use rayon::prelude::*;

use crate::ca::{Delivered, ObjectName};
use crate::diag::{Code, Diag, Place, Report};
use crate::ids::{ClusterName, Text};
use crate::objects::{self, Object};
use crate::path;
use crate::plan::{ClusterId, Plan};
use crate::translate::{Manifest, SharedRoutes, names, translate, translate_shared};

use super::tree::{ClusterTree, TreeBuilder, TreeError, is_recordable};
use super::{header, layout};
use crate::yaml_writer;

/// The clusters that are rendered: clusters with Istio or Open Service Mesh.
pub fn clusters<'p, 'a>(plan: &'p Plan<'a>) -> impl Iterator<Item = (ClusterId, &'a ClusterName)> + use<'p, 'a> {
    plan.cluster_ids().filter(|id| plan.is_rendered(*id)).map(|id| (id, plan[id].name))
}

/// What the trees of several clusters have in common, so that it is written once.
pub fn shared<'p>(plan: &Plan<'p>) -> SharedRoutes<'p> {
    SharedRoutes::new(plan, |route, lines| {
        let written = yaml_writer::item(route, ROUTES, lines);
        debug_assert!(written.is_ok(), "routes are made of what YAML can hold: {written:?}");
    })
}

/// The column of a VirtualService's routes, which are a list in its `spec`.
const ROUTES: usize = 2;

/// Renders one cluster: its objects of the plan, and those that are delivered to it as they are.
///
/// # Errors
/// Two objects with one path, which [`check_paths`] has reported before.
pub fn render<'p>(
    plan: &'p Plan<'p>,
    cluster: ClusterId,
    shared: &SharedRoutes<'p>,
    delivered: Vec<Delivered<'_>>,
) -> Result<ClusterTree, TreeError> {
    let name = plan[cluster].name;
    let (labels, api) = (plan.labels_of(cluster), plan[cluster].facts.api);
    let mut builder = TreeBuilder::new(name.clone());
    let mut failed = None;
    translate_shared(plan, cluster, shared, |manifest| {
        let Manifest { namespace, name, spec, sources } = manifest;
        let kind = spec.kind();
        let path = layout::path(kind.file_prefix(), namespace, &name);
        builder.push(path, object_id(kind, namespace, &name), sources.clone(), |out| {
            header::write(&sources, out);
            let wave = if plan.has_sync_waves { spec.kind().sync_wave(&name) } else { None };
            let object = Object { namespace, name: &name, api, labels: &labels, wave, spec: &spec };
            failed = failed.take().or(yaml_writer::write(&object, out).err());
        });
    });
    debug_assert!(failed.is_none(), "objects are made of what YAML can hold: {failed:?}");
    for Delivered { object: ObjectName { kind, namespace, name }, text, sources } in delivered {
        let path = layout::path_of(kind, namespace, name);
        builder.push(path, format!("{kind} {namespace}/{name}"), sources.into(), |out| out.push_str(&text));
    }
    builder.finish()
}

/// What the lock and diagnostics call an object.
fn object_id(kind: objects::ObjectKind, namespace: &str, name: &str) -> String {
    [&kind.id(), " ", namespace, "/", name].concat()
}

/// Reports objects of one cluster that would have the same file, or a name that a file cannot have, before anything is written.
///
/// Names that a file cannot have are only reported if `names` says so: an object whose name is known to be wrong would be reported
/// again for everything that is rendered from it.
pub fn check_paths(plan: &Plan<'_>, names: bool, report: &mut Report) {
    let ids: Vec<ClusterId> = clusters(plan).map(|(id, _)| id).collect();
    let found: Vec<Vec<Diag>> = ids.par_iter().map(|id| same_paths(plan, *id)).collect();
    let told = found.into_iter().flatten().filter(|diag| names || diag.code != Code::BadValue);
    told.for_each(|diag| report.push(diag));
}

fn same_paths(plan: &Plan<'_>, cluster: ClusterId) -> Vec<Diag> {
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
        let mut hasher = DefaultHasher::new();
        hasher.write(path.as_bytes());
        numbers.push(hasher.finish());
    });
    numbers.sort_unstable();
    if numbers.windows(2).all(|pair| pair[0] != pair[1]) {
        return bad;
    }
    // This is rare, so paths and their objects are only collected here.
    let mut owners: BTreeMap<String, Vec<(String, Vec<Text>)>> = BTreeMap::new();
    translate(plan, cluster, |Manifest { namespace, name, spec, sources }| {
        let path = layout::path(spec.kind().file_prefix(), namespace, &name);
        let id = object_id(spec.kind(), namespace, &name);
        owners.entry(path).or_default().push((id, sources.to_vec()));
    });
    let places = places(plan);
    let shared = owners.into_iter().filter(|(_, owners)| owners.len() > 1);
    let shared = shared.map(|(path, owners)| {
        let described: Vec<String> =
            owners.iter().map(|(id, sources)| format!("{id} (from {})", sources.join(", "))).collect();
        let message = format!("{}/{path} would be written by {}", plan[cluster].name, described.join(" and by "));
        let sources = owners.iter().flat_map(|(_, sources)| sources);
        let mut found = sources.filter_map(|source| places.get(&**source).map(|place| (source, place)));
        let place = found.next().map_or(Place::Nowhere, |(_, place)| place.clone());
        let diag = Diag::new(Code::SamePath, place, message).hint("rename one of the objects they come from");
        found.fold(diag, |diag, (source, place)| diag.related(place.clone(), format!("{source} is defined here")))
    });
    bad.into_iter().chain(shared).collect()
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
