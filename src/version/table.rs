//! The facts by version: one list for each, with the releases from which it changes. docs/istio-versions.md is made from this file.

use super::forms::{Api, FailoverForm, Retried};
use super::steps::Steps;

/// The newest minor version that is known. A newer one is treated as this one.
pub const NEWEST: [u64; 2] = [1, 31];

/// The oldest minor version that is known. An older one is treated as this one.
pub const OLDEST: [u64; 2] = [1, 5];

/// Whether the gateway's listener chooses the cluster by SNI with a filter after which another can rewrite it. The fix of
/// ISTIO-SECURITY-2021-006 replaced that by a filter chain for each service, port and subset.
pub const ENTRY: Steps<bool> = Steps(&[([1, 5, 0], true), ([1, 8, 6], false), ([1, 9, 0], true), ([1, 9, 5], false)]);

/// The newest version of the APIs that is served.
pub const API: Steps<Api> = Steps(&[([1, 5, 0], Api::V1Beta1), ([1, 22, 0], Api::V1)]);

/// Envoy 1.18 in Istio 1.10 no longer reads its API v2, and 1.17 in 1.9 does so only when told to; `failoverPriority` compares a
/// label with a value from 1.18 on.
pub const FAILOVER: Steps<FailoverForm> = Steps(&[
    ([1, 5, 0], FailoverForm::AggregateV2),
    ([1, 9, 5], FailoverForm::AggregateV3),
    ([1, 18, 0], FailoverForm::Endpoints),
]);

/// What a retry without `retryOn` retries.
pub const RETRIED: Steps<Retried> = Steps(&[([1, 5, 0], Retried::With503), ([1, 24, 0], Retried::Without503)]);

/// Whether an EnvoyFilter has a priority, which decides the order of patches.
pub const PRIORITY: Steps<bool> = Steps(&[([1, 5, 0], false), ([1, 11, 0], true)]);

/// Whether the weights of a route must be 100 in sum.
pub const WEIGHTS: Steps<bool> = Steps(&[([1, 5, 0], true), ([1, 15, 0], false)]);

/// The service account of the control plane, which is part of what identifies its certificate.
pub const ACCOUNT: Steps<Account> = Steps(&[([1, 5, 0], Account::Fixed), ([1, 11, 0], Account::OfRevision)]);

/// How a running istiod changes to another `root-cert.pem`; it does so only with `ISTIO_MULTIROOT_MESH`, which is there from 1.10 on.
pub const ROOTS: Steps<Roots> =
    Steps(&[([1, 5, 0], Roots::AtStart), ([1, 20, 0], Roots::ByText), ([1, 30, 0], Roots::BySet)]);

/// Whether istiod reads `ca-crl.pem` in `cacerts`.
pub const CRLS: Steps<bool> = Steps(&[([1, 5, 0], false), ([1, 27, 0], true)]);

/// How an istiod changes to another `root-cert.pem`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Roots {
    /// When it starts.
    AtStart,
    /// While it runs, if one of the two texts contains the other.
    ByText,
    /// While it runs, if one of the two sets of certificates contains the other.
    BySet,
}

/// Whether istiod reads a `cacerts` of type `kubernetes.io/tls`, as cert-manager makes it.
pub const TLS_CACERTS: Steps<bool> = Steps(&[([1, 5, 0], false), ([1, 15, 0], true)]);

/// Whether istiod mounts `istiod-tls`, the certificate that istio-csr makes for it.
pub const CSR: Steps<bool> = Steps(&[([1, 5, 0], false), ([1, 16, 0], true)]);

/// Whether a listener of protocol TLS of a Gateway of Kubernetes' own API needs no feature of istiod that is off by default.
pub const API_GATEWAYS: Steps<bool> = Steps(&[([1, 5, 0], false), ([1, 30, 0], true)]);

/// How a control plane is made to accept identities of another trust domain.
pub const TRUST: Steps<Trust> =
    Steps(&[([1, 5, 0], Trust::Skip), ([1, 16, 4], Trust::List), ([1, 17, 0], Trust::Skip), ([1, 17, 2], Trust::List)]);

/// How names that end with `.global` are resolved.
pub const NAMES: Steps<Names> =
    Steps(&[([1, 5, 0], Names::CoreDns), ([1, 8, 0], Names::Capture), ([1, 25, 0], Names::Allocated)]);

/// Whether the gateway's Deployment has to ask for the clusters that SNI names, by `ISTIO_META_ROUTER_MODE: sni-dnat`.
pub const ROUTER_MODE: Steps<bool> = Steps(&[([1, 5, 0], false), ([1, 9, 0], true), ([1, 11, 0], false)]);

/// Whether a proxy has the filter that rewrites the cluster named by SNI.
pub const REWRITE_FILTER: Steps<bool> = Steps(&[([1, 5, 0], true), ([1, 20, 0], false)]);

/// Who refuses Envoy's API v2 in an EnvoyFilter.
pub const API_V2: Steps<Refused> =
    Steps(&[([1, 5, 0], Refused::Nowhere), ([1, 10, 0], Refused::ByEnvoy), ([1, 19, 0], Refused::ByIstio)]);

/// Whether proxies know endpoints that are not healthy, so that these count where too few others are left.
pub const UNHEALTHY: Steps<bool> = Steps(&[([1, 5, 0], false), ([1, 31, 0], true)]);

/// Whether a release has ambient mode: it was tried in a branch of 1.15, and released as alpha with 1.18.
pub const AMBIENT: Steps<bool> = Steps(&[([1, 5, 0], false), ([1, 18, 0], true)]);

/// Whether istiod reads a new intermediate in `cacerts` while it runs: `AUTO_RELOAD_PLUGIN_CERTS` is there from 1.12 on, and on from 1.18.
pub const RELOADS: Steps<bool> = Steps(&[([1, 5, 0], false), ([1, 18, 0], true)]);

/// In which forms a release can be installed. Sail Operator takes versions from 1.21 on, and the chart `gateway` is there from 1.12 on.
pub const INSTALLS: Steps<Installs> = Steps(&[
    ([1, 5, 0], Installs { in_cluster: true, addons: true, charts: false, sail: false }),
    ([1, 8, 0], Installs { in_cluster: true, addons: false, charts: false, sail: false }),
    ([1, 12, 0], Installs { in_cluster: true, addons: false, charts: true, sail: false }),
    ([1, 21, 0], Installs { in_cluster: true, addons: false, charts: true, sail: true }),
    ([1, 24, 0], Installs { in_cluster: false, addons: false, charts: true, sail: true }),
]);

/// Whether the gateway of the default profile has the port for requests from other clusters.
pub const DEFAULT_GATEWAY: Steps<bool> = Steps(&[([1, 5, 0], true), ([1, 9, 0], false)]);

/// Whether the container of a proxy that only gets certificates takes the arguments of the time of Service Mesh Hub.
pub const EDGE_PROXY: Steps<bool> = Steps(&[([1, 5, 0], true), ([1, 8, 0], false)]);

/// Whether proxies get their trust domain from the value `global.trustDomain` too.
pub const TRUST_DOMAIN_VALUE: Steps<bool> = Steps(&[([1, 5, 0], true), ([1, 8, 0], false)]);

/// Whether the chart `gateway` gives the pods all labels of its values, and not only `app` and `istio`.
pub const GATEWAY_LABELS: Steps<bool> = Steps(&[([1, 12, 0], false), ([1, 18, 0], true)]);

/// How a control plane is made to accept identities of another trust domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// `PILOT_SKIP_VALIDATE_TRUST_DOMAIN` in its environment.
    Skip,
    /// `caCertificates[].trustDomains` in the mesh configuration.
    List,
}

/// How names that end with `.global` are resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// By the CoreDNS that Istio installs for them.
    CoreDns,
    /// By sidecars with `ISTIO_META_DNS_CAPTURE`.
    Capture,
    /// The same, with addresses that Istio allocates where a ServiceEntry has none.
    Allocated,
}

/// Who refuses a part of Envoy's configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    Nowhere,
    /// Envoy does, and keeps what it had before.
    ByEnvoy,
    /// Istio does, when the object is applied.
    ByIstio,
}

/// The service account of the control plane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Account {
    /// `istiod-service-account`, whatever the revision.
    #[default]
    Fixed,
    /// `istiod`, or `istiod-<revision>`.
    OfRevision,
}

/// In which forms a release can be installed, besides an IstioOperator that istioctl reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Installs {
    /// As an IstioOperator that an operator in the cluster reads.
    pub in_cluster: bool,
    /// With addon components in an IstioOperator.
    pub addons: bool,
    /// By released Helm charts of the control plane and of gateways.
    pub charts: bool,
    /// By Sail Operator.
    pub sail: bool,
}
