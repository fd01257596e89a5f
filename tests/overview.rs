//! `coverage`, `graph` and `describe` on whole fleets.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use support::{Run, example, fleet, run, texts, tree};

/// The document that a command prints.
fn document(found: &Run) -> Value {
    serde_json::from_str(&found.stdout).unwrap_or_else(|error| panic!("{error}: {found:?}"))
}

const CLUSTER: &str = "apiVersion: meshtree.io/v1alpha1
kind: Cluster
metadata: {name: east}
spec:
  istio: {version: 1.7.0, trustDomain: td, gateways: [{address: 10.0.0.1}]}
  namespaces:
    shop:
      services:
        web: {selector: {app: web}, ports: [{name: http, port: 80}]}
        cart: {selector: {app: cart}, ports: [{name: http, port: 80}]}
        mail: {selector: {app: mail}, ports: [{name: http, port: 80}]}
      workloads:
        web: {labels: {app: web}, serviceAccount: web}
        cart: {labels: {app: cart}, serviceAccount: cart}
        mail: {labels: {app: mail}, serviceAccount: mail}
";

/// A policy of `shop`.
fn policy(kind: &str, name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: networking.smh.solo.io/v1alpha2\nkind: {kind}\nmetadata: {{name: {name}, namespace: shop}}\nspec: {spec}\n"
    )
}

fn to(service: &str) -> String {
    format!(
        "destinationSelector: [{{kubeServiceRefs: {{services: [{{name: {service}, namespace: shop, clusterName: east}}]}}}}]"
    )
}

fn from(account: &str) -> String {
    format!(
        "sourceSelector: [{{kubeServiceAccountRefs: {{serviceAccounts: [{{name: {account}, namespace: shop, clusterName: east}}]}}}}]"
    )
}

/// Names and reasons of a list of a document.
fn pairs(document: &Value, list: &str, keys: [&str; 2]) -> BTreeSet<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let items = document[list].as_array().unwrap_or_else(|| panic!("no list {list}: {document}"));
    items.iter().map(|item| (text(&item[keys[0]]), text(&item[keys[1]]))).collect()
}

fn set(wanted: &[(&str, &str)]) -> BTreeSet<(String, String)> {
    wanted.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

#[test]
fn coverage_finds_what_is_left_out() {
    let get = "httpRequestMatchers: [{prefix: /a}]";
    let policies = [
        policy("AccessPolicy", "cart", &format!("{{{}, {}}}", to("cart"), from("web"))),
        policy("AccessPolicy", "mail", &format!("{{{}, {}}}", to("mail"), from("nobody"))),
        policy("AccessPolicy", "none", "{destinationSelector: [{kubeServiceMatcher: {namespaces: [else]}}]}"),
        policy("TrafficPolicy", "a", &format!("{{{}, {get}, requestTimeout: 1s}}", to("cart"))),
        policy("TrafficPolicy", "b", &format!("{{{}, {get}, requestTimeout: 1s}}", to("cart"))),
        policy("TrafficPolicy", "empty", &format!("{{{}}}", to("cart"))),
        policy("TrafficPolicy", "wrong", &format!("{{{}, requestTimeout: -1s}}", to("web"))),
        policy("TrafficPolicy", "clear", &format!("{{{}, mtls: {{istio: {{tlsMode: DISABLE}}}}}}", to("web"))),
    ];
    let dir = fleet(&texts(&[("clusters/east.yaml", CLUSTER), ("policies/all.yaml", &policies.concat())]));
    let found = document(&run(dir.path(), &["coverage", "--format", "json"]).exits(0));
    assert_eq!(found["kind"], "Coverage");
    assert_eq!((&found["services"]["total"], &found["services"]["withAccessPolicy"]), (&3.into(), &2.into()));
    assert_eq!(found["workloads"]["withAccessPolicy"], 2);
    assert_eq!(pairs(&found, "withoutAccessPolicy", ["workload", "access"]), set(&[("east/shop/web", "open")]));
    let idle = [
        ("AccessPolicy shop/none", "selects-nothing"),
        ("TrafficPolicy shop/b", "repeated"),
        ("TrafficPolicy shop/empty", "sets-nothing"),
        ("TrafficPolicy shop/wrong", "invalid"),
    ];
    assert_eq!(pairs(&found, "withoutEffect", ["policy", "reason"]), set(&idle));
    assert_eq!(pairs(&found, "uncalled", ["service", "callers"]), set(&[("east/shop/mail", "unknown")]));
    assert_eq!(pairs(&found, "unmatched", ["service", "-"]), set(&[("east/shop/cart", "")]));
    assert_eq!(pairs(&found, "plaintext", ["service", "-"]), set(&[("east/shop/web", "")]));
    let place = found["plaintext"][0]["by"]["place"].as_str().expect("a place");
    let line: usize = place.split(':').nth(1).and_then(|line| line.parse().ok()).expect("a line");
    let text = fs::read_to_string(dir.path().join("policies/all.yaml")).expect("text");
    assert!(text.lines().nth(line - 1).is_some_and(|line| line.contains("DISABLE")), "{place}");
}

/// A policy whose only route comes after one for the same requests does nothing; with another route it does something.
#[test]
fn coverage_names_the_policies_that_come_first() {
    let requests = |list: &str| format!("httpRequestMatchers: [{list}]");
    let policies = [
        policy(
            "TrafficPolicy",
            "a",
            &format!("{{{}, {}, requestTimeout: 1s}}", to("cart"), requests("{prefix: /a}, {exact: /b}")),
        ),
        policy(
            "TrafficPolicy",
            "b",
            &format!("{{{}, {}, retries: {{attempts: 2}}}}", to("cart"), requests("{prefix: /a}")),
        ),
        policy(
            "TrafficPolicy",
            "c",
            &format!("{{{}, {}, retries: {{attempts: 2}}}}", to("cart"), requests("{prefix: /a}, {exact: /c}")),
        ),
    ];
    let dir = fleet(&texts(&[("clusters/east.yaml", CLUSTER), ("policies/all.yaml", &policies.concat())]));
    let found = document(&run(dir.path(), &["coverage", "--format", "json"]).exits(0));
    assert_eq!(pairs(&found, "withoutEffect", ["policy", "reason"]), set(&[("TrafficPolicy shop/b", "shadowed")]));
    assert_eq!(found["withoutEffect"][0]["because"][0]["policy"], "TrafficPolicy shop/a");
}

/// A virtual mesh that refuses by default shuts what no policy is for, and a service that is shut has no callers at all.
#[test]
fn coverage_names_who_shuts() {
    let mesh = policy(
        "VirtualMesh",
        "all",
        "{meshes: [{name: istiod-istio-system-east, namespace: service-mesh-hub}], globalAccessPolicy: ENABLED}",
    );
    let dir = fleet(&texts(&[("clusters/east.yaml", CLUSTER), ("policies/all.yaml", &mesh)]));
    let found = document(&run(dir.path(), &["coverage", "--format", "json"]).exits(0));
    let shut = pairs(&found, "withoutAccessPolicy", ["workload", "access"]);
    assert_eq!(shut, set(&[("east/shop/cart", "shut"), ("east/shop/mail", "shut"), ("east/shop/web", "shut")]));
    assert_eq!(found["withoutAccessPolicy"][0]["by"]["policy"], "VirtualMesh shop/all");
    let all = [("east/shop/cart", "nobody"), ("east/shop/mail", "nobody"), ("east/shop/web", "nobody")];
    assert_eq!(pairs(&found, "uncalled", ["service", "callers"]), set(&all));
}

/// Every output of `graph`, for a fleet whose names and values are made to break out of it.
#[test]
fn no_name_breaks_out_of_a_graph() {
    let hostile = "</script><img src=x onerror=alert(1)>\\\"]--><!--";
    let paths = serde_json::to_string(hostile).expect("JSON");
    let annotated =
        "apiVersion: networking.smh.solo.io/v1alpha2\nkind: AccessPolicy\nmetadata:\n  name: cart\n  namespace: shop\n";
    let access = format!(
        "{annotated}  annotations: {{note: {paths}}}\nspec: {{{}, {}, allowedPaths: [{paths}]}}\n",
        to("cart"),
        from("web")
    );
    let header = format!("httpRequestMatchers: [{{headers: [{{name: x, value: {paths}}}]}}]");
    let shift = policy("TrafficPolicy", "shift", &format!("{{{}, {header}, requestTimeout: 1s}}", to("cart")));
    let files = [
        ("clusters/east.yaml", CLUSTER),
        ("policies/<script>alert(2)<!--.yaml", &*access),
        ("policies/b.yaml", &*shift),
    ];
    let dir = fleet(&texts(&files));
    let graph = |form: &str| run(dir.path(), &["graph", "-o", form]);
    let page = graph("html").exits(0).stdout;
    assert!(page.contains("\\u003c/script\\u003e"), "the path is among the data");
    assert_eq!(page.matches("</script").count(), 2, "the data and the script end, and nothing else does");
    assert!(!page.contains("<img") && !page.contains("<!--") && page.contains("u003cscript\\u003ealert(2)"));
    let svg = graph("svg").exits(0).stdout;
    assert!(!svg.contains("<img") && !svg.contains("<script") && !svg.contains("<!--"));
    let mermaid = graph("mermaid").exits(0).stdout;
    assert!(!mermaid.replace("<br/>", "").contains('<'), "{mermaid}");
    let dot = graph("dot").exits(0).stdout;
    let unescaped = dot.replace("\\\\", "").replace("\\\"", "");
    assert!(unescaped.lines().all(|line| line.matches('"').count() % 2 == 0), "{dot}");
    // A name of that kind is an error of the inputs.
    fs::write(dir.path().join("policies/c.yaml"), policy("TrafficPolicy", "'</script>'", "{}")).expect("written");
    graph("html").exits(3);
}

/// The page works from a file without a network: it names nothing outside of itself.
#[test]
fn the_page_needs_nothing_else() {
    let dir = example("bookinfo-current", true);
    let page = run(dir.path(), &["graph", "-o", "html"]).exits(0).stdout;
    for outside in ["://", "src=", "<link", "@import", "url(", "fetch(", "XMLHttpRequest", "innerHTML"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("default-src 'none'"));
    let data = page.split("type=\"application/json\">").nth(1).and_then(|rest| rest.split("</script>").next());
    let data: Value = serde_json::from_str(data.expect("the data")).expect("JSON");
    assert_eq!(data["after"]["clusters"], serde_json::json!(["kind2", "kind3"]));
    assert_eq!(data["before"], Value::Null);
}

/// Whether a drawing has an edge between two nodes of these names.
fn has_edge(mermaid: &str, [from, to]: [&str; 2], arrow: &str) -> bool {
    let id = |name: &str| {
        let line = mermaid.lines().find(|line| line.contains(&format!("\"{name}")))?;
        line.trim().split(['[', '(', '{']).next().map(str::to_owned)
    };
    let (Some(from), Some(to)) = (id(from), id(to)) else { return false };
    mermaid.lines().any(|line| {
        let line = line.trim();
        line.starts_with(&format!("{from} {arrow}")) && line.ends_with(&format!(" {to}"))
    })
}

#[test]
fn edges_are_those_of_the_policies() {
    let access = policy("AccessPolicy", "cart", &format!("{{{}, {}}}", to("cart"), from("web")));
    let weights =
        "trafficShift: {destinations: [{weight: 100, kubeService: {name: mail, namespace: shop, clusterName: east}}]}";
    let shift = policy("TrafficPolicy", "cart", &format!("{{{}, {weights}}}", to("cart")));
    let dir = fleet(&texts(&[("clusters/east.yaml", CLUSTER), ("policies/all.yaml", &(access + &shift))]));
    let mermaid = run(dir.path(), &["graph"]).exits(0).stdout;
    assert!(has_edge(&mermaid, ["shop/web", "shop/cart"], "-->"), "{mermaid}");
    assert!(has_edge(&mermaid, ["shop/cart", "shop/mail"], "==>"), "{mermaid}");
    assert!(
        !has_edge(&mermaid, ["shop/mail", "shop/cart"], "-->") && !has_edge(&mermaid, ["shop/cart", "shop/web"], "-->")
    );
    assert!(mermaid.contains("shop/mail<br/>open to everyone") && !mermaid.contains("shop/cart<br/>open"), "{mermaid}");
}

/// Compared with an earlier fleet, what was removed is there too.
#[test]
fn differences_have_colours() {
    let access = |account: &str| policy("AccessPolicy", "cart", &format!("{{{}, {}}}", to("cart"), from(account)));
    let old = fleet(&texts(&[("clusters/east.yaml", CLUSTER), ("policies/all.yaml", &access("web"))]));
    let new = fleet(&texts(&[("clusters/east.yaml", CLUSTER), ("policies/all.yaml", &access("mail"))]));
    let against = old.path().to_str().expect("UTF-8");
    let mermaid = run(new.path(), &["graph", "--against", against]).exits(0).stdout;
    assert!(
        has_edge(&mermaid, ["shop/web", "shop/cart"], "-->") && has_edge(&mermaid, ["shop/mail", "shop/cart"], "-->")
    );
    assert_eq!(mermaid.matches("stroke:#1a7f37,stroke-width:3px\n").count(), 1, "{mermaid}");
    assert_eq!(mermaid.matches("stroke:#cf222e,stroke-width:3px\n").count(), 1, "{mermaid}");
    for form in ["dot", "svg"] {
        let drawn = run(new.path(), &["graph", "--against", against, "-o", form]).exits(0).stdout;
        let drawn = drawn.split("</style>").last().unwrap_or_default();
        let counts = [&["#1a7f37", "edge access added"], &["#cf222e", "edge access removed"]]
            .map(|words| words.iter().map(|word| drawn.matches(word).count()).sum::<usize>());
        assert_eq!(counts, [1, 1], "{drawn}");
    }
    let page = run(new.path(), &["graph", "--against", against, "-o", "html"]).exits(0).stdout;
    assert!(page.contains("name=\"side\"") && page.contains("\"before\":{"));
    run(new.path(), &["graph", "--against", "nowhere"]).exits(2).says("directory not found");
}

/// Many callers of many services are drawn through their policy.
#[test]
fn edges_do_not_multiply() {
    let many = 40;
    let mut cluster = "apiVersion: meshtree.io/v1alpha1\nkind: Cluster\nmetadata: {name: east}\nspec:\n  istio: {version: 1.7.0, trustDomain: td}\n  namespaces:\n    shop:\n      services:\n".to_owned();
    for at in 0..many {
        cluster += &format!("        s{at}: {{selector: {{app: s{at}}}, ports: [{{name: http, port: 80}}]}}\n");
    }
    cluster += "      workloads:\n";
    for at in 0..many {
        cluster += &format!("        s{at}: {{labels: {{app: s{at}}}, serviceAccount: s{at}}}\n");
    }
    let accounts: Vec<String> =
        (0..many).map(|at| format!("{{name: s{at}, namespace: shop, clusterName: east}}")).collect();
    let spec =
        format!("{{sourceSelector: [{{kubeServiceAccountRefs: {{serviceAccounts: [{}]}}}}]}}", accounts.join(", "));
    let dir = fleet(&texts(&[
        ("clusters/east.yaml", &cluster),
        ("policies/all.yaml", &policy("AccessPolicy", "all", &spec)),
    ]));
    let mermaid = run(dir.path(), &["graph"]).exits(0).stdout;
    assert_eq!(mermaid.matches(" --> ").count(), 2 * many, "{mermaid}");
    let page = run(dir.path(), &["graph", "-o", "html"]).exits(0).stdout;
    assert_eq!(page.matches("\"workloads\":[").count(), 2 * many + 1, "once for each service and each caller");
}

/// Everything that `describe` says is rendered is in the tree.
#[test]
fn descriptions_name_what_is_rendered() {
    for example_name in ["bookinfo", "bookinfo-failover", "bookinfo-current"] {
        let dir = example(example_name, true);
        let rendered = tree(&dir.path().join("rendered"));
        let mut count = 0;
        for (kind, name) in [
            ("service", "kind2/default/reviews"),
            ("service", "kind3/default/ratings"),
            ("workload", "kind2/default/productpage-v1"),
            ("policy", "VirtualMesh/service-mesh-hub/virtual-mesh"),
            ("policy", "AccessPolicy/service-mesh-hub/productpage"),
        ] {
            let found = document(&run(dir.path(), &["describe", kind, name, "--format", "json"]).exits(0));
            for object in found["objects"].as_array().expect("objects") {
                let text = |key: &str| object[key].as_str().expect("text").to_owned();
                let (kind, name) = (text("kind").to_lowercase(), text("name"));
                let path = format!("{}/{}/{kind}-{name}.yaml", text("cluster"), text("namespace"));
                assert!(rendered.contains_key(&path), "{example_name}: {path}");
                count += 1;
            }
        }
        assert!(count > 15, "{example_name}: {count}");
    }
}

#[test]
fn unknown_names_are_usage_errors() {
    let dir = example("bookinfo", true);
    for (kind, name, near) in [
        ("cluster", "kind4", "kind2"),
        ("mesh", "istiod-istio-system-kind4", "istiod-istio-system-kind"),
        ("service", "kind2/default/review", "kind2/default/reviews"),
        ("workload", "kind2/default/reviews-v9", "kind2/default/reviews-v"),
        ("policy", "service-mesh-hub/product", "service-mesh-hub/productpage"),
        ("policy", "AccessPolicy/service-mesh-hub/product", "AccessPolicy/service-mesh-hub/productpage"),
    ] {
        let found = run(dir.path(), &["describe", kind, name]).exits(2);
        assert!(found.stderr.contains(&format!("did you mean {near}")), "{found:?}");
    }
}

/// What is INVALID is described, not refused.
#[test]
fn invalid_policies_are_described() {
    let wrong = policy("TrafficPolicy", "wrong", &format!("{{{}, requestTimeout: -1s}}", to("web")));
    let dir = fleet(&texts(&[("clusters/east.yaml", CLUSTER), ("policies/all.yaml", &wrong)]));
    let found = document(&run(dir.path(), &["describe", "policy", "shop/wrong", "--format", "json"]).exits(0));
    assert_eq!((&found["thing"], &found["targets"][0]["state"]), (&"TrafficPolicy".into(), &"INVALID".into()));
    let service = document(&run(dir.path(), &["describe", "service", "east/shop/web", "--format", "json"]).exits(0));
    assert_eq!(service["policies"][0]["state"], "INVALID");
    assert!(Path::new(service["policies"][0]["place"].as_str().expect("a place")).starts_with("policies"));
}

/// Two meshes of one cluster are one caller, and clusters have an order of their own, whatever that of their meshes.
#[test]
fn callers_are_listed_by_cluster() {
    let mut inventory = String::new();
    for (cluster, namespaces) in
        [("west", &["istio-system", "istio-canary"][..]), ("north", &["istio-system"]), ("east", &["istio-system"])]
    {
        inventory.push_str(&format!(
            "---\napiVersion: multicluster.solo.io/v1alpha1\nkind: KubernetesCluster\nmetadata: {{name: {cluster}, namespace: service-mesh-hub}}\n"
        ));
        for namespace in namespaces {
            inventory.push_str(&format!(
                "---\napiVersion: discovery.smh.solo.io/v1alpha2\nkind: Mesh\n\
                 metadata: {{name: istiod-{namespace}-{cluster}, namespace: service-mesh-hub}}\nspec:\n  istio:\n    \
                 installation: {{cluster: {cluster}, namespace: {namespace}, version: 1.31.0}}\n    \
                 citadelInfo: {{trustDomain: mesh, citadelServiceAccount: istiod}}\n    ingressGateways:\n    \
                 - {{externalAddress: 192.0.2.10, externalTlsPort: 15443, tlsContainerPort: 15443, workloadLabels: {{istio: gateway}}}}\n"
            ));
        }
    }
    inventory.push_str(
        "---\napiVersion: discovery.smh.solo.io/v1alpha2\nkind: TrafficTarget\n\
         metadata: {name: web-shop-east, namespace: service-mesh-hub}\nspec:\n  kubeService:\n    \
         ref: {name: web, namespace: shop, clusterName: east}\n    workloadSelectorLabels: {app: web}\n    \
         ports: [{name: http, port: 80, protocol: TCP}]\n  \
         mesh: {name: istiod-istio-system-east, namespace: service-mesh-hub}\n",
    );
    let mesh = |name: &str| format!("{{name: istiod-{name}, namespace: service-mesh-hub}}");
    let meshes = ["istio-system-west", "istio-canary-west", "istio-system-north", "istio-system-east"].map(mesh);
    let policies = policy("VirtualMesh", "all", &format!("{{meshes: [{}]}}", meshes.join(", ")))
        + &policy("TrafficPolicy", "web", "{requestTimeout: 2s}");
    let dir = fleet(&texts(&[("inventory.yaml", &inventory), ("policies.yaml", &policies)]));
    let found = run(dir.path(), &["describe", "service", "east/shop/web"]).exits(0);
    assert!(found.stdout.contains("Routes of callers in east, north, west\n"), "{found:?}");
}
