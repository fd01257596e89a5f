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

/// The Service and the Deployment that Istio's chart for gateways renders for a release.
fn charted(release: &str, network: &str, ports: &str) -> String {
    let istio = release.trim_start_matches("istio-");
    format!(
        "{ISTIO}---\napiVersion: v1\nkind: Service\nmetadata: {{name: {release}, namespace: edge, labels: {{app: {release}, istio: \
         {istio}{network}}}}}\nspec: {{type: LoadBalancer, selector: {{app: {release}, istio: {istio}}}, ports: [{ports}]}}\n{IP}---\n\
         apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {release}, namespace: edge}}\nspec: {{template: {{metadata: {{labels: \
         {{app: {release}, istio: {istio}, sidecar.istio.io/inject: 'true'}}, annotations: {{inject.istio.io/templates: gateway}}}}, \
         spec: {{serviceAccountName: {release}, containers: [{{name: istio-proxy, image: auto}}]}}}}}}\n"
    )
}

const TLS: &str = "{name: tls, port: 15443, targetPort: 15443}";
const NETWORK: &str = ", topology.istio.io/network: n";

#[test]
fn a_release_of_the_chart_is_a_gateway_by_what_is_injected() {
    for (release, network, port, wanted, labels) in [
        ("istio-eastwestgateway", NETWORK, TLS, "192.0.2.1:15443 15443", "istio=eastwestgateway"),
        ("istio-eastwest", NETWORK, TLS, "192.0.2.1:15443 15443", "app=istio-eastwest,istio=eastwest"),
        ("istio-ingress", "", "{port: 15443}", "192.0.2.1:15443 15443", "app=istio-ingress,istio=ingress"),
        ("edge", "", "{name: tls, port: 8443, targetPort: 9443}", "192.0.2.1:8443 9443", "app=edge,istio=edge"),
        (
            "between",
            ", topology.istio.io/network: n, networking.istio.io/gatewayPort: '443'",
            "{port: 443, targetPort: 8443}, {name: tls, port: 15443}",
            "192.0.2.1:443 8443",
            "app=between,istio=between",
        ),
    ] {
        let found = read(&[("clusters/east/x.yaml", &charted(release, network, port))]).clean();
        assert_eq!(found.gateways(), [wanted], "{release}");
        let gateway = &found.istio().gateways[0];
        let own: Vec<_> = gateway.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!((own.join(","), gateway.namespace.as_deref()), (labels.to_owned(), Some("edge")), "{release}");
    }
}

#[test]
fn the_gateway_that_is_meant_for_other_clusters_is_used() {
    let eastwest = charted("istio-eastwest", NETWORK, TLS);
    let ingress = charted("istio-ingress", "", TLS);
    let both = read(&[
        ("clusters/east/a.yaml", &eastwest),
        ("clusters/east/b.yaml", ingress.strip_prefix(ISTIO).expect("Istio")),
    ]);
    assert_eq!(both.gateways(), ["192.0.2.1:15443 15443"]);
    assert_eq!(both.istio().gateways[0].labels.get("istio").map(|value| &**value), Some("eastwest"));
    assert_eq!(both.codes(), ["MT0331 clusters/east/b.yaml:2"]);
    let message = &both.diags[0].message;
    assert!(
        message.contains("it has port 15443, while edge/istio-eastwest has the label topology.istio.io/network"),
        "{message}"
    );
    // Two of the same rank are both used.
    let second = charted("istio-ingress", NETWORK, TLS);
    let both =
        [("clusters/east/a.yaml", &*eastwest), ("clusters/east/b.yaml", second.strip_prefix(ISTIO).expect("Istio"))];
    assert_eq!(read(&both).clean().gateways().len(), 2);
}

#[test]
fn a_service_that_is_nearly_a_gateway_is_remembered_with_what_it_lacks() {
    let found = read(&[("clusters/east/x.yaml", &charted("istio-ingress", "", "{name: https, port: 443}"))]).clean();
    let lacks: Vec<_> = found.istio().nearly_gateways.iter().map(|nearly| &*nearly.lacks).collect();
    assert_eq!(lacks, ["Service edge/istio-ingress has no port 15443 and none named tls"]);
    let found = read(&[("clusters/east/x.yaml", &charted("istio-ingress", "", TLS))]).clean();
    assert!(found.istio().nearly_gateways.is_empty());
}

/// A Gateway of Kubernetes' own API.
fn api_gateway(class: &str, head: &str, listener: &str, rest: &str) -> Found {
    let text = format!(
        "{ISTIO}---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: between, namespace: edge{head}}}\nspec:\n  \
         gatewayClassName: {class}\n  listeners: [{{name: a, port: 80, protocol: HTTP}}, {{name: tls, {listener}}}]\n{rest}"
    );
    read(&[("clusters/east/x.yaml", &text)])
}

const OPEN: &str =
    "protocol: TLS, tls: {mode: Passthrough, options: {gateway.istio.io/listener-protocol: auto-passthrough}}";
const STATUS: &str = "status: {addresses: [{type: IPAddress, value: 192.0.2.7}]}\n";

#[test]
fn a_gateway_of_kubernetes_own_api_will_do() {
    for (class, listener, rest, wanted) in [
        ("istio", format!("port: 15443, {OPEN}"), STATUS, &["192.0.2.7:15443 15443"][..]),
        ("istio", format!("port: 8443, {OPEN}"), STATUS, &["192.0.2.7:8443 8443"]),
        ("istio", "port: 15443, protocol: TLS".to_owned(), STATUS, &["192.0.2.7:15443 15443"]),
        ("istio", "port: 443, protocol: HTTPS".to_owned(), STATUS, &[]),
        ("istio-east-west", format!("port: 15443, {OPEN}"), STATUS, &["192.0.2.7:15443 15443"]),
        ("istio-east-west", "port: 15008, protocol: HBONE".to_owned(), STATUS, &[]),
        ("istio-waypoint", format!("port: 15443, {OPEN}"), STATUS, &[]),
        ("istio-remote", format!("port: 15443, {OPEN}"), STATUS, &[]),
        ("istio", format!("port: 15443, {OPEN}"), "  addresses: [{value: 192.0.2.8}]\n", &["192.0.2.8:15443 15443"]),
    ] {
        let found = api_gateway(class, "", &listener, rest).clean();
        assert_eq!(found.gateways(), wanted, "{class} {listener} {rest}");
        if let [gateway] = &found.istio().gateways[..] {
            let name = gateway.labels.get("gateway.networking.k8s.io/gateway-name").map(|name| &**name);
            assert_eq!((name, gateway.labels.len(), gateway.namespace.as_deref()), (Some("between"), 1, Some("edge")));
        }
    }
    let asked = api_gateway("istio", "", &format!("port: 15443, {OPEN}"), "");
    assert_eq!(asked.codes(), ["MT0312 clusters/east/x.yaml:16"]);
    assert!(asked.diags[0].message.contains("gateway edge/between-istio of cluster east"), "{:?}", asked.diags);
}

#[test]
fn what_istio_made_for_a_gateway_is_the_same_gateway() {
    let made = |name: &str| {
        format!(
            "---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: edge}}\nspec: {{type: LoadBalancer, selector: \
             {{gateway.networking.k8s.io/gateway-name: between}}, ports: [{{name: tls, port: 15443}}, {{name: a, port: 80}}]}}\n{IP}"
        )
    };
    let open = format!("port: 15443, {OPEN}");
    for (head, name) in [("", "between-istio"), (", annotations: {gateway.istio.io/name-override: mine}", "mine")] {
        let found = api_gateway("istio", head, &open, &format!("{STATUS}{}", made(name)));
        assert_eq!(found.gateways(), ["192.0.2.1:15443 15443"], "{name}");
    }
    // A listener named tls is not one that passes requests on.
    let closed = api_gateway("istio", "", "port: 443, protocol: HTTPS", &made("between-istio").replace("15443", "443"));
    assert_eq!(closed.gateways(), [""; 0]);
}

#[test]
fn a_chart_that_only_argo_cd_renders_is_a_gateway() {
    let application = |values: &str| {
        format!(
            "{ISTIO}---\napiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: istio-eastwest, namespace: argocd}}\n\
             spec:\n  destination: {{namespace: edge}}\n  source: {{chart: gateway, targetRevision: 1.30.1, helm: {{valuesObject: \
             {values}}}}}\n"
        )
    };
    let values = "{networkGateway: n, service: {loadBalancerIP: 192.0.2.5}, networkGatewayPorts: {tls: {port: 443}}}";
    let found = read(&[("clusters/east/x.yaml", &application(values))]).clean();
    assert_eq!(found.gateways(), ["192.0.2.5:443 15443"]);
    assert!(found.istio().other_gateways.is_empty());
    let ingress = read(&[("clusters/east/x.yaml", &application("{}"))]).clean();
    assert_eq!(ingress.gateways(), [""; 0]);
    let other: Vec<_> =
        ingress.istio().other_gateways.iter().map(|pods| format!("{}/{}", pods.namespace, pods.name)).collect();
    assert_eq!(other, ["edge/istio-eastwest"]);
}

#[test]
fn an_address_in_the_settings_leaves_the_rest_as_it_is_found() {
    let settings = "apiVersion: meshtree.io/v1alpha1\nkind: Settings\nspec: {clusters: {east: {gateways: [{address: gw.example, labels: \
                    {app: istio-eastwest, istio: eastwest}}]}}}\n";
    let eastwest = charted("istio-eastwest", NETWORK, TLS).replace(IP, "");
    let found = read(&[("clusters/east/x.yaml", &eastwest), ("meshtree.yaml", settings)]).clean();
    assert_eq!(found.gateways(), ["gw.example:15443 15443"]);
    assert_eq!(found.istio().gateways[0].namespace.as_deref(), Some("edge"));
}
