//! What a mesh is, and what it is called: in statuses and to people.

use super::Istio;
use super::defaults::ISTIO_NAMESPACE;
use crate::ids::Text;

/// What a mesh is.
#[derive(Clone, Debug)]
pub enum MeshKind {
    /// Istio.
    Istio(Istio),
    /// Open Service Mesh, with its version as written.
    Osm(Text),
    /// Another mesh.
    Other(Foreign),
}

/// A mesh for which nothing is rendered.
#[derive(Clone, Debug)]
pub struct Foreign {
    /// The name of its type in error texts.
    pub type_name: &'static str,
    /// The name of the product.
    pub product: &'static str,
    /// The version as written.
    pub version: Text,
}

impl MeshKind {
    /// The name of its type in error texts: what Service Mesh Hub writes into statuses.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Istio(_) => "*v1alpha2.MeshSpec_Istio_",
            Self::Osm(_) => "*v1alpha2.MeshSpec_Osm",
            Self::Other(foreign) => foreign.type_name,
        }
    }

    /// The name of the product.
    pub fn product(&self) -> &'static str {
        match self {
            Self::Istio(_) => "Istio",
            Self::Osm(_) => "Open Service Mesh",
            Self::Other(foreign) => foreign.product,
        }
    }

    /// The version as written; empty if it is unknown.
    pub fn version(&self) -> &Text {
        match self {
            Self::Istio(istio) => &istio.version,
            Self::Osm(version) => version,
            Self::Other(foreign) => &foreign.version,
        }
    }

    /// Its name among the fields of a Mesh, and the namespace in which it is usually installed.
    pub(super) fn field_and_namespace(&self) -> (&'static str, &'static str) {
        match self {
            Self::Osm(_) => ("osm", "osm-system"),
            Self::Istio(_) | Self::Other(_) => ("istio", ISTIO_NAMESPACE),
        }
    }
}
