//! Values of the settings of objects that no policy asks for.

use super::super::{ArgoCd, InstallForm, Installation, Namespaces, Objects};
use super::{Wrong, labels};
use crate::diag::FieldPath;
use crate::ids::dns::{is_label, is_subdomain};

/// What is wrong with such settings, of the fleet or of a cluster.
pub(super) fn check(objects: Option<&Objects>, at: FieldPath, found: &mut Vec<Wrong>) {
    let Some(Objects { peer_authentication: _, namespaces, istio, edge_gateway }) = objects else { return };
    if let Some(Namespaces { render: _, revision_tag, labels: by_namespace }) = namespaces {
        let at = at.with("namespaces");
        if let Some(tag) = revision_tag.as_deref().filter(|tag| !is_label(tag)) {
            found.push(not_a_label(at.with("revisionTag"), "revision tag", tag));
        }
        for (namespace, map) in by_namespace {
            let at = at.with("labels").with(&**namespace);
            if !is_label(namespace) {
                found.push(not_a_label(at.clone(), "namespace", namespace));
            }
            labels(&map.0, &at, found);
        }
    }
    if let Some(edge) = edge_gateway {
        super::edge::check(edge, &at.with("edgeGateway"), found);
    }
    if let Some(istio) = istio {
        installation(istio, &at.with("istio"), found);
    }
}

/// Whether an address is that of a service in the cluster, with a port.
fn is_in_cluster(address: &str) -> bool {
    let Some((host, port)) = address.split_once(':') else { return false };
    let is_port = port.parse::<u16>().is_ok_and(|port| port > 0);
    is_port && is_subdomain(host) && host.split('.').nth(2) == Some("svc")
}

fn installation(istio: &Installation, at: &FieldPath, found: &mut Vec<Wrong>) {
    let Installation {
        form,
        in_cluster,
        access_log_file: _,
        addons,
        cluster_name,
        network,
        mesh_id,
        ca_address,
        argocd,
    } = istio;
    let only = |field: &str, what: &str, hint: &'static str| Wrong {
        path: at.with(field),
        message: format!("{field} is only for an installation with form: {what}"),
        hint,
    };
    let is_operator = *form == Some(InstallForm::IstioOperator);
    if *in_cluster && !is_operator {
        found.push(only("inCluster", "istiooperator", "set form: istiooperator, or remove inCluster"));
    }
    if !addons.is_empty() && !is_operator {
        found.push(only("addons", "istiooperator", "set form: istiooperator, or remove addons"));
    }
    if argocd.is_some() && *form != Some(InstallForm::ArgoCd) {
        found.push(only("argocd", "argocd", "set form: argocd, or remove argocd"));
    }
    for (field, value) in [("clusterName", cluster_name), ("network", network), ("meshID", mesh_id)] {
        // The placeholder is checked as if it were a letter. An empty text means that the field is not rendered.
        let filled = value.as_ref().map(|value| value.replace("{cluster}", "c")).filter(|value| !value.is_empty());
        if let Some(value) = filled.filter(|value| !is_subdomain(value)) {
            found.push(Wrong {
                path: at.with(field),
                message: format!("{value:?} is not a valid {field}"),
                hint: "use lower-case letters and digits with `-` and `.` between them, and {cluster} for the name of the cluster",
            });
        }
    }
    if let Some(address) = ca_address.as_deref().filter(|address| !is_in_cluster(address)) {
        found.push(Wrong {
            path: at.with("caAddress"),
            message: format!("{address:?} is not the address of istio-csr in a cluster"),
            hint: "use SERVICE.NAMESPACE.svc:PORT, such as cert-manager-istio-csr.cert-manager.svc:443",
        });
    }
    if let Some(ArgoCd { cluster: _, namespace, project, repo_url }) = argocd {
        let at = at.with("argocd");
        if let Some(namespace) = namespace.as_deref().filter(|namespace| !is_label(namespace)) {
            found.push(not_a_label(at.with("namespace"), "namespace", namespace));
        }
        if let Some(project) = project.as_deref().filter(|project| !is_subdomain(project)) {
            found.push(not_a_label(at.with("project"), "project", project));
        }
        if let Some(url) = repo_url.as_deref().filter(|url| url.is_empty() || url.contains(char::is_whitespace)) {
            let message = format!("{url:?} is not the address of a repository of charts");
            let hint = "use the address that `helm repo add` takes, or a path such as registry.example.com/charts";
            found.push(Wrong { path: at.with("repoURL"), message, hint });
        }
    }
}

fn not_a_label(path: FieldPath, what: &str, text: &str) -> Wrong {
    let message = format!("{text:?} is not a valid {what}");
    Wrong { path, message, hint: "use at most 63 lower-case letters and digits with `-` between them" }
}
