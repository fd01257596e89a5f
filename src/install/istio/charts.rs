//! As Istio's Helm charts: `base`, `istiod`, and `gateway` for each gateway, with their values.

use serde_json::{Map, Value, json};

use super::gateways::Gateway;
use super::{Wanted, values};
use crate::built::BuiltObjects;
use crate::install::asked::{Asked, Setting};
use crate::install::manifest;

/// Where Istio's charts are released.
pub(super) const REPOSITORY: &str = "https://istio-release.storage.googleapis.com/charts";

/// The ports of the container of the ingress gateway to which those for requests from outside lead.
const WEB: [u32; 2] = [80, 443];

/// A chart to be installed.
pub(super) struct Chart<'a> {
    pub(super) chart: &'static str,
    pub(super) release: String,
    pub(super) namespace: &'a str,
    pub(super) values: Map<String, Value>,
}

/// Adds the files of values of some charts.
pub(super) fn add(
    asked: &Asked<'_, '_>,
    setting: &Setting,
    wanted: &Wanted<'_>,
    charts: Vec<Chart<'_>>,
    built: &mut BuiltObjects,
) {
    for Chart { chart, release, namespace, values } in charts {
        let file = format!("{release}.values");
        let command = format!(
            "# helm upgrade --install {release} {chart} --repo {REPOSITORY} --version {} -n {namespace} -f {file}\n",
            wanted.release
        );
        built.add_file(asked.name, asked.file(setting, file, command + &manifest::text(&values)));
    }
}

/// The charts, in the order in which they are installed.
pub(super) fn all<'a>(wanted: &Wanted<'a>) -> Vec<Chart<'a>> {
    let mut out = vec![base(wanted), istiod(wanted)];
    out.extend(gateways(wanted));
    out
}

/// The chart `base`, which has the definitions of Istio's kinds and the webhook that checks their objects.
fn base<'a>(wanted: &Wanted<'a>) -> Chart<'a> {
    let mut values = Map::new();
    values.insert("defaultRevision".to_owned(), json!(wanted.revision.as_deref().unwrap_or("default")));
    values.insert("global".to_owned(), json!({"istioNamespace": wanted.namespace}));
    Chart { chart: "base", release: "istio-base".to_owned(), namespace: wanted.namespace, values }
}

fn istiod<'a>(wanted: &Wanted<'a>) -> Chart<'a> {
    let mut values = values::istiod(wanted);
    values.extend(wanted.revision.as_ref().map(|revision| ("revision".to_owned(), json!(&**revision))));
    Chart { chart: "istiod", release: wanted.with_revision("istiod"), namespace: wanted.namespace, values }
}

/// The gateways that a chart installs, and not Istio itself.
pub(super) fn gateways<'a>(wanted: &Wanted<'a>) -> Vec<Chart<'a>> {
    wanted.gateways.iter().filter(|gateway| !gateway.is_api()).map(|gateway| of_gateway(wanted, gateway)).collect()
}

fn of_gateway<'a>(wanted: &Wanted<'_>, gateway: &Gateway<'a>) -> Chart<'a> {
    let mut values = Map::new();
    let labels = gateway.own_labels();
    if !labels.is_empty() {
        values.insert("labels".to_owned(), json!(labels));
    }
    values.extend(wanted.revision.as_ref().map(|revision| ("revision".to_owned(), json!(&**revision))));
    values.insert("service".to_owned(), json!({"ports": gateway.service_ports(WEB)}));
    let release = gateway.name.clone().unwrap_or_default();
    Chart { chart: "gateway", release, namespace: gateway.namespace, values }
}
