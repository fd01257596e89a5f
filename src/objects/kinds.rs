//! The kinds of rendered objects, Istio's and SMI's, and their common envelope.

use std::sync::Arc;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::istio::{AuthorizationPolicy, DestinationRule, EnvoyFilter, Gateway, ServiceEntry, VirtualService};
use super::names::GLOBAL_ACCESS;
use super::smi::{HttpRouteGroup, TrafficSplit, TrafficTarget};
use crate::version::Api;

/// The API group of a kind, which determines its version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    IstioNetworking,
    /// The kinds of networking.istio.io that every Istio serves in `v1alpha3` only.
    IstioAlpha,
    IstioSecurity,
    /// Open Service Mesh reads one version of each SMI group.
    Smi(&'static str),
}

/// The specification of one kind.
pub trait Content<'a>: Into<Spec<'a>> {
    /// The kind.
    const KIND: ObjectKind;
}

/// Defines the kinds. A row is `Type: "Kind", "name in files", group;`, and the type is the kind's specification.
macro_rules! kinds {
    ($($kind:ident: $name:literal, $file:literal, $group:expr;)*) => {
        /// A kind of object.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ObjectKind { $($kind,)* }

        impl ObjectKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// The kind's name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// The kind's qualified name in lower case, as file names have it: with its group unless that is Istio's.
            pub fn file_prefix(self) -> &'static str {
                match self { $(Self::$kind => $file,)* }
            }

            fn group(self) -> Group {
                match self { $(Self::$kind => $group,)* }
            }
        }

        /// The specification of an object.
        #[derive(Debug)]
        pub enum Spec<'a> { $($kind($kind<'a>),)* }

        impl Spec<'_> {
            /// The kind it is the specification of.
            pub fn kind(&self) -> ObjectKind {
                match self { $(Self::$kind(_) => ObjectKind::$kind,)* }
            }
        }

        impl Serialize for Spec<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self { $(Self::$kind(spec) => spec.serialize(serializer),)* }
            }
        }

        $(
            impl<'a> From<$kind<'a>> for Spec<'a> {
                fn from(content: $kind<'a>) -> Self {
                    Self::$kind(content)
                }
            }

            impl<'a> Content<'a> for $kind<'a> {
                const KIND: ObjectKind = ObjectKind::$kind;
            }
        )*
    };
}

kinds! {
    AuthorizationPolicy: "AuthorizationPolicy", "authorizationpolicy", Group::IstioSecurity;
    DestinationRule: "DestinationRule", "destinationrule", Group::IstioNetworking;
    EnvoyFilter: "EnvoyFilter", "envoyfilter", Group::IstioAlpha;
    Gateway: "Gateway", "gateway", Group::IstioNetworking;
    HttpRouteGroup: "HTTPRouteGroup", "httproutegroup.specs.smi-spec.io", Group::Smi("specs.smi-spec.io/v1alpha3");
    ServiceEntry: "ServiceEntry", "serviceentry", Group::IstioNetworking;
    TrafficSplit: "TrafficSplit", "trafficsplit.split.smi-spec.io", Group::Smi("split.smi-spec.io/v1alpha2");
    TrafficTarget: "TrafficTarget", "traffictarget.access.smi-spec.io", Group::Smi("access.smi-spec.io/v1alpha2");
    VirtualService: "VirtualService", "virtualservice", Group::IstioNetworking;
}

impl ObjectKind {
    /// The group that tells the kind from others of its name; none for Istio's own kinds.
    pub fn qualifier(self) -> Option<&'static str> {
        match self.group() {
            Group::IstioNetworking | Group::IstioAlpha | Group::IstioSecurity => None,
            Group::Smi(api_version) => api_version.split('/').next(),
        }
    }

    /// What the lock and diagnostics call it: with its group if that tells it from others of its name.
    pub fn id(self) -> String {
        let (dot, qualifier) = self.qualifier().map_or(("", ""), |qualifier| (".", qualifier));
        [self.as_str(), dot, qualifier].concat()
    }

    /// The wave in which Argo CD applies an object, if that is not the first one: routes after what they lead to, and the refusal
    /// of all calls after what allows some. Objects are removed in the reverse order, as it has to be.
    pub fn sync_wave(self, name: &str) -> Option<&'static str> {
        match self {
            Self::VirtualService | Self::TrafficSplit | Self::TrafficTarget => Some("1"),
            Self::AuthorizationPolicy => (name == GLOBAL_ACCESS).then_some("2"),
            Self::DestinationRule | Self::EnvoyFilter | Self::Gateway | Self::HttpRouteGroup | Self::ServiceEntry => {
                None
            }
        }
    }

    /// The API version under which it is written for a cluster.
    pub fn api_version(self, api: Api) -> &'static str {
        match self.group() {
            Group::IstioNetworking => api.networking(),
            Group::IstioAlpha => "networking.istio.io/v1alpha3",
            Group::IstioSecurity => api.security(),
            Group::Smi(api_version) => api_version,
        }
    }
}

impl Spec<'_> {
    /// Takes the routes that were written before out of a VirtualService, which ends with them, for those who append them to what is
    /// serialised without them.
    pub fn take_written(&mut self) -> Vec<Arc<str>> {
        match self {
            Self::VirtualService(service) => service.http.take_lines(),
            _ => Vec::new(),
        }
    }
}

/// One object, ready to be written.
#[derive(Debug)]
pub struct Object<'a> {
    pub namespace: &'a str,
    pub name: &'a str,
    /// The API versions of its cluster.
    pub api: Api,
    /// Its labels, sorted.
    pub labels: &'a [(String, String)],
    /// The wave in which Argo CD applies it, if its annotation is written.
    pub wave: Option<&'static str>,
    pub spec: &'a Spec<'a>,
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let kind = self.spec.kind();
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("apiVersion", kind.api_version(self.api))?;
        map.serialize_entry("kind", kind.as_str())?;
        map.serialize_entry(
            "metadata",
            &Metadata {
                name: self.name,
                namespace: self.namespace,
                labels: Labels(self.labels),
                annotations: self.wave.map(|sync_wave| Annotations { sync_wave }),
            },
        )?;
        map.serialize_entry("spec", self.spec)?;
        map.end()
    }
}

#[derive(Serialize)]
struct Metadata<'a> {
    name: &'a str,
    namespace: &'a str,
    #[serde(skip_serializing_if = "Labels::is_empty")]
    labels: Labels<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotations: Option<Annotations>,
}

#[derive(Serialize)]
struct Annotations {
    #[serde(rename = "argocd.argoproj.io/sync-wave")]
    sync_wave: &'static str,
}

/// Sorted pairs as a mapping.
struct Labels<'a>(&'a [(String, String)]);

impl Labels<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Labels<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_after_kinds() {
        for kind in ObjectKind::ALL {
            let group = kind.api_version(Api::V1Alpha3).split('/').next().expect("a group");
            let expected = match kind.qualifier() {
                None => kind.as_str().to_lowercase(),
                Some(qualifier) => format!("{}.{qualifier}", kind.as_str().to_lowercase()),
            };
            assert_eq!(kind.file_prefix(), expected);
            assert!(kind.qualifier().map_or(group.ends_with(".istio.io"), |qualifier| qualifier == group), "{kind:?}");
        }
    }
}
