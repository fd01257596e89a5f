//! Forms of inventory beside each other.

use meshtree::discover::differences;

use crate::fleet::{COMPACT, DUMP, GIT, ISTIO, read};

fn compact(spec: &str) -> String {
    format!("apiVersion: meshtree.io/v1alpha1\nkind: Cluster\nmetadata: {{name: east}}\nspec: {{{spec}}}\n")
}

const REGISTERED: &str = "apiVersion: multicluster.solo.io/v1alpha1\nkind: KubernetesCluster\nmetadata: {name: east, namespace: \
                          service-mesh-hub}\nspec: {clusterDomain: east.local}\n";

#[test]
fn a_compact_document_adds_what_raw_objects_cannot_say() {
    let spec = "clusterDomain: east.local, istio: {version: 1.7.0, trustDomain: t, serviceAccount: s, gateways: [{address: a}]}";
    let found = read(&[("clusters/east/git.yaml", GIT), ("clusters/east/cluster.yaml", &compact(spec))]).clean();
    let istio = found.istio();
    assert_eq!((&*istio.version, &*istio.trust_domain, &*istio.service_account), ("1.7.0", "t", "s"));
    assert_eq!(found.gateways(), ["a:15443 15443"]);
    assert_eq!(found.inventory.clusters.values().map(|c| &*c.domain).collect::<Vec<_>>(), ["east.local"]);
}

#[test]
fn an_address_completes_the_gateway_that_was_found() {
    let text = DUMP.replace(
        "      ingress:\n      - hostname: edge.example.com\n        ip: 198.51.100.10\n",
        "      ingress: []\n",
    );
    let spec = "istio: {gateways: [{address: 192.0.2.5}]}";
    let found = read(&[("clusters/east/dump.yaml", &text), ("clusters/east/cluster.yaml", &compact(spec))]).clean();
    assert_eq!(found.gateways(), ["192.0.2.5:15443 8443"]);
}

#[test]
fn the_same_fact_twice_is_fine_and_two_values_are_an_error() {
    let agreed = "clusterDomain: cluster.local, istio: {version: 1.7.3, namespace: istio-system, trustDomain: east.example, \
                  serviceAccount: istiod-service-account, gateways: [{address: 198.51.100.10, containerPort: 8443}]}";
    let raw = read(&[("clusters/east/dump.yaml", DUMP)]).clean();
    let found = read(&[("clusters/east/dump.yaml", DUMP), ("clusters/east/cluster.yaml", &compact(agreed))]).clean();
    assert_eq!(differences(&raw.inventory, &found.inventory), []);
    for (old, new) in [
        ("1.7.3", "1.7.4"),
        ("namespace: istio-system", "namespace: mesh"),
        ("east.example", "west.example"),
        ("istiod-service-account", "istiod"),
        ("198.51.100.10", "198.51.100.11"),
        ("8443", "9443"),
        ("gateways:", "revision: r, gateways:"),
    ] {
        let found = read(&[
            ("clusters/east/dump.yaml", DUMP),
            ("clusters/east/cluster.yaml", &compact(&agreed.replace(old, new))),
        ]);
        assert_eq!(found.codes(), ["MT0311 clusters/east/cluster.yaml:4"], "{new} {:?}", found.diags);
        assert_eq!(found.diags[0].related.len(), 1);
    }
    let spec = compact("clusterDomain: west.local");
    let found =
        read(&[("clusters/east/a.yaml", ISTIO), ("clusters/east/b.yaml", REGISTERED), ("clusters/east/c.yaml", &spec)]);
    assert_eq!(found.codes(), ["MT0311 clusters/east/c.yaml:4"]);
}

#[test]
fn a_compact_document_beside_raw_objects_has_no_namespaces() {
    let found = read(&[("clusters/east/dump.yaml", DUMP), ("clusters/east/cluster.yaml", COMPACT)]);
    assert_eq!(found.codes(), ["MT0316 clusters/east/cluster.yaml:16"]);
}

#[test]
fn a_registered_cluster_gives_the_domain() {
    let found = read(&[("clusters/east/a.yaml", ISTIO), ("clusters/east/b.yaml", REGISTERED)]).clean();
    assert_eq!(found.inventory.clusters.values().map(|c| &*c.domain).collect::<Vec<_>>(), ["east.local"]);
}

#[test]
fn discovery_objects_may_repeat_what_is_found_and_nothing_else() {
    let objects = "apiVersion: discovery.smh.solo.io/v1alpha2\nkind: Mesh\nmetadata: {name: istiod-istio-system-east, namespace: \
                   service-mesh-hub}\nspec: {istio: {installation: {cluster: east, namespace: istio-system, version: 1.7.3}, \
                   citadelInfo: {trustDomain: east.example, citadelServiceAccount: istiod-service-account}, ingressGateways: \
                   [{externalAddress: 198.51.100.10, externalTlsPort: 15443, tlsContainerPort: 8443, workloadLabels: {istio: \
                   ingressgateway}}]}}\n---\napiVersion: discovery.smh.solo.io/v1alpha2\nkind: Workload\nmetadata: {name: \
                   web-v1-shop-east-deployment, namespace: service-mesh-hub}\nspec: {kubernetes: {controller: {clusterName: east, \
                   namespace: shop, name: web-v1}, podLabels: {app: web, version: v1}, serviceAccountName: web}, mesh: {name: \
                   istiod-istio-system-east, namespace: service-mesh-hub}}\n---\napiVersion: discovery.smh.solo.io/v1alpha2\nkind: \
                   TrafficTarget\nmetadata: {name: web-shop-east, namespace: service-mesh-hub}\nspec: {kubeService: {ref: \
                   {clusterName: east, namespace: shop, name: web}, ports: [{port: 8080, name: http, protocol: TCP}], labels: {app: \
                   web}, workloadSelectorLabels: {app: web}}, mesh: {name: istiod-istio-system-east, namespace: \
                   service-mesh-hub}}\n";
    let raw = read(&[("clusters/east/dump.yaml", DUMP)]).clean();
    let found = read(&[("clusters/east/dump.yaml", DUMP), ("smh.yaml", objects)]).clean();
    assert_eq!(differences(&raw.inventory, &found.inventory), []);
    for (old, new) in
        [("1.7.3", "1.7.4"), ("198.51.100.10", "a"), ("version: v1", "version: v2"), ("port: 8080", "port: 1")]
    {
        let found = read(&[("clusters/east/dump.yaml", DUMP), ("smh.yaml", &objects.replace(old, new))]);
        assert_eq!(found.codes().len(), 1, "{new} {:?}", found.diags);
        assert!(found.codes()[0].starts_with("MT0311"), "{new} {:?}", found.diags);
    }
}
