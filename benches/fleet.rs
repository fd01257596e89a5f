//! Fleets of any size for benches and tests: the same [`Shape`] gives the same bytes everywhere.
//!
//! A module for both, hence included by path: `#[path = "../benches/fleet.rs"] mod fleet;`.

#[path = "fleet/policies.rs"]
mod policies;
#[path = "fleet/random.rs"]
mod random;
#[path = "fleet/selectors.rs"]
mod selectors;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use random::{Random, Stream};

/// Appends a formatted line to a `String`, which cannot fail.
macro_rules! line {
    ($out:expr, $($format:tt)*) => {{
        use std::fmt::Write as _;
        _ = writeln!($out, $($format)*);
    }};
}
use line;

/// A version for which the form of Service Mesh Hub is rendered.
pub(crate) const REWRITES: &str = "1.7.0";

/// How large a fleet is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// How many clusters.
    pub(crate) clusters: usize,
    /// How many services each cluster has. Many of them are in other clusters, too.
    pub(crate) services_per_cluster: usize,
    /// How many TrafficPolicies and AccessPolicies, beside the one VirtualMesh and the FailoverServices that some of them use.
    pub(crate) policies: usize,
    /// Which services the VirtualMesh makes known to other clusters.
    pub(crate) federation: Federation,
    /// The version of Istio in every cluster.
    pub(crate) istio: &'static str,
    /// What makes this fleet differ from others of its size.
    pub(crate) seed: u64,
}

impl Shape {
    /// A shape of this size, the first of its kind.
    pub(crate) const fn new(clusters: usize, services_per_cluster: usize, policies: usize) -> Self {
        Self { clusters, services_per_cluster, policies, federation: Federation::Every, istio: REWRITES, seed: 1 }
    }
}

/// Which services are known to other clusters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Federation {
    /// All of them.
    Every,
    /// Those that selectors pick: one in three, and a few for one cluster alone.
    Selected,
}

/// Writes a fleet into `dir`: `clusters/<name>.yaml` in the compact form and `policies/*.yaml`. All of it is valid, and no two
/// policies merge or conflict. No cluster depends on how many others follow it, and no policy on how many other policies do.
///
/// # Errors
/// What the file system says; also if `dir` has `clusters` or `policies` already, or if there are policies but no services.
pub(crate) fn generate(dir: &Path, shape: &Shape) -> io::Result<()> {
    if shape.policies > 0 && shape.clusters * shape.services_per_cluster == 0 {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "policies need services"));
    }
    let (clusters, policies) = (dir.join("clusters"), dir.join("policies"));
    if let Some(taken) = [&clusters, &policies].into_iter().find(|path| path.exists()) {
        // Leftovers of a larger fleet would become part of this one.
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{} exists", taken.display())));
    }
    let fleet = Fleet::new(shape);
    fs::create_dir_all(&clusters)?;
    fs::create_dir(&policies)?;

    for cluster in &fleet.clusters {
        fs::write(clusters.join(format!("{}.yaml", cluster.name)), cluster.document(shape.istio))?;
    }

    fs::write(policies.join("virtual-mesh.yaml"), policies::virtual_mesh(&fleet))?;
    for start in (0..shape.policies).step_by(policies::PER_FILE) {
        let end = shape.policies.min(start + policies::PER_FILE);
        let documents: Vec<_> = (start..end).map(|number| policies::policy(&fleet, number)).collect();
        fs::write(policies.join(format!("policies-{start:06}.yaml")), documents.join("---\n"))?;
    }
    Ok(())
}

const NAMESPACES: [&str; 5] = ["accounts", "catalog", "payments", "search", "shop"];
const NAMES: [&str; 12] = [
    "auth", "basket", "catalog", "details", "export", "invoice", "mail", "orders", "prices", "ratings", "reviews",
    "stock",
];
const TIERS: [&str; 3] = ["backend", "data", "frontend"];
const TEAMS: u64 = 12;
/// Names and numbers of ports; a service has a first part of them.
const PORTS: [(&str, u16); 3] = [("http", 8080), ("grpc", 9090), ("http-admin", 9901)];

/// Everything that policies can refer to.
struct Fleet {
    seed: u64,
    federation: Federation,
    clusters: Vec<Cluster>,
    /// The services to which requests may be sent from other clusters, as positions of cluster and service.
    crossing: Vec<(usize, usize)>,
}

impl Fleet {
    fn new(shape: &Shape) -> Self {
        let cluster = |number| Cluster::new(number, shape);
        let clusters = (0..shape.clusters).map(cluster).collect();
        let mut fleet = Self { seed: shape.seed, federation: shape.federation, clusters, crossing: Vec::new() };
        let of = |(i, cluster): (usize, &Cluster)| -> Vec<(usize, usize)> {
            let crossing = cluster.services.iter().enumerate().filter(|(_, service)| fleet.crosses(service));
            crossing.map(|(j, _)| (i, j)).collect()
        };
        fleet.crossing = fleet.clusters.iter().enumerate().flat_map(of).collect();
        fleet
    }

    /// Whether requests may be sent to a service from every other cluster.
    fn crosses(&self, service: &Service) -> bool {
        self.federation == Federation::Every || service.tier == selectors::FEDERATED_TIER
    }

    /// Any service.
    fn any(&self, random: &mut Random) -> (&Cluster, &Service) {
        let cluster = random.pick(&self.clusters);
        (cluster, random.pick(&cluster.services))
    }

    /// Any service to which requests may be sent from other clusters; there has to be one.
    fn crossing(&self, random: &mut Random) -> (&Cluster, &Service) {
        let (cluster, service) = *random.pick(&self.crossing);
        (&self.clusters[cluster], &self.clusters[cluster].services[service])
    }

    /// The service of that number in every cluster that has it.
    fn everywhere(&self, number: usize) -> Vec<(&Cluster, &Service)> {
        let find = |cluster: &Cluster| cluster.services.binary_search_by_key(&number, |service| service.number).ok();
        self.clusters.iter().filter_map(|cluster| Some((cluster, &cluster.services[find(cluster)?]))).collect()
    }
}

struct Cluster {
    number: usize,
    name: String,
    /// Sorted by number.
    services: Vec<Service>,
}

impl Cluster {
    /// A cluster whose services are a run out of a catalogue half as large again, so that neighbours share most of them.
    fn new(number: usize, shape: &Shape) -> Self {
        let catalogue = shape.services_per_cluster.div_ceil(2) * 3;
        let start = Random::new(shape.seed, Stream::Cluster, number).below(catalogue.max(1));
        let mut numbers: Vec<_> = (start..start + shape.services_per_cluster).map(|i| i % catalogue).collect();
        numbers.sort_unstable();
        let services = numbers.into_iter().map(|service| Service::new(shape.seed, number, service)).collect();
        Self { number, name: format!("cluster-{number:03}"), services }
    }

    fn document(&self, istio: &str) -> String {
        let Self { number, name, services } = self;
        let mut out = format!(
            "apiVersion: meshtree.io/v1alpha1\n\
             kind: Cluster\n\
             metadata: {{name: {name}}}\n\
             spec:\n  \
               clusterDomain: cluster.local\n  \
               istio:\n    \
                 version: {istio}\n    \
                 namespace: istio-system\n    \
                 trustDomain: {name}\n    \
                 gateways:\n    \
                 - {{address: 10.{}.{}.220}}\n",
            number / 256,
            number % 256,
        );
        let mut namespaces = BTreeMap::<_, Vec<_>>::new();
        for service in services {
            namespaces.entry(service.namespace).or_default().push(service);
        }
        line!(out, "  namespaces:");
        // What FailoverServices make is written there.
        line!(out, "    {}: {{}}", policies::NAMESPACE);
        for (namespace, services) in namespaces {
            line!(out, "    {namespace}:");
            line!(out, "      services:");
            services.iter().for_each(|service| service.write(&mut out));
            line!(out, "      workloads:");
            services.iter().for_each(|service| service.write_workloads(&mut out));
        }
        out
    }
}

/// A service in one cluster. Its name, namespace, labels and ports are the same in all clusters, its versions differ.
struct Service {
    number: usize,
    name: String,
    namespace: &'static str,
    team: u64,
    tier: &'static str,
    ports: &'static [(&'static str, u16)],
    /// How many workloads it has: `v1` up to this.
    versions: usize,
    account: String,
}

impl Service {
    fn new(seed: u64, cluster: usize, number: usize) -> Self {
        let mut random = Random::new(seed, Stream::Service, number);
        let name = format!("{}-{number:04}", random.pick(&NAMES));
        let namespace = *random.pick(&NAMESPACES);
        // Most services have an account of their own.
        let account = if random.one_in(4) { format!("{namespace}-default") } else { name.clone() };
        Self {
            number,
            name,
            namespace,
            team: random.next() % TEAMS,
            tier: *random.pick(&TIERS),
            ports: &PORTS[..1 + random.below(PORTS.len())],
            versions: 1 + Random::new(seed ^ number as u64, Stream::Versions, cluster).below(3),
            account,
        }
    }

    fn write(&self, out: &mut String) {
        let Self { name, team, tier, ports, .. } = self;
        let ports: Vec<_> = ports.iter().map(|(name, port)| format!("{{name: {name}, port: {port}}}")).collect();
        line!(out, "        {name}:");
        line!(out, "          ports: [{}]", ports.join(", "));
        line!(out, "          labels: {{app: {name}, service: {name}, team: team-{team}, tier: {tier}}}");
        line!(out, "          selector: {{app: {name}}}");
    }

    fn write_workloads(&self, out: &mut String) {
        let Self { name, account, .. } = self;
        for version in 1..=self.versions {
            let labels = format!("{{app: {name}, version: v{version}}}");
            line!(out, "        {name}-v{version}: {{labels: {labels}, serviceAccount: {account}}}");
        }
    }
}
