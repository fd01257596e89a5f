//! The labs of the Service Mesh Hub workshop as one fleet: what it installs and applies by hand is in the trees, as it is there.

mod support;

use serde_json::json;
use serde_yaml::Value;
use support::{project, run, tree};

/// What the workshop applies by hand in a cluster, up to labels and annotations: the file, and what is in it besides name and kind.
/// `KIND` stands for the name of the cluster.
const BY_HAND: [(&str, &str, &str); 9] = [
    (
        "3",
        "KIND/istio-system/istiooperator-istiocontrolplane-default.yaml",
        "{apiVersion: install.istio.io/v1alpha1, kind: IstioOperator, spec: {profile: default, addonComponents: {istiocoredns: {enabled: true}, grafana: {enabled: true}, kiali: {enabled: true}, prometheus: {enabled: true}, tracing: {enabled: true}}, meshConfig: {accessLogFile: /dev/stdout, enableAutoMtls: true, trustDomain: KIND}, values: {global: {trustDomain: KIND}}, components: {pilot: {k8s: {env: [{name: PILOT_SKIP_VALIDATE_TRUST_DOMAIN, value: 'true'}]}}}}}",
    ),
    ("3", "KIND/_cluster/namespace-istio-system.yaml", "{apiVersion: v1, kind: Namespace}"),
    ("4", "KIND/_cluster/namespace-default.yaml", "{apiVersion: v1, kind: Namespace}"),
    (
        "5",
        "KIND/istio-system/peerauthentication-default.yaml",
        "{apiVersion: security.istio.io/v1beta1, kind: PeerAuthentication, spec: {mtls: {mode: STRICT}}}",
    ),
    (
        "9",
        "kind2/gloo-system/upstream.gloo.solo.io-default-productpage-9080.yaml",
        "{apiVersion: gloo.solo.io/v1, kind: Upstream, spec: {kube: {serviceName: productpage, serviceNamespace: default, servicePort: 9080}, sslConfig: {alpnProtocols: [istio], sds: {targetUri: '127.0.0.1:8234', certificatesSecretName: istio_server_cert, validationContextName: istio_validation_context, clusterName: gateway_proxy_sds}}}}",
    ),
    (
        "9",
        "kind2/gloo-system/virtualservice.gateway.solo.io-prodpage.yaml",
        "{apiVersion: gateway.solo.io/v1, kind: VirtualService, spec: {virtualHost: {domains: ['*'], options: {extauth: {configRef: {name: basic-auth, namespace: gloo-system}}}, routes: [{matchers: [{prefix: /}], routeAction: {single: {upstream: {name: default-productpage-9080, namespace: gloo-system}}}}]}}}",
    ),
    (
        "9",
        "kind2/gloo-system/authconfig.enterprise.gloo.solo.io-basic-auth.yaml",
        "{apiVersion: enterprise.gloo.solo.io/v1, kind: AuthConfig, spec: {configs: [{basicAuth: {apr: {users: {user: {salt: TYiryv0/, hashedPassword: 8BvzLUO9IfGPGGsPnAgSu1}}}}}]}}",
    ),
    ("9", "kind2/gloo-system/deployment.apps-gateway-proxy.yaml", "{apiVersion: apps/v1, kind: Deployment}"),
    ("9", "kind2/gloo-system/configmap-gateway-proxy-envoy-config.yaml", "{apiVersion: v1, kind: ConfigMap}"),
];

fn rendered(example: &str) -> support::Tree {
    let dir = support::fleet(&tree(&project().join("examples").join(example)));
    let done = run(dir.path(), &["render", "--locked", "--out", "again"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    tree(&dir.path().join("again"))
}

fn object(tree: &support::Tree, path: &str) -> Value {
    let bytes = tree.get(path).unwrap_or_else(|| panic!("no {path}: {:?}", tree.keys().collect::<Vec<_>>()));
    serde_yaml::from_slice(bytes).expect("YAML")
}

#[test]
fn what_the_labs_apply_by_hand_is_in_the_trees() {
    let tree = rendered("workshop");
    for (lab, path, wanted) in BY_HAND {
        let clusters: &[&str] = if path.contains("KIND") { &["kind2", "kind3"] } else { &["kind2"] };
        for cluster in clusters {
            let (path, wanted) = (path.replace("KIND", cluster), wanted.replace("KIND", cluster));
            let (object, wanted) = (object(&tree, &path), serde_yaml::from_str::<Value>(&wanted).expect("YAML"));
            for (field, value) in wanted.as_mapping().expect("a mapping") {
                assert_eq!(object.get(field), Some(value), "lab {lab}: {path}");
            }
        }
    }
    let labels = &object(&tree, "kind2/_cluster/namespace-default.yaml")["metadata"]["labels"];
    assert_eq!(labels["istio-injection"], "enabled");
    assert_eq!(labels["discovery.solo.io/function_discovery"], "disabled");
}

/// An empty directory that a container mounts: its name and its path.
type Volume = (&'static str, &'static str);

/// The Deployments of bookinfo in Istio 1.7.0: application, version and volumes.
const BOOKINFO: [(&str, &str, &[Volume]); 6] = [
    ("details", "v1", &[]),
    ("ratings", "v1", &[]),
    ("productpage", "v1", &[("tmp", "/tmp")]),
    ("reviews", "v1", &[("tmp", "/tmp"), ("wlp-output", "/opt/ibm/wlp/output")]),
    ("reviews", "v2", &[("tmp", "/tmp"), ("wlp-output", "/opt/ibm/wlp/output")]),
    ("reviews", "v3", &[("tmp", "/tmp"), ("wlp-output", "/opt/ibm/wlp/output")]),
];

/// The specification of one, as samples/bookinfo/platform/kube/bookinfo.yaml has it.
fn bookinfo(app: &str, version: &str, volumes: &[Volume]) -> Value {
    let labels = json!({"app": app, "version": version});
    let mut container = json!({
        "image": format!("docker.io/istio/examples-bookinfo-{app}-{version}:1.16.2"),
        "imagePullPolicy": "IfNotPresent",
        "name": app,
        "ports": [{"containerPort": 9080}],
    });
    let mut pod = json!({"serviceAccountName": format!("bookinfo-{app}")});
    if app == "reviews" {
        container["env"] = json!([{"name": "LOG_DIR", "value": "/tmp/logs"}]);
    }
    if !volumes.is_empty() {
        let mount = |(name, path): &Volume| json!({"name": name, "mountPath": path});
        container["volumeMounts"] = volumes.iter().map(mount).collect();
        pod["volumes"] = volumes.iter().rev().map(|(name, _)| json!({"name": name, "emptyDir": {}})).collect();
    }
    pod["containers"] = json!([container]);
    let template = json!({"metadata": {"labels": labels}, "spec": pod});
    serde_yaml::to_value(json!({"replicas": 1, "selector": {"matchLabels": labels}, "template": template}))
        .expect("YAML")
}

#[test]
fn bookinfo_is_in_the_trees() {
    for example in ["workshop", "workshop-current"] {
        let tree = rendered(example);
        for (app, version, volumes) in BOOKINFO {
            for cluster in ["kind2", "kind3"] {
                let path = format!("{cluster}/default/deployment.apps-{app}-{version}.yaml");
                if (cluster, version) == ("kind2", "v3") {
                    assert!(!tree.contains_key(&path), "{path} runs in kind3 alone");
                    continue;
                }
                assert_eq!(object(&tree, &path)["spec"], bookinfo(app, version, volumes), "{path}");
                let service = object(&tree, &format!("{cluster}/default/service-{app}.yaml"));
                let wanted = json!({"ports": [{"port": 9080, "name": "http"}], "selector": {"app": app}});
                assert_eq!(service["spec"], serde_yaml::to_value(wanted).expect("YAML"));
                let account = object(&tree, &format!("{cluster}/default/serviceaccount-bookinfo-{app}.yaml"));
                assert_eq!(account["metadata"]["labels"]["account"], app);
            }
        }
        let route = object(&tree, "kind2/default/virtualservice-bookinfo.yaml");
        assert_eq!(route["spec"]["gateways"][0], "bookinfo-gateway");
        let gateway = object(&tree, "kind2/default/gateway-bookinfo-gateway.yaml");
        assert_eq!(gateway["spec"]["selector"]["istio"], "ingressgateway");
    }
    let files = |example: &str| {
        let files = tree(&project().join("examples").join(example));
        files.into_iter().filter(|(path, _)| path.starts_with("templates/")).collect::<support::Tree>()
    };
    assert!(files("workshop") == files("workshop-current"), "the templates of the two examples differ");
}

/// Lab 9: Envoy asks one container for certificates, and another one gets them from istiod.
#[test]
fn the_proxy_of_the_edge_gateway_gets_its_certificate() {
    let tree = rendered("workshop");
    let deployment = object(&tree, "kind2/gloo-system/deployment.apps-gateway-proxy.yaml");
    let containers = deployment["spec"]["template"]["spec"]["containers"].as_sequence().expect("a list").clone();
    let named: Vec<(&str, &str)> = containers
        .iter()
        .map(|one| (one["name"].as_str().expect("a name"), one["image"].as_str().expect("an image")))
        .collect();
    let wanted = [
        ("gateway-proxy", "quay.io/solo-io/gloo-ee-envoy-wrapper:1.5.0-beta9"),
        ("cert-rotator", "quay.io/solo-io/sds:1.5.0-beta20"),
        ("istio-proxy", "docker.io/istio/proxyv2:1.6.6"),
    ];
    assert_eq!(named, wanted);
    let config = object(&tree, "kind2/gloo-system/configmap-gateway-proxy-envoy-config.yaml");
    let envoy: Value = serde_yaml::from_str(config["data"]["envoy.yaml"].as_str().expect("text")).expect("YAML");
    let clusters = envoy["static_resources"]["clusters"].as_sequence().expect("a list");
    let sds = clusters.iter().find(|cluster| cluster["name"] == "gateway_proxy_sds").expect("it is there");
    let address = &sds["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["address"]["socket_address"];
    assert_eq!((address["address"].as_str(), address["port_value"].as_u64()), (Some("127.0.0.1"), Some(8234)));
    // Its service account is the one that the AccessPolicy of the lab allows.
    let allowed = object(&tree, "kind2/default/authorizationpolicy-productpage.yaml");
    let allowed = serde_yaml::to_string(&allowed).expect("YAML");
    assert!(allowed.contains("kind2/ns/gloo-system/sa/gateway-proxy"), "{allowed}");
}

#[test]
fn the_current_form_of_the_labs_has_no_finding_about_its_installation() {
    let dir = support::fleet(&tree(&project().join("examples/workshop-current")));
    let done = run(dir.path(), &["check", "--format", "short"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let said = format!("{}{}", done.stdout, done.stderr);
    assert!(
        ["MT0665", "MT0666", "MT0670", "MT0671", "MT0672", "MT0704"].iter().all(|code| !said.contains(code)),
        "{said}"
    );
}
