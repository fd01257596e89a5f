//! One cluster's objects as the files of its tree.

use crate::built::BuiltObjects;
use crate::ca::{Delivered, ObjectName};
use crate::ids::ClusterName;
use crate::objects::{self, Object};
use crate::plan::{ClusterId, Plan};
use crate::translate::{Manifest, SharedRoutes, translate_shared};

use super::tree::{ClusterTree, TreeBuilder, TreeError};
use super::{header, layout};
use crate::yaml_writer;

/// The clusters that are rendered: clusters with Istio or Open Service Mesh, and those for which something was built.
pub fn clusters<'p, 'a>(
    plan: &'p Plan<'a>,
    built: &'p BuiltObjects,
) -> impl Iterator<Item = (ClusterId, &'a ClusterName)> + use<'p, 'a> {
    plan.cluster_ids().filter(|id| is_rendered(plan, built, *id)).map(|id| (id, plan[id].name))
}

/// Whether a cluster is rendered.
pub fn is_rendered(plan: &Plan<'_>, built: &BuiltObjects, cluster: ClusterId) -> bool {
    plan.is_rendered(cluster) || built.has(plan[cluster].name)
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

/// Renders one cluster: its objects of the plan, those that were built, and those that are delivered to it as they are.
///
/// # Errors
/// Two objects with one path, which [`check_paths`](super::paths::check_paths) has reported before.
pub fn render<'p>(
    plan: &'p Plan<'p>,
    cluster: ClusterId,
    shared: &SharedRoutes<'p>,
    (built, delivered): (&BuiltObjects, Vec<Delivered<'_>>),
) -> Result<ClusterTree, TreeError> {
    let name = plan[cluster].name;
    let (labels, api) = (plan.labels_of(cluster), plan[cluster].facts.api);
    let mut builder = TreeBuilder::new(name.clone());
    let mut failed = None;
    translate_shared(plan, cluster, shared, |manifest| {
        let Manifest { namespace, name, mut spec, sources } = manifest;
        let routes = spec.take_written();
        let kind = spec.kind();
        let path = layout::path(kind.file_prefix(), namespace, &name);
        builder.push(path, object_id(kind, namespace, &name), sources.clone(), |out| {
            header::write(&sources, out);
            let wave = if plan.has_sync_waves { spec.kind().sync_wave(&name) } else { None };
            let object = Object { namespace, name: &name, api, labels: &labels, wave, spec: &spec };
            failed = failed.take().or(yaml_writer::write(&object, out).err());
        });
        builder.append(routes);
    });
    debug_assert!(failed.is_none(), "objects are made of what YAML can hold: {failed:?}");
    for object in built.of(name) {
        let path = layout::path_of(&object.kind, &object.namespace, &object.name);
        builder.push(path, object.id(), object.sources.clone(), |out| {
            header::write(&object.sources, out);
            out.push_str(&object.text);
        });
    }
    for file in built.files_of(name) {
        builder.push(layout::file(&file.name), file.id(), file.sources.clone(), |out| {
            header::write(&file.sources, out);
            out.push_str(&file.text);
        });
    }
    for Delivered { object: ObjectName { kind, namespace, name }, text, sources } in delivered {
        let path = layout::path_of(kind, namespace, name);
        builder.push(path, format!("{kind} {namespace}/{name}"), sources.into(), |out| out.push_str(&text));
    }
    builder.finish()
}

/// What the lock and diagnostics call an object.
pub(super) fn object_id(kind: objects::ObjectKind, namespace: &str, name: &str) -> String {
    [&kind.id(), " ", namespace, "/", name].concat()
}
