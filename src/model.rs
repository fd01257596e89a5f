//! What the inputs say, as written: one ordered map per kind, plain structs, no meaning yet.

pub mod access_policy;
pub mod compact;
pub mod decode;
pub mod duration;
pub mod existing;
pub mod failover_service;
pub mod inventory;
pub mod kubernetes;
pub mod later;
pub mod meta;
pub mod policy_test;
mod port_number;
pub mod refused;
mod required;
pub mod schema;
pub mod selector;
pub mod settings;
mod target_port;
pub mod traffic_policy;
pub mod unread;
pub mod virtual_mesh;

mod by_kind;
mod decoded;
mod documents;
mod envelope;
mod folders;
mod hub_settings;
mod kind;
mod known;
mod kustomize;
mod written;

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::diag::{Code, Diag, FieldPath, Origin, Place, Report, nearest};
use crate::ids::{ClusterName, ObjectRef, Text};
use crate::load::tree::Value;
use crate::load::{Files, SourceFile};

pub use kind::Kind;
pub use meta::{Object, place_of};
pub use unread::Unread;

use decode::Cx;
use decoded::Decoded;

/// The objects of one kind by namespace and name.
pub type Objects<T> = BTreeMap<ObjectRef, Object<T>>;

/// Everything that was read, as written.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The fleet's settings.
    pub settings: settings::Settings,
    /// Where they are; `None` for a fleet without settings.
    pub settings_origin: Option<Origin>,
    /// Compact inventories by cluster.
    pub compact: BTreeMap<ClusterName, Object<compact::Cluster>>,
    /// Raw objects of Kubernetes by cluster.
    pub kubernetes: BTreeMap<ClusterName, kubernetes::Kubernetes>,
    /// Objects of kinds that are rendered, in the clusters' own files.
    pub existing: BTreeMap<ClusterName, Vec<existing::Existing>>,
    /// Registered clusters.
    pub kubernetes_clusters: Objects<inventory::KubernetesCluster>,
    pub meshes: Objects<inventory::Mesh>,
    pub workloads: Objects<inventory::Workload>,
    pub traffic_targets: Objects<inventory::TrafficTarget>,
    pub virtual_meshes: Objects<virtual_mesh::VirtualMesh>,
    pub traffic_policies: Objects<traffic_policy::TrafficPolicy>,
    pub access_policies: Objects<access_policy::AccessPolicy>,
    pub failover_services: Objects<failover_service::FailoverService>,
    /// Where the PolicyTests are, which only `test` reads.
    pub tests: Vec<Origin>,
    /// What could not be decoded; references to it must not be reported as unknown.
    pub unread: Unread,
    /// How many objects of each other kind were skipped.
    pub ignored: BTreeMap<String, usize>,
}

/// Decodes every document of a fleet. What cannot be decoded is reported and left out.
pub fn decode(sources: &Files, report: &mut Report) -> Snapshot {
    let mut findings = Report::default();
    let mut snapshot = Snapshot {
        settings: decode_settings(sources, &mut findings),
        settings_origin: settings_origin(sources),
        ..Snapshot::default()
    };
    snapshot.unread.inventory = findings.has(Code::BadSettings) && settings_describe_clusters(sources);
    report.append(findings);
    let used = kustomize::used_files(sources);
    let decode = |file: &SourceFile| match used.contains(&file.relative) {
        true => (vec![Decoded::Ignored("file that a kustomization uses".to_owned())], Report::default()),
        false => documents::decode_file(file),
    };
    let files: Vec<(Vec<Decoded>, Report)> = sources.files.par_iter().map(decode).collect();
    let mut folders = folders::Folders::default();
    for (file, (found, findings)) in sources.files.iter().zip(files) {
        snapshot.unread.inventory |= file.cluster.is_some() && findings.has_errors();
        report.append(folders.take(file, findings));
        for decoded in found {
            snapshot.insert(decoded, report);
        }
    }
    folders.report(report);
    snapshot
}

/// Whether the settings add to the inventory of clusters, or may do so.
fn settings_describe_clusters(sources: &Files) -> bool {
    let Some(document) = sources.settings.as_ref().and_then(|file| file.documents().next()) else { return false };
    let Ok(node) = document.node() else { return true };
    let is_about_clusters = |key: &str| nearest(key, ["clusters", "hubNamespace"]).is_some();
    match node.get("spec").map(|spec| &spec.value) {
        Some(Value::Map(entries)) => entries.iter().any(|entry| is_about_clusters(&entry.key)),
        _ => true,
    }
}

/// Where the settings are: in the first document of their file.
fn settings_origin(sources: &Files) -> Option<Origin> {
    sources.settings.as_ref()?.documents().next().map(|document| document.origin())
}

/// Decodes `meshtree.yaml`. Every mistake in it is a settings error.
pub fn decode_settings(sources: &Files, report: &mut Report) -> settings::Settings {
    let Some(file) = &sources.settings else { return settings::Settings::default() };
    let mut findings = Report::default();
    let nodes: Vec<_> = file.documents().flat_map(|document| document.objects(&mut findings)).collect();
    report.append(findings.under(Code::BadSettings));
    let Some((origin, node)) = nodes.first() else { return settings::Settings::default() };
    if let Some((second, _)) = nodes.get(1) {
        let place = Place::Field(second.clone(), FieldPath::default());
        report.push(Diag::new(
            Code::BadSettings,
            place,
            "the settings file must have one document, and this is the second",
        ));
    }
    if meta::header(node) != ("meshtree.io/v1alpha1", "Settings") {
        let place = Place::Field(origin.clone(), FieldPath::default());
        let hint = "begin it with apiVersion: meshtree.io/v1alpha1 and kind: Settings";
        report.push(Diag::new(Code::BadSettings, place, "this is not a Settings document").hint(hint));
        return settings::Settings::default();
    }
    let mut cx = Cx::new(&file.shown, report).with_code(Code::BadSettings);
    let object = envelope::envelope::<settings::Settings>(node, &mut cx);
    for fault in std::mem::take(&mut cx.faults) {
        let place = Place::Field(origin.clone(), fault.path);
        report.push(Diag::new(Code::BadSettings, place, fault.plain));
    }
    let settings = object.map(|(_, spec)| spec).unwrap_or_default();
    for settings::check::Wrong { path, message, hint } in settings::check::check(&settings) {
        report.push(Diag::new(Code::BadSettings, Place::Field(origin.clone(), path), message).hint(hint));
    }
    if let Some(range) = &settings.required_version {
        check_version(range, Place::Field(origin.clone(), crate::path!["spec", "requiredVersion"]), report);
    }
    settings
}

/// Reports that the settings require another version of this program.
fn check_version(range: &str, place: Place, report: &mut Report) {
    let version = env!("CARGO_PKG_VERSION");
    match required::admits(range, version) {
        Some(true) => {}
        Some(false) => {
            let message = format!("the settings require meshtree {range}, but this is {version}");
            let hint = "install a version in that range, or change spec.requiredVersion for everyone";
            report.push(Diag::new(Code::WrongProgram, place, message).hint(hint));
        }
        None => {
            let message = format!("{range:?} is not a valid version range");
            report.push(Diag::new(Code::BadSettings, place, message).hint("write a range such as '>=0.1, <0.2'"));
        }
    }
}

impl Snapshot {
    /// The place of a field of the settings.
    pub fn settings_place(&self, path: FieldPath) -> Place {
        self.settings_origin.as_ref().map_or(Place::Nowhere, |origin| Place::Field(origin.clone(), path))
    }

    /// Takes one decoded object; a second one of the same name is reported and the first is kept.
    fn insert(&mut self, decoded: Decoded, report: &mut Report) {
        match decoded {
            Decoded::Compact(name, object) => match self.compact.entry(name) {
                std::collections::btree_map::Entry::Vacant(entry) => {
                    entry.insert(object);
                }
                std::collections::btree_map::Entry::Occupied(entry) => {
                    self.unread.inventory = true;
                    let message = format!("duplicate cluster {:?}", entry.key().as_str());
                    report.push(
                        Diag::new(Code::DuplicateCluster, object.place(crate::path!["metadata", "name"]), message)
                            .related(entry.get().place(crate::path!["metadata", "name"]), "the first is here"),
                    );
                }
            },
            Decoded::KubernetesCluster(object) => {
                insert(&mut self.kubernetes_clusters, object, Kind::KubernetesCluster, &mut self.unread, report)
            }
            Decoded::Mesh(object) => insert(&mut self.meshes, object, Kind::Mesh, &mut self.unread, report),
            Decoded::Workload(object) => insert(&mut self.workloads, object, Kind::Workload, &mut self.unread, report),
            Decoded::TrafficTarget(object) => {
                insert(&mut self.traffic_targets, object, Kind::TrafficTarget, &mut self.unread, report)
            }
            Decoded::VirtualMesh(object) => {
                insert(&mut self.virtual_meshes, object, Kind::VirtualMesh, &mut self.unread, report)
            }
            Decoded::TrafficPolicy(object) => {
                insert(&mut self.traffic_policies, *object, Kind::TrafficPolicy, &mut self.unread, report)
            }
            Decoded::AccessPolicy(object) => {
                insert(&mut self.access_policies, object, Kind::AccessPolicy, &mut self.unread, report)
            }
            Decoded::FailoverService(object) => {
                insert(&mut self.failover_services, object, Kind::FailoverService, &mut self.unread, report)
            }
            Decoded::Kubernetes(cluster, raw) => self.kubernetes.entry(cluster).or_default().insert(raw, report),
            Decoded::Existing(cluster, object) => self.existing.entry(cluster).or_default().push(*object),
            Decoded::Test(origin) => self.tests.push(origin),
            Decoded::Unread(unread) => self.unread.append(unread),
            Decoded::Ignored(kind) => *self.ignored.entry(kind).or_default() += 1,
        }
    }
}

/// Adds an object to the map of its kind unless its name is taken.
fn insert<T>(objects: &mut Objects<T>, object: Object<T>, kind: Kind, unread: &mut Unread, report: &mut Report) {
    if let Some(first) = objects.get(&object.key) {
        let message = format!("duplicate {} {}", kind.as_str(), object.key);
        report.push(
            Diag::new(Code::DuplicateObject, object.place(crate::path!["metadata", "name"]), message)
                .related(first.place(crate::path!["metadata", "name"]), "the first is here")
                .hint("remove one of them"),
        );
        unread.add(kind, Some(object.key));
        return;
    }
    objects.insert(object.key.clone(), object);
}

/// The namespace of the hub: the settings' or Service Mesh Hub's own default.
pub fn hub_namespace(settings: &settings::Settings) -> Text {
    settings.hub_namespace.clone().unwrap_or_else(|| "service-mesh-hub".into())
}
