//! Validates and binds FailoverServices.

use std::collections::BTreeSet;

use super::findings;
use super::meant::{Names, describe_service};
use super::problems::with_faults;
use super::vip::{Addresses, Scope};
use crate::diag::listing::{choices, shortened};
use crate::diag::{Code, FieldPath, Ground, Report, nearest};
use crate::discover::MeshKind;
use crate::ids::dns::is_long_label;
use crate::ids::{ClusterObjectRef, ObjectRef};
use crate::model::failover_service::{BackingService, BackingServiceType, FailoverPort, FailoverService};
use crate::model::{Kind, Object, Objects};
use crate::objects::names as names_of;
use crate::path;
use crate::plan::{
    self, FailoverId, FailoverVerdict, MeshId, Part, Plan, Policy, Problem, Subsets, TargetId, VirtualMesh,
    VirtualMeshId, VirtualMeshVerdict, hosts,
};

/// Binds and checks every FailoverService, except what depends on which policies are applied.
pub(super) fn bind<'a>(objects: &'a Objects<FailoverService>, names: &Names<'_, 'a>, plan: &mut Plan<'a>) {
    for object in objects.values() {
        let verdict = check(object, names, plan);
        let (port, protocol) = object.spec.port.as_ref().map_or((0, ""), |port| (port.number, &*port.protocol));
        let called = |(_, target): &(usize, TargetId)| Some((*target, called_port(plan, *target, port)?));
        plan.failovers.push(plan::FailoverService {
            policy: Policy::of(Kind::FailoverService, object),
            host: &object.spec.hostname,
            port,
            protocol,
            backing: verdict.backing.iter().filter_map(called).collect(),
            verdict,
            address: None,
            subsets: Subsets::default(),
        });
    }
}

/// Gives the failover services that are accepted their addresses, and to the meshes that they list.
pub(super) fn apply(plan: &mut Plan<'_>, addresses: &mut Addresses, report: &mut Report) {
    for id in FailoverId::all(plan.failovers.len()) {
        let failover = &mut plan.failovers[id.index()];
        if !failover.verdict.is_accepted() {
            continue;
        }
        let key = failover.policy.key;
        let (address, moved) = addresses.assign(&key.name, &key.namespace, "", Scope::Failover);
        failover.address = Some(address);
        if let Some(wanted) = moved {
            let place = failover.policy.place(path!["metadata", "name"]);
            findings::report_moved_address(place, &key.to_string(), wanted, address, report);
        }
        let known: Vec<MeshId> = plan[id].verdict.known.iter().filter_map(|mesh| plan.mesh(mesh)).collect();
        for mesh in known {
            plan.meshes[mesh.index()].failovers.push(id);
        }
    }
}

/// Checks one failover service, except what depends on which policies are applied.
fn check(object: &Object<FailoverService>, names: &Names<'_, '_>, plan: &Plan<'_>) -> FailoverVerdict {
    let FailoverService { hostname, port, meshes, backing_services } = &object.spec;
    let mut verdict = FailoverVerdict::default();
    let mut problems = check_hostname(hostname);
    problems.extend(check_port(port.as_ref()));
    if backing_services.is_empty() {
        // The reference reports it twice, in its translation and in its validation.
        let second = "There must be at least one service declared for the FailoverService.";
        for text in ["FailoverService has fewer than one TrafficTarget.", second] {
            problems.push(
                Problem::new(Part::Policy, path!["spec", "backingServices"], text)
                    .plain("backingServices is empty")
                    .hint("add at least one service"),
            );
        }
    }
    check_backing(backing_services, port.as_ref(), names, plan, &mut verdict, &mut problems);
    check_meshes(meshes, names, &mut verdict, &mut problems);
    problems.extend(check_federation(&verdict, names, plan));
    problems.extend(check_taken(object, &verdict, names, plan));
    verdict.problems = with_faults(&object.faults, problems);
    verdict
}

const DNS_1123: &str = "a DNS-1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

fn check_hostname(hostname: &str) -> Vec<Problem> {
    let at = path!["spec", "hostname"];
    let problem = |text: String| Problem::new(Part::Policy, at.clone(), text);
    if hostname.is_empty() {
        let missing = problem("Missing required field \"hostname\".".into()).plain("hostname is missing");
        return vec![missing.hint("add a hostname that ends with .global")];
    }
    let mut out = Vec::new();
    if !hostname.ends_with(".global") {
        out.push(
            problem(format!("Provided hostname {hostname} is missing required suffix \".global\"."))
                .plain(format!("hostname {hostname} does not end with \".global\""))
                .maybe_hint(global_name(hostname)),
        );
    }
    let mut wrong = Vec::new();
    if hostname.len() > 253 {
        wrong.push("must be no more than 253 characters");
    }
    if !hostname.split('.').all(is_long_label) {
        wrong.push(DNS_1123);
    }
    if hostname.split('.').any(|label| label.len() > 63) {
        wrong.push("each label must be no more than 63 characters");
    }
    if !wrong.is_empty() {
        let plain = format!("hostname {hostname:?} is not a valid host name");
        let hint = "use at most 253 lowercase letters, digits, '-' and '.'; each label has at most 63 characters and begins and ends with a letter or digit";
        out.push(problem(wrong.join(", ")).plain(plain).hint(hint));
    }
    out
}

/// The host name that was probably meant by one without the ending `.global`.
fn global_name(hostname: &str) -> Option<String> {
    const ENDING: &str = "global";
    let (rest, last) = hostname.trim_end_matches('.').rsplit_once('.').unwrap_or((hostname, ""));
    // A misspelt ending is replaced, one too many removed, any other is part of the name.
    let name = match nearest(last, [ENDING]) {
        _ if rest.ends_with(".global") => rest.to_owned(),
        Some(_) => format!("{rest}.{ENDING}"),
        None => format!("{}.{ENDING}", hostname.trim_end_matches('.')),
    };
    name.split('.').all(is_long_label).then(|| format!("did you mean {name}?"))
}

/// The protocols of a failover service's port, in any case of letters.
pub const PROTOCOLS: [&str; 13] = [
    "tcp",
    "udp",
    "grpc",
    "grpc-web",
    "http",
    "http_proxy",
    "http2",
    "https",
    "thrift",
    "tls",
    "mongo",
    "redis",
    "mysql",
];

fn is_port(number: u32) -> bool {
    (1..=65535).contains(&number)
}

fn check_port(port: Option<&FailoverPort>) -> Vec<Problem> {
    let at = path!["spec", "port"];
    let Some(FailoverPort { number, protocol }) = port else {
        return vec![
            Problem::new(Part::Policy, at, "Missing required field \"port\".")
                .plain("port is missing")
                .hint("add port: {number: 80, protocol: http}"),
        ];
    };
    let mut out = Vec::new();
    if !is_port(*number) {
        let text = "must be between 1 and 65535, inclusive";
        let plain = format!("port number {number} is out of range (1–65535)");
        out.push(Problem::new(Part::Policy, at.with("number"), text).plain(plain));
    }
    if !PROTOCOLS.iter().any(|known| known.eq_ignore_ascii_case(protocol)) {
        let text = format!("Invalid protocol for port: {protocol}");
        let near = nearest(protocol, PROTOCOLS);
        let hint =
            near.map_or_else(|| format!("use one of {}", PROTOCOLS.join(", ")), |near| format!("did you mean {near}?"));
        let plain = format!("unknown protocol {protocol:?}");
        out.push(Problem::new(Part::Policy, at.with("protocol"), text).plain(plain).hint(hint));
    }
    out
}

fn check_backing(
    services: &[BackingService],
    port: Option<&FailoverPort>,
    names: &Names<'_, '_>,
    plan: &Plan<'_>,
    verdict: &mut FailoverVerdict,
    problems: &mut Vec<Problem>,
) {
    for (i, BackingService { service }) in services.iter().enumerate() {
        let at = path!["spec", "backingServices", i];
        let Some(BackingServiceType::KubeService(service)) = service else {
            let plain = format!("backingServices[{i}] does not name a service");
            let problem = Problem::new(Part::Policy, at, "Unsupported service type <nil>").plain(plain);
            problems.push(problem.hint("set kubeService"));
            continue;
        };
        let Some(target) = names.index.service(service) else {
            let text = format!("Backing service {} not found in SMH discovery resources.", service.key());
            let problem = Problem::unknown(Part::Policy, at.with("kubeService"), text);
            problems.push(names.not_found(problem, "backingServices names", service));
            continue;
        };
        verdict.backing.push((i, target));
        problems.extend(check_mesh_of(service, target, &at, names, plan));
        // A port that is out of range is already reported.
        if let Some(port) = port.filter(|port| is_port(port.number) && called_port(plan, target, port.number).is_none())
        {
            let ports = choices(plan[target].known.ports.iter().map(|p| p.number.to_string()));
            let hint = match ports.is_empty() {
                true => "name a service that has ports".to_owned(),
                false => format!("set port.number to one of the service's ports: {ports}"),
            };
            let text =
                format!("Backing service {} has no port {} and not exactly one port.", service.key(), port.number);
            let described = describe_service(service);
            let plain = match ports.is_empty() {
                true => format!("{described} has no ports"),
                false => format!("{described} has several ports, and none of them is {}", port.number),
            };
            problems.push(Problem::new(Part::Policy, at, text).plain(plain).hint(hint));
        }
    }
}

/// The mesh of a backing service has to be a known Istio mesh.
fn check_mesh_of(
    service: &ClusterObjectRef,
    target: TargetId,
    at: &FieldPath,
    names: &Names<'_, '_>,
    plan: &Plan<'_>,
) -> Option<Problem> {
    let key = &plan[target].known.mesh;
    let dotted = format!("{}.{}", key.name, key.namespace);
    let text = match names.inventory.meshes.get(key).map(|mesh| &mesh.kind) {
        Some(MeshKind::Istio(_)) => return None,
        Some(kind) => format!("Unsupported Mesh type {} for Mesh {dotted}", kind.type_name()),
        None => format!("Mesh {dotted} for service {} not found in SMH discovery resources.", service.key()),
    };
    let ground = if names.inventory.meshes.contains_key(key) { Ground::Itself } else { Ground::Inventory };
    let plain = format!("{} is in mesh {key}, which is not an Istio mesh", describe_service(service));
    let problem = Problem::new(Part::Policy, at.with("kubeService"), text).plain(plain).on(ground);
    Some(problem.hint("name a service of an Istio mesh"))
}

/// The port of a backing service that is called: the one with the failover service's number, or its only one.
pub(super) fn called_port(plan: &Plan<'_>, target: TargetId, wanted: u32) -> Option<u32> {
    let ports = &plan[target].known.ports;
    if ports.iter().any(|port| port.number == wanted) {
        return Some(wanted);
    }
    // A number that is listed for both TCP and UDP counts as one port.
    let only = ports.first()?.number;
    ports.iter().all(|port| port.number == only).then_some(only)
}

/// Collects the listed meshes that exist, and reports the others.
fn check_meshes(
    meshes: &[ObjectRef],
    names: &Names<'_, '_>,
    verdict: &mut FailoverVerdict,
    problems: &mut Vec<Problem>,
) {
    for (i, key) in meshes.iter().enumerate() {
        let at = path!["spec", "meshes", i];
        match names.inventory.meshes.get(key).map(|mesh| &mesh.kind) {
            None => {
                let text = format!("*v1alpha2.Mesh with id {} not found", key.key());
                let problem = Problem::unknown(Part::Policy, at, text).plain(format!("unknown mesh {key}"));
                problems.push(problem.maybe_hint(names.near_object(key, names.inventory.meshes.keys())));
            }
            Some(kind @ (MeshKind::Osm(_) | MeshKind::Other(_))) => {
                let (kind, ObjectRef { namespace, name }) = (kind.type_name(), key);
                let text = format!("Unsupported Mesh type {kind} for Mesh {name}.{namespace}");
                verdict.known.insert(key.clone());
                let plain = format!("mesh {key} is not an Istio mesh, so a FailoverService cannot be called from it");
                problems.push(Problem::new(Part::Policy, at, text).plain(plain).hint("remove it from meshes"));
            }
            Some(MeshKind::Istio(_)) => drop(verdict.known.insert(key.clone())),
        }
    }
}

/// Meshes that share a failover service have to be in one virtual mesh.
fn check_federation(verdict: &FailoverVerdict, names: &Names<'_, '_>, plan: &Plan<'_>) -> Vec<Problem> {
    let mut meshes: BTreeSet<&ObjectRef> = verdict.known.iter().collect();
    let behind = verdict.backing.iter().map(|(_, target)| &plan[*target].known.mesh);
    meshes.extend(behind.filter(|mesh| names.inventory.meshes.contains_key(*mesh)));
    if meshes.len() < 2 {
        return Vec::new();
    }
    let at = path!["spec", "meshes"];
    let mut out = Vec::new();
    let mut parents: BTreeSet<VirtualMeshId> = BTreeSet::new();
    for key in meshes {
        match plan.mesh(key).and_then(|mesh| plan[mesh].virtual_mesh) {
            Some(parent) => drop(parents.insert(parent)),
            None => out.push(not_grouped(key, names, plan)),
        }
    }
    if parents.len() > 1 {
        let names: Vec<String> = parents
            .iter()
            .map(|vm| format!("{}.{}", plan[*vm].policy.key.name, plan[*vm].policy.key.namespace))
            .collect();
        let text = format!("Services belong to multiple different parent VirtualMeshes: [{}]", names.join(", "));
        let keys: Vec<String> = parents.iter().map(|vm| plan[*vm].policy.key.to_string()).collect();
        let plain = format!("its meshes belong to different VirtualMeshes: {}", shortened(&keys));
        out.push(Problem::new(Part::Policy, at, text).plain(plain).hint("use meshes of one VirtualMesh"));
    }
    out
}

/// The problem of a mesh that no applied VirtualMesh groups. An INVALID one that lists it is the reason.
fn not_grouped(key: &ObjectRef, names: &Names<'_, '_>, plan: &Plan<'_>) -> Problem {
    let text = format!("Mesh {}.{} is not grouped in a VirtualMesh.", key.name, key.namespace);
    let problem = Problem::new(Part::Policy, path!["spec", "meshes"], text);
    // Nothing is planned for a mesh whose version cannot be read.
    let unplanned = names.unread.inventory && plan.mesh(key).is_none();
    let problem = problem.on_unread(unplanned || names.unread.has(Kind::VirtualMesh));
    let lists = |verdict: &VirtualMeshVerdict| verdict.known.contains(key) || verdict.meant.contains(key);
    let invalid = |verdict: &VirtualMeshVerdict| lists(verdict) && verdict.problems().next().is_some();
    let Some(VirtualMesh { policy, verdict, .. }) = plan.virtual_meshes.iter().find(|vm| invalid(&vm.verdict)) else {
        let plain = format!("mesh {key} is not in a VirtualMesh");
        return problem.plain(plain).hint("group all meshes of the FailoverService in one VirtualMesh");
    };
    let parent = policy.key;
    let why = verdict.problems().find(|problem| !names.unread.leaves_in_doubt(problem.ground));
    let plain = format!("mesh {key} is not in a VirtualMesh: VirtualMesh {parent}, which lists it, is INVALID");
    let hint = why.map(|why| format!("fix VirtualMesh {parent}: {}", why.plain.as_ref().unwrap_or(&why.text)));
    Problem { is_consequence: true, ..problem.plain(plain).maybe_hint(hint).on_unread(why.is_none()) }
}

/// The objects rendered for a failover service must not have the name or the host of an object rendered for a virtual mesh.
fn check_taken(
    object: &Object<FailoverService>,
    verdict: &FailoverVerdict,
    names: &Names<'_, '_>,
    plan: &Plan<'_>,
) -> Vec<Problem> {
    let mut out = Vec::new();
    let host = hosts::service_of(&object.spec.hostname).and_then(|service| names.index.service(&service));
    let meshes = || verdict.known.iter().filter_map(|key| plan.mesh(key));
    for mesh in meshes() {
        let parent = plan[mesh].virtual_mesh.filter(|_| plan.is_server(mesh)).map(|parent| plan[parent].policy.key);
        if let Some(parent) = parent.filter(|key| names_of::federation_filter(key) == *object.key.name) {
            let text = format!("the EnvoyFilter of VirtualMesh {parent} has the same name");
            let problem =
                Problem::new(Part::Policy, path!["metadata", "name"], text).hint("rename the FailoverService");
            out.push(Problem { code: Code::Conflict, ..problem });
        }
    }
    out.dedup();
    // A host is visible in a whole cluster, whichever of its meshes it is rendered for.
    let neighbours = || meshes().flat_map(|mesh| &plan[plan[mesh].cluster].meshes);
    if let Some(target) = host.filter(|target| neighbours().any(|mesh| plan.is_known(*target, *mesh))) {
        let service = plan.service(target);
        let text = format!("hostname {} is that of kube service {}", object.spec.hostname, service.key());
        let plain = format!("hostname {} is already the host of {}", object.spec.hostname, describe_service(service));
        let problem = Problem::new(Part::Policy, path!["spec", "hostname"], text).plain(plain);
        out.push(Problem { code: Code::Conflict, ..problem.hint("choose another hostname") });
    }
    out
}

/// The problem of a backing service that no applied policy gives outlier detection to.
pub(super) fn no_outlier_detection(index: usize, service: &ClusterObjectRef) -> Problem {
    let text =
        format!("Service {} does not have any TrafficPolicies that apply OutlierDetection settings.", service.key());
    Problem::new(Part::Policy, path!["spec", "backingServices", index], text)
        .plain(format!("no applied TrafficPolicy sets outlierDetection for {}", describe_service(service)))
        .hint("add a TrafficPolicy with outlierDetection: without it failing endpoints are never ejected, so nothing fails over")
}

/// A name or host, which only one failover service of a cluster may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Claim<'a> {
    /// The name, under which its objects are written.
    Name(&'a str),
    /// The host, under which it is called.
    Host(&'a str),
}

/// The problem of a failover service that has the name or the host of another one in the same cluster.
pub(super) fn taken(claim: Claim<'_>, first: &ObjectRef) -> Problem {
    let (at, what, plain, hint) = match claim {
        Claim::Name(_) => {
            let what = "has the same name: what is rendered for both would have one name too".to_owned();
            let plain = "has the same name, so the objects rendered for both would have the same names".to_owned();
            (path!["metadata", "name"], what, plain, "rename one of them")
        }
        Claim::Host(host) => (
            path!["spec", "hostname"],
            format!("has the hostname {host} too"),
            format!("has the same hostname {host}"),
            "give each of them its own hostname",
        ),
    };
    let text = format!("FailoverService {first} {what}");
    let plain = format!("FailoverService {first} {plain}");
    Problem { code: Code::Conflict, ..Problem::new(Part::Policy, at, text) }.plain(plain).hint(hint).other(first)
}
