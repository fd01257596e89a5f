//! Questions about the plan of a small fleet.

use std::fs;
use std::path::Path;

use super::*;
use crate::diag::Report;
use crate::fleet::{Fleet, Meaning};
use crate::load::LoadOptions;

/// A cluster with the service shop/web, which has two ports, and shop/cart, which has one.
const EAST: &str = "apiVersion: meshtree.io/v1alpha1
kind: Cluster
metadata: {name: east}
spec:
  istio: {version: 1.7.0, gateways: [{address: 192.0.2.1}]}
  namespaces:
    shop:
      services:
        web: {ports: [{name: http, port: 80}, {name: grpc, port: 9090}], selector: {app: web}}
        cart: {ports: [{name: http, port: 80}], selector: {app: cart}}
      workloads:
        web: {labels: {app: web}, serviceAccount: web}
        cart: {labels: {app: cart}}
";

/// Asks a question about the plan of a fleet of east and these policies, each `KIND NAME SPEC`, in namespace shop.
pub(crate) fn ask<T>(policies: &[&str], question: impl FnOnce(&Meaning<'_>) -> T) -> T {
    ask_clusters(&["east"], policies, question)
}

/// Asks a question about the plan of a fleet of such clusters, alike but for their names, and these policies.
pub(crate) fn ask_clusters<T>(clusters: &[&str], policies: &[&str], question: impl FnOnce(&Meaning<'_>) -> T) -> T {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let write = |path: &str, text: &str| {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).expect("writable");
        fs::write(path, text).expect("writable");
    };
    for cluster in clusters {
        write(&format!("clusters/{cluster}.yaml"), &EAST.replace("{name: east}", &format!("{{name: {cluster}}}")));
    }
    for (i, policy) in policies.iter().enumerate() {
        let mut parts = policy.splitn(3, ' ');
        let mut part = || parts.next().expect("kind, name and spec");
        let (kind, name, spec) = (part(), part(), part());
        let head = "apiVersion: networking.smh.solo.io/v1alpha2";
        write(
            &format!("{i}.yaml"),
            &format!("{head}\nkind: {kind}\nmetadata: {{name: {name}, namespace: shop}}\nspec: {spec}\n"),
        );
    }
    let mut report = Report::default();
    let fleet = Fleet::read(dir.path(), &LoadOptions::default(), &mut report);
    let meaning = fleet.resolve(&mut report);
    assert!(!report.has_errors(), "{report:?}");
    question(&meaning)
}

/// The target of a service of namespace shop.
fn service(meaning: &Meaning<'_>, name: &str) -> TargetId {
    meaning.index.service(&ClusterObjectRef::new("east", "shop", name)).expect("it is there")
}

/// When each route of a service is taken, and which policies make it.
fn routes(meaning: &Meaning<'_>, name: &str) -> Vec<String> {
    let plan = &meaning.plan;
    let shown = |route: &Route<'_>| {
        let path = route.when.request.and_then(|request| request.conditions.path);
        let names: Vec<&str> = route.owners.policies().map(|policy| &*plan[policy].policy.key.name).collect();
        format!("{:?} {path:?} {}", route.when.port, names.join("+"))
    };
    plan.routes(service(meaning, name), plan[service(meaning, name)].cluster).iter().map(shown).collect()
}

#[test]
fn routes_are_in_the_order_in_which_they_are_tried() {
    let policies = [
        "TrafficPolicy a {requestTimeout: 5s}",
        "TrafficPolicy b {requestTimeout: 1s, httpRequestMatchers: [{prefix: /a}, {exact: /a}]}",
        "TrafficPolicy c {retries: {attempts: 2}}",
    ];
    let (cart, web) = ask(&policies, |meaning| (routes(meaning, "cart"), routes(meaning, "web")));
    let cart_expected = [r#"None Some(Exact("/a")) b"#, r#"None Some(Prefix("/a")) b"#, "None None a+c"];
    assert_eq!(cart, cart_expected, "the more specific first; policies of equal conditions share a route");
    let ports: Vec<&str> = web.iter().map(|route| route.split(' ').next().unwrap_or_default()).collect();
    assert_eq!(ports, ["Some(80)", "Some(9090)"].repeat(3), "each of several ports has every route");
}

#[test]
fn a_feature_is_from_the_first_policy_that_asks_for_it() {
    let policies = [
        "TrafficPolicy a {requestTimeout: 5s}",
        "TrafficPolicy b {requestTimeout: 5s, retries: {attempts: 2}}",
        "TrafficPolicy c {outlierDetection: {consecutiveErrors: 3}}",
    ];
    ask(&policies, |meaning| {
        let (plan, cart) = (&meaning.plan, service(meaning, "cart"));
        let name = |by: TrafficId| plan[by].policy.key.name.to_string();
        let [route] = plan[cart].routes.as_slice() else { panic!("one route") };
        let RouteActions { timeout, retries, shift, .. } = plan.route_actions(route);
        assert_eq!(timeout.map(|claimed| name(claimed.by)).as_deref(), Some("a"), "b agrees");
        assert_eq!(retries.map(|claimed| name(claimed.by)).as_deref(), Some("b"));
        assert!(shift.is_none());
        let ServiceActions { outlier, tls } = plan.service_actions(cart);
        assert_eq!(outlier.map(|claimed| (name(claimed.by), claimed.value.consecutive_errors)), Some(("c".into(), 3)));
        assert!(tls.is_none());
    });
}

#[test]
fn a_later_route_for_the_same_requests_is_shadowed() {
    let policies = [
        "TrafficPolicy a {requestTimeout: 5s, httpRequestMatchers: [{prefix: /a}]}",
        "TrafficPolicy b {retries: {attempts: 2}, httpRequestMatchers: [{exact: /b}, {prefix: /a}]}",
        "TrafficPolicy c {requestTimeout: 1s}",
    ];
    let pairs = ask(&policies, |meaning| {
        let name = |by: TrafficId| meaning.plan[by].policy.key.name.to_string();
        let pairs = meaning.plan.shadowed(service(meaning, "web"), meaning.plan[service(meaning, "web")].cluster);
        pairs.into_iter().map(|(first, later)| (name(first), name(later))).collect::<Vec<_>>()
    });
    assert_eq!(pairs, [("a".to_owned(), "b".to_owned())], "once, though there are two ports");
}

#[test]
fn rules_say_who_may_call() {
    let policies = [
        "AccessPolicy all {destinationSelector: [{kubeServiceRefs: {services: [{name: cart, namespace: shop, clusterName: east}]}}]}",
        "AccessPolicy some {sourceSelector: [{kubeServiceMatcher: {labels: {}, namespaces: [shop]}}], allowedMethods: [GET]}",
    ];
    ask(&policies, |meaning| {
        let rules = |name: &str| meaning.plan.rules(service(meaning, name)).collect::<Vec<_>>();
        let [all, some] = <[Rule<'_, '_>; 2]>::try_from(rules("cart")).expect("two policies");
        assert!(all.callers.is_empty() && all.operation.is_everything(), "no callers are everyone");
        let account = |account| Identity::Account { domain: "cluster.local", namespace: "shop", account };
        assert_eq!(some.callers, [Callers::Identities(Identities::new(vec![account("default"), account("web")]))]);
        assert_eq!(some.operation.methods, ["GET"]);
        assert_eq!(rules("web").len(), 1);
        assert!(matches!(meaning.plan.default_access(MeshId::at(0)), DefaultAccess::Allow));
    });
}

#[test]
fn a_mesh_knows_the_services_of_meshes_in_its_virtual_mesh() {
    let meshes = |clusters: &[&str]| -> String {
        let mesh = |name: &&str| format!("{{name: istiod-istio-system-{name}, namespace: service-mesh-hub}}");
        let list: Vec<String> = clusters.iter().map(mesh).collect();
        format!("VirtualMesh all {{meshes: [{}], federation: {{permissive: {{}}}}}}", list.join(", "))
    };
    ask_clusters(&["east", "north", "west"], &[&meshes(&["east", "west"])], |meaning| {
        let plan = &meaning.plan;
        let mesh = |cluster: &str| {
            let mut meshes = MeshId::all(plan.meshes.len());
            meshes.find(|id| plan[plan[*id].cluster].name.as_str() == cluster).expect("it is there")
        };
        let cart = service(meaning, "cart");
        let knows = ["east", "north", "west"].map(|cluster| plan.is_known(cart, mesh(cluster)));
        assert_eq!(knows, [false, false, true], "not its own, and none outside of the VirtualMesh");
    });
}

#[test]
fn requests_are_unmatched_where_no_route_takes_all_of_a_callers() {
    let unmatched = |policies: &[&str]| {
        ask(policies, |meaning| {
            let name = |by: TrafficId| meaning.plan[by].policy.key.name.to_string();
            meaning.plan.unmatched(service(meaning, "cart")).into_iter().map(name).collect::<Vec<_>>()
        })
    };
    let prefix = "TrafficPolicy b {requestTimeout: 1s, httpRequestMatchers: [{prefix: /a}]}";
    assert_eq!(unmatched(&[prefix]), ["b"]);
    assert_eq!(unmatched(&["TrafficPolicy a {requestTimeout: 1s, sourceSelector: [{namespaces: [shop]}]}"]), [""; 0]);
    let everyone = "TrafficPolicy a {requestTimeout: 0s}";
    assert_eq!(unmatched(&[everyone, prefix]), [""; 0], "another policy takes the rest");
    let some = "TrafficPolicy a {requestTimeout: 1s, sourceSelector: [{namespaces: [shop], labels: {app: web}}]}";
    assert_eq!(unmatched(&[some, prefix]), ["b"], "only of some callers");
    let within = "TrafficPolicy c {requestTimeout: 1s, httpRequestMatchers: [{method: {}}], \
                  sourceSelector: [{namespaces: [shop], labels: {app: web, v: x}}]}";
    assert_eq!(unmatched(&[some, within]), [""; 0], "its callers are among those of the other");
    let root = "TrafficPolicy d {requestTimeout: 1s, httpRequestMatchers: [{exact: /}, {prefix: /}]}";
    assert_eq!(unmatched(&[root]), [""; 0], "every path begins with a slash");
}

#[test]
fn ports_are_named_where_another_one_is_called() {
    let to = |service: &str, port: &str| {
        format!("{{kubeService: {{name: {service}, namespace: shop, clusterName: east{port}}}, weight: 50}}")
    };
    let policy = format!(
        "TrafficPolicy a {{trafficShift: {{destinations: [{}, {}]}}}}",
        to("web", ", port: 80"),
        to("cart", "")
    );
    ask(&[&policy], |meaning| {
        let plan = &meaning.plan;
        let ports = |name: &str| {
            let service = service(meaning, name);
            plan.routes(service, plan[service].cluster)
                .iter()
                .map(|route| plan.ports(service, route).destinations)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            ports("web"),
            [[Some(80), None], [Some(9090), Some(80)]],
            "calls of gRPC do not go to a port of HTTP"
        );
        assert_eq!(ports("cart"), [[Some(80), None]], "cart is called at its only port");
    });
}
