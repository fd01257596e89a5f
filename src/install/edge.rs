//! An edge gateway: Gloo in front of the mesh. It calls services with a certificate that istiod issues for its service account, so that
//! AccessPolicies know it, and workloads that accept mutual TLS alone can be called.

mod proxy;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Manifest;
use super::asked::{Asked, Setting};
use crate::built::BuiltObjects;
use crate::diag::{Code, Diag, Report};
use crate::ids::Text;
use crate::model::settings::{BasicAuth, EdgeRoute, apr1};
use crate::plan::Target;

/// The cluster of Envoy from which it gets certificates.
const SDS: &str = "gateway_proxy_sds";

/// The objects of an edge gateway by kind and name.
type Objects = BTreeMap<(String, String), Manifest>;

/// Adds the edge gateway of a cluster.
pub(super) fn add(asked: &Asked<'_, '_>, built: &mut BuiltObjects, report: &mut Report) {
    let Some(edge) = asked.chosen.edge_gateway else { return };
    let setting = asked.setting("edgeGateway", |objects| objects.edge_gateway.is_some());
    let namespace = edge.namespace();
    let mut objects = Objects::new();
    for (name, route) in &edge.routes {
        if let Some(diag) = fault(asked, &setting, (name, route)) {
            report.push(diag);
            continue;
        }
        for object in of_route(namespace, name, route) {
            // Routes to one service have its Upstream in common, and routes with the same AuthConfig that.
            objects.entry((object.kind.clone(), object.name.clone())).or_insert(object);
        }
    }
    proxy::add(asked, &setting, edge, (namespace, &mut objects), report);
    built.add(asked.name, objects.into_values().map(|object| asked.object(&setting, object)));
}

/// What is wrong with a route: a service that the mesh does not have, or a port that the service does not have.
fn fault(asked: &Asked<'_, '_>, setting: &Setting, (name, route): (&Text, &EdgeRoute)) -> Option<Diag> {
    let (service, port) = (format!("{}/{}", route.namespace, route.service), port(route));
    let targets = asked.plan[asked.cluster].targets.iter().map(|target| &asked.plan[*target]);
    let is_it = |target: &&Target<'_>| {
        let known = &target.known.service;
        known.namespace == route.namespace && known.name == route.service
    };
    if route.service.is_empty() || route.namespace.is_empty() {
        // That is reported where the settings are checked.
        return None;
    }
    let message = match targets.into_iter().find(is_it) {
        None => format!(
            "route {name} of the edge gateway leads to service {service}, which no mesh of cluster {} has",
            asked.name
        ),
        Some(target) if !target.known.ports.iter().any(|known| known.number == port) => {
            format!(
                "route {name} of the edge gateway leads to port {port}, which service {service} of cluster {} does not have",
                asked.name
            )
        }
        Some(_) => return None,
    };
    let hint = "correct the route: its namespace, service and port are those of a service in the mesh";
    Some(Diag::new(Code::EdgeRoute, asked.place(setting, "routes"), message).hint(hint))
}

fn port(route: &EdgeRoute) -> u32 {
    route.port.map_or(80, |port| port.0)
}

/// The objects of a route.
fn of_route(namespace: &str, name: &str, route: &EdgeRoute) -> Vec<Manifest> {
    let upstream = upstream(namespace, route);
    let mut host = Map::new();
    let domains: Vec<&str> = route.domains.iter().map(|domain| &**domain).collect();
    host.insert("domains".to_owned(), if domains.is_empty() { json!(["*"]) } else { json!(domains) });
    let matchers = json!([{"prefix": route.prefix.as_deref().unwrap_or("/")}]);
    let single = json!({"upstream": {"name": upstream.name, "namespace": namespace}});
    host.insert("routes".to_owned(), json!([{"matchers": matchers, "routeAction": {"single": single}}]));
    let mut out = vec![upstream];
    if let Some(auth) = &route.basic_auth {
        let reference = json!({"name": &*auth.name, "namespace": namespace});
        host.insert("options".to_owned(), json!({"extauth": {"configRef": reference}}));
        out.push(auth_config(namespace, auth));
    }
    let service = Manifest::new("gateway.solo.io/v1", "VirtualService", namespace, name);
    out.push(service.with("spec", json!({"virtualHost": host})));
    out
}

/// The Upstream of a service, under the name that Gloo's discovery gives it.
fn upstream(namespace: &str, route: &EdgeRoute) -> Manifest {
    let EdgeRoute { namespace: of, service, .. } = route;
    let port = port(route);
    let sds = json!({
        "certificatesSecretName": "istio_server_cert",
        "clusterName": SDS,
        "targetUri": "127.0.0.1:8234",
        "validationContextName": "istio_validation_context",
    });
    let spec = json!({
        "kube": {"serviceName": &**service, "serviceNamespace": &**of, "servicePort": port},
        // Sidecars tell calls of the mesh from others by this protocol.
        "sslConfig": {"alpnProtocols": ["istio"], "sds": sds},
    });
    Manifest::new("gloo.solo.io/v1", "Upstream", namespace, &format!("{of}-{service}-{port}")).with("spec", spec)
}

fn auth_config(namespace: &str, auth: &BasicAuth) -> Manifest {
    let user = |(name, password): (&Text, &Text)| {
        // Settings with another form are refused before.
        let (salt, hash) = apr1(password).unwrap_or_default();
        (name.to_string(), json!({"hashedPassword": hash, "salt": salt}))
    };
    let users: Map<String, Value> = auth.users.iter().map(user).collect();
    let config = Manifest::new("enterprise.gloo.solo.io/v1", "AuthConfig", namespace, &auth.name);
    config.with("spec", json!({"configs": [{"basicAuth": {"apr": {"users": users}}}]}))
}
