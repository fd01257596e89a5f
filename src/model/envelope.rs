//! What every object has around its specification: kind, metadata, a name that can be used.

use crate::diag::{Code, Diag, Origin, Place, Report};
use crate::ids::dns::{is_label, is_subdomain};
use crate::ids::{ObjectRef, Text};
use crate::load::SourceFile;
use crate::load::tree::{Node, Value};

use super::decode::{Cx, Decode};
use super::kind::Kind;
use super::meta::{Metadata, Object};

/// Decodes the parts that every object has; the metadata and the specification.
pub(super) fn envelope<T: Decode + Default>(node: &Node, cx: &mut Cx<'_>) -> Option<(Metadata, T)> {
    let [_, _, metadata, spec, _] =
        cx.fields(node, ["apiVersion", "kind", "metadata", "spec", "status"], |_, out| T::paths("spec", out))?;
    let metadata = metadata.and_then(|node| cx.at("metadata", |cx| Metadata::decode(node, cx)));
    let spec = match spec {
        Some(node) if node.value != Value::Null => cx.at("spec", |cx| T::decode(node, cx))?,
        _ => T::default(),
    };
    Some((metadata.unwrap_or_default(), spec))
}

/// Decodes an object; `None` if anything of it could not be decoded, which has been reported then.
pub(super) fn object<T: Decode + Default>(
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
            let message = format!("{} has no metadata.{field}", kind.as_str());
            let hint = "set name and namespace, by which objects are ordered and referenced";
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
            report.push(Diag::new(
                Code::BadValue,
                object.place(fault.path.clone()),
                format!("{}: {}", fault.path, fault.plain),
            ));
        }
        object
    })
}

/// Reports a policy whose name no API server accepts; rendered objects would be named after it.
fn check_name<T>(object: &Object<T>, report: &mut Report) {
    let ObjectRef { namespace, name } = &object.key;
    let mut refuse = |field: &str, value: &Text, what: &str, hint: &str| {
        let place = object.place(crate::path!["metadata", field]);
        report.push(Diag::new(Code::BadValue, place, format!("{value:?} is not a valid {what}")).hint(hint));
    };
    if !is_subdomain(name) {
        let hint = "use lower-case letters and digits with `-` and `.` between them, at most 253 characters";
        refuse("name", name, "object name", hint);
    }
    if !is_label(namespace) {
        let hint = "use lower-case letters and digits with `-` between them, at most 63 characters";
        refuse("namespace", namespace, "namespace name", hint);
    }
}
