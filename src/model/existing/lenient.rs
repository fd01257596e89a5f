//! Reads objects that somebody else's tools check: what is not as expected counts as absent.

use serde::Deserialize;

use super::{ApiAddress, ApiGateway, CACERTS, Content, Existing, KEPT, Listener, Server, known};
use crate::diag::Place;
use crate::ids::Text;
use crate::load::pieces::{Piece, Syntax};
use crate::load::tree::Node;
use crate::model::kubernetes::{self, Labels, Metadata, Tree};

pub(super) use serde_yaml::Value;

/// An object as it is written, without anything but metadata, specification and status: what a Secret holds is never read.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Wire {
    pub(super) metadata: Metadata,
    pub(super) spec: Value,
    pub(super) status: Value,
}

/// Reads a piece by its header; none if it is of another kind or cannot be understood.
pub(super) fn read(piece: &Piece<'_>, api_version: &str, kind: &str, place: &Place) -> Option<Existing> {
    let known = known(api_version, kind)?;
    let text = || kubernetes::pruned(piece, KEPT);
    let fast = || -> Option<Wire> {
        match piece.syntax {
            Syntax::Json => serde_json::from_str(piece.text).ok(),
            Syntax::Yaml => serde_yaml::from_str(&text()?).ok(),
            Syntax::YamlItem => serde_yaml::from_str(&text()?).ok().map(|(item,): (Wire,)| item),
        }
    };
    let of_tree = || Wire::deserialize(Tree(&piece.node().ok()?)).ok();
    Existing::new(known, fast().or_else(of_tree)?, place.clone())
}

/// Reads a tree; none if it is of another kind or cannot be understood.
pub(super) fn read_node(node: &Node, api_version: &str, kind: &str, place: &Place) -> Option<Existing> {
    Existing::new(known(api_version, kind)?, Wire::deserialize(Tree(node)).ok()?, place.clone())
}

pub(super) fn name(_: &Wire) -> Content {
    Content::Name
}

/// What makes a Secret of a name.
fn makes(secret: Option<Text>) -> Content {
    if secret.as_deref() == Some(CACERTS) { Content::MakesCacerts } else { Content::Name }
}

pub(super) fn certificate(wire: &Wire) -> Content {
    makes(text(&wire.spec["secretName"]))
}

pub(super) fn external_secret(wire: &Wire) -> Content {
    makes(text(&wire.spec["target"]["name"]).or_else(|| Some(wire.metadata.name.clone())))
}

pub(super) fn sealed_secret(wire: &Wire) -> Content {
    makes(text(&wire.spec["template"]["metadata"]["name"]).or_else(|| Some(wire.metadata.name.clone())))
}

pub(super) fn authorization_policy(wire: &Wire) -> Content {
    let spec = &wire.spec;
    let action = text(&spec["action"]).filter(|action| !action.is_empty());
    Content::AuthorizationPolicy {
        selector: labels(&spec["selector"]["matchLabels"]),
        action: action.unwrap_or_else(|| "ALLOW".into()),
        has_rules: !list(&spec["rules"]).is_empty(),
        is_targeted: !spec["targetRef"].is_null() || !list(&spec["targetRefs"]).is_empty(),
    }
}

pub(super) fn destination_rule(wire: &Wire) -> Content {
    let spec = &wire.spec;
    Content::DestinationRule {
        host: text(&spec["host"]).unwrap_or_default(),
        subsets: list(&spec["subsets"]).iter().filter_map(|subset| text(&subset["name"])).collect(),
        has_policy: !spec["trafficPolicy"].is_null(),
        can_panic: spec["trafficPolicy"]["outlierDetection"]["minHealthPercent"]
            .as_u64()
            .is_some_and(|share| share > 0),
    }
}

pub(super) fn gateway(wire: &Wire) -> Content {
    let spec = &wire.spec;
    let server = |server: &Value| {
        let port = number(&server["port"]["number"])?;
        let passes = server["tls"]["mode"].as_str() == Some("AUTO_PASSTHROUGH");
        Some(Server { port, hosts: texts(&server["hosts"]), passes })
    };
    let servers = list(&spec["servers"]).iter().filter_map(server).collect();
    Content::Gateway { selector: labels(&spec["selector"]), servers }
}

pub(super) fn kubernetes_gateway(wire: &Wire) -> Content {
    let Wire { metadata, spec, status } = wire;
    let address = |address: &Value| {
        let kind = text(&address["type"]).unwrap_or_else(|| "IPAddress".into());
        Some(ApiAddress { kind, value: text(&address["value"])? })
    };
    let addresses = |of: &Value| list(&of["addresses"]).iter().filter_map(address).collect::<Vec<_>>();
    let gateway = ApiGateway {
        class: text(&spec["gatewayClassName"]).unwrap_or_default(),
        listeners: list(&spec["listeners"]).iter().filter_map(listener).collect(),
        asked: addresses(spec),
        reached: addresses(status),
        labels: labels(&spec["infrastructure"]["labels"]),
        name_override: metadata.annotations.name_override.clone().unwrap_or_default(),
        service_type: metadata.annotations.service_type.clone().unwrap_or_default(),
    };
    Content::KubernetesGateway { makes_pods: gateway.makes_pods(), gateway: Box::new(gateway) }
}

fn listener(listener: &Value) -> Option<Listener> {
    const OPTION: &str = "gateway.istio.io/listener-protocol";
    let is = |value: &Value, wanted: &str| value.as_str() == Some(wanted);
    let protocol = text(&listener["protocol"]).unwrap_or_default();
    let tls = &listener["tls"];
    let is_open = is(&tls["mode"], "Passthrough") && is(&tls["options"][OPTION], "auto-passthrough");
    Some(Listener {
        name: text(&listener["name"]).unwrap_or_default(),
        port: number(&listener["port"])?,
        passes_by_sni: &*protocol == "TLS" && is_open,
        protocol,
    })
}

pub(super) fn route(wire: &Wire) -> Content {
    Content::Route { host: text(&wire.spec["host"]).unwrap_or_default() }
}

pub(super) fn sidecar(wire: &Wire) -> Content {
    let egress = list(&wire.spec["egress"]);
    Content::Sidecar { hosts: egress.iter().flat_map(|egress| texts(&egress["hosts"])).collect() }
}

pub(super) fn service_entry(wire: &Wire) -> Content {
    Content::ServiceEntry { hosts: texts(&wire.spec["hosts"]) }
}

pub(super) fn virtual_service(wire: &Wire) -> Content {
    let spec = &wire.spec;
    let gateways = texts(&spec["gateways"]);
    let in_mesh = gateways.is_empty() || gateways.iter().any(|gateway| &**gateway == "mesh");
    Content::VirtualService { hosts: texts(&spec["hosts"]), in_mesh }
}

pub(super) fn list(value: &Value) -> &[Value] {
    value.as_sequence().map_or(&[], Vec::as_slice)
}

fn texts(value: &Value) -> Vec<Text> {
    list(value).iter().filter_map(text).collect()
}

/// A number, also one in quotes.
fn number(value: &Value) -> Option<u32> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).and_then(|number| u32::try_from(number).ok())
}

/// A text, also one that is written like a number or a truth value.
pub(super) fn text(value: &Value) -> Option<Text> {
    match value {
        Value::String(text) => Some((&**text).into()),
        Value::Number(number) => Some(number.to_string().into()),
        Value::Bool(truth) => Some(truth.to_string().into()),
        _ => None,
    }
}

fn labels(value: &Value) -> Labels {
    let entries = value.as_mapping().into_iter().flatten();
    entries.filter_map(|(key, value)| Some((text(key)?, text(value)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::SourceFile;

    /// The objects of a text, as they are found piece by piece.
    fn found(text: &str) -> Vec<Existing> {
        let file = SourceFile::new("", "", text.to_owned());
        let pieces: Vec<_> = file
            .documents()
            .flat_map(|document| {
                document.pieces_by_lines().or_else(|| document.pieces().ok().flatten()).unwrap_or_default()
            })
            .collect();
        let read = |piece: &Piece<'_>| {
            let (api_version, kind) = piece.header.as_ref()?;
            read(piece, api_version, kind, &Place::Nowhere)
        };
        pieces.iter().filter_map(read).collect()
    }

    #[test]
    fn every_style_says_the_same() {
        let block = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata:\n  name: web\n  namespace: shop\n  \
                     annotations:\n    a: b\nspec:\n  hosts:\n  - web\n  - \"8080\"\n  http:\n  - route: []\n";
        let merged = "apiVersion: networking.istio.io/v1beta1\nkind: VirtualService\nmetadata: {name: web, namespace: shop}\nspec:\n  \
                      <<: {hosts: [web, '8080']}\n";
        let json = r#"{"apiVersion": "networking.istio.io/v1alpha3", "kind": "VirtualService",
            "metadata": {"name": "web", "namespace": "shop"}, "spec": {"hosts": ["web", 8080], "gateways": null}}"#;
        let item = format!("apiVersion: v1\nkind: List\nitems:\n- {}", block.trim_end().replace('\n', "\n  "));
        for text in [block, merged, json, &item] {
            let [object] = <[_; 1]>::try_from(found(text)).expect(text);
            let hosts = vec!["web".into(), "8080".into()];
            assert_eq!(object.content, Content::VirtualService { hosts, in_mesh: true }, "{text}");
            assert_eq!((object.key.to_string(), object.is_stored), ("shop/web".to_owned(), false), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_understood_is_absent() {
        let of = |rest: &str| found(&format!("apiVersion: networking.istio.io/v1\nkind: Gateway\n{rest}"));
        let contents = |rest| of(rest).into_iter().map(|object| object.content).collect::<Vec<_>>();
        let none = [Content::Gateway { selector: Labels::new(), servers: Vec::new() }];
        assert_eq!(contents("metadata: {name: a}\nspec: 5\n"), none);
        assert_eq!(contents("metadata: {name: a}\n"), none);
        assert_eq!(contents("metadata: {name: a}\nspec: {servers: [{port: {number: x}}, 7], selector: [a]}\n"), none);
        assert_eq!(contents("metadata: {generateName: a-}\nspec: {}\n"), []);
        assert_eq!(contents("metadata: a\nspec: {}\n"), []);
        assert_eq!(contents("metadata:\n  name: {{ .Values.name }}\nspec: {}\n"), []);
    }

    #[test]
    fn of_secrets_only_the_name_of_one_is_read() {
        let secret = |name: &str| {
            format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}}}\nstringData: {{key: secret}}\n")
        };
        assert!(found(&secret("password")).is_empty());
        let object = found(&secret("cacerts"));
        assert_eq!(object[0].content, Content::Name);
        assert!(!format!("{object:?}").contains("\"secret\""));
    }
}
