//! The settings of Service Mesh Hub or Gloo Mesh: not read, and reported where they change what the hub renders.

use crate::diag::{Code, Diag, FieldPath, Origin, Place, Report};
use crate::load::tree::{Node, Value};
use crate::path;

/// Reports the fields of a Settings object that change the output.
pub(super) fn check(node: &Node, origin: &Origin, report: &mut Report) {
    let mut warn = |path: FieldPath, what: &str, hint: &str| {
        let message = format!("{path} {what}, and Settings of the hub are not read");
        report.push(Diag::new(Code::HubSettings, Place::Field(origin.clone(), path), message).hint(hint));
    };
    if let Some(mode) = at(node, &["spec", "mtls", "istio", "tls_mode"]).and_then(Node::text)
        && mode != "ISTIO_MUTUAL"
        && mode != "2"
    {
        let hint = "set mtls.istio.tlsMode in a TrafficPolicy that selects every service, or remove the field";
        warn(path!["spec", "mtls", "istio", "tlsMode"], &format!("is {mode}, while ISTIO_MUTUAL is rendered"), hint);
    }
    if at(node, &["spec", "networking_extension_servers"]).is_some_and(is_filled) {
        let hint = "check by hand what the extensions add: meshtree cannot ask them";
        warn(path!["spec", "networkingExtensionServers"], "lets other servers change the output", hint);
    }
    if at(node, &["spec", "discovery", "istio", "ingress_gateway_detectors"]).is_some_and(is_filled) {
        let hint = "state the gateways in meshtree.yaml: spec.clusters.<name>.gateways";
        warn(path!["spec", "discovery", "istio", "ingressGatewayDetectors"], "changes what is a gateway", hint);
    }
}

/// The value of a field by its path in snake_case; files may spell it in camelCase.
fn at<'a>(node: &'a Node, path: &[&str]) -> Option<&'a Node> {
    path.iter().try_fold(node, |node, name| match &node.value {
        Value::Map(entries) => {
            let is_it = |key: &str| key.replace('_', "").eq_ignore_ascii_case(&name.replace('_', ""));
            entries.iter().find(|entry| is_it(&entry.key)).map(|entry| &entry.value)
        }
        Value::Null | Value::Plain(_) | Value::Quoted(_) | Value::List(_) => None,
    })
}

fn is_filled(node: &Node) -> bool {
    match &node.value {
        Value::List(items) => !items.is_empty(),
        Value::Map(entries) => !entries.is_empty(),
        Value::Null => false,
        Value::Plain(_) | Value::Quoted(_) => true,
    }
}
