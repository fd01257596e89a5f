//! Istio's control planes, and what they say.

use meshtree::diag::Report;
use meshtree::discover::differences;
use meshtree::render::inventory::compact;

use crate::fleet::{ISTIO, read};

/// A service, so that the cluster has something to be in a mesh.
const SERVICE: &str = "---\napiVersion: v1\nkind: Service\nmetadata: {name: a}\n";

fn deployment(name: &str, labels: &str, image: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: istio-system, labels: {{{labels}}}}}\n\
         spec: {{template: {{spec: {{containers: [{{name: side, image: x}}, {{name: c, image: '{image}'}}]}}}}}}\n"
    )
}

fn config(name: &str, mesh: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: istio-system}}\ndata: {{mesh: '{mesh}'}}\n"
    )
}

/// Names of meshes with their versions and trust domains, and the diagnostics.
fn meshes(text: &str) -> (Vec<String>, Vec<String>) {
    let found = read(&[("clusters/east/x.yaml", text)]);
    let shown = found.inventory.meshes.iter().map(|(key, mesh)| match &mesh.kind {
        meshtree::discover::MeshKind::Istio(istio) => format!("{} {} {}", key.name, istio.version, istio.trust_domain),
        other => panic!("{other:?}"),
    });
    (shown.collect(), found.codes())
}

#[test]
fn a_deployment_is_a_control_plane_by_name_and_image() {
    for (name, labels, image, config_map, wanted) in [
        ("istiod", "", "registry:5000/istio/pilot:1.7.0@sha256:ab", "istio", "istiod-istio-system-east 1.7.0 t"),
        (
            "istiod-1-7-0",
            "istio.io/rev: 1-7-0",
            "istio/pilot:1.7.0",
            "istio-1-7-0",
            "istiod-1-7-0-istio-system-east 1.7.0 t",
        ),
        ("istio-pilot", "", "istio/pilot:1.4.0", "istio", "istio-pilot-istio-system-east 1.4.0 t"),
        ("istiod", "", "istio/pilot", "istio", "istiod-istio-system-east  t"),
    ] {
        let text = deployment(name, labels, image) + &config(config_map, "trustDomain: t");
        assert_eq!(meshes(&text), (vec![wanted.to_owned()], vec![]));
    }
    let (found, _) = meshes(&deployment("istiod", "", "nginx:1"));
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_control_plane_is_known_from_its_config_map() {
    let (found, codes) = meshes(&(config("istio-canary", "trustDomain: t") + SERVICE));
    assert_eq!(
        (found, codes),
        (vec!["istiod-canary-istio-system-east  t".to_owned()], vec!["MT0323 clusters/east/x.yaml:7".into()])
    );
}

#[test]
fn a_control_plane_is_known_from_an_operator() {
    let operator = |spec: &str| {
        format!(
            "---\napiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nmetadata: {{name: i, namespace: istio-system}}\n\
             spec: {{{spec}}}\n"
        )
    };
    let full = "revision: r, tag: 1.10, meshConfig: {trustDomain: t}";
    assert_eq!(meshes(&operator(full)), (vec!["istiod-r-istio-system-east 1.10 t".into()], vec![]));
    let elsewhere = "values: {global: {istioNamespace: mesh, tag: 1.7.0}}";
    assert_eq!(meshes(&operator(elsewhere)), (vec!["istiod-mesh-east 1.7.0 cluster.local".into()], vec![]));
    assert_eq!(meshes(&operator("profile: empty")).0, [""; 0]);
    let both = deployment("istiod", "", "istio/pilot:1.7.0") + &operator("tag: 1.7.1");
    assert_eq!(meshes(&both).1, ["MT0311 clusters/east/x.yaml:7"]);
    let agreed = deployment("istiod", "", "istio/pilot:1.7.0") + &operator("tag: 1.7.0");
    assert_eq!(meshes(&agreed).1, [""; 0]);
}

#[test]
fn a_control_plane_is_known_from_the_settings() {
    let settings =
        "apiVersion: meshtree.io/v1alpha1\nkind: Settings\nspec: {clusters: {east: {istioVersion: 1.7.0}}}\n";
    let found = read(&[("clusters/east/x.yaml", SERVICE), ("meshtree.yaml", settings)]);
    let codes = ["MT0313 clusters/east/x.yaml:2", "MT0323 clusters/east/x.yaml:2"].map(String::from).to_vec();
    assert_eq!((&*found.istio().version, found.codes()), ("1.7.0", codes));
    let found = read(&[("clusters/east/x.yaml", SERVICE)]);
    assert_eq!(found.codes(), ["MT0315 clusters/east/x.yaml:2"]);
    assert!(found.diags[0].hint.as_deref().unwrap_or_default().contains("{clusters: {east: {istioVersion: 1.31.0}}}"));
}

#[test]
fn the_settings_give_a_version_that_no_image_tells() {
    let settings =
        "apiVersion: meshtree.io/v1alpha1\nkind: Settings\nspec: {clusters: {east: {istioVersion: 1.7.9}}}\n";
    let untagged = ISTIO.replace(":1.7.3", "");
    let found = read(&[("clusters/east/x.yaml", &untagged), ("meshtree.yaml", settings)]).clean();
    assert_eq!(&*found.istio().version, "1.7.9");
}

#[test]
fn an_unknown_trust_domain_is_assumed_with_a_warning() {
    let (found, codes) = meshes(&deployment("istiod", "", "istio/pilot:1.7.0"));
    assert_eq!(
        (&*found[0], &*codes[0]),
        ("istiod-istio-system-east 1.7.0 cluster.local", "MT0313 clusters/east/x.yaml:2")
    );
    let (found, codes) = meshes(&(deployment("istiod", "", "istio/pilot:1.7.0") + &config("istio", "")));
    assert_eq!((&*found[0], codes.len()), ("istiod-istio-system-east 1.7.0 cluster.local", 0));
    let (_, codes) = meshes(&(deployment("istiod", "", "istio/pilot:1.7.0") + &config("istio", "a: {")));
    assert_eq!(codes, ["MT0203 clusters/east/x.yaml:7"]);
}

#[test]
fn two_control_planes_in_a_namespace_need_one_to_be_named() {
    let both = deployment("istiod", "", "istio/pilot:1.7.0")
        + &deployment("istiod-new", "istio.io/rev: new", "istio/pilot:1.7.9")
        + &config("istio", "trustDomain: t");
    assert_eq!(meshes(&both).1, ["MT0307 clusters/east/x.yaml:7"]);
    let chosen =
        "apiVersion: meshtree.io/v1alpha1\nkind: Cluster\nmetadata: {name: east}\nspec: {istio: {revision: new}}\n";
    let found = read(&[("clusters/east/x.yaml", &both), ("clusters/east/y.yaml", chosen)]).clean();
    assert_eq!((&*found.istio().version, &*found.istio().trust_domain), ("1.7.9", "t"));
}

/// A mesh has its name from its Deployment, whatever that is called, and the compact form says so.
#[test]
fn a_control_plane_may_have_a_name_of_its_own() {
    let pilot = ISTIO.replace("name: istiod,", "name: istio-pilot,");
    let raw = read(&[("clusters/east/x.yaml", &pilot)]).clean();
    let key = raw.inventory.meshes.keys().next().expect("a mesh").to_string();
    assert_eq!(key, "service-mesh-hub/istio-pilot-istio-system-east");
    let text = compact(&raw.inventory, None, &mut Report::default()).expect("it can be said");
    assert!(text.contains("deployment: istio-pilot\n"), "{text}");
    assert_eq!(differences(&raw.inventory, &read(&[("clusters/east.yaml", &text)]).clean().inventory), []);
    // Beside raw objects it is one more fact.
    let stated = |deployment: &str| {
        format!(
            "apiVersion: meshtree.io/v1alpha1\nkind: Cluster\nmetadata: {{name: east}}\nspec: {{istio: {{deployment: {deployment}}}}}\n"
        )
    };
    read(&[("clusters/east/x.yaml", &pilot), ("clusters/east/y.yaml", &stated("istio-pilot"))]).clean();
    let found = read(&[("clusters/east/x.yaml", &pilot), ("clusters/east/y.yaml", &stated("istiod"))]);
    assert_eq!(found.codes(), ["MT0311 clusters/east/y.yaml:4"], "{:?}", found.diags);
    let config = ISTIO.split("---").nth(1).expect("the ConfigMap");
    let found = read(&[("clusters/east/x.yaml", config), ("clusters/east/y.yaml", &stated("istio-pilot"))]).clean();
    assert_eq!(found.inventory.meshes.keys().next().expect("a mesh").to_string(), key);
}
