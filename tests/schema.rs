//! Every object of Istio and of the Service Mesh Interface that a case or an example renders, held against the APIs' own
//! definitions as far as they are used, written down in `schema/table.rs`.

mod support;

#[path = "schema/check.rs"]
mod check;
#[path = "schema/rules.rs"]
mod rules;
#[path = "schema/scalars.rs"]
mod scalars;
#[path = "schema/table.rs"]
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use check::Schema;
use rayon::prelude::*;
use serde::Deserialize as _;
use serde_json::Value;
use support::cases::{Case, cases};
use support::{Tree, directories, project, tree};

/// The API groups of objects that settings and templates ask for and that neither Istio's control plane nor an Open Service Mesh reads.
const OTHERS: [&str; 8] = [
    "apps/",
    "argoproj.io/",
    "enterprise.gloo.solo.io/",
    "gateway.solo.io/",
    "gloo.solo.io/",
    "install.istio.io/",
    "policy/",
    "sailoperator.io/",
];

/// The objects in a rendered tree by cluster, each with its path. Those of `v1`, such as Secrets, are Kubernetes' own.
fn objects(rendered: &Tree) -> BTreeMap<String, Vec<(String, Value)>> {
    let mut out: BTreeMap<String, Vec<(String, Value)>> = BTreeMap::new();
    for (path, bytes) in rendered.iter().filter(|(path, _)| path.ends_with(".yaml")) {
        let cluster = path.split('/').next().unwrap_or_default().to_owned();
        // Several objects may share a file.
        for document in serde_yaml::Deserializer::from_slice(bytes) {
            let object = Value::deserialize(document).unwrap_or_else(|error| panic!("{path}: {error}"));
            let api = object["apiVersion"].as_str().unwrap_or_default();
            if api != "v1" && !OTHERS.iter().any(|group| api.starts_with(group)) {
                out.entry(cluster.clone()).or_default().push((path.clone(), object));
            }
        }
    }
    out
}

/// What is wrong in a rendered tree.
fn wrong_in(schema: &Schema, rendered: &Tree) -> Vec<String> {
    let mut wrong = Vec::new();
    for (cluster, objects) in objects(rendered) {
        for (path, object) in &objects {
            wrong.extend(schema.check(object).into_iter().map(|text| format!("{path}: {text}")));
        }
        let objects: Vec<Value> = objects.into_iter().map(|(_, object)| object).collect();
        wrong.extend(rules::of_cluster(&objects).into_iter().map(|text| format!("{cluster}: {text}")));
    }
    wrong
}

/// Only what was warned of is refused by Istio, and all that was warned of is.
#[test]
fn whatever_is_rendered_is_valid() {
    let schema = Schema::new();
    let of_case = |case: &Case| (case.name.clone(), case.text("diagnostics.txt").unwrap_or_default(), case.rendered());
    let of_example = |dir: &PathBuf| (dir.display().to_string(), String::new(), tree(&dir.join("rendered")));
    let mut trees: Vec<(String, String, Tree)> = cases().par_iter().map(of_case).collect();
    trees.extend(directories(&project().join("examples")).iter().map(of_example));
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    for (name, said, rendered) in &trees {
        let wrong = wrong_in(&schema, rendered);
        if said.contains("warning[MT0605]") == wrong.is_empty() {
            findings.push(format!("{name}: {wrong:#?}, warned of: {}", wrong.is_empty()));
        }
        for (_, object) in objects(rendered).into_values().flatten() {
            let text = |field: &str| object[field].as_str().unwrap_or_default().to_owned();
            seen.insert((text("apiVersion"), text("kind")));
        }
    }
    assert!(findings.is_empty(), "{}", findings.join("\n"));
    let written: BTreeSet<(&str, &str)> =
        table::APIS.iter().flat_map(|api| api.kinds.iter().map(|kind| (api.version, *kind))).collect();
    assert_eq!(
        seen.iter().map(|(version, kind)| (&**version, &**kind)).collect::<BTreeSet<_>>(),
        written,
        "every kind is in some case"
    );
}

/// A change to what is rendered that no validation would let pass is found: a field misspelt, left out, of another type.
#[test]
fn mistakes_are_found() {
    let schema = Schema::new();
    let object = |text: &str| serde_yaml::from_str::<Value>(text).expect("YAML");
    let valid = "apiVersion: networking.istio.io/v1alpha3\nkind: VirtualService\nmetadata: {name: a, namespace: b}\n\
                 spec: {hosts: [a.b], http: [{match: [{uri: {exact: /a}, port: 80}], route: [{destination: {host: a.b}}], timeout: 1s}]}\n";
    assert_eq!(schema.check(&object(valid)), Vec::<String>::new());
    for (from, to) in [
        ("timeout:", "timeOut:"),
        ("v1alpha3", "v1alpha2"),
        ("hosts: [a.b], ", ""),
        ("hosts: [a.b]", "hosts: []"),
        ("hosts: [a.b]", "hosts: a.b"),
        ("{exact: /a}", "{exact: /a, prefix: /b}"),
        ("{exact: /a}", "{}"),
        ("port: 80", "port: '80'"),
        ("port: 80", "port: 0"),
        ("1s", "1m"),
        ("1s", "0.0001s"),
        ("{host: a.b}", "{host: A_b}"),
        ("{destination: {host: a.b}}", "{destination: {host: a.b}, weight: 50}"),
        ("route: [", "retries: {perTryTimeout: 1s}, route: ["),
        ("spec:", "status: {}\nspec:"),
        ("name: a,", "name: A,"),
    ] {
        let changed = valid.replace(from, to);
        assert!(
            changed != valid && !schema.check(&object(&changed)).is_empty(),
            "{from:?} instead of {to:?} is not found"
        );
    }
}
