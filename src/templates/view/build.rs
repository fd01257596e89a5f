//! Makes the views of what the plan knows.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    BackingView, ClusterView, FailoverServiceView, FederationView, FleetView, GatewayView, MemberView, MeshView,
    NamespaceView, PolicyView, PortView, RemoteServiceView, ServiceView, SubsetView, Variables, VirtualMeshView,
    WorkloadView,
};
use crate::discover::{Gateway, GatewayRole, Inventory, Port, Target as Known, TargetPort, Workload};
use crate::ids::{ClusterObjectRef, ObjectRef, Text};
use crate::model::settings::{ProfileName, Settings};
use crate::plan::{
    Cluster, ClusterId, FailoverId, FailoverService, Index, Mesh, MeshId, Plan, Policy, ServicePlane, Target, TargetId,
    VirtualMesh, WorkloadId,
};
use crate::version::Entry;

/// Makes views, one cluster after the other.
pub struct Builder<'b, 'a> {
    plan: &'b Plan<'a>,
    index: &'b Index<'a>,
    inventory: &'b Inventory,
    settings: &'b Settings,
    waves: Vec<usize>,
}

impl<'b, 'a> Builder<'b, 'a> {
    pub fn new(plan: &'b Plan<'a>, index: &'b Index<'a>, (inventory, settings): (&'b Inventory, &'b Settings)) -> Self {
        Self { plan, index, inventory, settings, waves: plan.waves() }
    }

    /// What all templates see.
    pub fn fleet(&self) -> FleetView {
        let plan = self.plan;
        let rendered = plan.cluster_ids().filter(|id| plan.is_rendered(*id));
        FleetView { hub_namespace: plan.hub.clone(), clusters: rendered.map(|id| plan[id].name.0.clone()).collect() }
    }

    /// What a template for a cluster sees, without namespace and service.
    pub fn variables(&self, id: ClusterId, values: BTreeMap<Text, serde_json::Value>) -> Variables {
        Variables { cluster: self.cluster(id), namespace: None, service: None, fleet: self.fleet(), values }
    }

    /// A cluster with everything in it.
    pub fn cluster(&self, id: ClusterId) -> ClusterView {
        let plan = self.plan;
        let cluster = &plan[id];
        let meshes: Vec<MeshView> = cluster.meshes.iter().map(|mesh| self.mesh(*mesh)).collect();
        let mut services: Vec<ServiceView> = cluster
            .targets
            .iter()
            .filter(|target| !plan[**target].is_untranslated())
            .map(|target| self.service(*target))
            .collect();
        services.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
        let workloads = WorkloadId::all(plan.workloads.len()).filter(|workload| plan[*workload].cluster == id);
        let mut workloads: Vec<WorkloadView> = workloads.map(|workload| self.workload(workload)).collect();
        workloads.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
        ClusterView {
            name: cluster.name.0.clone(),
            domain: cluster.domain.clone(),
            registered: cluster.registered,
            network: self.network(id),
            wave: self.waves.get(id.index()).copied().unwrap_or_default(),
            labels: plan.labels_of(id).into_iter().map(|(key, value)| (key.into(), value.into())).collect(),
            networking_api: cluster.facts.api.networking().into(),
            security_api: cluster.facts.api.security().into(),
            mesh: meshes.first().cloned(),
            meshes,
            osm: cluster.osm,
            namespaces: self.namespaces(id, &services, &workloads),
            remote_services: self.remote_services(id),
            failover_services: self.failover_services(id),
            services,
            workloads,
        }
    }

    /// The network of a cluster whose installation is rendered.
    fn network(&self, id: ClusterId) -> Option<Text> {
        let Cluster { name, facts, meshes, .. } = &self.plan[id];
        let (istio, _) = self.settings.objects_of(name).installation()?;
        meshes.first()?;
        istio.network_of(name, facts.style.names_networks()).map(Text::from)
    }

    fn namespaces(&self, id: ClusterId, services: &[ServiceView], workloads: &[WorkloadView]) -> Vec<NamespaceView> {
        let known = self.inventory.clusters.get(self.plan[id].name);
        let mut out: BTreeMap<Text, NamespaceView> = BTreeMap::new();
        for name in known.into_iter().flat_map(|cluster| &cluster.namespaces) {
            out.entry(name.clone()).or_default();
        }
        for service in services {
            out.entry(service.namespace.clone()).or_default().services.push(service.clone());
        }
        for workload in workloads {
            out.entry(workload.namespace.clone()).or_default().workloads.push(workload.clone());
        }
        let named = |(name, view): (Text, NamespaceView)| {
            let accounts: BTreeSet<Text> =
                view.workloads.iter().map(|workload| workload.service_account.clone()).collect();
            NamespaceView { name, service_accounts: accounts.into_iter().collect(), ..view }
        };
        out.into_iter().map(named).collect()
    }

    fn mesh(&self, id: MeshId) -> MeshView {
        let Mesh { key, cluster: _, namespace, istio, entry, served: _, virtual_mesh, targets: _, failovers: _ } =
            &self.plan[id];
        let profile = match entry {
            Entry::Rewrite { .. } => ProfileName::Rewrite,
            Entry::Sni(_) => ProfileName::Sni,
        };
        MeshView {
            name: key.name.clone(),
            namespace: (*namespace).clone(),
            version: istio.version.clone(),
            profile: profile.as_str(),
            trust_domain: istio.trust_domain.clone(),
            service_account: istio.service_account.clone(),
            gateways: istio.gateways.iter().map(|gateway| self.gateway(gateway, id)).collect(),
            virtual_mesh: virtual_mesh.map(|parent| self.virtual_mesh(&self.plan[parent])),
        }
    }

    fn gateway(&self, gateway: &Gateway, of: MeshId) -> GatewayView {
        let Gateway { address, port, container_port, labels, namespace } = gateway;
        GatewayView {
            address: address.clone(),
            port: *port,
            container_port: *container_port,
            labels: labels.clone(),
            namespace: namespace.clone().unwrap_or_else(|| self.plan[of].namespace.clone()),
        }
    }

    fn virtual_mesh(&self, bound: &VirtualMesh<'a>) -> VirtualMeshView {
        let VirtualMesh { policy, verdict: _, meshes, federated, restriction: _, deny_by_default, root, restarts: _ } =
            bound;
        let member = |mesh: &Mesh<'a>| MemberView {
            name: mesh.key.name.clone(),
            cluster: self.plan[mesh.cluster].name.0.clone(),
            trust_domain: mesh.istio.trust_domain.clone(),
        };
        VirtualMeshView {
            name: policy.key.name.clone(),
            namespace: policy.key.namespace.clone(),
            federated: *federated,
            denies_by_default: *deny_by_default,
            shares_trust: root.is_some(),
            members: meshes.iter().map(|mesh| member(&self.plan[*mesh])).collect(),
        }
    }

    fn service(&self, id: TargetId) -> ServiceView {
        let plan = self.plan;
        let bound = &plan[id];
        let Known { place: _, service, selector, labels, ports, address, mesh: _, external: _, waypoint } = bound.known;
        let ClusterObjectRef { cluster, namespace, name } = service;
        let workloads: BTreeSet<WorkloadId> = self.index.behind(plan, id).collect();
        ServiceView {
            name: name.clone(),
            namespace: namespace.clone(),
            cluster: cluster.clone(),
            mesh: bound.mesh.map(|mesh| plan[mesh].key.name.clone()),
            host: bound.local_host.as_str().into(),
            cluster_ip: address.cluster_ip().map(Text::from),
            labels: (**labels).clone(),
            selector: (**selector).clone(),
            ports: ports.iter().map(port).collect(),
            workloads: workloads.into_iter().map(|workload| self.workload(workload)).collect(),
            service_accounts: self.index.accounts_behind(plan, id).into_iter().map(Text::from).collect(),
            subsets: bound
                .subsets
                .iter()
                .map(|subset| SubsetView { name: subset.name.as_str().into(), labels: subset.labels.clone() })
                .collect(),
            policies: self.policies(bound),
            federation: self.federation(id),
            gateway: bound.is_gateway,
            data_plane: match bound.plane {
                ServicePlane::Sidecar => "sidecar",
                ServicePlane::Ambient => "ambient",
                ServicePlane::Mixed => "mixed",
            },
            waypoint: waypoint.as_ref().map(|waypoint| waypoint.to_string().into()),
        }
    }

    fn policies(&self, bound: &Target<'a>) -> Vec<PolicyView> {
        let view = |policy: &Policy<'a>| PolicyView {
            kind: policy.kind.as_str(),
            name: policy.key.name.clone(),
            namespace: policy.key.namespace.clone(),
        };
        let traffic = bound.traffic.iter().map(|id| &self.plan[*id].policy);
        traffic.chain(bound.access.iter().map(|id| &self.plan[*id].policy)).map(view).collect()
    }

    fn federation(&self, id: TargetId) -> Option<FederationView> {
        let plan = self.plan;
        let clusters: BTreeSet<Text> =
            plan.clients(id).map(|client| plan[plan[client].cluster].name.0.clone()).collect();
        let Target { global_host, address, .. } = &plan[id];
        (!clusters.is_empty()).then(|| FederationView {
            host: global_host.as_str().into(),
            address: address.to_string().into(),
            clusters: clusters.into_iter().collect(),
        })
    }

    fn workload(&self, id: WorkloadId) -> WorkloadView {
        let bound = &self.plan[id];
        let Workload { controller, labels, service_account: _, mesh: _, gateway, data_plane } = bound.known;
        WorkloadView {
            name: controller.name.clone(),
            namespace: controller.namespace.clone(),
            mesh: bound.mesh.map(|mesh| self.plan[mesh].key.name.clone()),
            labels: (**labels).clone(),
            service_account: bound.account().into(),
            gateway: gateway.map(|role| match role {
                GatewayRole::Ingress => "ingress",
                GatewayRole::Egress => "egress",
            }),
            data_plane: data_plane.mode.as_str(),
        }
    }

    fn remote_services(&self, id: ClusterId) -> Vec<RemoteServiceView> {
        let plan = self.plan;
        let mut known: BTreeSet<TargetId> = BTreeSet::new();
        for client in &plan[id].meshes {
            let Some(parent) = plan[*client].virtual_mesh else { continue };
            for server in plan[parent].meshes.iter().filter(|server| plan[**server].cluster != id) {
                known.extend(plan.reaching(*server, *client).filter(|target| plan.is_known(*target, *client)));
            }
        }
        let mut out: Vec<RemoteServiceView> = known.into_iter().map(|target| self.remote_service(target)).collect();
        let key = |view: &RemoteServiceView| [view.namespace.clone(), view.name.clone(), view.cluster.clone()];
        out.sort_by_cached_key(key);
        out
    }

    fn remote_service(&self, id: TargetId) -> RemoteServiceView {
        let plan = self.plan;
        let bound = &plan[id];
        let ClusterObjectRef { cluster, namespace, name } = &bound.known.service;
        let entrances =
            bound.mesh.map(|mesh| plan.entrances(id).into_iter().map(|one| self.gateway(one, mesh)).collect());
        RemoteServiceView {
            name: name.clone(),
            namespace: namespace.clone(),
            cluster: cluster.clone(),
            host: bound.global_host.as_str().into(),
            address: bound.address.to_string().into(),
            ports: bound.known.distinct_ports().map(port).collect(),
            labels: (*bound.known.labels).clone(),
            gateways: entrances.unwrap_or_default(),
            identities: plan.identities(id).into_iter().map(Text::from).collect(),
        }
    }

    fn failover_services(&self, id: ClusterId) -> Vec<FailoverServiceView> {
        let plan = self.plan;
        let all: BTreeSet<FailoverId> =
            plan[id].meshes.iter().flat_map(|mesh| plan[*mesh].failovers.iter().copied()).collect();
        all.into_iter().map(|failover| self.failover_service(&plan[failover])).collect()
    }

    fn failover_service(&self, bound: &FailoverService<'a>) -> FailoverServiceView {
        let FailoverService { policy, verdict: _, host, port, protocol, backing, address, subsets: _ } = bound;
        let ObjectRef { namespace, name } = policy.key;
        let backing_of = |(target, port): &(TargetId, u32)| {
            let ClusterObjectRef { cluster, namespace, name } = self.plan.service(*target).clone();
            BackingView { name, namespace, cluster, port: *port }
        };
        FailoverServiceView {
            name: name.clone(),
            namespace: namespace.clone(),
            host: (*host).into(),
            address: address.map(|address| address.to_string().into()),
            port: *port,
            protocol: (*protocol).into(),
            services: backing.iter().map(backing_of).collect(),
        }
    }
}

fn port(Port { number, name, protocol, app_protocol, target }: &Port) -> PortView {
    PortView {
        number: *number,
        name: name.clone(),
        protocol: protocol.clone(),
        app_protocol: Some(app_protocol.clone()).filter(|stated| !stated.is_empty()),
        target_port: target.as_ref().map(|target| match target {
            TargetPort::Number(number) => number.to_string().into(),
            TargetPort::Name(name) => name.clone(),
        }),
    }
}
