//! The decoding of one document by its kind.

use crate::diag::{Code, Diag, FieldPath, Origin, Place, Report};
use crate::ids::ClusterName;
use crate::load::SourceFile;
use crate::load::tree::{Node, Value};

use super::decoded::Decoded;
use super::envelope::object;
use super::kind::{Kind, LATER};
use super::known::{Known, known};
use super::later::{self, Later};
use super::meta::{Object, header};
use super::{compact, existing, hub_settings, kubernetes, kustomize};

/// Decodes one document by its kind.
pub(super) fn decode_document(file: &SourceFile, origin: Origin, node: &Node, report: &mut Report) -> Option<Decoded> {
    let place = |path: FieldPath| Place::Field(origin.clone(), path);
    if kustomize::is_patch(node) {
        return Some(Decoded::Ignored("JSON patch".to_owned()));
    }
    let (api_version, name) = header(node);
    if let Some(files) = kustomize::is_kustomization(&file.relative, node).then(|| kustomize::check(node)) {
        report_kustomization(files, &origin, report);
        return Some(Decoded::Ignored("Kustomization".to_owned()));
    }
    if api_version.is_empty() && name.is_empty() || is_chart(&file.relative) {
        let what = match &node.value {
            Value::Map(_) => "the document has neither apiVersion nor kind, so it is not a Kubernetes object",
            _ => "the document is not a Kubernetes object: that is a mapping with apiVersion and kind",
        };
        let hint = "add the file to .meshtreeignore if it is not an input, or add apiVersion and kind";
        report.push(Diag::new(Code::NotAnObject, place(FieldPath::default()), what).hint(hint));
        return None;
    }
    for (field, found) in [("apiVersion", api_version), ("kind", name)] {
        if found.is_empty() {
            let message = format!("the object has no {field}");
            report.push(
                Diag::new(Code::MissingField, place(FieldPath::default()), message)
                    .hint(format!("add {field}, or add the file to .meshtreeignore if it is not an input")),
            );
        }
    }
    if api_version.is_empty() || name.is_empty() {
        return None;
    }
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    match known(api_version, group, name) {
        Known::Kind(kind, version) => decode_kind((kind, version), file, origin, node, report),
        Known::Test => Some(Decoded::Test(origin)),
        Known::HubSettings => {
            hub_settings::check(node, &origin, report);
            Some(Decoded::Ignored(format!("{api_version} {name}")))
        }
        Known::Other if file.cluster.is_some() => raw(file, node, api_version, name, report),
        Known::Other => Some(Decoded::Ignored(format!("{api_version} {name}"))),
        Known::No(hint) => {
            let message = format!("unknown kind {name} in {api_version}");
            report.push(Diag::new(Code::UnknownKind, place(crate::path!["kind"]), message).hint(hint));
            None
        }
    }
}

/// Whether a file describes a Helm chart, which has an apiVersion of its own.
fn is_chart(relative: &str) -> bool {
    matches!(relative.rsplit('/').next(), Some("Chart.yaml" | "Chart.yml"))
}

/// Reports what a kustomization changes in the objects that it includes.
fn report_kustomization(changes: Vec<&str>, origin: &Origin, report: &mut Report) {
    let Some(first) = changes.first() else { return };
    let message = format!(
        "this kustomization changes the objects that it includes ({}), which are read as they are in their files",
        changes.join(", ")
    );
    let hint = "put the output of `kustomize build` here, and add the kustomization and its files to .meshtreeignore";
    let place = Place::Field(origin.clone(), crate::path![*first]);
    report.push(Diag::new(Code::Kustomized, place, message).hint(hint));
}

/// Decodes a raw object of Kubernetes from its tree.
fn raw(file: &SourceFile, node: &Node, api_version: &str, name: &str, report: &mut Report) -> Option<Decoded> {
    let cluster = file.cluster.clone()?;
    let place = Place::Point(file.shown.clone(), node.pos());
    if let Some(one) = kubernetes::listed(api_version, name) {
        report.push(typed_list(place, one));
        return None;
    }
    if let Some(object) = existing::read_node(node, api_version, name, &place) {
        return Some(Decoded::Existing(cluster, Box::new(object)));
    }
    match kubernetes::read_node(node, api_version, name, place) {
        Some(Ok(kubernetes::Read::Object(raw))) => Some(Decoded::Kubernetes(cluster, raw)),
        Some(Err(error)) => {
            report.push(error.diag(file.shown.clone()));
            None
        }
        Some(Ok(kubernetes::Read::Hook)) => Some(Decoded::Ignored(format!("{api_version} {name} that is a hook"))),
        Some(Ok(kubernetes::Read::Nothing | kubernetes::Read::Unclear)) | None => {
            Some(Decoded::Ignored(format!("{api_version} {name}")))
        }
    }
}

/// Reports a list of one kind as an item of a List.
pub(super) fn typed_list(place: Place, kind: &str) -> Diag {
    let message = format!("a {kind}List inside a List is not supported");
    let hint = "move its items into the outer List";
    Diag::new(Code::WrongType, place, message).hint(hint)
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

/// An object of a later version in the model.
fn modelled<T: Later>(object: Object<T>) -> Object<T::Model> {
    let Object { key, origin, api_version, generation, faults, spec } = object;
    Object { key, origin, api_version, generation, faults, spec: spec.into_model() }
}

/// Reports a compact inventory that is below another cluster's path.
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
        format!("the inventory of cluster {:?} is in the path of cluster {:?}", name.as_str(), of_path.as_str());
    report.push(Diag::new(Code::ClusterMismatch, object.place(crate::path!["metadata", "name"]), message));
    false
}

/// Reports names, addresses and labels that are not valid.
fn check_values(object: &Object<compact::Cluster>, report: &mut Report) {
    for super::settings::check::Wrong { path, message, hint } in compact::check::check(&object.spec) {
        report.push(Diag::new(Code::BadValue, object.place(path), message).hint(hint));
    }
}
