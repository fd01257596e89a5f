//! To which meshes services are federated, with and without selectors of the virtual mesh.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::discover::{Gateway, Port};
use crate::version::{Entry, ServerHosts, Style};

use super::{ClusterId, MeshId, Plan, TargetId, VirtualMeshId};

/// Which services of a virtual mesh are known to other meshes.
#[derive(Clone, Debug, Default)]
pub struct Restriction {
    /// The services, each with the meshes to which it is known.
    pub reach: BTreeMap<TargetId, Reach>,
    /// The services of each mesh that has any.
    pub servers: BTreeMap<MeshId, Exposed>,
}

/// The services that a mesh makes known.
#[derive(Clone, Debug, Default)]
pub struct Exposed {
    /// To every mesh.
    pub to_every: Vec<TargetId>,
    /// To one mesh and perhaps to others, by mesh.
    pub to_one: BTreeMap<MeshId, Vec<TargetId>>,
}

/// To which meshes a service is known.
#[derive(Clone, Debug, PartialEq)]
pub enum Reach {
    /// Every one of the virtual mesh.
    Every,
    /// These.
    Meshes(BTreeSet<MeshId>),
}

impl Reach {
    /// Whether a mesh is among them.
    pub fn includes(&self, mesh: MeshId) -> bool {
        match self {
            Self::Every => true,
            Self::Meshes(meshes) => meshes.contains(&mesh),
        }
    }
}

impl Plan<'_> {
    /// The gateway through which a mesh is called from other clusters: the first that is known.
    pub fn gateway(&self, server: MeshId) -> Option<&Gateway> {
        self[server].istio.gateways.first()
    }

    /// The gateways through which a service is called from other clusters: one that rewrites is the only one, and IPv6 addresses
    /// are none of them beside names.
    pub fn entrances(&self, target: TargetId) -> Vec<&Gateway> {
        let Some(mesh) = self[target].mesh.map(|mesh| &self[mesh]) else { return Vec::new() };
        match mesh.entry {
            Entry::Rewrite { .. } => mesh.istio.gateways.iter().take(1).collect(),
            Entry::Sni(_) => {
                let unresolved = mesh.istio.unresolved_gateways();
                mesh.istio.gateways.iter().filter(|gateway| !unresolved.contains(gateway)).collect()
            }
        }
    }

    /// Whether a service has a port that a gateway can pass on.
    pub fn is_callable(&self, target: TargetId) -> bool {
        self[target].known.distinct_ports().any(Port::is_passed_on)
    }

    /// Whether callers of a style get to know a service. Service Mesh Hub federates all that it can write down.
    pub fn is_written(&self, target: TargetId, style: Style) -> bool {
        let ports = &self[target].known.ports;
        match style {
            Style::Reference => ports.is_empty() || !ports.iter().all(Port::is_sctp),
            Style::Current => self.is_callable(target),
        }
    }

    /// The hosts for which the gateways of a mesh let requests of other clusters in, sorted.
    pub fn accepted_hosts(&self, server: MeshId, accepted: ServerHosts) -> Vec<Cow<'_, str>> {
        match accepted {
            ServerHosts::Domain => vec![Cow::Owned(format!("*.{}", self[self[server].cluster].domain))],
            ServerHosts::Exact => {
                let is_called = |target: &TargetId| self.is_callable(*target) && self.is_federated(*target);
                let targets = self[server].targets.iter().filter(|target| is_called(target));
                let mut hosts: Vec<_> = targets.map(|target| Cow::Borrowed(&*self[*target].local_host)).collect();
                hosts.sort();
                hosts
            }
        }
    }

    /// Whether the services of two meshes are known to each other.
    pub fn are_federated(&self, server: MeshId, client: MeshId) -> bool {
        self[server]
            .virtual_mesh
            .is_some_and(|vm| self[vm].federated && self[server].virtual_mesh == self[client].virtual_mesh)
    }

    /// Whether a service of another mesh is known to a mesh's callers.
    pub fn is_known(&self, target: TargetId, client: MeshId) -> bool {
        let server = self[target].mesh.filter(|server| *server != client && self.are_federated(*server, client));
        let is_reachable = |server| self.is_server(server) && self.reaches(target, client);
        server.is_some_and(is_reachable) && !self.has_ambient_pods(target)
    }

    /// Whether a mesh makes services known to the others of its virtual mesh.
    pub fn is_server(&self, id: MeshId) -> bool {
        let mesh = &self[id];
        let restriction = |vm: VirtualMeshId| self[vm].restriction.as_ref();
        let exposes = |vm| restriction(vm).is_none_or(|restriction| restriction.servers.contains_key(&id));
        mesh.virtual_mesh.is_some_and(|vm| self[vm].federated && exposes(vm))
            && !mesh.istio.gateways.is_empty()
            && !mesh.targets.is_empty()
            && self[mesh.cluster].registered
    }

    /// Whether the selectors of the virtual mesh, if it has any, let a service be known to a mesh.
    pub fn reaches(&self, target: TargetId, client: MeshId) -> bool {
        let parent = self[target].mesh.and_then(|mesh| self[mesh].virtual_mesh);
        match parent.and_then(|parent| self[parent].restriction.as_ref()) {
            None => true,
            Some(restriction) => restriction.reach.get(&target).is_some_and(|reach| reach.includes(client)),
        }
    }

    /// The meshes of other clusters whose callers know a service, in the order of their virtual mesh.
    pub fn clients(&self, target: TargetId) -> impl Iterator<Item = MeshId> {
        self.clients_among(target, |_| true)
    }

    /// The same of those in some clusters: to find out whether they know a service takes longer.
    fn clients_among(&self, target: TargetId, is_meant: impl Fn(ClusterId) -> bool) -> impl Iterator<Item = MeshId> {
        let parent = self[target].mesh.and_then(|mesh| self[mesh].virtual_mesh);
        let meshes = parent.map_or(&[][..], |parent| &self[parent].meshes);
        let is_client = move |client: &MeshId| {
            let cluster = self[*client].cluster;
            is_meant(cluster) && cluster != self[target].cluster && self.is_known(target, *client)
        };
        meshes.iter().copied().filter(is_client)
    }

    /// Whether another mesh knows a service, perhaps one in the same cluster.
    pub fn is_federated(&self, target: TargetId) -> bool {
        self.is_federated_among(target, |_| true)
    }

    /// Whether such a mesh gets what is written in the current style.
    pub fn is_federated_today(&self, target: TargetId) -> bool {
        self.is_federated_among(target, |client| self[self[client].cluster].facts.style == Style::Current)
    }

    fn is_federated_among(&self, target: TargetId, is_meant: impl Fn(MeshId) -> bool) -> bool {
        let parent = self[target].mesh.and_then(|mesh| self[mesh].virtual_mesh);
        let is_client = |client: &MeshId| is_meant(*client) && self.is_known(target, *client);
        parent.is_some_and(|parent| self[parent].meshes.iter().any(is_client))
    }

    /// The meshes of other clusters whose callers have the routes of a service.
    pub fn meshes_with_routes(&self, target: TargetId) -> impl Iterator<Item = MeshId> {
        self.clients_among(target, |cluster| self[cluster].facts.style == Style::Current)
    }

    /// The other clusters whose callers have the routes of a service, in order.
    pub fn clusters_with_routes(&self, target: TargetId) -> Vec<ClusterId> {
        let mut out: Vec<_> = self.meshes_with_routes(target).map(|client| self[client].cluster).collect();
        out.sort_unstable();
        out.dedup();
        out
    }

    /// The services of a mesh that the selectors of the virtual mesh, if it has any, let be known to another mesh.
    pub fn reaching(&self, server: MeshId, client: MeshId) -> impl Iterator<Item = TargetId> {
        let restriction = self[server].virtual_mesh.and_then(|parent| self[parent].restriction.as_ref());
        let (every, one): (&[TargetId], &[TargetId]) = match restriction {
            None => (&self[server].targets, &[]),
            Some(restriction) => match restriction.servers.get(&server) {
                None => (&[], &[]),
                Some(Exposed { to_every, to_one }) => (to_every, to_one.get(&client).map_or(&[], Vec::as_slice)),
            },
        };
        every.iter().chain(one).copied().filter(|target| !self.has_ambient_pods(*target))
    }
}
