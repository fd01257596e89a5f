//! Services that take over from each other.

use std::collections::BTreeSet;

use minijinja::context;

use super::{Drafting, key, reference, yaml};
use crate::ask::Named;
use crate::ids::ClusterObjectRef;
use crate::plan::{MeshId, Spoken, TargetId};
use crate::scaffold::{Problem, fill};

impl Drafting<'_, '_, '_> {
    pub(super) fn failover(&self, services: &[TargetId], host: Option<&str>) -> Result<String, Problem> {
        let plan = self.evaluator.plan;
        let Some(first) = services.first() else {
            return Err(Problem::new("a failover needs services", "name the first one, and the others with --to"));
        };
        let port = self.evaluator.usual_port(Named::Service(*first)).unwrap_or(80);
        let spoken = plan[*first].known.ports.iter().find(|known| known.number == port).and_then(Spoken::of_port);
        let protocol = match spoken {
            Some(Spoken::Http) | None => "http",
            Some(Spoken::Grpc) => "grpc",
            Some(Spoken::Other) => "tcp",
        };
        let ClusterObjectRef { cluster: _, namespace: own, name: service } = plan.service(*first);
        let host = host.map_or_else(|| format!("{service}-failover.{own}.global"), str::to_owned);
        let (name, namespace) = self.name();
        let refs: Vec<String> = services.iter().map(|service| self.reference(*service)).collect();
        let outlier: Vec<String> =
            services.iter().filter(|service| !self.ejects(**service)).map(|service| self.reference(*service)).collect();
        let meshes: Vec<String> = self.meshes(services).into_iter().map(|mesh| key(plan[mesh].key)).collect();
        let context = context! {
            name, namespace, port, protocol, meshes, refs, outlier, host => yaml(&host),
            service => self.shown(*first), ref => reference(plan.service(*first)),
        };
        Ok(fill(include_str!("../../../templates/policies/failover.yaml.j2"), &context))
    }

    /// Whether some policy ejects failing endpoints of a service.
    fn ejects(&self, service: TargetId) -> bool {
        self.evaluator.plan.service_actions(service).outlier.is_some()
    }

    /// The meshes that can reach the services: those of their VirtualMesh, or their own.
    fn meshes(&self, services: &[TargetId]) -> BTreeSet<MeshId> {
        let plan = self.evaluator.plan;
        let own = || services.iter().filter_map(|service| plan[*service].mesh);
        let grouped = own().filter_map(|mesh| plan[mesh].virtual_mesh).flat_map(|id| plan[id].meshes.iter().copied());
        grouped.chain(own()).collect()
    }
}
