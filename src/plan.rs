//! The bound model: every reference a handle, every policy attached to its targets in its order, every derived name computed.

pub mod authority;
pub mod grants;
pub mod hosts;
pub mod reach;
pub mod subsets;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::ops::Index;

pub use authority::{Authority, CaPlan, GeneratedRoot, MeshCa, RootSource};
pub use grants::{Account, Grant, Smi};
pub use reach::{Exposed, Reach, Restriction};
pub use subsets::{Subset, Subsets};

use crate::discover;
use crate::ids::{ClusterName, ClusterObjectRef, Duration, ObjectRef, Text};
use crate::istio::version::Profile;
use crate::model::selector::WorkloadSelector;
use crate::model::traffic_policy::{CorsPolicy, HeaderManipulation, HttpMatcher, Retries, TlsMode};

macro_rules! handles {
    ($($(#[$meta:meta])* $handle:ident => $field:ident : $type:ident;)*) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $handle(pub u32);

        impl $handle {
            /// The position in the plan's list.
            pub fn index(self) -> usize {
                self.0 as usize
            }

            /// The handle of a position.
            pub fn at(position: usize) -> Self {
                Self(u32::try_from(position).unwrap_or(u32::MAX))
            }
        }

        impl<'a> Index<$handle> for Plan<'a> {
            type Output = $type<'a>;

            fn index(&self, handle: $handle) -> &$type<'a> {
                &self.$field[handle.index()]
            }
        }
    )* };
}

handles! {
    /// A cluster of the plan.
    ClusterId => clusters: Cluster;
    /// An Istio mesh of the plan.
    MeshId => meshes: Mesh;
    /// A traffic target of the plan.
    TargetId => targets: Target;
    /// An applied virtual mesh of the plan.
    VirtualMeshId => virtual_meshes: VirtualMesh;
    /// An applied failover service of the plan.
    FailoverId => failovers: Failover;
    /// A traffic policy of the plan.
    TrafficId => traffic: Traffic;
    /// An access policy of the plan.
    AccessId => access: Access;
}

/// Everything that is to be translated.
#[derive(Debug, Default)]
pub struct Plan<'a> {
    /// The namespace of the hub.
    pub hub: Text,
    /// The labels of every object; a value may hold `{cluster}` and `{hub}`.
    pub labels: Vec<(Text, Text)>,
    /// The clusters by name.
    pub clusters: Vec<Cluster<'a>>,
    /// The Istio meshes in key order.
    pub meshes: Vec<Mesh<'a>>,
    /// The traffic targets in key order.
    pub targets: Vec<Target<'a>>,
    /// The virtual meshes that group meshes.
    pub virtual_meshes: Vec<VirtualMesh<'a>>,
    /// The failover services in key order.
    pub failovers: Vec<Failover<'a>>,
    /// The traffic policies in key order.
    pub traffic: Vec<Traffic<'a>>,
    /// The access policies in key order.
    pub access: Vec<Access<'a>>,
}

/// A cluster.
#[derive(Debug)]
pub struct Cluster<'a> {
    /// Its name.
    pub name: &'a ClusterName,
    /// The domain of its services.
    pub domain: &'a Text,
    /// Whether services of it may be federated.
    pub registered: bool,
    /// Its meshes.
    pub meshes: Vec<MeshId>,
    /// Its targets, in key order.
    pub targets: Vec<TargetId>,
    /// Whether an Open Service Mesh is installed in it.
    pub osm: bool,
    /// Whether the inventory knows the hub's namespace in it.
    pub has_hub_namespace: bool,
}

/// An Istio mesh.
#[derive(Debug)]
pub struct Mesh<'a> {
    /// Its object.
    pub key: &'a ObjectRef,
    /// The cluster it is installed in.
    pub cluster: ClusterId,
    /// The namespace of its control plane.
    pub namespace: &'a Text,
    /// What is known of it.
    pub istio: &'a discover::Istio,
    /// The form of what is written for it.
    pub profile: Profile,
    /// The virtual mesh that groups it.
    pub virtual_mesh: Option<VirtualMeshId>,
    /// Its targets, in key order.
    pub targets: Vec<TargetId>,
    /// The failover services that can be called from it, in key order.
    pub failovers: Vec<FailoverId>,
}

/// A service that stands in a mesh.
#[derive(Debug)]
pub struct Target<'a> {
    /// Its object.
    pub key: &'a ObjectRef,
    /// What is known of it.
    pub known: &'a discover::Target,
    /// The cluster it is in.
    pub cluster: ClusterId,
    /// The mesh it is part of; none when that is no Istio.
    pub mesh: Option<MeshId>,
    /// What is bound for it alone when it is part of an Open Service Mesh; none when it is not.
    pub smi: Option<Smi<'a>>,
    /// Its host in its own cluster.
    pub local_host: String,
    /// Its host in every other cluster.
    pub global_host: String,
    /// Its virtual address in every other cluster.
    pub address: Ipv4Addr,
    /// The named parts of its endpoints that policies ask for.
    pub subsets: Subsets<'a>,
    /// The traffic policies that apply, in order.
    pub traffic: Vec<TrafficId>,
    /// The routes that they make, before ports and order.
    pub routes: Vec<Route<'a>>,
    /// The policy that says when an endpoint is left out, and those that agree with it.
    pub outlier: Vec<TrafficId>,
    /// The policy that says how clients encrypt, and those that agree with it.
    pub tls: Vec<TrafficId>,
    /// The access policies that apply, in order.
    pub access: Vec<AccessId>,
}

impl Target<'_> {
    /// Whether its mesh is of a kind for which nothing is rendered.
    pub fn is_untranslated(&self) -> bool {
        self.mesh.is_none() && self.smi.is_none()
    }
}

/// A route. Policies with equal conditions share one, which takes each field from the first of them that sets it: see
/// [`Plan::given`].
#[derive(Clone, Debug)]
pub struct Route<'a> {
    /// The policies, in order. The conditions are those of the first.
    pub policies: Box<[TrafficId]>,
    /// The sources that can be in the target's cluster, of the first policy.
    pub sources: Box<[SourceMatch<'a>]>,
}

/// A condition on the source of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceMatch<'a> {
    /// The source's namespace.
    pub namespace: Option<&'a Text>,
    /// The source's labels.
    pub labels: &'a BTreeMap<Text, Text>,
}

impl SourceMatch<'_> {
    /// Whether every source fulfils it.
    pub fn is_everyone(&self) -> bool {
        self.namespace.is_none() && self.labels.is_empty()
    }
}

/// A virtual mesh.
#[derive(Debug)]
pub struct VirtualMesh<'a> {
    /// Its object.
    pub key: &'a ObjectRef,
    /// Its meshes, in the order in which it lists them.
    pub meshes: Vec<MeshId>,
    /// Whether its services are known to each other: it lists at least two meshes.
    pub federated: bool,
    /// Which services are known to other meshes, if not every one is.
    pub restriction: Option<Restriction>,
    /// Whether requests that no access policy allows are refused.
    pub deny_by_default: bool,
    /// Where its root comes from, if certificates are made.
    pub root: Option<RootSource>,
}

/// A failover service.
#[derive(Debug)]
pub struct Failover<'a> {
    /// Its object.
    pub key: &'a ObjectRef,
    /// The host under which it is called.
    pub host: &'a str,
    /// Its virtual address.
    pub address: Ipv4Addr,
    /// The number of its port.
    pub port: u32,
    /// The protocol of its port, as given.
    pub protocol: &'a str,
    /// The services behind it with the port that is called, in the order in which they are tried.
    pub backing: Vec<(TargetId, u32)>,
    /// The named parts of the endpoints behind it that policies ask for.
    pub subsets: Subsets<'a>,
}

/// The place of what has no condition on paths, behind all that have one.
pub const NO_PATH: u32 = u32::MAX;

/// A traffic policy.
#[derive(Debug)]
pub struct Traffic<'a> {
    /// Its object.
    pub key: &'a ObjectRef,
    /// How headers and the lock name it.
    pub named: Text,
    /// Conditions on the sources of requests, as written.
    pub sources: &'a [WorkloadSelector],
    /// Conditions on requests; `None` means none were given, which is not the same as an empty list.
    pub requests: Option<&'a [HttpMatcher]>,
    /// The place of each of them in the order of all conditions on paths that policies have: the more specific first, equal
    /// ones at one place, no condition at [`NO_PATH`].
    pub path_places: Vec<u32>,
    /// Where the requests go instead; empty means as before.
    pub shift: Vec<Destination<'a>>,
    /// Whether these are refused as a whole, since their shares are wrong: they are checked, and no more comes of them.
    pub shift_refused: bool,
    /// Faults put in on purpose.
    pub fault: Option<Fault>,
    /// How long a request may take.
    pub timeout: Option<Duration>,
    /// How a failed request is tried again.
    pub retries: Option<&'a Retries>,
    /// Cross-origin resource sharing.
    pub cors: Option<&'a CorsPolicy>,
    /// Where requests are copied to.
    pub mirror: Option<Mirror>,
    /// Headers added and removed.
    pub headers: Option<&'a HeaderManipulation>,
    /// When an endpoint that fails is left out.
    pub outlier: Option<Outlier>,
    /// How clients encrypt.
    pub tls: Option<TlsMode>,
}

/// A destination of a traffic shift.
#[derive(Clone, Debug, PartialEq)]
pub struct Destination<'a> {
    /// Where to.
    pub to: DestinationKind<'a>,
    /// Its share, in percent.
    pub weight: u32,
}

/// What a destination is.
#[derive(Clone, Debug, PartialEq)]
pub enum DestinationKind<'a> {
    /// A service.
    Service {
        /// Which.
        target: TargetId,
        /// The port, if written.
        port: Option<u32>,
        /// The name of the part of its endpoints, if one is asked for.
        subset: Option<&'a BTreeMap<Text, Text>>,
    },
    /// A failover service, by its host and port.
    Failover {
        /// The object.
        key: &'a ObjectRef,
        /// The host.
        host: &'a str,
        /// The port.
        port: u32,
        /// The part of the endpoints behind it, if one is asked for.
        subset: Option<&'a BTreeMap<Text, Text>>,
    },
}

/// Faults put in on purpose.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fault {
    /// Which.
    pub kind: FaultKind,
    /// How many requests, in percent.
    pub percentage: f64,
}

/// Which fault.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FaultKind {
    /// A delay.
    Delay(Duration),
    /// An answer with this HTTP status.
    Abort(i32),
}

/// Where requests are copied to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mirror {
    /// The service.
    pub target: TargetId,
    /// The port, if written.
    pub port: Option<u32>,
    /// How many requests, in percent.
    pub percentage: f64,
}

/// When an endpoint that fails is left out; every default is filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outlier {
    /// After how many failures in a row.
    pub consecutive_errors: u32,
    /// How often endpoints are looked at.
    pub interval: Duration,
    /// For how long at least.
    pub base_ejection_time: Duration,
    /// How many endpoints at most, in percent.
    pub max_ejection_percent: u32,
}

/// An access policy.
#[derive(Debug)]
pub struct Access<'a> {
    /// Its object.
    pub key: &'a ObjectRef,
    /// How headers and the lock name it.
    pub named: Text,
    /// Who may call.
    pub from: Vec<Identities<'a>>,
    /// Accounts that are named without a cluster mean those of every cluster of the target's virtual mesh; here by what the
    /// target is part of.
    pub from_by_group: BTreeMap<Group, Vec<Identities<'a>>>,
    /// The methods that may be used.
    pub methods: Vec<&'static str>,
    /// The paths that may be called.
    pub paths: &'a [Text],
    /// The ports that may be called.
    pub ports: &'a [u32],
}

/// What decides which clusters an account without a cluster may be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// The clusters of a virtual mesh.
    VirtualMesh(VirtualMeshId),
    /// One cluster alone.
    Cluster(ClusterId),
}

/// One entry of who may call: either list may be empty, never both.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Identities<'a> {
    /// Namespaces of the target's own trust domain and all others alike.
    pub namespaces: &'a [Text],
    /// Identities with their trust domain.
    pub principals: Vec<String>,
}

impl<'a> Plan<'a> {
    /// What the first policy of a route that sets a field sets it to.
    pub fn given<'p, T>(&'p self, route: &Route<'_>, field: impl Fn(&'p Traffic<'a>) -> Option<T>) -> Option<T> {
        route.policies.iter().find_map(|policy| field(&self[*policy]))
    }

    /// The clusters, by name.
    pub fn cluster_ids(&self) -> impl Iterator<Item = ClusterId> {
        (0..self.clusters.len()).map(ClusterId::at)
    }

    /// The mesh of that key.
    pub fn mesh(&self, key: &ObjectRef) -> Option<MeshId> {
        self.meshes.binary_search_by(|mesh| mesh.key.cmp(key)).ok().map(MeshId::at)
    }

    /// The applied failover service of that key.
    pub fn failover(&self, key: &ObjectRef) -> Option<FailoverId> {
        self.failovers.binary_search_by(|failover| failover.key.cmp(key)).ok().map(FailoverId::at)
    }

    /// The host of a target as callers in a cluster know it.
    pub fn host(&self, target: TargetId, from: ClusterId) -> &str {
        let target = &self[target];
        if target.cluster == from { &target.local_host } else { &target.global_host }
    }

    /// The service of a target.
    pub fn service(&self, target: TargetId) -> &ClusterObjectRef {
        &self[target].known.service
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
        server.is_some_and(|server| self.is_server(server) && self.reaches(target, client))
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
}
