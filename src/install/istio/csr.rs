//! istio-csr, which signs in the place of istiod: the values of its chart that have to agree with those of Istio.

use serde_json::{Map, Value, json};

use super::{NAMESPACE, Wanted};
use crate::built::BuiltObjects;
use crate::install::asked::{Asked, Setting};
use crate::install::manifest;
use crate::model::settings::Issuer;

/// The address of istio-csr unless another one is chosen.
const ADDRESS: &str = "cert-manager-istio-csr.cert-manager.svc:443";

const CHART: &str = "cert-manager-istio-csr";
const REPOSITORY: &str = "https://charts.jetstack.io";

/// What Istio calls a cluster that has no other name.
const CLUSTER: &str = "Kubernetes";

/// The address at which proxies ask for certificates.
pub(super) fn address<'a>(wanted: &Wanted<'a>) -> &'a str {
    wanted.istio.ca_address.as_deref().unwrap_or(ADDRESS)
}

/// Adds the file with its values.
pub(super) fn add(asked: &Asked<'_, '_>, setting: &Setting, wanted: &Wanted<'_>, built: &mut BuiltObjects) {
    if !wanted.has_csr {
        return;
    }
    let file = format!("{}.values", wanted.with_revision("istio-csr"));
    let namespace = address(wanted).split(['.', ':']).nth(1).unwrap_or_default();
    let ca = asked.snapshot.settings.ca.as_ref();
    let issuer = ca.and_then(|ca| ca.cert_manager.as_ref()).and_then(|manager| manager.issuer.as_ref());
    let command = format!("# helm upgrade --install {CHART} {CHART} --repo {REPOSITORY} -n {namespace} -f {file}\n");
    built.add_file(asked.name, asked.file(setting, file, command + &manifest::text(&values(wanted, issuer))));
}

fn values(wanted: &Wanted<'_>, issuer: Option<&Issuer>) -> Map<String, Value> {
    let mut manager = Map::new();
    manager.extend(issuer.map(|issuer| ("issuer".to_owned(), self::issuer(issuer))));
    if wanted.namespace != NAMESPACE {
        manager.insert("namespace".to_owned(), json!(wanted.namespace));
    }
    let mut app = Map::new();
    if !manager.is_empty() {
        app.insert("certmanager".to_owned(), manager.into());
    }
    let revision = wanted.revision.as_deref().unwrap_or("default");
    app.insert("istio".to_owned(), json!({"namespace": wanted.namespace, "revisions": [revision]}));
    let name = wanted.istio.cluster_name_of(wanted.cluster, wanted.style.names_networks());
    app.insert("server".to_owned(), json!({"clusterID": name.as_deref().unwrap_or(CLUSTER)}));
    let host = address(wanted).split(':').next().unwrap_or_default();
    app.insert("tls".to_owned(), json!({"certificateDNSNames": [host], "trustDomain": wanted.trust_domain}));
    Map::from_iter([("app".to_owned(), app.into())])
}

fn issuer(Issuer { name, kind, group }: &Issuer) -> Value {
    let (kind, group) = (kind.as_deref().unwrap_or("ClusterIssuer"), group.as_deref().unwrap_or("cert-manager.io"));
    json!({"group": group, "kind": kind, "name": &**name})
}
