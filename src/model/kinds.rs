//! Which kinds there are, and the decoding of one document by its kind.

use crate::diag::{Code, Diag, FieldPath, Origin, Place, Report, Step, nearest};
use crate::ids::dns::{is_label, is_subdomain};
use crate::ids::{ClusterName, ObjectRef, Text};
use crate::load::SourceFile;
use crate::load::yaml::{Node, Value};

use super::decode::{Cx, Decode};
use super::later::Later;
use super::meta::{Metadata, Object};
use super::unread::Unread;
use super::{
    access_policy, compact, failover_service, header, inventory, kubernetes, later, traffic_policy, virtual_mesh,
};

/// A kind of object that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Compact inventory.
    Cluster,
    /// A registered cluster.
    KubernetesCluster,
    /// A mesh.
    Mesh,
    /// A workload.
    Workload,
    /// A traffic target.
    TrafficTarget,
    /// A virtual mesh.
    VirtualMesh,
    /// A traffic policy.
    TrafficPolicy,
    /// An access policy.
    AccessPolicy,
    /// A failover service.
    FailoverService,
}

const NETWORKING: &str = "networking.smh.solo.io/v1alpha2";
const DISCOVERY: &str = "discovery.smh.solo.io/v1alpha2";
/// The group that took the policies over, in the version that has the same form.
const LATER_SAME: &str = "networking.mesh.gloo.solo.io/v1alpha2";
/// The same group in the version that has a form of its own.
const LATER: &str = "networking.mesh.gloo.solo.io/v1";

impl Kind {
    /// Every kind with the API versions under which it is known, its own first.
    const ALL: [(Self, &'static str); 16] = [
        (Self::Cluster, "meshtree.io/v1alpha1"),
        (Self::KubernetesCluster, "multicluster.solo.io/v1alpha1"),
        (Self::Mesh, DISCOVERY),
        (Self::Workload, DISCOVERY),
        (Self::TrafficTarget, DISCOVERY),
        (Self::VirtualMesh, NETWORKING),
        (Self::TrafficPolicy, NETWORKING),
        (Self::AccessPolicy, NETWORKING),
        (Self::FailoverService, NETWORKING),
        (Self::VirtualMesh, LATER_SAME),
        (Self::TrafficPolicy, LATER_SAME),
        (Self::AccessPolicy, LATER_SAME),
        (Self::FailoverService, LATER_SAME),
        (Self::VirtualMesh, LATER),
        (Self::TrafficPolicy, LATER),
        (Self::AccessPolicy, LATER),
    ];

    /// Every kind once.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        Self::ALL.iter().take(9).map(|(kind, _)| *kind)
    }

    /// Whether it is a policy, and not something about the clusters.
    pub fn is_policy(self) -> bool {
        matches!(self, Self::VirtualMesh | Self::TrafficPolicy | Self::AccessPolicy | Self::FailoverService)
    }

    /// An object of this kind as headers, the lock and diffs name it: `TrafficPolicy shop/web`.
    pub fn named(self, key: &ObjectRef) -> Text {
        format!("{} {key}", self.as_str()).into()
    }

    /// The kind's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cluster => "Cluster",
            Self::KubernetesCluster => "KubernetesCluster",
            Self::Mesh => "Mesh",
            Self::Workload => "Workload",
            Self::TrafficTarget => "TrafficTarget",
            Self::VirtualMesh => "VirtualMesh",
            Self::TrafficPolicy => "TrafficPolicy",
            Self::AccessPolicy => "AccessPolicy",
            Self::FailoverService => "FailoverService",
        }
    }

    /// The API version under which the kind is known.
    pub fn api_version(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, version)| version)
    }
}

/// What to write instead of the kind that took the place of the FailoverService.
const FOR_VIRTUAL_DESTINATION: &str = "a FailoverService of networking.smh.solo.io/v1alpha2 is what stands for it here";

/// Objects of these groups that the reference writes and that mean nothing as inputs.
const OUTPUTS: [(&str, &str); 4] = [
    ("certificates.smh.solo.io", "IssuedCertificate"),
    ("certificates.smh.solo.io", "CertificateRequest"),
    ("networking.smh.solo.io", "Settings"),
    ("discovery.smh.solo.io", "Settings"),
];

/// One decoded object.
#[derive(Debug)]
pub(super) enum Decoded {
    Compact(ClusterName, Object<compact::Cluster>),
    KubernetesCluster(Object<inventory::KubernetesCluster>),
    Mesh(Object<inventory::Mesh>),
    Workload(Object<inventory::Workload>),
    TrafficTarget(Object<inventory::TrafficTarget>),
    VirtualMesh(Object<virtual_mesh::VirtualMesh>),
    TrafficPolicy(Box<Object<traffic_policy::TrafficPolicy>>),
    AccessPolicy(Object<access_policy::AccessPolicy>),
    FailoverService(Object<failover_service::FailoverService>),
    Kubernetes(ClusterName, Box<kubernetes::AnyRaw>),
    /// What was not understood.
    Unread(Unread),
    Ignored(String),
}

/// Decodes one document by its kind.
pub(super) fn decode_document(file: &SourceFile, origin: Origin, node: &Node, report: &mut Report) -> Option<Decoded> {
    let place = |path: FieldPath| Place::Field(origin.clone(), path);
    if !matches!(node.value, Value::Map(_)) {
        let message = "the document is not a mapping, so it is no object";
        report.push(Diag::new(Code::WrongType, place(FieldPath::default()), message));
        return None;
    }
    let (api_version, name) = header(node);
    for (field, found) in [("apiVersion", api_version), ("kind", name)] {
        if found.is_empty() {
            let message = format!("the object has no {field}");
            report.push(
                Diag::new(Code::MissingField, place(FieldPath::default()), message)
                    .hint("a file that is no input can be named in .meshtreeignore"),
            );
        }
    }
    if api_version.is_empty() || name.is_empty() {
        return None;
    }
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    match known(api_version, group, name) {
        Known::Kind(kind, version) => decode_kind((kind, version), file, origin, node, report),
        Known::Other if file.cluster.is_some() => raw(file, node, api_version, name, report),
        Known::Other => Some(Decoded::Ignored(format!("{api_version} {name}"))),
        Known::No(hint) => {
            let message = format!("there is no kind {name} in {api_version}");
            report.push(Diag::new(Code::UnknownKind, place(crate::path!["kind"]), message).hint(hint));
            None
        }
    }
}

/// Decodes a raw object of Kubernetes that is no plain text.
fn raw(file: &SourceFile, node: &Node, api_version: &str, name: &str, report: &mut Report) -> Option<Decoded> {
    let cluster = file.cluster.clone()?;
    let place = Place::Point(file.shown.clone(), node.pos());
    if let Some(one) = kubernetes::listed(api_version, name) {
        report.push(super::documents::typed_list(place, one));
        return None;
    }
    match kubernetes::read_node(node, api_version, name, place) {
        Some(Ok(kubernetes::Read::Object(raw))) => Some(Decoded::Kubernetes(cluster, raw)),
        Some(Err(error)) => {
            report.push(error.diag(file.shown.clone()));
            None
        }
        Some(Ok(kubernetes::Read::Nothing | kubernetes::Read::Unclear)) | None => {
            Some(Decoded::Ignored(format!("{api_version} {name}")))
        }
    }
}

/// What an API version and a kind stand for.
pub(super) enum Known {
    Kind(Kind, &'static str),
    /// Of somebody else's group, or of no use as input.
    Other,
    /// Of one of the groups that are read, but not there; with a hint.
    No(String),
}

pub(super) fn known(api_version: &str, group: &str, name: &str) -> Known {
    if let Some((kind, version)) = Kind::ALL.iter().find(|(kind, v)| *v == api_version && kind.as_str() == name) {
        return Known::Kind(*kind, version);
    }
    let ours = Kind::ALL.iter().any(|(_, v)| v.starts_with(group) && v[group.len()..].starts_with('/'));
    if group.ends_with(".mesh.gloo.solo.io") && name == "VirtualDestination" {
        return Known::No(FOR_VIRTUAL_DESTINATION.into());
    }
    if group == "discovery.mesh.gloo.solo.io" {
        return Known::No(
            "what Gloo Mesh has discovered is not read: describe the cluster by raw objects or in the compact form"
                .into(),
        );
    }
    if group.is_empty() || !ours && !group.ends_with(".smh.solo.io") || OUTPUTS.contains(&(group, name)) {
        return Known::Other;
    }
    if (api_version, name) == ("meshtree.io/v1alpha1", "Settings") {
        return Known::No("settings are read from the file meshtree.yaml in the fleet's own directory only".into());
    }
    if api_version == LATER && name == "FailoverService" {
        return Known::No(FOR_VIRTUAL_DESTINATION.into());
    }
    if let Some(versions) = versions_of(group, name) {
        return Known::No(format!("{name} is known in {versions}"));
    }
    // Those of the group; all if the group is not known either.
    let of_group = || Kind::ALL.iter().filter(|(_, version)| !ours || version.split('/').next() == Some(group));
    let names = || of_group().map(|(kind, _)| kind.as_str()).collect::<std::collections::BTreeSet<_>>().into_iter();
    match nearest(name, names()) {
        Some(near) => Known::No(format!("did you mean {near}?")),
        None => Known::No(format!("known kinds: {}", names().collect::<Vec<_>>().join(", "))),
    }
}

/// The API versions of a kind in its group, the latest first; its own if the group has none.
fn versions_of(group: &str, name: &str) -> Option<String> {
    let all = || Kind::ALL.iter().filter(|(kind, _)| kind.as_str() == name).map(|(_, version)| *version);
    let of_group: Vec<&str> = all().filter(|version| version.split('/').next() == Some(group)).rev().collect();
    if of_group.is_empty() { all().next().map(str::to_owned) } else { Some(of_group.join(" and ")) }
}

/// Decodes an object of a known kind in one of its versions.
fn decode_kind(
    known: (Kind, &'static str),
    file: &SourceFile,
    origin: Origin,
    node: &Node,
    report: &mut Report,
) -> Option<Decoded> {
    match known {
        (Kind::Cluster, _) => {
            let object = object::<compact::Cluster>(known, file, origin, node, report)?;
            check_values(&object, report);
            let name = ClusterName(object.key.name.clone());
            is_in_its_cluster(&name, file, &object, report).then_some(Decoded::Compact(name, object))
        }
        (Kind::KubernetesCluster, _) => object(known, file, origin, node, report).map(Decoded::KubernetesCluster),
        (Kind::Mesh, _) => object(known, file, origin, node, report).map(Decoded::Mesh),
        (Kind::Workload, _) => object(known, file, origin, node, report).map(Decoded::Workload),
        (Kind::TrafficTarget, _) => object(known, file, origin, node, report).map(Decoded::TrafficTarget),
        (Kind::VirtualMesh, LATER) => {
            object(known, file, origin, node, report).map(modelled::<later::VirtualMeshV1>).map(Decoded::VirtualMesh)
        }
        (Kind::VirtualMesh, _) => object(known, file, origin, node, report).map(Decoded::VirtualMesh),
        (Kind::TrafficPolicy, LATER) => object(known, file, origin, node, report)
            .map(modelled::<later::TrafficPolicyV1>)
            .map(Box::new)
            .map(Decoded::TrafficPolicy),
        (Kind::TrafficPolicy, _) => object(known, file, origin, node, report).map(Box::new).map(Decoded::TrafficPolicy),
        (Kind::AccessPolicy, LATER) => {
            object(known, file, origin, node, report).map(modelled::<later::AccessPolicyV1>).map(Decoded::AccessPolicy)
        }
        (Kind::AccessPolicy, _) => object(known, file, origin, node, report).map(Decoded::AccessPolicy),
        (Kind::FailoverService, _) => object(known, file, origin, node, report).map(Decoded::FailoverService),
    }
}

/// Reports a policy whose name no API server takes, and with it what would be named after it.
fn check_name<T>(object: &Object<T>, report: &mut Report) {
    let ObjectRef { namespace, name } = &object.key;
    let mut refuse = |field: &str, value: &Text, what: &str, hint: &str| {
        let place = object.place(crate::path!["metadata", field]);
        report.push(Diag::new(Code::BadValue, place, format!("{value:?} is no name of {what}")).hint(hint));
    };
    if !is_subdomain(name) {
        let hint = "a name has lower-case letters and digits, `-` and `.` between them, and at most 253 of all";
        refuse("name", name, "an object", hint);
    }
    if !is_label(namespace) {
        let hint = "a name has lower-case letters, digits and `-` inside, and at most 63 of them";
        refuse("namespace", namespace, "a namespace", hint);
    }
}

/// An object of a later version in the model.
fn modelled<T: Later>(object: Object<T>) -> Object<T::Model> {
    let Object { key, origin, api_version, generation, faults, spec } = object;
    Object { key, origin, api_version, generation, faults, spec: spec.into_model() }
}

/// Where a field of the model stands in a document of an API version: in the later one a TrafficPolicy's features are below
/// `spec.policy`.
pub(super) fn path_as_written(api_version: &str, mut path: FieldPath) -> FieldPath {
    const FEATURES: [&str; 9] = [
        "trafficShift",
        "faultInjection",
        "requestTimeout",
        "retries",
        "corsPolicy",
        "mirror",
        "headerManipulation",
        "outlierDetection",
        "mtls",
    ];
    let is_feature = |step: &Step| matches!(step, Step::Key(key) if FEATURES.contains(&&**key));
    if api_version == LATER && path.0.get(1).is_some_and(is_feature) {
        path.0.insert(1, Step::from("policy"));
    }
    path
}

/// Reports a compact inventory that stands below another cluster's path.
fn is_in_its_cluster(
    name: &ClusterName,
    file: &SourceFile,
    object: &Object<compact::Cluster>,
    report: &mut Report,
) -> bool {
    let of_path = file.cluster.as_ref().unwrap_or(name);
    if of_path == name {
        return true;
    }
    let message =
        format!("the inventory of cluster {:?} is below the path of cluster {:?}", name.as_str(), of_path.as_str());
    report.push(Diag::new(Code::ClusterMismatch, object.place(crate::path!["metadata", "name"]), message));
    false
}

/// Reports names that no cluster has, and addresses and labels of gateways that nobody could use.
fn check_values(object: &Object<compact::Cluster>, report: &mut Report) {
    for super::settings::check::Wrong { path, message, hint } in compact::check::check(&object.spec) {
        report.push(Diag::new(Code::BadValue, object.place(path), message).hint(hint));
    }
}

/// Decodes the parts that every object has; the metadata and the specification.
pub(super) fn envelope<T: Decode + Default>(node: &Node, cx: &mut Cx<'_>) -> Option<(Metadata, T)> {
    let [_, _, metadata, spec, _] = cx.fields(node, ["apiVersion", "kind", "metadata", "spec", "status"])?;
    let metadata = metadata.and_then(|node| cx.at("metadata", |cx| Metadata::decode(node, cx)));
    let spec = match spec {
        Some(node) if node.value != Value::Null => cx.at("spec", |cx| T::decode(node, cx))?,
        _ => T::default(),
    };
    Some((metadata.unwrap_or_default(), spec))
}

/// Decodes an object; `None` if anything of it could not be decoded, which has been reported then.
fn object<T: Decode + Default>(
    (kind, api_version): (Kind, &'static str),
    file: &SourceFile,
    origin: Origin,
    node: &Node,
    report: &mut Report,
) -> Option<Object<T>> {
    let mut cx = Cx::new(&file.shown, report);
    let (metadata, spec) = envelope::<T>(node, &mut cx)?;
    let (failed, faults) = (cx.failed, std::mem::take(&mut cx.faults));
    let namespaced = kind != Kind::Cluster;
    let mut complete = !failed;
    for (field, value, wanted) in [("name", &metadata.name, true), ("namespace", &metadata.namespace, namespaced)] {
        if wanted && value.as_ref().is_none_or(|text| text.is_empty()) {
            let place = Place::Field(origin.clone(), crate::path!["metadata", field]);
            let message = format!("{} without metadata.{field}", kind.as_str());
            let hint = "objects are ordered and referred to by name and namespace, so both have to be written";
            report.push(Diag::new(Code::MissingField, place, message).hint(hint));
            complete = false;
        }
    }
    if !complete {
        return None;
    }
    let namespace = if namespaced { metadata.namespace.unwrap_or_default() } else { "".into() };
    let key = ObjectRef { namespace, name: metadata.name.unwrap_or_default() };
    let object = Object { key, origin, api_version, generation: metadata.generation, faults, spec };
    Some(if kind.is_policy() {
        check_name(&object, report);
        object
    } else {
        for fault in &object.faults {
            report.push(Diag::new(Code::BadValue, object.place(fault.path.clone()), fault.message.clone()));
        }
        object
    })
}
