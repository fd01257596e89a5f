//! The raw objects of one cluster by kind.

use std::collections::BTreeMap;

use super::difference::{Difference, Facts, difference};
use super::{
    Application, ConfigMap, Controller, ControllerSpec, HelmRelease, IstioOperator, Node, OciRepository, OtherWorkload,
    Plain, Pod, PodSpec, SailIstio, SailRevision, SailRevisionTag, Service, ServiceSpec, Webhook,
};
use crate::diag::{Code, Diag, Place, Report};
use crate::ids::dns::{is_label, is_subdomain};
use crate::ids::{ObjectRef, Text};

const LABEL: &str = "use lower-case letters and digits with `-` between them, at most 63 characters";
const SUBDOMAIN: &str = "use lower-case letters and digits with `-` and `.` between them, at most 253 characters";

/// How many characters of a name a message shows.
const SHOWN: usize = 80;

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
            /// Takes an object. The same one twice is one; two that differ are reported, and so is a name that no API server accepts.
            pub(in crate::model) fn insert(&mut self, raw: Box<AnyRaw>, report: &mut Report) {
                match *raw {
                    $(AnyRaw::$variant(raw) => {
                        check_name($kind, &raw.key, &raw.place, report);
                        insert(&mut self.$field, raw, $kind, report)
                    })*
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
    /// Rollouts of Argo.
    Rollout "Rollout" rollouts: OtherWorkload,
    /// Canaries of Flagger.
    Canary "Canary" canaries: OtherWorkload,
    /// DeploymentConfigs of OpenShift.
    DeploymentConfig "DeploymentConfig" deployment_configs: OtherWorkload,
    /// ReplicaSets.
    ReplicaSet "ReplicaSet" replica_sets: Plain,
    /// Pods.
    Pod "Pod" pods: Pod,
    /// Nodes, without a namespace.
    Node "Node" nodes: Node,
    /// ConfigMaps of Istio: its configuration, and the values of its chart.
    ConfigMap "ConfigMap" config_maps: ConfigMap,
    /// IstioOperators.
    IstioOperator "IstioOperator" operators: IstioOperator,
    /// Webhooks of the tags of Istio's revisions, without a namespace.
    Webhook "MutatingWebhookConfiguration" webhooks: Webhook,
    /// Istios of Sail Operator, without a namespace.
    SailIstio "Istio" sail_istios: SailIstio,
    /// The revisions that Sail Operator makes of them, without a namespace.
    SailRevision "IstioRevision" sail_revisions: SailRevision,
    /// Tags of these revisions, without a namespace.
    SailRevisionTag "IstioRevisionTag" sail_tags: SailRevisionTag,
    /// Applications of Argo CD that install charts of Istio.
    Application "Application" applications: Application,
    /// Releases of Flux that install charts of Istio.
    HelmRelease "HelmRelease" helm_releases: HelmRelease,
    /// Where releases of Flux find charts of Istio.
    OciRepository "OCIRepository" oci_repositories: OciRepository,
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
            Self::Rollout(_) | Self::Canary(_) | Self::DeploymentConfig(_) => return None,
            Self::SailIstio(_) | Self::SailRevision(_) | Self::SailRevisionTag(_) => return None,
            Self::Application(_) | Self::HelmRelease(_) | Self::OciRepository(_) => return None,
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

/// Reports an object whose name no API server accepts: rendered objects would be named after it.
fn check_name(kind: &str, ObjectRef { namespace, name }: &ObjectRef, place: &Place, report: &mut Report) {
    let mut refuse = |field: &str, value: &str, what: String, hint: &str| {
        let place = match place {
            Place::Field(origin, _) => Place::Field(origin.clone(), crate::path!["metadata", field]),
            other => other.clone(),
        };
        let message = format!("{} is not a valid {what}", shortened(value));
        report.push(Diag::new(Code::BadValue, place, message).hint(hint));
    };
    // As the newest API servers have it: older ones want the name of a Service to begin with a letter.
    let is_right = if matches!(kind, "Namespace" | "Service") { is_label(name) } else { is_subdomain(name) };
    // An IstioOperator needs no name.
    if !is_right && kind != "IstioOperator" {
        let hint = if matches!(kind, "Namespace" | "Service") { LABEL } else { SUBDOMAIN };
        refuse("name", name, format!("name of a {kind}"), hint);
    }
    if !namespace.is_empty() && !is_label(namespace) {
        refuse("namespace", namespace, "namespace name".to_owned(), LABEL);
    }
}

/// A name in quotes, cut where it would fill a screen.
fn shortened(name: &str) -> String {
    match name.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{:?}… ({} characters)", &name[..at], name.chars().count()),
        None => format!("{name:?}"),
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
