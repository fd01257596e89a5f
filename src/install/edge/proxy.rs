//! The proxy of an edge gateway with two more containers: one gets certificates from istiod, and one hands them to Envoy.

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, context};
use serde_json::{Value, json};

use super::Objects;
use crate::diag::{Code, Diag, Report};
use crate::install::Manifest;
use crate::install::asked::{Asked, Setting};
use crate::model::settings::{EdgeGateway, EdgeProxy};
use crate::version::IstioVersion;
use crate::version::table::EDGE_PROXY;

const ENVOY: &str = include_str!("../../../templates/edge/envoy.yaml.j2");
const DEPLOYMENT: &str = include_str!("../../../templates/edge/gateway-proxy.yaml.j2");

/// Adds its objects, if the settings ask for them.
pub(super) fn add(
    asked: &Asked<'_, '_>,
    setting: &Setting,
    edge: &EdgeGateway,
    (namespace, objects): (&str, &mut Objects),
    report: &mut Report,
) {
    let (Some(proxy), Some(mesh)) = (&edge.proxy, asked.meshes().next()) else { return };
    let bound = &asked.plan[mesh];
    let version = IstioVersion::parse(&bound.istio.version);
    if version.as_ref().and_then(|version| EDGE_PROXY.at(version)) != Some(true) {
        let message = format!(
            "the proxy of an edge gateway cannot get certificates from Istio {} of cluster {}: the arguments of its container are those \
             of Istio up to 1.7",
            bound.istio.version, asked.name
        );
        let hint = "remove proxy, and let Gloo's own installation add the containers: glooctl istio inject, or the value global.istioSDS.enabled";
        report.push(Diag::new(Code::EdgeProxy, asked.place(setting, "proxy"), message).hint(hint));
        return;
    }
    let name = edge.proxy_name();
    let domain: &str = asked.plan[asked.cluster].domain;
    let known = context! {
        proxy => name,
        namespace,
        domain,
        image => &*proxy.image,
        sds_image => &*proxy.sds_image,
        istio_image => istio_image(proxy, &bound.istio.version),
        istio_namespace => &**bound.namespace,
    };
    let (Ok(envoy), Ok(spec)) = (filled(ENVOY, &known), filled(DEPLOYMENT, &known)) else {
        debug_assert!(false, "the templates have no other variables");
        return;
    };
    let config = Manifest::new("v1", "ConfigMap", namespace, &format!("{name}-envoy-config"));
    let config = config.with("data", json!({"envoy.yaml": envoy}));
    let spec: Value = serde_yaml::from_str(&spec).unwrap_or_default();
    let deployment = Manifest::new("apps/v1", "Deployment", namespace, name).with("spec", spec);
    let labels = [("app", "gloo"), ("gateway-proxy-id", name), ("gloo", "gateway-proxy")];
    let labels = labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    for object in [config, Manifest { labels, ..deployment }] {
        objects.insert((object.kind.clone(), object.name.clone()), object);
    }
}

fn istio_image(proxy: &EdgeProxy, version: &str) -> String {
    let usual = || format!("docker.io/istio/proxyv2:{}", version.trim_start_matches('v'));
    proxy.istio_image.as_ref().map_or_else(usual, ToString::to_string)
}

/// A template with its variables filled in. Envoy's configuration has braces of its own.
fn filled(template: &str, known: &minijinja::Value) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let mut syntax = SyntaxConfig::builder();
    syntax.variable_delimiters("<<", ">>").keep_trailing_newline(true);
    environment.set_syntax(syntax.build()?);
    environment.render_str(template, known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_yaml_without_variables() {
        let known = context! {
            proxy => "x", namespace => "x", domain => "x", image => "x",
            sds_image => "x", istio_image => "x", istio_namespace => "x",
        };
        for template in [ENVOY, DEPLOYMENT] {
            let text = filled(template, &known).expect("no other variables");
            let value: serde_json::Value = serde_yaml::from_str(&text).expect("YAML");
            assert!(value.is_object() && !text.contains("<<"), "{text}");
        }
    }
}
