//! As Applications of Argo CD, one for each chart.

use serde_json::{Map, Value, json};

use super::Wanted;
use super::charts::{self, Chart, REPOSITORY};
use crate::built::BuiltObjects;
use crate::diag::{Code, Diag, Report, nearest};
use crate::ids::ClusterName;
use crate::install::Manifest;
use crate::install::asked::{Asked, Setting};
use crate::model::settings::ArgoCd;

/// The namespace of Argo CD unless another one is chosen.
const NAMESPACE: &str = "argocd";

/// What istiod itself writes into its webhooks while it runs.
const WEBHOOKS: [&str; 2] = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// Adds the Applications to the tree of the cluster in which Argo CD runs.
pub(super) fn add(
    asked: &Asked<'_, '_>,
    setting: &Setting,
    wanted: &Wanted<'_>,
    built: &mut BuiltObjects,
    report: &mut Report,
) {
    let nothing = ArgoCd::default();
    let argocd = wanted.istio.argocd.as_ref().unwrap_or(&nothing);
    let Some(home) = home(asked, setting, argocd, report) else { return };
    for (wave, chart) in charts::all(wanted).into_iter().enumerate() {
        let name = format!("{}-{}", chart.release, asked.name);
        let namespace = argocd.namespace.as_deref().unwrap_or(NAMESPACE);
        let object = Manifest::new("argoproj.io/v1alpha1", "Application", namespace, &name);
        // The control plane comes after its kinds, and gateways, which it injects, after both.
        let object = object.annotated("argocd.argoproj.io/sync-wave", &wave.min(2).to_string());
        let object = object.with("spec", spec(wanted, argocd, (asked.name, &home), chart).into());
        built.add(&home, [asked.object_for(&home, setting, object)]);
    }
}

/// The cluster in which Argo CD runs.
fn home(asked: &Asked<'_, '_>, setting: &Setting, argocd: &ArgoCd, report: &mut Report) -> Option<ClusterName> {
    let Some(stated) = &argocd.cluster else { return Some(asked.name.clone()) };
    let name = ClusterName(stated.replace("{cluster}", asked.name.as_str()).into());
    let known = || asked.plan.clusters.iter().map(|cluster| cluster.name);
    if known().any(|known| *known == name) {
        return Some(name);
    }
    let message = format!("unknown cluster {:?}, in which Argo CD should run", name.as_str());
    let near = nearest(name.as_str(), known().map(ClusterName::as_str)).map(|near| format!("did you mean {near:?}?"));
    report.push(Diag::new(Code::BadSettings, asked.place(setting, "argocd"), message).maybe_hint(near));
    None
}

fn spec(
    wanted: &Wanted<'_>,
    argocd: &ArgoCd,
    (cluster, home): (&ClusterName, &ClusterName),
    chart: Chart<'_>,
) -> Map<String, Value> {
    let Chart { chart, release, namespace, values } = chart;
    let destination = if cluster == home {
        json!({"namespace": namespace, "server": "https://kubernetes.default.svc"})
    } else {
        json!({"name": cluster.as_str(), "namespace": namespace})
    };
    let source = json!({
        "chart": chart,
        "helm": {"releaseName": release, "valuesObject": values},
        "repoURL": argocd.repo_url.as_deref().unwrap_or(REPOSITORY),
        "targetRevision": wanted.release,
    });
    let mut out = Map::new();
    out.insert("project".to_owned(), json!(argocd.project.as_deref().unwrap_or("default")));
    out.insert("source".to_owned(), source);
    out.insert("destination".to_owned(), destination);
    let options = ["CreateNamespace=true", "ServerSideApply=true"];
    out.insert("syncPolicy".to_owned(), json!({"automated": {}, "syncOptions": options}));
    if chart != "gateway" {
        out.insert("ignoreDifferences".to_owned(), json!(WEBHOOKS.map(ignored)));
    }
    out
}

fn ignored(kind: &str) -> Value {
    let fields = [".webhooks[]?.clientConfig.caBundle", ".webhooks[]?.failurePolicy"];
    json!({"group": "admissionregistration.k8s.io", "jqPathExpressions": fields, "kind": kind})
}
