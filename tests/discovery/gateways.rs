//! Gateways and their addresses.

use crate::fleet::{Found, ISTIO, read};

/// A fleet with one gateway service: its type, selector, port and what comes behind.
fn gateway(kind: &str, selector: &str, port: &str, rest: &str) -> Found {
    fleet(kind, selector, port, rest, "")
}

fn fleet(kind: &str, selector: &str, port: &str, rest: &str, settings: &str) -> Found {
    let service = format!(
        "{ISTIO}---\napiVersion: v1\nkind: Service\nmetadata: {{name: gw, namespace: edge}}\nspec:\n  type: {kind}\n  selector: \
         {{{selector}}}\n  ports: [{{port: 443}}, {{{port}}}]\n{rest}"
    );
    let settings =
        format!("apiVersion: meshtree.io/v1alpha1\nkind: Settings\nspec: {{clusters: {{east: {{{settings}}}}}}}\n");
    read(&[("clusters/east/x.yaml", &service), ("meshtree.yaml", &settings)])
}

const INGRESS: &str = "istio: ingressgateway, x: y";
const IP: &str = "status: {loadBalancer: {ingress: [{hostname: h.example, ip: 192.0.2.1}]}}\n";

#[test]
fn a_port_named_tls_or_numbered_15443_makes_a_gateway() {
    for (port, wanted) in [
        ("name: tls, port: 8443, targetPort: 9443", &["192.0.2.1:8443 9443"][..]),
        ("port: 15443", &["192.0.2.1:15443 15443"]),
        ("port: 15443, targetPort: 0", &["192.0.2.1:15443 15443"]),
        ("name: https, port: 8443", &[]),
    ] {
        assert_eq!(gateway("LoadBalancer", INGRESS, port, IP).clean().gateways(), wanted, "{port}");
    }
}

#[test]
fn labels_are_istios_own_or_those_of_the_settings() {
    let eastwest = gateway("LoadBalancer", "istio: eastwestgateway", "port: 15443", IP).clean();
    let labels = &eastwest.istio().gateways[0].labels;
    assert_eq!(labels.get("istio").map(|v| &**v), Some("eastwestgateway"));
    // What is not known to be a gateway is a service that is missing in the mesh.
    let own = gateway("LoadBalancer", "app: gw", "port: 15443", IP);
    assert_eq!((own.gateways(), own.codes()), (vec![], vec!["MT0323 clusters/east/x.yaml:16".to_owned()]));
    let configured = fleet("LoadBalancer", "app: gw", "port: 15443", IP, "gateways: [{labels: {app: gw}}]").clean();
    assert_eq!(configured.gateways(), ["192.0.2.1:15443 15443"]);
}

#[test]
fn the_ip_is_preferred_and_a_host_name_will_do() {
    let host = "status: {loadBalancer: {ingress: [{hostname: h.example}]}}\n";
    assert_eq!(gateway("LoadBalancer", INGRESS, "port: 15443", host).clean().gateways(), ["h.example:15443 15443"]);
    let asked = gateway("LoadBalancer\n  loadBalancerIP: 192.0.2.9", INGRESS, "port: 15443", "").clean();
    assert_eq!(asked.gateways(), ["192.0.2.9:15443 15443"]);
}

#[test]
fn an_unknown_address_is_asked_for_with_the_line_that_gives_it() {
    let found = gateway("LoadBalancer", INGRESS, "port: 15443, targetPort: 8443", "");
    assert_eq!(found.codes(), ["MT0312 clusters/east/x.yaml:16"]);
    let hint = found.diags[0].hint.as_deref().unwrap_or_default();
    assert!(hint.contains("spec: {clusters: {east: {gateways: [{address: …, containerPort: 8443}]}}}"), "{hint}");
    assert_eq!(found.gateways(), [""; 0]);
    let stated = "gateways: [{address: gw.example, containerPort: 8443}]";
    let found = fleet("LoadBalancer", INGRESS, "port: 15443, targetPort: 8443", "", stated).clean();
    assert_eq!(found.gateways(), ["gw.example:15443 8443"]);
}

#[test]
fn a_cluster_ip_has_no_address_outside() {
    let found = gateway("null", INGRESS, "port: 15443", IP);
    assert!(found.diags[0].message.contains("type ClusterIP"), "{:?}", found.diags);
    let found = gateway("ClusterIP\n  externalIPs: [192.0.2.3]", INGRESS, "port: 15443", "").clean();
    assert_eq!(found.gateways(), ["192.0.2.3:15443 15443"]);
}

#[test]
fn a_node_port_is_reached_at_the_node_of_the_first_pod() {
    let pod = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: gw-1, namespace: edge, uid: u, labels: {istio: ingressgateway}}\n\
               spec: {nodeName: n}\n";
    let node = |addresses: &str, images: &str| {
        format!(
            "---\napiVersion: v1\nkind: Node\nmetadata: {{name: n}}\nstatus: {{addresses: [{{type: InternalIP, address: \
             10.0.0.1}}, {addresses}], images: [{{names: [{images}]}}]}}\n"
        )
    };
    let host = "{type: InternalDNS, address: a}, {type: ExternalDNS, address: b}";
    for (rest, wanted) in [
        (format!("{pod}{}", node(host, "x")), "b:31443 15443"),
        (format!("{pod}{}", node(host, "docker.io/kindest/kindnetd:1")), "10.0.0.1:31443 15443"),
    ] {
        let found = gateway("NodePort", INGRESS, "port: 15443, nodePort: 31443", &rest).clean();
        assert_eq!(found.gateways(), [wanted]);
    }
    for (port, rest, why) in [
        ("nodePort: 31443", String::new(), "no file has a pod"),
        ("nodePort: 31443", pod.to_owned(), "the node \"n\""),
        ("nodePort: 31443", format!("{pod}{}", node("{type: Hostname, address: b}", "x")), "no address outside"),
        ("name: tls", format!("{pod}{}", node(host, "x")), "its node port"),
    ] {
        let found = gateway("NodePort", INGRESS, &format!("port: 15443, {port}"), &rest);
        assert!(found.codes() == ["MT0312 clusters/east/x.yaml:16"], "{:?}", found.diags);
        assert!(found.diags[0].message.contains(why), "{:?}", found.diags);
    }
}

#[test]
fn a_named_container_port_is_looked_up() {
    let pods = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: edge}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: gw, namespace: edge}\nspec: {template: {metadata: \
                {labels: {istio: ingressgateway, x: y}}, spec: {containers: [{name: c, image: c, ports: [{name: in, \
                containerPort: 9443}]}]}}}\n";
    let found = gateway("LoadBalancer", INGRESS, "port: 15443, targetPort: in", &format!("{IP}{pods}")).clean();
    assert_eq!(found.gateways(), ["192.0.2.1:15443 9443"]);
    let found = gateway("LoadBalancer", INGRESS, "port: 15443, targetPort: in", IP);
    let hint = found.diags[0].hint.as_deref().unwrap_or_default();
    assert!(hint.contains("{address: 192.0.2.1, containerPort: …}"), "{hint}");
}
