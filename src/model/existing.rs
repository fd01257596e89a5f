//! Objects in a cluster's own files that are of a kind that is rendered or change what rendered objects do, as far as they can be in
//! the way of what is rendered: names, labels, hosts, selectors, servers and patches. Of a Secret nothing but name and labels is kept,
//! and of the roots that workloads trust their hashes.
//!
//! Nobody writes these objects for this program, so what cannot be understood is no mistake: the object is skipped, as all other
//! kinds are.

mod api_gateway;
mod lenient;
mod patches;
mod roots;

use std::sync::Arc;

use super::kubernetes::{Labels, Metadata};
use crate::diag::Place;
use crate::ids::{ObjectRef, Text};
use crate::load::pieces::Below::{All, Fields};
use crate::load::pieces::{Kept, Piece};
use crate::load::tree::Node;

pub use api_gateway::{ApiAddress, ApiGateway, Listener};
pub use patches::FilterPatch;

/// The API groups and kinds that are read, each with how.
const KINDS: [(&str, &str, Read); 17] = [
    ("bitnami.com", "SealedSecret", lenient::sealed_secret),
    ("cert-manager.io", "Certificate", lenient::certificate),
    ("external-secrets.io", "ExternalSecret", lenient::external_secret),
    ("networking.istio.io", "DestinationRule", lenient::destination_rule),
    ("networking.istio.io", "EnvoyFilter", patches::envoy_filter),
    ("networking.istio.io", "Gateway", lenient::gateway),
    ("networking.istio.io", "ServiceEntry", lenient::service_entry),
    ("networking.istio.io", "Sidecar", lenient::sidecar),
    ("networking.istio.io", "VirtualService", lenient::virtual_service),
    ("security.istio.io", "AuthorizationPolicy", lenient::authorization_policy),
    ("security.istio.io", "PeerAuthentication", lenient::name),
    ("specs.smi-spec.io", "HTTPRouteGroup", lenient::name),
    ("split.smi-spec.io", "TrafficSplit", lenient::name),
    ("access.smi-spec.io", "TrafficTarget", lenient::name),
    ("gateway.networking.k8s.io", "Gateway", lenient::kubernetes_gateway),
    ("route.openshift.io", "Route", lenient::route),
    ("", "Secret", lenient::name),
];

/// The only Secret that is ever rendered: the one from which istiod takes its certificate authority.
const CACERTS: &str = "cacerts";

/// The label of a Secret by which istiod reads the services of another cluster.
const REMOTE: &str = "istio/multiCluster";

/// Reads the specification of a kind.
type Read = fn(&lenient::Wire) -> Content;

/// The fields that are read of any kind.
const KEPT: Kept = &[
    (
        "metadata",
        Fields(&[
            ("name", All),
            ("namespace", All),
            ("uid", All),
            ("labels", All),
            (
                "annotations",
                Fields(&[("gateway.istio.io/name-override", All), ("networking.istio.io/service-type", All)]),
            ),
        ]),
    ),
    (
        "spec",
        Fields(&[
            ("action", All),
            ("addresses", All),
            ("configPatches", All),
            ("egress", Fields(&[("hosts", All)])),
            ("gatewayClassName", All),
            ("gateways", All),
            ("host", All),
            ("hosts", All),
            ("infrastructure", All),
            ("listeners", All),
            ("priority", All),
            ("rules", All),
            ("secretName", All),
            ("selector", All),
            ("servers", All),
            ("subsets", Fields(&[("name", All)])),
            ("target", Fields(&[("name", All)])),
            ("targetRef", All),
            ("targetRefs", All),
            ("template", Fields(&[("metadata", Fields(&[("name", All)]))])),
            ("trafficPolicy", All),
            ("workloadSelector", All),
        ]),
    ),
    ("status", Fields(&[("addresses", All)])),
];

/// An object in a cluster's own files.
#[derive(Clone, Debug, PartialEq)]
pub struct Existing {
    /// Its API group; empty for the core one.
    pub group: &'static str,
    pub kind: &'static str,
    pub key: ObjectRef,
    pub place: Place,
    pub labels: Arc<Labels>,
    /// Whether an API server has stored it: it is from a dump.
    pub is_stored: bool,
    pub content: Content,
}

/// What an object says, by its kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Of its kind, names alone matter.
    Name,
    AuthorizationPolicy {
        selector: Labels,
        /// `ALLOW` when none is written.
        action: Text,
        has_rules: bool,
        /// Whether it is for a gateway or a service by name, and for no pods by labels.
        is_targeted: bool,
    },
    DestinationRule {
        host: Text,
        subsets: Vec<Text>,
        has_policy: bool,
        /// Whether too few healthy endpoints make unhealthy ones count again.
        can_panic: bool,
    },
    EnvoyFilter {
        patches: Vec<FilterPatch>,
        has_priority: bool,
    },
    Gateway {
        selector: Labels,
        servers: Vec<Server>,
    },
    /// A Gateway of Kubernetes' own API, for which Istio makes pods unless they are elsewhere.
    KubernetesGateway {
        makes_pods: bool,
        gateway: Box<ApiGateway>,
    },
    /// What makes the Secret from which istiod takes its certificate authority.
    MakesCacerts,
    /// A Secret by which istiod reads the services of another cluster.
    RemoteSecret,
    /// The roots that workloads trust: the SHA-256 of each certificate.
    Roots(Vec<[u8; 32]>),
    /// A host at which OpenShift's router lets requests in.
    Route {
        host: Text,
    },
    ServiceEntry {
        hosts: Vec<Text>,
    },
    Sidecar {
        /// The hosts that its pods know, each behind its namespace; empty for all.
        hosts: Vec<Text>,
    },
    VirtualService {
        hosts: Vec<Text>,
        /// Whether it is for calls inside the mesh, and not for gateways alone.
        in_mesh: bool,
    },
}

/// A listener of a Gateway.
#[derive(Clone, Debug, PartialEq)]
pub struct Server {
    pub port: u32,
    pub hosts: Vec<Text>,
    /// Whether it passes requests on by the server name that clients ask for.
    pub passes: bool,
}

/// The label that Service Mesh Hub gives to every object that it writes. A tree that was rendered before the settings changed the
/// labels may still have it.
pub const OWNER: &str = "owner.networking.smh.solo.io";

/// Reads a piece by its header; none if it is of another kind or cannot be understood.
pub(super) fn read(piece: &Piece<'_>, api_version: &str, kind: &str, place: &Place) -> Option<Existing> {
    if roots::is_kind(api_version, kind) {
        return roots::read(piece, place);
    }
    lenient::read(piece, api_version, kind, place)
}

/// Reads a tree; none if it is of another kind or cannot be understood.
pub(super) fn read_node(node: &Node, api_version: &str, kind: &str, place: &Place) -> Option<Existing> {
    if roots::is_kind(api_version, kind) {
        return roots::read_node(node, place);
    }
    lenient::read_node(node, api_version, kind, place)
}

/// The kind of an object, if it is one that is read here.
fn known(api_version: &str, kind: &str) -> Option<(&'static str, &'static str, Read)> {
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    KINDS.into_iter().find(|(of, name, _)| *of == group && *name == kind)
}

impl Existing {
    /// Whether it is somebody else's: what is rendered has these labels. Without labels, a rendered tree cannot be told from other
    /// objects in a dump.
    pub fn is_foreign(&self, labels: &[(String, String)]) -> bool {
        if self.labels.contains_key(OWNER) || labels.is_empty() && self.is_stored {
            return false;
        }
        let has = |(key, value): &(String, String)| self.labels.get(&**key).is_some_and(|found| **found == **value);
        labels.is_empty() || !labels.iter().all(has)
    }

    /// The object with what is read of its specification; none without a name, or for a Secret that is of no interest.
    fn new((group, kind, read): (&'static str, &'static str, Read), wire: lenient::Wire, place: Place) -> Option<Self> {
        let is_remote = kind == "Secret" && wire.metadata.labels.get(REMOTE).is_some_and(|value| &**value == "true");
        let content = if is_remote { Content::RemoteSecret } else { read(&wire) };
        let lenient::Wire { metadata, spec: _, status: _ } = wire;
        let name = &metadata.name;
        let makes_secrets = ["SealedSecret", "Certificate", "ExternalSecret"].contains(&kind);
        if makes_secrets && content != Content::MakesCacerts {
            return None;
        }
        if name.is_empty() || kind == "Secret" && &**name != CACERTS && !is_remote {
            return None;
        }
        Some(Self::named((group, kind), metadata, content, place))
    }

    /// The object that its metadata name.
    fn named((group, kind): (&'static str, &'static str), metadata: Metadata, content: Content, place: Place) -> Self {
        let Metadata { name, namespace, uid, labels, annotations: _, owner_references: _ } = metadata;
        let namespace = if namespace.is_empty() { "default".into() } else { namespace };
        let (key, is_stored) = (ObjectRef { namespace, name }, !uid.is_empty());
        Self { group, kind, key, place, labels, is_stored, content }
    }

    /// Whether it is the Secret from which istiod takes its certificate authority.
    pub fn is_cacerts(&self) -> bool {
        self.kind == "Secret" && &*self.key.name == CACERTS
    }
}
