//! The ingress gateways that an IstioOperator installs: of Git's files it may be the only one that knows of them.

use std::sync::Arc;

use crate::ids::Text;
use crate::model::kubernetes::{IstioOperator, Labels, OperatorGateway, Raw};

/// The gateway that Istio's profiles have unless it is switched off.
const USUAL: &str = "istio-ingressgateway";

/// The gateways of an operator: name, the namespace if one is given, and the labels of the pods.
pub(super) fn gateways(raw: &Raw<IstioOperator>) -> Vec<(Text, Option<Text>, Arc<Labels>)> {
    let spec = &raw.object.spec;
    let listed = &spec.components.ingress_gateways;
    let has_usual = matches!(&*spec.profile, "" | "default" | "demo" | "preview");
    let is_on = |gateway: &&OperatorGateway| gateway.enabled.unwrap_or(has_usual && &*gateway.name == USUAL);
    let mut out: Vec<_> = listed.iter().filter(is_on).map(|gateway| of(gateway, raw)).collect();
    if has_usual && !listed.iter().any(|gateway| &*gateway.name == USUAL) {
        out.push(of(&OperatorGateway { name: USUAL.into(), ..OperatorGateway::default() }, raw));
    }
    out
}

fn of(gateway: &OperatorGateway, raw: &Raw<IstioOperator>) -> (Text, Option<Text>, Arc<Labels>) {
    let OperatorGateway { name, namespace, enabled: _, label } = gateway;
    let spec = &raw.object.spec;
    let namespace = [namespace, &spec.namespace].into_iter().find(|text| !text.is_empty()).cloned();
    let namespace = namespace.or_else(|| spec.values.text(&["global", "istioNamespace"]));
    // The chart's own labels, if the operator does not change them.
    let usual = || Arc::new([("istio".into(), "ingressgateway".into())].into());
    (name.clone(), namespace, if label.is_empty() { usual() } else { label.clone() })
}
