//! Fields that are read only to be refused.

use super::decode::{Cx, Field};
use crate::diag::Code;
use crate::load::tree::{Node, Value};

/// A field of a later version of the API that has no equal here: given a value, it is an error. The values that mean
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
            let message = format!("{here} is known in later versions of the API and has no equal here");
            cx.push(Code::NotYet, node.pos(), message, hint);
        }
    }
}

/// What to write instead of a field, or what it means that it is not there: without it a policy may allow more than it should.
fn instead(field: &str, node: &Node) -> Option<String> {
    if field == "suffix" {
        return node.text().map(|suffix| format!("write it as regex: '.*{}'", in_regex(suffix)));
    }
    INSTEAD.iter().find(|(name, _)| *name == field).map(|(_, hint)| (*hint).to_owned())
}

const NO_DESTINATION: &str =
    "only services of the clusters can be destinations; without it the other destinations share the requests";

const NOT_SELECTED: &str = "only services of the clusters can be selected: take the whole selector out, and mind that a list without selectors selects every service";

const INSTEAD: [(&str, &str); 24] = [
    (
        "ignoreCase",
        "write the condition as a regex that begins with (?i): '(?i)text' for exact, '(?i)text.*' for prefix; without ignoreCase upper and lower case differ",
    ),
    ("routeSelector", "without it the policy is for every request to the services that it selects"),
    (
        "kubeWorkloadRefs",
        "select the workloads by kubeWorkloadMatcher; without either the policy is for requests from everywhere",
    ),
    (
        "requestIdentityMatcher",
        "tokens are not looked at here, so without it callers need none; name them by kubeIdentityMatcher or kubeServiceAccountRefs",
    ),
    ("csrf", "without it requests that other sites forge are let through: protect the service in another way"),
    ("rateLimit", "without it requests are not limited: limit them in another way"),
    ("extauth", "without it requests are let through that nobody has authorized: see to that in another way"),
    ("transform", "without it requests and responses stay as they are; headers can be changed by headerManipulation"),
    ("tcpKeepalive", "without it connections are kept open as the system does by itself"),
    ("connectionPoolSettings", "without it connections and requests have Istio's own limits"),
    ("extensions", "without it nothing stands in the place of the extension"),
    (
        "virtualDestination",
        "a failoverServiceRef in a TrafficPolicy of networking.smh.solo.io/v1alpha2 stands for it; without it the other destinations share the requests",
    ),
    ("externalService", NO_DESTINATION),
    ("staticDestination", NO_DESTINATION),
    ("virtualDestinationMatcher", NOT_SELECTED),
    ("virtualDestinationRefs", NOT_SELECTED),
    ("externalServiceMatcher", NOT_SELECTED),
    ("externalServiceRefs", NOT_SELECTED),
    ("intermediateCertificateAuthority", "without it the intermediates are issued here, under the root"),
    ("intermediateCertOptions", "without it the intermediates are made as this program makes them"),
    ("secretRotationGracePeriodRatio", "nothing is rotated by itself here: without it that has to be seen to"),
    ("hostnameSuffix", "without it the hosts of services of other clusters end in .global"),
    ("flatNetwork", "without it other clusters are reached through their ingress gateways"),
    (
        "eastWestIngressGatewaySelectors",
        "name the gateways in the cluster's inventory or in spec.clusters of meshtree.yaml; without it those are used",
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
