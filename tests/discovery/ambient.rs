//! Workloads in ambient mode, and the waypoints of services.

use meshtree::diag::Report;
use meshtree::discover::differences;
use meshtree::render::inventory::compact;
use meshtree::report::inventory::tables;

use crate::fleet::{Found, ISTIO, read};

/// A Namespace with these labels.
fn namespace(name: &str, labels: &str) -> String {
    format!("---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{{labels}}}}}\n")
}

/// A Deployment and the Service of its pods.
fn workload(namespace: &str, name: &str, labels: &str, service: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {{template: {{metadata: \
         {{labels: {{app: {name}{labels}}}}}, spec: {{containers: [{{name: c, image: c}}]}}}}}}\n---\napiVersion: v1\nkind: Service\n\
         metadata: {{name: {name}, namespace: {namespace}, labels: {{app: {name}{service}}}}}\nspec: {{selector: {{app: {name}}}, ports: \
         [{{port: 80}}]}}\n"
    )
}

/// A Pod of a Deployment, with these annotations.
fn pod(namespace: &str, of: &str, annotations: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {of}-1-a, namespace: {namespace}, uid: u, annotations: {{{annotations}}}, labels: \
         {{app: {of}, pod-template-hash: '1'}}, ownerReferences: [{{kind: ReplicaSet, name: {of}-1, controller: true}}]}}\nspec: \
         {{containers: [{{name: c, image: c}}]}}\n"
    )
}

/// A cluster with workloads of every kind.
fn fleet() -> Found {
    let text = [
        ISTIO.to_owned(),
        namespace("shop", "istio.io/dataplane-mode: ambient, istio.io/use-waypoint: shop-waypoint"),
        workload("shop", "web", "", ""),
        workload("shop", "out", ", istio.io/dataplane-mode: none", ""),
        workload("shop", "own", "", ", istio.io/use-waypoint: own, istio.io/use-waypoint-namespace: infra"),
        workload("shop", "free", "", ", istio.io/use-waypoint: none"),
        namespace("side", "istio-injection: enabled, istio.io/dataplane-mode: ambient"),
        workload("side", "car", "", ""),
        namespace("plain", "a: b"),
        workload("plain", "asked", ", istio.io/dataplane-mode: ambient", ""),
        workload("plain", "taken", "", ""),
        pod("plain", "taken", "ambient.istio.io/redirection: enabled"),
        workload("plain", "left", "", ""),
        pod("plain", "left", ""),
        workload("lost", "asked", ", istio.io/dataplane-mode: ambient", ""),
        workload("lost", "web", "", ""),
    ]
    .concat();
    read(&[("clusters/east/x.yaml", &text)])
}

#[test]
fn workloads_in_ambient_mode_are_in_the_mesh() {
    let found = fleet();
    assert_eq!(found.codes(), ["MT0317 clusters/east/x.yaml:128"]);
    let wanted = "\
CLUSTER  NAMESPACE     WORKLOAD  DATA PLANE  WHY
east     istio-system  istiod    unknown     no file has its namespace
east     lost          asked     ambient     its pods are in ambient mode by their label or annotation
east     lost          web       unknown     no file has its namespace
east     plain         asked     ambient     its pods are in ambient mode by their label or annotation
east     plain         left      none        its pods have no sidecar
east     plain         taken     ambient     its pods are in ambient mode by their label or annotation
east     shop          free      ambient     its namespace is in ambient mode by its label
east     shop          out       none        its namespace has no injection label, and its pods do not request injection
east     shop          own       ambient     its namespace is in ambient mode by its label
east     shop          web       ambient     its namespace is in ambient mode by its label
east     side          car       sidecar     its pods have a sidecar, or injection adds one
";
    let shown = tables(&found.inventory, None);
    assert!(shown.contains(wanted), "{shown}");
}

#[test]
fn a_service_has_a_waypoint() {
    let found = fleet();
    let waypoints = found.inventory.targets.values().filter_map(|target| {
        Some(format!("{}/{} {}", target.service.namespace, target.service.name, target.waypoint.as_ref()?))
    });
    assert_eq!(waypoints.collect::<Vec<_>>(), ["shop/own infra/own", "shop/web shop/shop-waypoint"]);
}

#[test]
fn the_compact_form_has_data_planes_and_waypoints() {
    let raw = fleet();
    let mut report = Report::default();
    let text = compact(&raw.inventory, None, &mut report).expect("a cluster");
    let again = read(&[("clusters/east.yaml", &text)]).clean();
    assert_eq!(differences(&raw.inventory, &again.inventory), []);
    let facts = |found: &Found| {
        let workloads = found.inventory.workloads.iter();
        workloads.map(|(key, workload)| format!("{key} {:?}", workload.data_plane)).collect::<Vec<_>>()
    };
    assert_eq!(facts(&raw), facts(&again));
    assert_eq!(text.matches("dataplaneMode: ambient").count(), 4, "a namespace and three workloads: {text}");
    assert!(!text.contains("dataplaneMode: sidecar"), "{text}");
    assert!(text.contains("waypoint: infra/own") && text.contains("waypoint: shop-waypoint"), "{text}");
}

#[test]
fn people_write_data_planes() {
    let inventory = |rest: &str| {
        format!(
            "apiVersion: meshtree.io/v1alpha1\nkind: Cluster\nmetadata: {{name: east}}\nspec:\n  istio: {{version: 1.7.0}}\n  namespaces:\n    \
             shop:\n      {rest}\n      services: {{web: {{selector: {{app: web}}, waypoint: infra/w}}, job: {{selector: {{app: \
             job}}}}}}\n      workloads:\n        web: {{labels: {{app: web}}}}\n        job: {{labels: {{app: job}}, dataplaneMode: none}}\n"
        )
    };
    let found = read(&[("clusters/east.yaml", &inventory("dataplaneMode: ambient"))]);
    assert_eq!(found.workloads(), ["web-shop-east-deployment"]);
    let modes: Vec<_> = found.inventory.workloads.values().map(|workload| workload.data_plane.mode.as_str()).collect();
    assert_eq!(modes, ["ambient"]);
    assert_eq!(found.codes(), ["MT0304 clusters/east.yaml:9"]);
    assert!(
        found.diags[0].message.contains("workload job, which it selects, is outside the mesh"),
        "{:?}",
        found.diags
    );
    let usual = read(&[("clusters/east.yaml", &inventory(""))]);
    let modes: Vec<_> = usual.inventory.workloads.values().map(|workload| workload.data_plane.mode.as_str()).collect();
    assert_eq!(modes, ["sidecar"]);
    let wrong = read(&[("clusters/east.yaml", &inventory("").replace("infra/w", "infra/w/x"))]);
    assert!(wrong.codes().contains(&"MT0203 clusters/east.yaml:9".to_owned()), "{:?}", wrong.codes());
}
