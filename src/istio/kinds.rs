//! The kinds of objects that are written, Istio's and SMI's, and the envelope they share.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::spec::{AuthorizationPolicy, DestinationRule, EnvoyFilter, Gateway, ServiceEntry, VirtualService};
use crate::smi::{HttpRouteGroup, TrafficSplit, TrafficTarget};

/// A kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Who may call.
    AuthorizationPolicy,
    /// How a host is talked to.
    DestinationRule,
    /// A change to Envoy's own configuration.
    EnvoyFilter,
    /// What a gateway listens for.
    Gateway,
    /// Requests that SMI's access rules name.
    HttpRouteGroup,
    /// A host outside of the cluster.
    ServiceEntry,
    /// How SMI shares the requests for a service.
    TrafficSplit,
    /// Who may call, in SMI.
    TrafficTarget,
    /// Where requests for a host go.
    VirtualService,
}

impl Kind {
    /// The kind's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationPolicy => "AuthorizationPolicy",
            Self::DestinationRule => "DestinationRule",
            Self::EnvoyFilter => "EnvoyFilter",
            Self::Gateway => "Gateway",
            Self::HttpRouteGroup => "HTTPRouteGroup",
            Self::ServiceEntry => "ServiceEntry",
            Self::TrafficSplit => "TrafficSplit",
            Self::TrafficTarget => "TrafficTarget",
            Self::VirtualService => "VirtualService",
        }
    }

    /// The kind's name, with its group behind it when that is not Istio's.
    pub fn qualified(self) -> &'static str {
        match self {
            Self::HttpRouteGroup => "HTTPRouteGroup.specs.smi-spec.io",
            Self::TrafficSplit => "TrafficSplit.split.smi-spec.io",
            Self::TrafficTarget => "TrafficTarget.access.smi-spec.io",
            istio => istio.as_str(),
        }
    }

    /// The API version under which it is written.
    pub fn api_version(self) -> &'static str {
        match self {
            Self::AuthorizationPolicy => "security.istio.io/v1beta1",
            Self::HttpRouteGroup => "specs.smi-spec.io/v1alpha3",
            Self::TrafficSplit => "split.smi-spec.io/v1alpha2",
            Self::TrafficTarget => "access.smi-spec.io/v1alpha2",
            _ => "networking.istio.io/v1alpha3",
        }
    }

    /// The kind's qualified name in lower case, as file names have it.
    pub fn file_prefix(self) -> &'static str {
        match self {
            Self::AuthorizationPolicy => "authorizationpolicy",
            Self::DestinationRule => "destinationrule",
            Self::EnvoyFilter => "envoyfilter",
            Self::Gateway => "gateway",
            Self::HttpRouteGroup => "httproutegroup.specs.smi-spec.io",
            Self::ServiceEntry => "serviceentry",
            Self::TrafficSplit => "trafficsplit.split.smi-spec.io",
            Self::TrafficTarget => "traffictarget.access.smi-spec.io",
            Self::VirtualService => "virtualservice",
        }
    }
}

/// What an object of one kind says.
pub trait Content<'a>: Into<Spec<'a>> {
    /// The kind.
    const KIND: Kind;
}

macro_rules! specs {
    ($($(#[$meta:meta])* $kind:ident,)*) => {
        /// What an object says.
        #[derive(Debug)]
        pub enum Spec<'a> { $(
            $(#[$meta])*
            $kind($kind<'a>),
        )* }

        impl Spec<'_> {
            /// The kind it is the specification of.
            pub fn kind(&self) -> Kind {
                match self { $( Self::$kind(_) => Kind::$kind, )* }
            }
        }

        $(
            impl<'a> From<$kind<'a>> for Spec<'a> {
                fn from(content: $kind<'a>) -> Self {
                    Self::$kind(content)
                }
            }

            impl<'a> Content<'a> for $kind<'a> {
                const KIND: Kind = Kind::$kind;
            }
        )*
    };
}

specs! {
    /// Of an AuthorizationPolicy.
    AuthorizationPolicy,
    /// Of a DestinationRule.
    DestinationRule,
    /// Of an EnvoyFilter.
    EnvoyFilter,
    /// Of a Gateway.
    Gateway,
    /// Of an HTTPRouteGroup.
    HttpRouteGroup,
    /// Of a ServiceEntry.
    ServiceEntry,
    /// Of a TrafficSplit.
    TrafficSplit,
    /// Of a TrafficTarget.
    TrafficTarget,
    /// Of a VirtualService.
    VirtualService,
}

/// One object, ready to be written.
#[derive(Debug)]
pub struct Object<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its labels, sorted.
    pub labels: &'a [(String, String)],
    /// What it says.
    pub spec: &'a Spec<'a>,
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let kind = self.spec.kind();
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("apiVersion", kind.api_version())?;
        map.serialize_entry("kind", kind.as_str())?;
        map.serialize_entry(
            "metadata",
            &Metadata { name: self.name, namespace: self.namespace, labels: Labels(self.labels) },
        )?;
        match self.spec {
            Spec::AuthorizationPolicy(spec) => map.serialize_entry("spec", spec)?,
            Spec::DestinationRule(spec) => map.serialize_entry("spec", spec)?,
            Spec::EnvoyFilter(spec) => map.serialize_entry("spec", spec)?,
            Spec::Gateway(spec) => map.serialize_entry("spec", spec)?,
            Spec::HttpRouteGroup(spec) => map.serialize_entry("spec", spec)?,
            Spec::ServiceEntry(spec) => map.serialize_entry("spec", spec)?,
            Spec::TrafficSplit(spec) => map.serialize_entry("spec", spec)?,
            Spec::TrafficTarget(spec) => map.serialize_entry("spec", spec)?,
            Spec::VirtualService(spec) => map.serialize_entry("spec", spec)?,
        }
        map.end()
    }
}

#[derive(Serialize)]
struct Metadata<'a> {
    name: &'a str,
    namespace: &'a str,
    #[serde(skip_serializing_if = "Labels::is_empty")]
    labels: Labels<'a>,
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
        let kinds = [
            Kind::AuthorizationPolicy,
            Kind::DestinationRule,
            Kind::EnvoyFilter,
            Kind::Gateway,
            Kind::HttpRouteGroup,
            Kind::ServiceEntry,
            Kind::TrafficSplit,
            Kind::TrafficTarget,
            Kind::VirtualService,
        ];
        for kind in kinds {
            assert_eq!(kind.file_prefix(), kind.qualified().to_lowercase());
            let group = kind.api_version().split('/').next().expect("a group");
            let suffix = kind.qualified().strip_prefix(kind.as_str()).expect("the kind first");
            assert!(group.ends_with(".istio.io") && suffix.is_empty() || suffix == format!(".{group}"), "{kind:?}");
        }
    }
}
