//! From the plan to the objects of Istio and of SMI, cluster by cluster. It looks nothing up by name and cannot fail.

mod access;
mod destination;
mod failover;
mod features;
mod federation;
mod route;
mod smi;
pub mod sources;

pub mod mtls;

use std::borrow::Cow;

use crate::ids::Text;
use crate::istio::Spec;
use crate::resolve::plan::{ClusterId, Plan, TargetId};

pub use sources::Sources;

/// One object and where it comes from.
#[derive(Debug)]
pub struct Manifest<'p> {
    /// Its namespace.
    pub namespace: &'p str,
    /// Its name.
    pub name: Cow<'p, str>,
    /// What it says.
    pub spec: Spec<'p>,
    /// The policies that it comes from.
    pub sources: Sources,
}

/// Gives every object of a cluster to `emit`, in an order of the translation's own.
pub fn translate<'p>(plan: &'p Plan<'p>, cluster: ClusterId, mut emit: impl FnMut(Manifest<'p>)) {
    for target in &plan[cluster].targets {
        if plan[*target].mesh.is_some() {
            of_target(plan, *target, &mut emit);
        }
        if let Some(bound) = &plan[*target].smi {
            smi::of_target(plan, *target, bound, &mut emit);
        }
    }
    for mesh in &plan[cluster].meshes {
        federation::known_from_others(plan, *mesh, &mut emit);
        if let Some(virtual_mesh) = plan[*mesh].virtual_mesh {
            federation::gateway(plan, *mesh, virtual_mesh, &mut emit);
            access::of_mesh(plan, *mesh, virtual_mesh, &mut emit);
        }
        for failover in &plan[*mesh].failovers {
            failover::of_mesh(plan, *mesh, *failover, &mut emit);
        }
    }
}

/// The objects for one service in its own cluster.
fn of_target<'p>(plan: &'p Plan<'p>, target: TargetId, emit: &mut impl FnMut(Manifest<'p>)) {
    let service = &plan[target].known.service;
    let (namespace, name): (&Text, &Text) = (&service.namespace, &service.name);
    let mut put = |spec, sources| emit(Manifest { namespace, name: Cow::Borrowed(name), spec, sources });
    if let Some((spec, sources)) = route::virtual_service(plan, target) {
        put(Spec::VirtualService(spec), sources);
    }
    let (spec, sources) = destination::local(plan, target);
    put(Spec::DestinationRule(spec), sources);
    if let Some((spec, sources)) = access::of_target(plan, target) {
        put(Spec::AuthorizationPolicy(spec), sources);
    }
}
