//! Fields that are read only to be refused.

use serde_json::Value as Json;

use super::decode::schema::{Defs, refused};
use super::decode::{Cx, Field};
use crate::diag::Code;
use crate::load::tree::{Node, Value};

/// A field of a later version of the API that is not supported: a value is an error. The values that mean
/// an absent field in protocol buffers (`false`, 0, an empty text or list) count as absent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Refused;

impl Field for Refused {
    fn set(&mut self, node: &Node, cx: &mut Cx<'_>) {
        let is_absent = match &node.value {
            Value::Null => true,
            Value::Plain(text) => matches!(&**text, "false" | "0"),
            Value::Quoted(text) => text.is_empty(),
            Value::List(items) => items.is_empty(),
            Value::Map(_) => false,
        };
        if !is_absent {
            let here = cx.here();
            let field = here.rsplit('.').next().unwrap_or_default();
            let hint = instead(field, node);
            let message = format!("{here} belongs to a later version of the API and is not supported");
            cx.push(Code::NotYet, node.pos(), message, hint);
        }
    }

    fn schema(_: &mut Defs) -> Json {
        refused()
    }
}

/// What to write instead of a field, or the consequence of removing it: without it a policy may allow more than it should.
fn instead(field: &str, node: &Node) -> Option<String> {
    if field == "suffix" {
        return node.text().map(|suffix| format!("use a regex instead: '.*{}'", in_regex(suffix)));
    }
    INSTEAD.iter().find(|(name, _)| *name == field).map(|(_, hint)| (*hint).to_owned())
}

const NO_DESTINATION: &str =
    "use a service of a cluster as the destination; without it, the other destinations share the requests";

const NOT_SELECTED: &str =
    "remove the whole selector, or select services of the clusters; a list without selectors selects every service";

const INSTEAD: [(&str, &str); 24] = [
    (
        "ignoreCase",
        "use a regex that begins with (?i) instead: '(?i)text' for exact, '(?i)text.*' for prefix; without ignoreCase, matching is case-sensitive",
    ),
    ("routeSelector", "remove it if the policy may apply to every request to the services that it selects"),
    (
        "kubeWorkloadRefs",
        "select the workloads with kubeWorkloadMatcher; without either, the policy applies to requests from everywhere",
    ),
    (
        "requestIdentityMatcher",
        "select callers with kubeIdentityMatcher or kubeServiceAccountRefs; tokens are not checked, so without this field callers need none",
    ),
    ("csrf", "protect the service in another way; without it, forged cross-site requests are let through"),
    ("rateLimit", "limit requests in another way; without it, they are not limited"),
    ("extauth", "authorize requests in another way; without it, unauthorized requests are let through"),
    ("transform", "change headers with headerManipulation; without it, requests and responses are not changed"),
    ("tcpKeepalive", "remove it to use the keepalive defaults of the system"),
    ("connectionPoolSettings", "remove it to use Istio's default limits for connections and requests"),
    ("extensions", "remove it; nothing is rendered in place of the extension"),
    (
        "virtualDestination",
        "use failoverServiceRef in a TrafficPolicy of networking.smh.solo.io/v1alpha2 instead; without it, the other destinations share the requests",
    ),
    ("externalService", NO_DESTINATION),
    ("staticDestination", NO_DESTINATION),
    ("virtualDestinationMatcher", NOT_SELECTED),
    ("virtualDestinationRefs", NOT_SELECTED),
    ("externalServiceMatcher", NOT_SELECTED),
    ("externalServiceRefs", NOT_SELECTED),
    ("intermediateCertificateAuthority", "remove it to have meshtree issue the intermediates under the root"),
    ("intermediateCertOptions", "remove it to have the intermediates issued with meshtree's defaults"),
    (
        "secretRotationGracePeriodRatio",
        "remove it and rotate certificates yourself: meshtree rotates nothing automatically",
    ),
    ("hostnameSuffix", "remove it; hosts of services of other clusters end in .global"),
    ("flatNetwork", "remove it; other clusters are reached through their ingress gateways"),
    (
        "eastWestIngressGatewaySelectors",
        "remove it, and set the gateways in the cluster's inventory or in spec.clusters of meshtree.yaml",
    ),
];

/// A text as a regular expression in single quotes.
fn in_regex(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$' => out.extend(['\\', c]),
            '\'' => out.push_str("''"),
            _ => out.push(c),
        }
    }
    out
}
