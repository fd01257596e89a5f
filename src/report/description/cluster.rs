//! Clusters and meshes.

use super::{Description, Making, StateView, fact, one};
use crate::path;
use crate::plan::{ClusterId, FailoverId, MeshId, VirtualMeshId};
use crate::version::{Entry, Facts, FailoverForm, ServerHosts, Style};

impl Making<'_, '_> {
    pub(super) fn cluster(&self, id: ClusterId) -> Description {
        let cluster = &self.plan[id];
        let workloads = self.plan.workloads.iter().filter(|workload| workload.cluster == id).count();
        let mut facts = vec![
            one("domain", cluster.domain),
            one("registered", if cluster.registered { "yes" } else { "no, so nothing of it is federated" }),
            fact("meshes", cluster.meshes.iter().map(|mesh| self.mesh_name(*mesh))),
            fact("other meshes", cluster.osm.then_some("Open Service Mesh")),
            one("services", cluster.targets.len()),
            one("workloads", workloads),
        ];
        if !cluster.meshes.is_empty() {
            facts.push(fact("its Istio reads", self::facts(&cluster.facts)));
        }
        facts.push(fact("objects", self.counts(id)));
        let parents = cluster.meshes.iter().filter_map(|mesh| self.plan[*mesh].virtual_mesh);
        Description {
            thing: "cluster".to_owned(),
            name: self.cluster_name(id),
            facts,
            policies: parents.map(|parent| self.parent(parent)).collect(),
            added: self.added(id, |_| true),
            ..Description::default()
        }
    }

    pub(super) fn mesh(&self, id: MeshId) -> Description {
        let mesh = &self.plan[id];
        let istio = mesh.istio;
        let entry = match mesh.entry {
            Entry::Rewrite { .. } => "an EnvoyFilter at the gateway, as Service Mesh Hub writes it (profile rewrite)",
            Entry::Sni(ServerHosts::Exact) => "server names of the federated services (profile sni)",
            Entry::Sni(ServerHosts::Domain) => "server names of all services (profile sni)",
        };
        let gateways = istio.gateways.iter().map(|gateway| format!("{}:{}", gateway.address, gateway.port));
        let failover = |id: &FailoverId| format!("{} as {}", self.plan[*id].policy.named, self.plan[*id].host);
        let facts = vec![
            one("cluster", self.cluster_name(mesh.cluster)),
            one("namespace", mesh.namespace),
            one("Istio", &istio.version),
            one("trust domain", &istio.trust_domain),
            one("service account", &istio.service_account),
            fact("gateways", gateways),
            one("calls from other clusters", entry),
            one("services", mesh.targets.len()),
            fact("failover services", mesh.failovers.iter().map(failover)),
        ];
        Description {
            thing: "mesh".to_owned(),
            name: mesh.key.to_string(),
            facts,
            policies: mesh.virtual_mesh.map(|parent| self.parent(parent)).into_iter().collect(),
            ..Description::default()
        }
    }

    /// The virtual mesh of a mesh: one that groups any is accepted.
    fn parent(&self, id: VirtualMeshId) -> StateView {
        let policy = self.places.policy(&self.plan.by_mesh(id, path!["metadata", "name"]));
        StateView { policy, state: "ACCEPTED", order: None, errors: Vec::new() }
    }
}

/// What follows from the version of Istio.
fn facts(Facts { style, api, failover, retried: _, priority: _ }: &Facts) -> Vec<String> {
    let style = match style {
        Style::Reference => "objects as Service Mesh Hub writes them",
        Style::Current => "objects for current versions: policies also apply to callers in other clusters",
    };
    let failover = match failover {
        FailoverForm::AggregateV2 => "failover by an EnvoyFilter of API v2",
        FailoverForm::AggregateV3 => "failover by an EnvoyFilter of API v3",
        FailoverForm::Endpoints => "failover by endpoints with priorities",
    };
    vec![style.to_owned(), api.networking().to_owned(), api.security().to_owned(), failover.to_owned()]
}
