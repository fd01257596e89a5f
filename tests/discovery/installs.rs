//! Istios as they are installed today: by charts, by Sail Operator, by Argo CD and Flux.

use crate::fleet::{Found, read};

/// A Service, so that the cluster has something to be in a mesh, and its namespace.
const SHOP: &str = "
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio.io/rev: prod}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: web}]}}}
";

/// What a chart renders: the Deployment of a revision, with its label, image and arguments.
fn istiod(suffix: &str, label: &str, image: &str, domain: &str) -> String {
    let revision = if suffix.is_empty() { "default" } else { &suffix[1..] };
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: istiod{suffix}\n  namespace: istio-system\n  labels: {{app: istiod, \
         istio.io/rev: {revision}, app.kubernetes.io/version: '{label}'}}\nspec:\n  template:\n    metadata: {{labels: {{app: istiod, \
         istio.io/rev: {revision}, sidecar.istio.io/inject: 'false', istio.io/dataplane-mode: none}}}}\n    spec:\n      \
         serviceAccountName: istiod{suffix}\n      containers:\n      - name: discovery\n        image: {image}\n        args: \
         [discovery, '--monitoringAddr=:15014', --domain, {domain}, --keepaliveMaxServerConnectionAge, 30m]\n"
    )
}

/// The ConfigMap of a mesh.
fn mesh(suffix: &str, trust_domain: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: istio{suffix}, namespace: istio-system}}\ndata:\n  meshNetworks: \
         'networks: {{}}'\n  mesh: |-\n    trustDomain: {trust_domain}\n    rootNamespace: istio-system\n"
    )
}

/// The ConfigMap with the values of a chart.
fn values(suffix: &str, merged: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: values{suffix}, namespace: istio-system}}\ndata:\n  original-values: \
         '{{}}'\n  merged-values: |-\n    {merged}\n"
    )
}

fn found(parts: &[&str]) -> Found {
    let text = parts.concat() + SHOP;
    read(&[("clusters/east/x.yaml", &text)])
}

/// Name, version, trust domain, account and the cluster's domain.
fn facts(found: &Found) -> String {
    let (key, _) = found.inventory.meshes.first_key_value().expect("a mesh");
    let istio = found.istio();
    let domain = &found.inventory.clusters.values().next().expect("a cluster").domain;
    let name = key.name.trim_end_matches("-istio-system-east");
    format!("{name} {} {} {} {domain}", istio.version, istio.trust_domain, istio.service_account)
}

const TAG_SERVICE: &str = "---\napiVersion: v1\nkind: Service\nmetadata: {name: istiod-revision-tag-prod, namespace: istio-system, \
                           labels: {istio.io/rev: stable, istio.io/tag: prod, app: istiod}}\nspec: {selector: {app: istiod, \
                           istio.io/rev: stable}, ports: [{port: 15012}]}\n";

const TAG_WEBHOOK: &str = "---\napiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\nmetadata: {name: \
                           istio-revision-tag-prod, labels: {istio.io/rev: stable, istio.io/tag: prod}}\n";

#[test]
fn what_charts_render_has_every_fact() {
    let domain = "corp.example";
    for (version, tag) in [("1.24.2", TAG_WEBHOOK), ("1.28.1", TAG_SERVICE), ("1.31.0", TAG_SERVICE)] {
        let image = format!("docker.io/istio/pilot:{version}-distroless");
        let plane = istiod("-stable", version, &image, domain);
        let found = found(&[&plane, &mesh("-stable", "east.example"), tag]).clean();
        assert_eq!(facts(&found), format!("istiod-stable {version}-distroless east.example istiod-stable {domain}"));
        assert_eq!(found.workloads(), ["web-shop-east-deployment"], "the tag leads to the revision");
    }
}

#[test]
fn an_image_without_a_version_has_the_one_of_the_label() {
    let plane = istiod("", "1.28.1", "corp/pilot@sha256:ab", "cluster.local");
    let found = found(&[&plane, &mesh("", "t"), &TAG_WEBHOOK.replace("stable", "default")]).clean();
    assert_eq!(facts(&found), "istiod 1.28.1 t istiod cluster.local");
}

#[test]
fn values_fill_what_nothing_else_has() {
    let merged = r#"{"global": {"tag": "1.30.3", "proxy": {"clusterDomain": "corp.example"}}, "revision": "stable", "revisionTags":
      ["prod"], "meshConfig": {"trustDomain": "t"}}"#;
    let found = found(&[&values("-stable", merged)]).clean();
    assert_eq!(facts(&found), "istiod-stable 1.30.3 t istiod-stable corp.example");
    assert_eq!(found.workloads(), ["web-shop-east-deployment"]);
}

#[test]
fn values_of_a_remote_control_plane_are_not_one() {
    let remote = r#"{"global": {"tag": "1.30.3"}, "profile": "remote"}"#;
    let injector = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio-sidecar-injector, namespace: istio-system}\n\
                    data: {config: x, values: '{\"global\": {\"tag\": \"1.30.3\"}}'}\n";
    let found = found(&[&values("", remote), injector]);
    assert!(found.inventory.meshes.is_empty());
    assert_eq!(found.codes(), ["MT0335 clusters/east/x.yaml:2"]);
}

#[test]
fn older_charts_have_some_of_the_values() {
    let injector = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio-sidecar-injector, namespace: istio-system}\n\
                    data: {config: x, values: '{\"global\": {\"tag\": \"1.22.3\", \"proxy\": {\"clusterDomain\": \"d.example\"}}}'}\n";
    let tag = TAG_WEBHOOK.replace("stable", "default");
    let found = found(&[&mesh("", "t"), injector, &tag]).clean();
    assert_eq!(facts(&found), "istiod 1.22.3 t istiod d.example");
}

fn sail(strategy: &str, version: &str) -> String {
    format!(
        "---\napiVersion: sailoperator.io/v1\nkind: Istio\nmetadata: {{name: stable}}\nspec:\n  version: {version}\n  namespace: \
         istio-system\n  updateStrategy: {{type: {strategy}}}\n  values:\n    meshConfig: {{trustDomain: east.example}}\n    global: \
         {{meshID: m, network: n}}\n"
    )
}

fn sail_tag(kind: &str, name: &str) -> String {
    format!(
        "---\napiVersion: sailoperator.io/v1\nkind: IstioRevisionTag\nmetadata: {{name: prod}}\nspec: {{targetRef: {{kind: {kind}, \
         name: {name}}}}}\n"
    )
}

#[test]
fn sail_operators_objects_are_a_control_plane() {
    let in_place = found(&[&sail("InPlace", "v1.30.3"), &sail_tag("Istio", "stable")]).clean();
    assert_eq!(facts(&in_place), "istiod-stable 1.30.3 east.example istiod-stable cluster.local");
    assert_eq!(in_place.workloads(), ["web-shop-east-deployment"]);
    let name = "stable-v1-30-3";
    let by_revision = found(&[&sail("RevisionBased", "v1.30.3"), &sail_tag("IstioRevision", name)]).clean();
    assert_eq!(facts(&by_revision), "istiod-stable-v1-30-3 1.30.3 east.example istiod-stable-v1-30-3 cluster.local");
    assert_eq!(by_revision.workloads(), ["web-shop-east-deployment"]);
    // What the operator resolves is in the IstioRevision.
    let revision = "---\napiVersion: sailoperator.io/v1\nkind: IstioRevision\nmetadata: {name: stable-v1-30-5}\nspec: {version: v1.30.5, \
                    namespace: istio-system, values: {revision: stable-v1-30-5, meshConfig: {trustDomain: east.example}}}\n";
    let latest = sail("RevisionBased", "v1.30-latest") + "status: {activeRevisionName: stable-v1-30-5}\n";
    let dumped = found(&[&latest, revision, &sail_tag("Istio", "stable")]).clean();
    assert_eq!(facts(&dumped), "istiod-stable-v1-30-5 1.30.5 east.example istiod-stable-v1-30-5 cluster.local");
    // Without it, nothing is known of the version.
    let latest = found(&[&sail("InPlace", "v1.30-latest"), &sail_tag("Istio", "stable")]).clean();
    assert_eq!(facts(&latest), "istiod-stable  east.example istiod-service-account cluster.local");
}

fn application(source: &str, rest: &str) -> String {
    format!(
        "---\napiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: istiod, namespace: argocd{rest}}}\nspec:\n  \
         destination: {{server: 'https://east.example', namespace: istio-system}}\n  {source}\n"
    )
}

const HELM: &str = "{chart: istiod, repoURL: r, targetRevision: 1.30.1, helm: {valuesObject: {revision: stable, revisionTags: [prod], \
                    meshConfig: {trustDomain: t}}}}";

#[test]
fn argo_cd_and_flux_install_charts_with_values() {
    let wanted = "istiod-stable 1.30.1 t istiod-stable cluster.local";
    for source in [format!("source: {HELM}"), format!("sources: [{{repoURL: x, ref: values}}, {HELM}]")] {
        let found = found(&[&application(&source, "")]).clean();
        assert_eq!(facts(&found), wanted, "{source}");
        assert_eq!(found.workloads(), ["web-shop-east-deployment"]);
    }
    let text = "source: {chart: istiod, targetRevision: 1.30.x, helm: {values: \"{revision: stable, global: {tag: 1.30.1}, revisionTags: \
                [prod]}\", parameters: [{name: meshConfig.trustDomain, value: t}]}}";
    assert_eq!(facts(&found(&[&application(text, "")]).clean()), wanted);
    let values = "values: {revision: stable, revisionTags: [prod], meshConfig: {trustDomain: t}}";
    let release = |chart: &str| {
        format!(
            "---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: istiod, namespace: istio-system}}\nspec:\n  \
             {chart}\n  {values}\n"
        )
    };
    let chart =
        release("chart: {spec: {chart: istiod, version: 1.30.1, sourceRef: {kind: HelmRepository, name: istio}}}");
    assert_eq!(facts(&found(&[&chart]).clean()), wanted);
    let repository = "---\napiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nmetadata: {name: istiod, namespace: \
                      istio-system}\nspec: {url: 'oci://registry/charts/istiod', ref: {tag: 1.30.1}}\n";
    let by_reference = release("chartRef: {kind: OCIRepository, name: istiod}") + repository;
    assert_eq!(facts(&found(&[&by_reference]).clean()), wanted);
}

#[test]
fn an_application_in_a_dump_may_be_for_another_cluster() {
    let elsewhere = application(&format!("source: {HELM}"), ", uid: u");
    assert!(found(&[&elsewhere]).inventory.meshes.is_empty());
    let here = elsewhere.replace("https://east.example", "https://kubernetes.default.svc");
    assert_eq!(facts(&found(&[&here]).clean()), "istiod-stable 1.30.1 t istiod-stable cluster.local");
}

#[test]
fn values_in_other_files_may_have_the_trust_domain() {
    let source = "source: {chart: istiod, targetRevision: 1.30.1, helm: {valueFiles: [values.yaml], valuesObject: {revision: prod}}}";
    let found = found(&[&application(source, "")]);
    assert_eq!(found.codes(), ["MT0313 clusters/east/x.yaml:2"]);
}

#[test]
fn two_versions_are_an_upgrade() {
    let plane = istiod("-stable", "1.29.2", "istio/pilot:1.29.2", "cluster.local");
    let parts = [&*plane, &mesh("-stable", "t"), &application(&format!("source: {HELM}"), "")];
    let upgraded = found(&parts);
    assert_eq!(facts(&upgraded), "istiod-stable 1.29.2 t istiod-stable cluster.local");
    assert_eq!(upgraded.codes(), ["MT0330 clusters/east/x.yaml:27"]);
    assert_eq!(
        upgraded.diags[0].message,
        "the version of Istio istio-system/istiod-stable in cluster east is \"1.30.1\" here, but \"1.29.2\" in \
         clusters/east/x.yaml:2, which is used: an upgrade seems to be under way"
    );
    let other = found(&[&plane, &mesh("-stable", "u"), &application(&format!("source: {HELM}"), "")]);
    assert_eq!(other.codes(), ["MT0330 clusters/east/x.yaml:27"; 2]);
    assert!(other.diags.iter().any(|diag| diag.message.starts_with("the trust domain")), "{:?}", other.diags);
    // A tag of the image that is not the chart's.
    let tagged =
        found(&[&istiod("-stable", "1.30.0", "istio/pilot:1.29.2", "d.example"), &mesh("-stable", "t"), TAG_SERVICE]);
    assert_eq!(tagged.codes(), ["MT0330 clusters/east/x.yaml:2"]);
    assert_eq!(facts(&tagged), "istiod-stable 1.29.2 t istiod-stable d.example");
}

#[test]
fn the_domain_that_people_state_counts() {
    let plane = istiod("", "1.31.0", "istio/pilot:1.31.0", "d.example") + &mesh("", "t");
    let compact = "apiVersion: meshtree.io/v1alpha1\nkind: Cluster\nmetadata: {name: east}\nspec: {clusterDomain: corp.example}\n";
    let found = read(&[("clusters/east/x.yaml", &plane), ("clusters/east/cluster.yaml", compact)]);
    assert_eq!(found.codes(), ["MT0330 clusters/east/x.yaml:2"]);
    assert_eq!(facts(&found), "istiod 1.31.0 t istiod corp.example");
    let same = compact.replace("corp.example", "d.example");
    read(&[("clusters/east/x.yaml", &plane), ("clusters/east/cluster.yaml", &same)]).clean();
}

#[test]
fn several_stages_of_one_release_are_no_contradiction() {
    let first = application(&format!("source: {HELM}"), "");
    let second = application(&format!("source: {}", HELM.replace("1.30.1", "1.31.0")), "");
    assert_eq!(facts(&found(&[&first, &second]).clean()), "istiod-stable 1.30.1 t istiod-stable cluster.local");
}
