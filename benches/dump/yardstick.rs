//! What one thread of serde needs to read a dump into structs that keep names, labels, selectors, ports, images and owners and
//! skip everything else.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::print::Form;

#[derive(Deserialize)]
struct List {
    items: Vec<Object>,
}

/// An object of any kind.
#[derive(Deserialize)]
#[expect(dead_code, reason = "it is read to be measured")]
struct Object {
    kind: String,
    metadata: Metadata,
    spec: Option<Spec>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "it is read to be measured")]
struct Metadata {
    name: Option<String>,
    namespace: Option<String>,
    labels: Option<BTreeMap<String, String>>,
    owner_references: Option<Vec<Owner>>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is read to be measured")]
struct Owner {
    kind: String,
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "it is read to be measured")]
struct Spec {
    ports: Option<Vec<Port>>,
    selector: Option<serde::de::IgnoredAny>,
    template: Option<Template>,
    containers: Option<Vec<Container>>,
    service_account_name: Option<String>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is read to be measured")]
struct Port {
    name: Option<String>,
    port: u16,
    protocol: Option<String>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is read to be measured")]
struct Template {
    metadata: Metadata,
    spec: PodSpec,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "it is read to be measured")]
struct PodSpec {
    containers: Vec<Container>,
    service_account_name: Option<String>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is read to be measured")]
struct Container {
    name: String,
    image: String,
}

/// Reads a dump; gives the number of its objects.
///
/// # Errors
/// What serde says.
pub(crate) fn read(form: Form, text: &str) -> Result<usize, String> {
    let words = |error: serde_yaml::Error| error.to_string();
    match form {
        Form::List => serde_yaml::from_str::<List>(text).map(|list| list.items.len()).map_err(words),
        Form::Documents => {
            let objects: Result<Vec<Object>, _> =
                serde_yaml::Deserializer::from_str(text).map(Object::deserialize).collect();
            objects.map(|objects| objects.len()).map_err(words)
        }
        Form::Json => {
            serde_json::from_str::<List>(text).map(|list| list.items.len()).map_err(|error| error.to_string())
        }
    }
}
