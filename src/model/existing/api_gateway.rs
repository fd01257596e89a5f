//! A Gateway of Kubernetes' own API, as far as Istio makes something of it.

use crate::ids::Text;
use crate::model::kubernetes::Labels;

/// The class for which Istio makes pods at the edge of a mesh.
const EDGE: &str = "istio";

/// The class for which it makes pods between networks.
const BETWEEN: &str = "istio-east-west";

/// A Gateway of Kubernetes' own API.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ApiGateway {
    pub class: Text,
    pub listeners: Vec<Listener>,
    /// The addresses that are asked for.
    pub asked: Vec<ApiAddress>,
    /// The addresses by which it is reached.
    pub reached: Vec<ApiAddress>,
    /// Labels of what is made for it, beside its own.
    pub labels: Labels,
    /// The name of what is made for it, if it is not the usual one.
    pub name_override: Text,
    /// The type of the Service that is made for it, if it is not the usual one.
    pub service_type: Text,
}

/// A listener.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listener {
    pub name: Text,
    pub port: u32,
    pub protocol: Text,
    /// Whether requests are passed on to the service that their SNI names.
    pub passes_by_sni: bool,
}

/// An address of a Gateway.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ApiAddress {
    /// `IPAddress` or `Hostname`.
    pub kind: Text,
    pub value: Text,
}

impl ApiGateway {
    /// Whether Istio makes pods for it at the edge of the mesh.
    pub fn makes_pods(&self) -> bool {
        // A host name as address is that of a Service of pods that are made by somebody else.
        &*self.class == EDGE && !self.asked.iter().any(|address| &*address.kind == "Hostname")
    }

    /// The name of the Service and the Deployment that Istio makes for it; none if it makes none that others can reach.
    pub fn made(&self, name: &Text) -> Option<Text> {
        let usual = match &*self.class {
            EDGE if self.makes_pods() => format!("{name}-istio").into(),
            BETWEEN => name.clone(),
            _ => return None,
        };
        Some(if self.name_override.is_empty() { usual } else { self.name_override.clone() })
    }
}
