//! `trace` and `access` on whole fleets: what they name is there, and they agree with each other.

mod support;

use std::collections::BTreeSet;

use serde_json::Value;
use support::{Run, example, fleet, run, texts, tree};

/// The document that a command prints.
fn document(found: &Run) -> Value {
    serde_json::from_str(&found.stdout).unwrap_or_else(|error| panic!("{error}: {found:?}"))
}

/// Every rendered object in a document, as a file of the tree.
fn objects(value: &Value, out: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            let text = |key: &str| map.get(key).and_then(Value::as_str);
            if let (Some(cluster), Some(kind), Some(namespace), Some(name)) =
                (text("cluster"), text("kind"), text("namespace"), text("name"))
            {
                out.insert(format!("{cluster}/{namespace}/{}-{name}.yaml", kind.to_lowercase()));
            }
            map.values().for_each(|value| objects(value, out));
        }
        Value::Array(items) => items.iter().for_each(|item| objects(item, out)),
        _ => {}
    }
}

/// All objects of traces are in the committed trees, and the policies' places are lines of files.
#[test]
fn traces_name_what_is_rendered() {
    for (name, least) in
        [("bookinfo", 20), ("bookinfo-failover", 20), ("bookinfo-current", 20), ("bookinfo-upgrade", 20)]
    {
        let dir = example(name, true);
        let rendered = tree(&dir.path().join("rendered"));
        let inventory = document(&run(dir.path(), &["inventory", "show", "-o", "json"]).exits(0));
        let (mut found, mut verdicts) = (BTreeSet::new(), BTreeSet::new());
        let clusters = inventory["clusters"].as_array().expect("clusters");
        for cluster in clusters {
            let services = cluster["services"].as_array().expect("services");
            for service in services.iter().filter(|service| service["namespace"] == "default") {
                let text = |value: &Value| value.as_str().expect("text").to_owned();
                let to = format!("{}/default/{}", text(&cluster["name"]), text(&service["name"]));
                for from in ["kind2/default/productpage-v1", "kind3/default/productpage-v1"] {
                    let traced = document(&run(dir.path(), &["trace", from, &to, "--format", "json"]));
                    assert_eq!(traced["kind"], "Trace");
                    verdicts.insert(text(&traced["verdict"]));
                    objects(&traced, &mut found);
                }
            }
        }
        let missing: Vec<_> = found.iter().filter(|path| !rendered.contains_key(*path)).collect();
        assert!(missing.is_empty() && found.len() >= least, "{name}: {missing:?}, {} found", found.len());
        assert!(verdicts.contains("allowed") && verdicts.contains("denied"), "{name}: {verdicts:?}");
    }
}

const CLUSTER: &str = "apiVersion: meshtree.io/v1alpha1
kind: Cluster
metadata: {name: east}
spec:
  istio: {version: 1.20.0, trustDomain: td}
  namespaces:
    shop:
      services:
        web:
          selector: {app: web}
          labels: {app: web}
          ports: [{name: http, port: 80, targetPort: 8080}, {name: http-admin, port: 81, targetPort: 9000}]
        admin: {selector: {app: web, role: admin}, labels: {app: admin}, ports: [{name: http, port: 90, targetPort: 9000}]}
        named: {selector: {app: named}, labels: {app: named}, ports: [{name: http, port: 80, targetPort: web}]}
        free: {selector: {app: free}, ports: [{name: http, port: 80}]}
      workloads:
        web: {labels: {app: web}, serviceAccount: web}
        web-admin: {labels: {app: web, role: admin}, serviceAccount: web}
        named: {labels: {app: named}, serviceAccount: named}
        free: {labels: {app: free}, serviceAccount: free}
";

const POLICIES: &str = "apiVersion: networking.smh.solo.io/v1alpha2
kind: AccessPolicy
metadata: {name: web, namespace: shop}
spec:
  sourceSelector: [{kubeServiceAccountRefs: {serviceAccounts: [{name: free, namespace: shop, clusterName: east}]}}]
  destinationSelector: [{kubeServiceMatcher: {labels: {app: web}}}]
  allowedMethods: [GET]
  allowedPorts: [80]
---
apiVersion: networking.smh.solo.io/v1alpha2
kind: AccessPolicy
metadata: {name: admin, namespace: shop}
spec:
  sourceSelector: [{kubeIdentityMatcher: {namespaces: [shop]}}]
  destinationSelector: [{kubeServiceMatcher: {labels: {app: admin}}}]
  allowedPaths: [/admin*]
  allowedPorts: [90]
---
apiVersion: networking.smh.solo.io/v1alpha2
kind: AccessPolicy
metadata: {name: named, namespace: shop}
spec:
  destinationSelector: [{kubeServiceMatcher: {labels: {app: named}}}]
  allowedPorts: [80]
";

/// Policies of two services with the same pods are in force for both, at the ports that lead to the same ports of the pods.
#[test]
fn access_is_by_pods_and_ports() {
    let dir = fleet(&texts(&[("clusters/east.yaml", CLUSTER), ("policies.yaml", POLICIES)]));
    let matrix = document(&run(dir.path(), &["access", "-o", "json"]).exits(0));
    let rows = matrix["rows"].as_array().expect("rows");
    let row = |row: &Value| {
        let text = |key: &str| row[key].as_str().unwrap_or("-").trim_start_matches("AccessPolicy shop/").to_owned();
        let list = |key: &str| row[key].to_string().replace("east/shop/", "");
        let service = text("service").trim_start_matches("east/shop/").to_owned();
        [service, list("workloads"), text("caller"), list("ports"), list("podPorts"), text("policy")].join(" ")
    };
    let found: Vec<String> = rows.iter().map(row).collect();
    assert_eq!(
        found,
        [
            "admin [] anyone in namespace shop [90] [9000] admin",
            "free [] anyone null [] -",
            "named [] anyone [80] [80] named",
            "web [\"web\"] td/ns/shop/sa/free [80] [8080] web",
            "web [\"web-admin\"] anyone in namespace shop [81] [9000] admin",
            "web [\"web-admin\"] td/ns/shop/sa/free [80] [8080] web",
        ]
    );
    for (arguments, verdict) in [
        (&["east/shop/free", "web", "--path", "/x"][..], "allowed"),
        (&["east/shop/free", "web:80", "--method", "POST"], "denied"),
        (&["east/shop/named", "web:80"], "denied"),
        (&["east/shop/named", "web:81", "--path", "/admin/x"], "mixed"),
        (&["east/shop/named", "admin", "--path", "/admin"], "allowed"),
        (&["east/shop/named", "admin", "--path", "/"], "denied"),
        // The number of the pods' port is not known.
        (&["east/shop/web", "named"], "unknown"),
        (&["east/shop/web", "free"], "allowed"),
    ] {
        let arguments = [&["trace"], &arguments[..2], &["."], &arguments[2..], &["--format", "json"]].concat();
        let traced = run(dir.path(), &arguments).exits(i32::from(verdict != "allowed"));
        assert_eq!(document(&traced)["verdict"], verdict, "{arguments:?}");
    }
}

/// Who may call a service of another kind of mesh is not guessed.
#[test]
fn other_meshes_are_unknown() {
    let osm = "apiVersion: discovery.smh.solo.io/v1alpha2\nkind: Mesh\nmetadata: {name: osm, namespace: service-mesh-hub}\n\
               spec: {osm: {installation: {namespace: osm-system, cluster: west, version: v0.3.0}}}\n---\n\
               apiVersion: multicluster.solo.io/v1alpha1\nkind: KubernetesCluster\nmetadata: {name: west, namespace: service-mesh-hub}\n---\n\
               apiVersion: discovery.smh.solo.io/v1alpha2\nkind: TrafficTarget\nmetadata: {name: web-shop-west, namespace: service-mesh-hub}\n\
               spec:\n  kubeService:\n    ref: {name: web, namespace: shop, clusterName: west}\n    workloadSelectorLabels: {app: web}\n    ports: [{port: 80, name: http, protocol: TCP}]\n  mesh: {name: osm, namespace: service-mesh-hub}\n";
    let dir = fleet(&texts(&[("clusters/west.yaml", osm)]));
    let matrix = document(&run(dir.path(), &["access", "-o", "json"]).exits(0));
    let rows = matrix["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!((&rows[0]["access"], &rows[0]["reason"]), (&"unknown".into(), &"not part of an Istio mesh".into()));
}
