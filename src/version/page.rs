//! The facts by version as a page for people.

use std::fmt::Write as _;

use super::forms::{Api, FailoverForm, Retried};
use super::steps::{Release, Steps};
use super::table::{
    ACCOUNT, AMBIENT, API, API_GATEWAYS, API_V2, Account, CRLS, CSR, DEFAULT_GATEWAY, EDGE_PROXY, ENTRY, FAILOVER,
    GATEWAY_LABELS, INSTALLS, Installs, NAMES, NEWEST, Names, OLDEST, PRIORITY, RELOADS, RETRIED, REWRITE_FILTER,
    ROOTS, ROUTER_MODE, Refused, Roots, TRUST, TRUST_DOMAIN_VALUE, Trust, UNHEALTHY, WEIGHTS,
};

const INTRODUCTION: &str = "\
# Versions of Istio

<!-- Made from src/version/table.rs by `UPDATE=1 cargo test --test docs`. -->

What is rendered for a cluster follows from the version of its Istio, cluster by cluster. Each table says from which release on a fact
holds; a fix that was brought back to older minor versions has a row there, and a row where the next minor version came without it.
";

const REST: &str = "
## What a policy meant under Istio 1.7

Defaults of Istio that changed after 1.7, and what is done so that a policy keeps its meaning:

- **Retries**: the default of `retryOn` lost status 503 with 1.24. `retries` of a TrafficPolicy renders the conditions from then on. Routes
  without `retries` have Istio's own default: two retries, of 503 only before 1.24.
- **Header conditions**: an empty value is a condition on the presence of a header. Versions after 1.7 compare it, so profile `sni` renders
  the condition without a value.
- **Outlier detection**: `consecutiveErrors` renders `consecutive5xxErrors`, which means the same in every version. The share of ejected
  endpoints and the times are always rendered, so no default decides.
- **Timeouts**: no version has a timeout unless one is set. `perTryTimeout` without a value is the timeout of the route in every version;
  an exceeded `perTryTimeout` is retried by none of the defaults.
- **Mirror**: `mirrorPercentage` is always rendered. The host of mirrored requests has the suffix `-shadow` before 1.28 and not from then
  on; a mesh that needs it back sets `DISABLE_SHADOW_HOST_SUFFIX: \"false\"` for istiod.
- **CORS**: preflight requests whose origin is not allowed go on to the service, as before. Later versions can refuse them
  (`unmatchedPreflights`), which no policy asks for.
- **Retries at the server**: from 1.24 on the server's proxy also retries a request that was reset before it was sent, whatever the policy.
- **Visibility**: a mesh configuration can hide objects from other namespaces (`defaultServiceExportTo` and the like). Profile `sni` renders
  `exportTo: ['*']`.
";

/// The page, in Markdown.
pub fn page() -> String {
    let mut out = INTRODUCTION.to_owned();
    let [major, minor] = NEWEST;
    let _ = writeln!(out, "Versions newer than {major}.{minor} are treated as {major}.{minor}, with a note (MT0324).");
    let [major, minor] = OLDEST;
    let _ = writeln!(out, "Versions older than {major}.{minor} are not supported: they are a warning (MT0332).");
    table(&mut out, "Requests from other clusters at a gateway", &ENTRY, |rewrites| match rewrites {
        true => "profile `rewrite`: an EnvoyFilter replaces the host that clients call",
        false => "profile `sni`: clients ask for the service's own host by SNI",
    });
    table(&mut out, "API versions that profile `sni` writes", &API, |api| match api {
        Api::V1Alpha3 => "`networking.istio.io/v1alpha3`, `security.istio.io/v1beta1`",
        Api::V1Beta1 => "`networking.istio.io/v1beta1`, `security.istio.io/v1beta1`",
        Api::V1 => "`networking.istio.io/v1`, `security.istio.io/v1`",
    });
    out.push_str("\nEnvoyFilters are `networking.istio.io/v1alpha3` in every version. Profile `rewrite` writes what Service Mesh Hub writes.\n");
    table(&mut out, "FailoverServices in profile `sni`", &FAILOVER, |form| match form {
        FailoverForm::AggregateV2 => "an aggregate cluster in Envoy's API v2",
        FailoverForm::AggregateV3 => "an aggregate cluster in Envoy's API v3",
        FailoverForm::Endpoints => {
            "endpoints with priorities where [these can be written](policies/failover-service.md#forms), otherwise an aggregate cluster in Envoy's API v3"
        }
    });
    table(&mut out, "What is retried by default", &RETRIED, |retried| match retried {
        Retried::With503 => "failures of the connection, and status 503",
        Retried::Without503 => "failures of the connection",
    });
    table(
        &mut out,
        "The order of EnvoyFilters",
        &PRIORITY,
        |has| if has { "`priority`" } else { "that of their creation" },
    );
    table(
        &mut out,
        "Weights of a route",
        &WEIGHTS,
        |must| if must { "must be 100 in sum" } else { "can have any sum" },
    );
    table(&mut out, "The control plane's service account, if none is known", &ACCOUNT, |account| match account {
        Account::Fixed => "`istiod-service-account`",
        Account::OfRevision => "`istiod`, or `istiod-<revision>`",
    });
    table(&mut out, "How istiod accepts identities of another trust domain", &TRUST, |trust| match trust {
        Trust::Skip => "`PILOT_SKIP_VALIDATE_TRUST_DOMAIN: \"true\"` in its environment",
        Trust::List => "`meshConfig: {caCertificates: [{trustDomains: [kind2]}]}`",
    });
    out.push_str("\n`trustDomainAliases` are not a substitute: an AuthorizationPolicy that names an account of another trust domain would then admit\nthe account of that name in the own one as well.\n");
    table(&mut out, "How names that end with `.global` are resolved", &NAMES, |names| match names {
        Names::CoreDns => "by the CoreDNS that Istio installs for them",
        Names::Capture => "by sidecars with `ISTIO_META_DNS_CAPTURE: \"true\"` in `proxyMetadata`",
        Names::Allocated => "the same; hosts without an address get one",
    });
    table(&mut out, "Gateways for requests from other clusters", &ROUTER_MODE, |asks| match asks {
        true => "need `ISTIO_META_ROUTER_MODE: sni-dnat` in their environment",
        false => "need nothing in their environment",
    });
    table(&mut out, "EnvoyFilters with Envoy's API v2", &API_V2, |refused| match refused {
        Refused::Nowhere => "are accepted",
        Refused::ByEnvoy => "are refused by proxies, which keep what they had before",
        Refused::ByIstio => "are refused by Istio",
    });
    table(&mut out, "The filter `tcp_cluster_rewrite`", &REWRITE_FILTER, |has| match has {
        true => "is part of the proxy",
        false => "is not part of the proxy, which refuses an EnvoyFilter with it",
    });
    table(&mut out, "Endpoints that are not healthy", &UNHEALTHY, |knows| match knows {
        true => "are known to proxies: with `minHealthPercent` they receive requests where too few others are left",
        false => "are not known to proxies",
    });
    table(&mut out, "Ambient mode", &AMBIENT, |has| match has {
        true => "its labels put pods into ambient mode",
        false => "its labels are ignored (MT0333)",
    });
    table(&mut out, "A new intermediate in `cacerts`, under the same root", &RELOADS, |reloads| match reloads {
        true => "is read by istiod while it runs",
        false => "is read by istiod when it starts",
    });
    table(&mut out, "Another `root-cert.pem` in `cacerts`", &ROOTS, |roots| match roots {
        Roots::AtStart => "is read by istiod when it starts",
        Roots::ByText => {
            "is read by istiod while it runs if `ISTIO_MULTIROOT_MESH` is `true` and one text contains the other, and otherwise when it starts"
        }
        Roots::BySet => {
            "is read by istiod while it runs if `ISTIO_MULTIROOT_MESH` is `true` and one contains all certificates of the other, and otherwise when it starts"
        }
    });
    table(&mut out, "`ca-crl.pem` in `cacerts`", &CRLS, |reads| match reads {
        true => "is read by istiod",
        false => "is ignored",
    });
    table(&mut out, "Forms in which Istio is installed", &INSTALLS, |installs| match installs {
        Installs { addons: true, .. } => {
            "an IstioOperator for istioctl or for the operator in the cluster, with addon components"
        }
        Installs { charts: false, .. } => "an IstioOperator for istioctl or for the operator in the cluster",
        Installs { sail: false, .. } => "the same, and Helm charts with the chart `gateway`",
        Installs { in_cluster: true, .. } => "the same, and an Istio of Sail Operator",
        Installs { .. } => "an IstioOperator for istioctl alone, Helm charts, and an Istio of Sail Operator",
    });
    table(&mut out, "The gateway of the profile `default`", &DEFAULT_GATEWAY, |has| match has {
        true => "has the port 15443 for requests from other clusters",
        false => "has no port for requests from other clusters",
    });
    table(&mut out, "The trust domain of proxies", &TRUST_DOMAIN_VALUE, |reads| match reads {
        true => "is that of the mesh configuration and of the value `global.trustDomain`",
        false => "is that of the mesh configuration",
    });
    table(&mut out, "The labels of pods that the chart `gateway` makes", &GATEWAY_LABELS, |all| match all {
        true => "are all that its values have",
        false => "are `app` and `istio`",
    });
    table(&mut out, "istio-csr in the place of istiod", &CSR, |mounts| match mounts {
        true => "is rendered with the installation: istiod mounts its certificate, the Secret `istiod-tls`",
        false => "is refused with a rendered installation: istiod does not mount its certificate",
    });
    table(&mut out, "A gateway by Kubernetes' own API for other clusters", &API_GATEWAYS, |is_on| match is_on {
        true => "is rendered with the installation, as a Gateway of `gateway.networking.k8s.io`",
        false => "is not rendered: its listener of protocol TLS needs `PILOT_ENABLE_ALPHA_GATEWAY_API`",
    });
    table(
        &mut out,
        "A proxy in front of the mesh that gets certificates from istiod",
        &EDGE_PROXY,
        |takes| match takes {
            true => "is rendered with `edgeGateway.proxy`",
            false => {
                "is part of Gloo's own installation: `glooctl istio inject`, or the value `global.istioSDS.enabled`"
            }
        },
    );
    out + REST
}

fn table<T: Copy>(out: &mut String, heading: &str, steps: &Steps<T>, text: impl Fn(T) -> &'static str) {
    let _ = write!(out, "\n## {heading}\n\n| from | |\n|---|---|\n");
    for (from, value) in steps.0 {
        let _ = writeln!(out, "| {} | {} |", release(*from), text(*value));
    }
}

/// A release without its patch number if that is 0.
fn release([major, minor, patch]: Release) -> String {
    if patch == 0 { format!("{major}.{minor}") } else { format!("{major}.{minor}.{patch}") }
}
