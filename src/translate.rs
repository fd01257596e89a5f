//! Translates the plan to Istio and SMI objects, cluster by cluster. It looks nothing up by name and cannot fail.

mod access;
mod destination;
mod failover;
mod federation;
mod route;
mod smi;
pub mod sources;

pub use route::SharedRoutes;

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::ids::Provenance;
use crate::objects::{Content, ObjectKind, Spec};
use crate::plan::{ClusterId, FailoverId, Plan, TargetId};
use crate::version::Style;

/// One object and where it comes from.
#[derive(Debug)]
pub struct Manifest<'p> {
    /// Its namespace.
    pub namespace: &'p str,
    /// Its name.
    pub name: Cow<'p, str>,
    /// Its specification.
    pub spec: Spec<'p>,
    /// The policies that it comes from.
    pub sources: Provenance,
}

/// Passes every object of a cluster to `emit`, in no particular order.
pub fn translate<'p>(plan: &'p Plan<'p>, cluster: ClusterId, emit: impl FnMut(Manifest<'p>)) {
    of_cluster(plan, cluster, &mut Whole { emit, shared: None });
}

/// The same, with the routes that callers in several clusters have as text, which is written once for all clusters.
pub fn translate_shared<'p>(
    plan: &'p Plan<'p>,
    cluster: ClusterId,
    shared: &SharedRoutes<'p>,
    emit: impl FnMut(Manifest<'p>),
) {
    of_cluster(plan, cluster, &mut Whole { emit, shared: Some(shared) });
}

/// Gives kind, namespace and name of the same objects to `emit`, in the same order, without making them.
pub fn names<'p>(plan: &'p Plan<'p>, cluster: ClusterId, emit: impl FnMut(ObjectKind, &str, &str)) {
    of_cluster(plan, cluster, &mut Names(emit));
}

/// Receives the objects of a cluster. The name is always known; the specification is built only on request.
trait Sink<'p> {
    fn put<T: Content<'p>>(
        &mut self,
        namespace: &'p str,
        name: impl Into<Cow<'p, str>>,
        make: impl FnOnce() -> (T, Provenance),
    ) {
        self.put_sharing(namespace, name, |_| make());
    }

    /// Takes an object that may have routes that were written before.
    fn put_sharing<T: Content<'p>>(
        &mut self,
        namespace: &'p str,
        name: impl Into<Cow<'p, str>>,
        make: impl FnOnce(Option<&SharedRoutes<'p>>) -> (T, Provenance),
    );
}

struct Whole<'s, 'p, F> {
    emit: F,
    shared: Option<&'s SharedRoutes<'p>>,
}

impl<'p, F: FnMut(Manifest<'p>)> Sink<'p> for Whole<'_, 'p, F> {
    fn put_sharing<T: Content<'p>>(
        &mut self,
        namespace: &'p str,
        name: impl Into<Cow<'p, str>>,
        make: impl FnOnce(Option<&SharedRoutes<'p>>) -> (T, Provenance),
    ) {
        let (content, sources) = make(self.shared);
        (self.emit)(Manifest { namespace, name: name.into(), spec: content.into(), sources });
    }
}

struct Names<F>(F);

impl<'p, F: FnMut(ObjectKind, &str, &str)> Sink<'p> for Names<F> {
    fn put_sharing<T: Content<'p>>(
        &mut self,
        namespace: &'p str,
        name: impl Into<Cow<'p, str>>,
        _: impl FnOnce(Option<&SharedRoutes<'p>>) -> (T, Provenance),
    ) {
        (self.0)(T::KIND, namespace, &name.into());
    }
}

fn of_cluster<'p>(plan: &'p Plan<'p>, cluster: ClusterId, sink: &mut impl Sink<'p>) {
    for target in &plan[cluster].targets {
        if plan[*target].mesh.is_some() {
            of_target(plan, *target, sink);
        }
        if let Some(bound) = &plan[*target].smi {
            smi::of_target(plan, *target, bound, sink);
        }
    }
    for mesh in &plan[cluster].meshes {
        federation::known_from_others(plan, *mesh, sink);
        federation::let_in(plan, *mesh, sink);
        access::of_mesh(plan, *mesh, sink);
        for failover in &plan[*mesh].failovers {
            failover::of_mesh(plan, *mesh, *failover, sink);
        }
    }
    // Several meshes of the cluster may call the same failover service, which has one host there.
    let failovers: BTreeSet<FailoverId> =
        plan[cluster].meshes.iter().flat_map(|mesh| plan[*mesh].failovers.iter().copied()).collect();
    failovers.into_iter().for_each(|failover| failover::of_cluster(plan, failover, cluster, sink));
}

/// The namespaces that see what is written in a style. Later versions of Istio have defaults for it, which may be the object's
/// own namespace; the gateway and the callers of other namespaces must see it.
fn export_to(style: Style) -> &'static [&'static str] {
    match style {
        Style::Reference => &[],
        Style::Current => &["*"],
    }
}

/// The objects of one service in its own cluster.
fn of_target<'p>(plan: &'p Plan<'p>, target: TargetId, sink: &mut impl Sink<'p>) {
    let service = &plan[target].known.service;
    let (namespace, name): (&str, &str) = (&service.namespace, &service.name);
    let cluster = plan[target].cluster;
    if route::are_there(plan, target, cluster) {
        sink.put(namespace, name, || route::virtual_service(plan, target, cluster, None));
    }
    sink.put(namespace, name, || destination::local(plan, target));
    if plan.rules(target).next().is_some() {
        access::of_target(plan, target, sink);
    }
}
