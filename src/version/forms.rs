//! The forms that follow from versions.

/// How the gateway of a mesh accepts requests from other clusters. It depends on the called mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// An EnvoyFilter rewrites the cluster named by SNI.
    Rewrite {
        /// Whether the filter's configuration is typed: after 1.6.8, and in every pre-release.
        typed: bool,
    },
    /// Clients ask for the service's own host, port and subset by SNI, for each of which the gateway has a filter chain.
    Sni(ServerHosts),
}

/// The hosts of the gateway's listener for requests from other clusters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerHosts {
    /// The services that are federated.
    Exact,
    /// Every service of the cluster: the listener compares the whole SNI, of which only the domain is a host name.
    Domain,
}

/// The form of what is written for a cluster. It depends on the cluster that reads it. The variants are ordered, so for several
/// Istios in one cluster the lowest is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Style {
    /// As Service Mesh Hub wrote it.
    #[default]
    Reference,
    /// For later versions: other clusters' services have protocols, identities and the routes of their policies.
    Current,
}

impl Style {
    /// Whether Istio has names for clusters and networks: at the time of Service Mesh Hub, it had none.
    pub fn names_networks(self) -> bool {
        self == Self::Current
    }
}

/// Which versions of Istio's APIs are written. It depends on the cluster that reads them. The variants are ordered like
/// [`Style`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Api {
    /// `networking.istio.io/v1alpha3` and `security.istio.io/v1beta1`, which every Istio from 1.5 on reads.
    #[default]
    V1Alpha3,
    V1Beta1,
    V1,
}

impl Api {
    /// The version of networking.istio.io.
    pub fn networking(self) -> &'static str {
        match self {
            Self::V1Alpha3 => "networking.istio.io/v1alpha3",
            Self::V1Beta1 => "networking.istio.io/v1beta1",
            Self::V1 => "networking.istio.io/v1",
        }
    }

    /// The version of security.istio.io.
    pub fn security(self) -> &'static str {
        match self {
            Self::V1Alpha3 | Self::V1Beta1 => "security.istio.io/v1beta1",
            Self::V1 => "security.istio.io/v1",
        }
    }
}

/// The newest form of a FailoverService that a version takes. The variants are ordered like [`Style`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailoverForm {
    /// An aggregate cluster in the configuration of Envoy's API v2, as Service Mesh Hub writes it.
    #[default]
    AggregateV2,
    /// The same in Envoy's API v3.
    AggregateV3,
    /// Endpoints with priorities, without an EnvoyFilter.
    Endpoints,
}

/// Which failures a retry without conditions of its own is for. The variants are ordered like [`Style`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Retried {
    /// Those of the connection, and answers with status 503.
    #[default]
    With503,
    /// Those of the connection.
    Without503,
}
