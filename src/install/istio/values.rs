//! What Istio reads about its mesh: the mesh configuration, global values and the environment of istiod. All forms have the same.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{DOMAIN, NAMESPACE, Wanted, csr};
use crate::version::table::{NAMES, Names, ROOTS, Roots, TRUST, Trust};

type Values = Map<String, Value>;

/// The mesh configuration.
pub(super) fn mesh_config(wanted: &Wanted<'_>) -> Values {
    let mut out = Values::new();
    out.extend(wanted.istio.access_log_file.as_ref().map(|file| ("accessLogFile".to_owned(), json!(&**file))));
    if !wanted.foreign.is_empty() && trust(wanted) == Trust::List {
        out.insert("caCertificates".to_owned(), json!([{"trustDomains": &wanted.foreign}]));
    }
    let metadata = proxy_metadata(wanted);
    if !metadata.is_empty() {
        out.insert("defaultConfig".to_owned(), json!({"proxyMetadata": metadata}));
    }
    // It is the default, and what AccessPolicies allow relies on it.
    out.insert("enableAutoMtls".to_owned(), json!(true));
    out.insert("trustDomain".to_owned(), json!(wanted.trust_domain));
    out
}

/// The environment of every proxy.
fn proxy_metadata(wanted: &Wanted<'_>) -> BTreeMap<&'static str, &'static str> {
    let mut out = BTreeMap::new();
    let names = NAMES.at(&wanted.version);
    if wanted.is_federated && matches!(names, Some(Names::Capture | Names::Allocated)) {
        out.insert("ISTIO_META_DNS_CAPTURE", "true");
    }
    if follows_roots(wanted) {
        out.insert("PROXY_CONFIG_XDS_AGENT", "true");
    }
    out
}

/// The environment of istiod.
pub(super) fn environment(wanted: &Wanted<'_>) -> BTreeMap<&'static str, &'static str> {
    let mut out = BTreeMap::new();
    if wanted.has_csr {
        out.insert("ENABLE_CA_SERVER", "false");
    }
    if follows_roots(wanted) {
        out.insert("ISTIO_MULTIROOT_MESH", "true");
    }
    if !wanted.foreign.is_empty() && trust(wanted) == Trust::Skip {
        out.insert("PILOT_SKIP_VALIDATE_TRUST_DOMAIN", "true");
    }
    out
}

fn trust(wanted: &Wanted<'_>) -> Trust {
    TRUST.at(&wanted.version).unwrap_or(Trust::List)
}

/// Whether istiod changes to another root while it runs, so that a rotation does not have to restart it.
fn follows_roots(wanted: &Wanted<'_>) -> bool {
    wanted.is_issued && ROOTS.at(&wanted.version).is_some_and(|roots| roots != Roots::AtStart)
}

/// The global values that every chart has.
pub(super) fn global(wanted: &Wanted<'_>) -> Values {
    let mut out = Values::new();
    if wanted.has_csr {
        out.insert("caAddress".to_owned(), json!(csr::address(wanted)));
    }
    if wanted.namespace != NAMESPACE {
        out.insert("istioNamespace".to_owned(), json!(wanted.namespace));
    }
    out.extend(wanted.istio.mesh_id_of(wanted.cluster).map(|id| ("meshID".to_owned(), json!(id))));
    let name = wanted.istio.cluster_name_of(wanted.cluster, wanted.style.names_networks());
    out.extend(name.map(|name| ("multiCluster".to_owned(), json!({"clusterName": name}))));
    out.extend(network(wanted).map(|network| ("network".to_owned(), json!(network))));
    if wanted.domain != DOMAIN {
        out.insert("proxy".to_owned(), json!({"clusterDomain": wanted.domain}));
    }
    out
}

/// The network of a cluster's pods.
pub(super) fn network(wanted: &Wanted<'_>) -> Option<String> {
    wanted.istio.network_of(wanted.cluster, wanted.style.names_networks())
}

/// The values of the chart `istiod`.
pub(super) fn istiod(wanted: &Wanted<'_>) -> Values {
    let mut out = Values::new();
    let global = global(wanted);
    if !global.is_empty() {
        out.insert("global".to_owned(), global.into());
    }
    out.insert("meshConfig".to_owned(), mesh_config(wanted).into());
    let environment = environment(wanted);
    if !environment.is_empty() {
        out.insert("pilot".to_owned(), json!({"env": environment}));
    }
    out
}
