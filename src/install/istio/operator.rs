//! As an IstioOperator: an object for the operator in the cluster, or a file for `istioctl install`.

use serde_json::{Map, Value, json};

use super::gateways::{DEFAULT, Gateway};
use super::{Wanted, values};
use crate::built::BuiltObjects;
use crate::install::asked::{Asked, Setting};
use crate::install::{Manifest, manifest};
use crate::version::table::{DEFAULT_GATEWAY, NAMES, Names, ROUTER_MODE, TRUST_DOMAIN_VALUE};

/// The ports of the container of the ingress gateway to which those for requests from outside lead.
const WEB: [u32; 2] = [8080, 8443];

pub(super) fn add(asked: &Asked<'_, '_>, setting: &Setting, wanted: &Wanted<'_>, built: &mut BuiltObjects) {
    let name = format!("istiocontrolplane-{}", wanted.revision.as_deref().unwrap_or("default"));
    let object = Manifest::new("install.istio.io/v1alpha1", "IstioOperator", wanted.namespace, &name);
    let object = object.with("spec", spec(wanted).into());
    if wanted.istio.in_cluster {
        built.add(asked.name, [asked.object(setting, object)]);
        return;
    }
    let file = format!("{}.istiooperator", wanted.with_revision("istio"));
    let command = format!("# With istioctl {}: istioctl install -f {file}\n", wanted.release);
    built.add_file(asked.name, asked.file(setting, file, command + &manifest::text(&object)));
}

fn spec(wanted: &Wanted<'_>) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("profile".to_owned(), json!("default"));
    let addons = addons(wanted);
    if !addons.is_empty() {
        out.insert("addonComponents".to_owned(), addons.into());
    }
    out.insert("meshConfig".to_owned(), values::mesh_config(wanted).into());
    out.extend(wanted.revision.as_ref().map(|revision| ("revision".to_owned(), json!(&**revision))));
    // The operator in the cluster installs the version that it has itself.
    if !wanted.istio.in_cluster {
        out.insert("tag".to_owned(), json!(wanted.version.to_string().trim_start_matches('v')));
    }
    let mut global = values::global(wanted);
    if TRUST_DOMAIN_VALUE.at(&wanted.version) == Some(true) {
        global.insert("trustDomain".to_owned(), json!(wanted.trust_domain));
    }
    if !global.is_empty() {
        out.insert("values".to_owned(), json!({"global": global}));
    }
    let components = components(wanted);
    if !components.is_empty() {
        out.insert("components".to_owned(), components.into());
    }
    out
}

/// The components that are installed with the control plane.
fn addons(wanted: &Wanted<'_>) -> Map<String, Value> {
    let dns = NAMES.at(&wanted.version) == Some(Names::CoreDns) && wanted.is_federated;
    let names = wanted.istio.addons.iter().map(|addon| addon.as_str()).chain(dns.then_some("istiocoredns"));
    names.map(|name| (name.to_owned(), json!({"enabled": true}))).collect()
}

fn components(wanted: &Wanted<'_>) -> Map<String, Value> {
    let mut out = Map::new();
    let gateways = gateways(wanted);
    if !gateways.is_empty() {
        out.insert("ingressGateways".to_owned(), gateways.into());
    }
    let environment = environment(values::environment(wanted));
    if !environment.is_empty() {
        out.insert("pilot".to_owned(), json!({"k8s": {"env": environment}}));
    }
    out
}

/// The gateways that differ from what the profile installs.
fn gateways(wanted: &Wanted<'_>) -> Vec<Value> {
    let has_port = DEFAULT_GATEWAY.at(&wanted.version) == Some(true);
    let mut out = Vec::new();
    let installed = || wanted.gateways.iter().filter(|gateway| !gateway.is_api());
    if !wanted.gateways.is_empty() && !installed().any(|gateway| gateway.name.as_deref() == Some(DEFAULT)) {
        out.push(json!({"enabled": false, "name": DEFAULT}));
    }
    let differs = |gateway: &&Gateway<'_>| !has_port || !gateway.is_default(wanted.namespace);
    out.extend(installed().filter(differs).map(|gateway| component(wanted, gateway)));
    out
}

fn component(wanted: &Wanted<'_>, gateway: &Gateway<'_>) -> Value {
    let mut k8s = Map::new();
    if ROUTER_MODE.at(&wanted.version) == Some(true) {
        k8s.insert("env".to_owned(), environment([("ISTIO_META_ROUTER_MODE", "sni-dnat")]).into());
    }
    k8s.insert("service".to_owned(), json!({"ports": gateway.service_ports(WEB)}));
    let mut out = Map::new();
    out.insert("name".to_owned(), json!(gateway.name));
    out.insert("enabled".to_owned(), json!(true));
    if gateway.namespace != wanted.namespace {
        out.insert("namespace".to_owned(), json!(gateway.namespace));
    }
    out.insert("label".to_owned(), json!(gateway.all_labels()));
    out.insert("k8s".to_owned(), k8s.into());
    out.into()
}

fn environment<'e>(variables: impl IntoIterator<Item = (&'e str, &'e str)>) -> Vec<Value> {
    variables.into_iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
}
