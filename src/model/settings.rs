//! The settings of a fleet as written: `meshtree.yaml`, `meshtree.io/v1alpha1 Settings`.

mod ca;
pub(super) mod check;
mod edge;
mod objects;

use std::collections::BTreeMap;

use super::compact::{Gateway, Labels};
use super::policy_test::Literal;
use crate::diag::{Severity, levels};
use crate::ids::Text;
use crate::{enumeration, message};
pub use ca::{
    Ca, CertManager, ClusterCa, Delivery, ExternalSecret, Issuer, SealedSecret, SealingScope, SecretStore, StoreKind,
    WarnBeforeExpiry, is_certificate,
};
pub use edge::{BasicAuth, EdgeGateway, EdgeProxy, EdgeRoute, apr1};
pub use objects::{Addon, ArgoCd, Chosen, InstallForm, Installation, MutualTls, Namespaces, Objects};

enumeration! {
    /// The form of what is rendered for a cluster.
    ProfileName {
        /// As Service Mesh Hub wrote it, for Istio before 1.8.6 and 1.9.0 to 1.9.4.
        Rewrite = "rewrite",
        /// For every later Istio.
        Sni = "sni",
    }
}

enumeration! {
    /// The severity of a diagnostic code.
    Level {
        /// Nothing is written, and the exit code is 1.
        Error = "error",
        Warning = "warning",
        /// For information.
        Note = "note",
        /// Not reported.
        Off = "off",
    }
}

impl From<Level> for levels::Level {
    fn from(level: Level) -> Self {
        match level {
            Level::Error => Some(Severity::Error),
            Level::Warning => Some(Severity::Warning),
            Level::Note => Some(Severity::Note),
            Level::Off => None,
        }
    }
}

message! {
    /// The settings of a fleet.
    Settings {
        /// Which versions of this program may render the fleet: a range such as `>=0.1, <0.2`.
        required_version: Option<Text> = "requiredVersion",
        /// The namespace of the hub; `service-mesh-hub`.
        hub_namespace: Option<Text> = "hubNamespace",
        /// What is written and where.
        output: Option<Output> = "output",
        /// CA material.
        ca: Option<Ca> = "ca",
        /// Routes of services.
        routes: Option<Routes> = "routes",
        /// The fleet's own templates.
        templates: Option<Templates> = "templates",
        /// Objects that no policy asks for.
        objects: Option<Objects> = "objects",
        /// Clusters by name.
        clusters: BTreeMap<Text, ClusterSettings> = "clusters",
        /// The severities of diagnostics by code, instead of their own.
        diagnostics: BTreeMap<Text, Level> = "diagnostics",
    }
}

enumeration! {
    /// What becomes of requests that meet no condition of a service's routes.
    Unmatched {
        /// Istio answers them with 404, as with Service Mesh Hub.
        Refuse = "refuse",
        /// They go to the service itself.
        Service = "service",
    }
}

message! {
    /// Routes of services.
    Routes {
        /// What becomes of requests that meet no condition; `refuse`.
        unmatched: Unmatched = "unmatched",
    }
}

message! {
    /// The fleet's own templates.
    Templates {
        /// Values of any form for the templates, which see them as `values`.
        values: BTreeMap<Text, Literal> = "values",
    }
}

enumeration! {
    /// Which objects are in one file.
    OutputLayout {
        /// Each has a file of its own.
        Object = "object",
        /// Those of one kind in one namespace.
        Kind = "kind",
        /// Those of one namespace.
        Namespace = "namespace",
        /// Those of one cluster.
        Cluster = "cluster",
    }
}

message! {
    /// What is written and where.
    Output {
        /// The directory, relative to the fleet; `rendered`.
        directory: Option<Text> = "directory",
        /// Which objects are in one file; `object`.
        layout: OutputLayout = "layout",
        /// Labels of every object, instead of Service Mesh Hub's; `{}` for none.
        labels: Option<Labels> = "labels",
        /// Whether objects that others depend on are applied first: annotations for Argo CD.
        sync_waves: bool = "syncWaves",
        /// Whether the order of clusters is written beside their trees.
        waves: bool = "waves",
    }
}

message! {
    /// The settings of one cluster.
    ClusterSettings {
        /// The form of what is rendered, instead of the one that follows from the version.
        profile: Option<ProfileName> = "profile",
        /// The Istio version, instead of the one in the inventory.
        istio_version: Option<Text> = "istioVersion",
        /// Which of several control planes in one namespace counts, by its revision; `default` for the one without.
        revision: Option<Text> = "revision",
        /// The gateways, instead of those in the inventory.
        gateways: Option<Vec<Gateway>> = "gateways",
        /// Objects in the cluster's own files that what is rendered takes the place of: `VirtualService shop/web`.
        replaces: Vec<Text> = "replaces",
        /// CA material of this cluster.
        ca: Option<ClusterCa> = "ca",
        /// Objects that no policy asks for: each in place of the setting for all clusters.
        objects: Option<Objects> = "objects",
    }
}
