//! The raw objects of one cluster by kind.

use std::collections::BTreeMap;

use super::difference::{Difference, Facts, difference};
use super::{
    ConfigMap, Controller, ControllerSpec, IstioOperator, Node, Plain, Pod, PodSpec, Service, ServiceSpec, Webhook,
};
use crate::diag::{Code, Diag, Place, Report};
use crate::ids::{ObjectRef, Text};

/// A raw object.
#[derive(Clone, Debug)]
pub struct Raw<T> {
    /// Its namespace and name.
    pub key: ObjectRef,
    /// Where it is.
    pub place: Place,
    /// What it says.
    pub object: T,
}

/// Raw objects of one kind in the order of their keys.
pub type ByKey<T> = BTreeMap<ObjectRef, Raw<T>>;

macro_rules! store {
    ($($(#[$meta:meta])* $variant:ident $kind:literal $field:ident : $type:ty,)*) => {
        /// The raw objects of one cluster.
        #[derive(Clone, Debug, Default)]
        pub struct Kubernetes { $($(#[$meta])* pub $field: ByKey<$type>,)* }

        /// A raw object of any kind.
        #[derive(Debug)]
        pub(in crate::model) enum AnyRaw { $($variant(Raw<$type>),)* }

        impl Kubernetes {
            /// Takes an object. The same one twice is one; two that differ are reported.
            pub(in crate::model) fn insert(&mut self, raw: Box<AnyRaw>, report: &mut Report) {
                match *raw {
                    $(AnyRaw::$variant(raw) => insert(&mut self.$field, raw, $kind, report),)*
                }
            }
        }
    };
}

store! {
    /// Namespaces, without a namespace of their own.
    Namespace "Namespace" namespaces: Plain,
    /// Services.
    Service "Service" services: Service,
    /// Deployments.
    Deployment "Deployment" deployments: Controller,
    /// DaemonSets.
    DaemonSet "DaemonSet" daemon_sets: Controller,
    /// StatefulSets.
    StatefulSet "StatefulSet" stateful_sets: Controller,
    /// ReplicaSets.
    ReplicaSet "ReplicaSet" replica_sets: Plain,
    /// Pods.
    Pod "Pod" pods: Pod,
    /// Nodes, without a namespace.
    Node "Node" nodes: Node,
    /// ConfigMaps whose names begin with `istio`.
    ConfigMap "ConfigMap" config_maps: ConfigMap,
    /// IstioOperators.
    IstioOperator "IstioOperator" operators: IstioOperator,
    /// Webhooks of the tags of Istio's revisions, without a namespace.
    Webhook "MutatingWebhookConfiguration" webhooks: Webhook,
}

impl AnyRaw {
    /// Where the object is if it has nothing but metadata, with which no cluster stores one of its kind.
    pub(in crate::model) fn half(&self) -> Option<&Place> {
        let (place, is_half) = match self {
            Self::Service(raw) => (&raw.place, raw.object.spec == ServiceSpec::default()),
            Self::Pod(raw) => (&raw.place, raw.object.spec == PodSpec::default()),
            Self::Deployment(raw) | Self::DaemonSet(raw) | Self::StatefulSet(raw) => {
                (&raw.place, raw.object.spec == ControllerSpec::default())
            }
            Self::Namespace(_) | Self::ReplicaSet(_) | Self::Node(_) | Self::ConfigMap(_) => return None,
            Self::IstioOperator(_) | Self::Webhook(_) => return None,
        };
        is_half.then_some(place)
    }
}

impl Kubernetes {
    /// The node of this name.
    pub fn node(&self, name: &Text) -> Option<&Raw<Node>> {
        self.nodes.get(&ObjectRef::new("", name.clone()))
    }

    /// The namespace of this name.
    pub fn namespace(&self, name: &Text) -> Option<&Raw<Plain>> {
        self.namespaces.get(&ObjectRef::new("", name.clone()))
    }
}

fn insert<T: Facts>(found: &mut ByKey<T>, raw: Raw<T>, kind: &str, report: &mut Report) {
    match found.get(&raw.key) {
        None => {
            found.insert(raw.key.clone(), raw);
        }
        Some(first) => {
            let Some(Difference { field, first: other, second }) = difference(&first.object, &raw.object) else {
                return;
            };
            let name = if raw.key.namespace.is_empty() { raw.key.name.to_string() } else { raw.key.to_string() };
            let message = format!(
                "duplicate {kind} {name} with different content: {field} is {second} here and {other} in the first"
            );
            report.push(
                Diag::new(Code::Contradiction, raw.place, message)
                    .related(first.place.clone(), "the first is here")
                    .hint("remove the incorrect one"),
            );
        }
    }
}
