//! Where two descriptions of one object differ, in what discovery reads of it.

use serde::Serialize;
use serde_json::Value;

use super::{
    Application, ConfigMap, Container, Controller, HelmRelease, IstioOperator, Node, OciRepository, OtherWorkload,
    Plain, Pod, SailIstio, SailRevision, SailRevisionTag, Service, Webhook,
};
use crate::diag::FieldPath;

/// The first field in which two descriptions differ.
#[derive(Debug, PartialEq)]
pub(super) struct Difference {
    pub(super) field: String,
    /// The values, as a message shows them.
    pub(super) first: String,
    pub(super) second: String,
}

/// An object that can be described twice.
pub(super) trait Facts: Clone + PartialEq + Serialize {
    /// Drops what says nothing about the mesh, and may differ between a manifest and the cluster.
    fn keep_facts(&mut self) {}
}

impl Facts for Plain {}
impl Facts for Node {}
impl Facts for OtherWorkload {}
impl Facts for IstioOperator {}
impl Facts for Webhook {}

impl Facts for ConfigMap {
    fn keep_facts(&mut self) {
        // They repeat what other objects have, beside much that has nothing to do with the mesh.
        (self.data.merged_values, self.data.values) = (None, None);
    }
}

/// What installs Istio is often there in several stages, such as a base and overlays, so the first one counts.
macro_rules! installers {
    ($($type:ty)*) => { $(impl Facts for $type {
        fn keep_facts(&mut self) {
            *self = Self::default();
        }
    })* };
}

installers! { Application HelmRelease OciRepository SailIstio SailRevision SailRevisionTag }

impl Facts for Service {
    fn keep_facts(&mut self) {
        // The cluster chooses it, so that only what was read from there has one.
        self.spec.cluster_ip = Default::default();
    }
}

impl Facts for Pod {
    fn keep_facts(&mut self) {
        let containers = self.spec.containers.iter_mut().chain(&mut self.spec.init_containers);
        for container in containers {
            keep_image(container);
            // Whoever installs Istio may set a flag that its manifest in Git does not have.
            container.env.clear();
        }
    }
}

impl Facts for Controller {
    fn keep_facts(&mut self) {
        self.spec.template.keep_facts();
    }
}

/// Images whose version is read.
const VERSIONED: [&str; 2] = ["pilot", "osm-controller"];

/// Images that make a sidecar.
const SIDECARS: [&str; 3] = ["proxy", "openservicemesh", "envoy"];

/// Keeps of an image what discovery reads: nothing of an application's, and not the tag of a sidecar's.
fn keep_image(container: &mut Container) {
    let is_one = |words: &[&str]| words.iter().any(|word| container.image.contains(word));
    if is_one(&VERSIONED) {
        return;
    }
    let name = container.image.split('@').next().unwrap_or_default();
    let slash = name.rfind('/').map_or(0, |at| at + 1);
    let end = name[slash..].find(':').map_or(name.len(), |at| slash + at);
    container.image = if is_one(&SIDECARS) { name[..end].into() } else { "".into() };
}

/// The first fact in which two descriptions of an object differ.
pub(super) fn difference<T: Facts>(first: &T, second: &T) -> Option<Difference> {
    if first == second {
        return None;
    }
    let value = |object: &T| {
        let mut object = object.clone();
        object.keep_facts();
        serde_json::to_value(object).unwrap_or_default()
    };
    let (field, first, second) = differ(FieldPath::default(), &value(first), &value(second))?;
    Some(Difference { field: field.to_string(), first: shown(&first), second: shown(&second) })
}

fn differ(at: FieldPath, first: &Value, second: &Value) -> Option<(FieldPath, Value, Value)> {
    match (first, second) {
        _ if first == second => None,
        (Value::Object(a), Value::Object(b)) => {
            let keys = a.keys().chain(b.keys().filter(|key| !a.contains_key(*key)));
            let of =
                |object: &serde_json::Map<String, Value>, key: &String| object.get(key).cloned().unwrap_or_default();
            keys.into_iter().find_map(|key| differ(at.with(&**key), &of(a, key), &of(b, key)))
        }
        (Value::Array(a), Value::Array(b)) => {
            let of = |list: &[Value], i: usize| list.get(i).cloned().unwrap_or_default();
            (0..a.len().max(b.len())).find_map(|i| differ(at.with(i), &of(a, i), &of(b, i)))
        }
        _ => Some((at, first.clone(), second.clone())),
    }
}

/// A value in a message; what is empty is absent.
fn shown(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = match value {
        Value::Null => return "absent".to_owned(),
        Value::String(text) if text.is_empty() => return "absent".to_owned(),
        Value::Number(number) if number.as_u64() == Some(0) => return "absent".to_owned(),
        Value::Array(list) if list.is_empty() => return "absent".to_owned(),
        Value::Object(map) if map.is_empty() => return "absent".to_owned(),
        value => value.to_string(),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn controller(text: &str) -> Controller {
        serde_yaml::from_str(text).expect("a controller")
    }

    fn deployment(image: &str, account: &str) -> Controller {
        controller(&format!(
            "spec: {{template: {{spec: {{serviceAccountName: '{account}', containers: [{{name: c, image: '{image}'}}]}}}}}}"
        ))
    }

    #[test]
    fn an_image_counts_where_it_shows_a_sidecar_or_a_version() {
        let field =
            |a: &str, b: &str| difference(&deployment(a, "x"), &deployment(b, "x")).map(|difference| difference.field);
        assert_eq!(field("shop/web:1", "shop/web:2"), None);
        assert_eq!(field("registry:5000/shop/web", "shop/web@sha256:00"), None);
        assert_eq!(field("istio/proxyv2:1.7.0", "istio/proxyv2:1.7.1"), None);
        let image = Some("spec.template.spec.containers[0].image".to_owned());
        assert_eq!(field("istio/pilot:1.7.0", "istio/pilot:1.7.1"), image);
        assert_eq!(field("istio/proxyv2:1.7.0", "shop/web:1"), image);
    }

    #[test]
    fn the_first_field_that_differs_is_named_with_both_values() {
        let found = difference(&deployment("a", "web"), &deployment("b", "")).expect("different");
        let (field, first, second) =
            ("spec.template.spec.serviceAccountName".into(), "\"web\"".into(), "absent".into());
        assert_eq!(found, Difference { field, first, second });
    }
}
