//! The installations that are rendered: discovery reads back what is written, and what is installed by them is what else is rendered
//! relies on.

mod support;

use serde::Deserialize as _;
use serde_yaml::Value;
use support::cases::case;
use support::{Tree, fleet, run, texts, tree};

/// The clusters of the case with all forms whose installation is in one document, and where that is.
const READABLE: [(&str, &str); 4] = [
    ("file", "file/_files/istio.istiooperator"),
    ("old", "old/_files/istio.istiooperator"),
    ("apps", "file/argocd/application.argoproj.io-istiod-apps.yaml"),
    ("sail", "sail/_cluster/istio.sailoperator.io-blue.yaml"),
];

/// A service in the mesh of every cluster, with its namespace.
const SERVICES: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {LABEL}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {selector: {app: web}, ports: [{name: http, port: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {serviceAccountName: web, containers: [{name: web, image: web}]}}
";

/// What the case with all forms renders.
fn rendered(name: &str) -> Tree {
    let dir = fleet(&case(name).inputs());
    let done = run(dir.path(), &["render", "--locked", "--out", "out"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    tree(&dir.path().join("out"))
}

fn text(tree: &Tree, path: &str) -> String {
    let bytes = tree.get(path).unwrap_or_else(|| panic!("no {path} in {:?}", tree.keys().collect::<Vec<_>>()));
    String::from_utf8(bytes.clone()).expect("text")
}

/// A fleet whose clusters are known from their installations and by their services alone.
fn read_back() -> Vec<(String, String)> {
    let rendered = rendered("objects/forms");
    let mut files = Vec::new();
    for (cluster, path) in READABLE {
        files.push((format!("clusters/{cluster}/install.yaml"), text(&rendered, path)));
        let label = if cluster == "sail" { "istio.io/rev: blue" } else { "istio-injection: enabled" };
        files.push((format!("clusters/{cluster}/services.yaml"), SERVICES.replace("LABEL", label)));
    }
    files
}

fn borrowed(files: &[(String, String)]) -> Vec<(&str, &str)> {
    files.iter().map(|(path, text)| (&**path, &**text)).collect()
}

/// Cluster, domain, mesh, version and trust domain, as `inventory show` has them.
fn facts(table: &str) -> Vec<Vec<String>> {
    let rows = table
        .lines()
        .skip(1)
        .take_while(|row| !row.is_empty())
        .map(|row: &str| row.split_whitespace().take(5).map(str::to_owned).collect::<Vec<_>>());
    rows.filter(|row| READABLE.iter().any(|(cluster, _)| row[0] == *cluster)).collect()
}

#[test]
fn discovery_reads_back_what_is_written() {
    let stated = fleet(&case("objects/forms").inputs());
    let stated = facts(&run(stated.path(), &["inventory", "show"]).stdout);
    let read = fleet(&texts(&borrowed(&read_back())));
    let read = run(read.path(), &["inventory", "show"]);
    assert_eq!(stated.len(), READABLE.len());
    assert_eq!(facts(&read.stdout), stated, "{}", read.stderr);
}

#[test]
fn what_is_installed_has_no_findings_about_its_installation() {
    let mut files = read_back();
    let gateways: String = READABLE
        .iter()
        .enumerate()
        .map(|(i, (cluster, _))| format!("    {cluster}: {{gateways: [{{address: 192.0.2.{i}}}]}}\n"))
        .collect();
    let head = "apiVersion: meshtree.io/v1alpha1\nkind: Settings\nmetadata: {name: settings}\nspec:\n  clusters:\n";
    files.push(("meshtree.yaml".to_owned(), format!("{head}{gateways}")));
    let meshes = [
        "istiod-istio-system-file",
        "istiod-istio-system-old",
        "istiod-istio-system-apps",
        "istiod-blue-istio-system-sail",
    ]
    .map(|mesh| format!("  - {{name: {mesh}, namespace: service-mesh-hub}}\n"));
    let mesh = format!(
        "apiVersion: networking.smh.solo.io/v1alpha2\nkind: VirtualMesh\nmetadata: {{name: all, namespace: service-mesh-hub}}\nspec:\n  federation: {{}}\n  meshes:\n{}",
        meshes.concat()
    );
    files.push(("policies.yaml".to_owned(), mesh));
    let dir = fleet(&texts(&borrowed(&files)));
    let done = run(dir.path(), &["check", "--format", "short"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let said = format!("{}{}", done.stdout, done.stderr);
    // The trust domains of others, the names of their services, and roots of their own.
    assert!(["MT0665", "MT0666", "MT0667", "MT0670"].iter().all(|code| !said.contains(code)), "{said}");
    // The mode of a gateway's Deployment is in no file but that of the installation.
    assert!(said.lines().filter(|line| line.contains("MT0671")).count() <= 1, "{said}");
}

/// The specification by which lab 3 of the Service Mesh Hub workshop installs Istio 1.7.0.
const LAB3: &str = "
profile: default
addonComponents:
  istiocoredns: {enabled: true}
  grafana: {enabled: true}
  kiali: {enabled: true}
  prometheus: {enabled: true}
  tracing: {enabled: true}
meshConfig: {accessLogFile: /dev/stdout, enableAutoMtls: true, trustDomain: kind2}
values: {global: {trustDomain: kind2}}
components:
  pilot: {k8s: {env: [{name: PILOT_SKIP_VALIDATE_TRUST_DOMAIN, value: 'true'}]}}
";

#[test]
fn the_installation_of_the_workshop_is_its_own() {
    let rendered = rendered("objects/workshop");
    for cluster in ["kind2", "kind3"] {
        let path = format!("{cluster}/istio-system/istiooperator-istiocontrolplane-default.yaml");
        let object: Value = serde_yaml::from_str(&text(&rendered, &path)).expect("YAML");
        let wanted: Value = serde_yaml::from_str(&LAB3.replace("kind2", cluster)).expect("YAML");
        assert_eq!(object["spec"], wanted, "{path}");
        assert_eq!(object["apiVersion"], "install.istio.io/v1alpha1");
    }
}

#[test]
fn files_for_programs_are_not_printed() {
    let dir = fleet(&case("objects/forms").inputs());
    let done = run(dir.path(), &["render", "--locked", "--stdout", "--cluster", "values"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(
        done.stdout.contains("kind: DestinationRule") && !done.stdout.contains("defaultRevision"),
        "{}",
        done.stdout
    );
}

#[test]
fn a_cluster_without_a_mesh_gets_the_applications_of_argo_cd() {
    let mut files = case("objects/forms").inputs();
    let hub = "apiVersion: meshtree.io/v1alpha1\nkind: Cluster\nmetadata: {name: hub}\nspec: {}\n";
    files.insert("clusters/hub.yaml".to_owned(), hub.into());
    let settings =
        String::from_utf8(files["meshtree.yaml"].clone()).expect("text").replace("cluster: file", "cluster: hub");
    files.insert("meshtree.yaml".to_owned(), settings.into());
    let dir = fleet(&files);
    let done = run(dir.path(), &["render", "--locked", "--out", "out"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let hub: Vec<String> = tree(&dir.path().join("out/hub")).into_keys().collect();
    assert_eq!(hub.len(), 4, "{hub:?}");
    assert!(hub.iter().filter(|path| path.starts_with("argocd/application.argoproj.io-")).count() == 3, "{hub:?}");
}

/// The gateways of a cluster, as `inventory show` has them.
fn gateways(dir: &std::path::Path, cluster: &str) -> Vec<Value> {
    let shown = run(dir, &["inventory", "show", "-o", "yaml"]);
    let documents: Vec<Value> =
        serde_yaml::Deserializer::from_str(&shown.stdout).map(|one| Value::deserialize(one).expect("YAML")).collect();
    let found = documents.iter().find(|one| one["metadata"]["name"] == cluster).expect("the cluster");
    found["spec"]["istio"]["gateways"].as_sequence().cloned().unwrap_or_default()
}

#[test]
fn discovery_reads_back_gateways_of_kubernetes_api() {
    let stated = fleet(&case("objects/api-gateways").inputs());
    let rendered = rendered("objects/api-gateways");
    for (cluster, namespace, install, label) in [
        ("plain", "istio-system", "_files/istio.istiooperator", "istio-injection: enabled"),
        ("revision", "edge", "_cluster/istio.sailoperator.io-blue.yaml", "istio.io/rev: blue"),
    ] {
        let mut wanted = gateways(stated.path(), cluster);
        // A label beside the name is not needed to find the pods.
        wanted[0]["labels"].as_mapping_mut().expect("labels").shift_remove("team");
        // The cluster adds the address.
        let address = wanted[0]["address"].as_str().expect("an address");
        let status = format!("status: {{addresses: [{{type: IPAddress, value: {address}}}]}}\n");
        let path = format!("{cluster}/{namespace}/gateway.gateway.networking.k8s.io-eastwest.yaml");
        let dir = fleet(&texts(&[
            (&format!("clusters/{cluster}/install.yaml"), &text(&rendered, &format!("{cluster}/{install}"))),
            (&format!("clusters/{cluster}/services.yaml"), &SERVICES.replace("LABEL", label)),
            (&format!("clusters/{cluster}/gateway.yaml"), &(text(&rendered, &path) + &status)),
        ]));
        assert_eq!(gateways(dir.path(), cluster), wanted, "{cluster}");
    }
}
