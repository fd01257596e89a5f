//! Workloads and the services before them.

use crate::fleet::{DUMP, GIT, ISTIO, read};

#[test]
fn sidecars_of_pods_decide_in_a_dump() {
    let found = read(&[("clusters/east/dump.yaml", DUMP)]).clean();
    assert_eq!(found.workloads(), ["edge-gateways-east-deployment", "web-v1-shop-east-deployment"]);
    assert_eq!(found.targets(), ["edge-gateways-east", "web-shop-east"]);
}

#[test]
fn without_its_replica_set_a_pod_is_placed_by_name() {
    let text = DUMP.replace("  kind: ReplicaSet\n", "  kind: ControllerRevision\n");
    let found = read(&[("clusters/east/dump.yaml", &text)]).clean();
    assert_eq!(found.workloads().len(), 2);
    // Not by namespace and injection, which would have it in the mesh as well.
    let text = text.replace("istio/proxyv2:1.7.3\", name: istio-proxy", "envoy\", name: proxy");
    let found = read(&[("clusters/east/dump.yaml", &text)]);
    assert_eq!(found.workloads(), ["edge-gateways-east-deployment"]);
    // A gateway is no application, so the mesh is as good as empty.
    assert_eq!(found.codes(), ["MT0323 clusters/east/dump.yaml:156"]);
}

#[test]
fn injection_decides_where_there_are_no_pods() {
    let found = read(&[("clusters/east/git.yaml", GIT), ("clusters/east/istio.yaml", ISTIO)]).clean();
    assert_eq!(found.workloads(), ["debug-shop-east-pod", "queue-other-east-statefulset", "web-shop-east-deployment"]);
    let web = found.inventory.workloads.values().last().expect("web");
    assert_eq!(&*web.service_account, "web");
}

#[test]
fn the_defaults_of_the_api_server_are_applied() {
    let found = read(&[("clusters/east/git.yaml", GIT), ("clusters/east/istio.yaml", ISTIO)]).clean();
    let target = found.inventory.targets.values().next().expect("web");
    let ports: Vec<_> = target.ports.iter().map(|p| (p.number, &*p.name, &*p.protocol)).collect();
    assert_eq!((ports, found.targets().len()), (vec![(80, "", "TCP")], 1));
}

#[test]
fn a_revision_is_matched_to_a_control_plane() {
    let istio = ISTIO.replace("name: istiod,", "name: istiod-r1,").replace("name: istio,", "name: istio-r1,");
    let labelled = |label: &str| GIT.replace("istio-injection: enabled", label);
    let found =
        read(&[("clusters/east/git.yaml", &labelled("istio.io/rev: r1")), ("clusters/east/i.yaml", &istio)]).clean();
    assert_eq!(found.targets(), ["web-shop-east"]);
    let found = read(&[("clusters/east/git.yaml", &labelled("istio.io/rev: r2")), ("clusters/east/i.yaml", &istio)]);
    assert_eq!(found.workloads(), ["queue-other-east-statefulset"]);
    assert_eq!(found.codes(), ["MT0314 clusters/east/git.yaml:19", "MT0314 clusters/east/git.yaml:59"]);
    assert_eq!(
        found.diags[0].hint.as_deref(),
        Some("use one of r1, or add the MutatingWebhookConfiguration of a revision tag")
    );
}

#[test]
fn an_annotated_service_is_a_target_whatever_stands_behind_it() {
    let text = DUMP.replace(
        "    name: db\n    namespace: shop\n  spec:\n    ports:",
        "    name: db\n    namespace: shop\n    annotations: {discovery.smh.solo.io/enabled: \"true\"}\n  spec:\n    ports:",
    );
    let found = read(&[("clusters/east/dump.yaml", &text)]).clean();
    assert_eq!(found.targets(), ["db-shop-east", "edge-gateways-east", "web-shop-east"]);
}

#[test]
fn a_bare_pod_of_a_dump_is_no_workload() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop, uid: u, labels: {sidecar.istio.io/inject: 'true'}}\n";
    let found = read(&[("clusters/east/pod.yaml", pod), ("clusters/east/istio.yaml", ISTIO)]).clean();
    assert_eq!(found.workloads(), [""; 0]);
}
