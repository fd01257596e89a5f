//! What the version of an Istio, or the labels of its gateways, do not allow.

use super::Wanted;
use super::gateways::Gateway;
use crate::diag::{Code, Diag, Place, Report};
use crate::install::asked::{Asked, Setting};
use crate::model::settings::InstallForm;
use crate::path;
use crate::version::table::{CSR, GATEWAY_LABELS};

/// Reports it. Whether the installation can be rendered all the same.
pub(super) fn check(
    asked: &Asked<'_, '_>,
    setting: &Setting,
    wanted: &Wanted<'_>,
    form: InstallForm,
    report: &mut Report,
) -> bool {
    let of_form = form_fault(wanted, form)
        .map(|(field, message, hint)| Diag::new(Code::InstallForm, asked.place(setting, field), message).hint(hint));
    let of_gateways = wanted.gateways.iter().filter_map(|gateway| {
        let (message, hint) = gateway_fault(wanted, gateway, form)?;
        Some(Diag::new(Code::InstallGateway, gateway_place(asked), message).hint(hint))
    });
    let found: Vec<Diag> = of_form.into_iter().chain(of_gateways).collect();
    let is_right = found.is_empty();
    found.into_iter().for_each(|diag| report.push(diag));
    is_right
}

/// The gateways in the settings or in the compact document of the cluster.
pub(super) fn gateway_place(asked: &Asked<'_, '_>) -> Place {
    let settings = asked.snapshot.settings.clusters.get(&asked.name.0);
    if settings.is_some_and(|settings| settings.gateways.is_some()) {
        return asked.snapshot.settings_place(path!["spec", "clusters", asked.name.as_str(), "gateways"]);
    }
    let compact = asked.snapshot.compact.get(asked.name);
    compact.map_or(Place::Nowhere, |object| object.place(path!["spec", "istio", "gateways"]))
}

/// A form or a setting that the version does not have: the field, a message and a hint.
fn form_fault(wanted: &Wanted<'_>, form: InstallForm) -> Option<(&'static str, String, &'static str)> {
    let (cluster, release, installs) = (wanted.cluster, &wanted.release, wanted.installs);
    let numbers = release.split(['-', '+']).next().unwrap_or_default();
    if numbers.split('.').count() < 3 {
        let message = format!("{release} of cluster {cluster} is not a release of Istio that can be installed");
        return Some(("form", message, "state the version with three numbers, such as 1.31.0"));
    }
    let none = |what: &str| format!("Istio {release} of cluster {cluster} has no {what}");
    let istio = wanted.istio;
    if wanted.has_csr && CSR.at(&wanted.version) != Some(true) {
        let message = format!(
            "Istio {release} of cluster {cluster} does not mount the certificate that istio-csr makes for istiod"
        );
        return Some((
            "form",
            message,
            "set another spec.clusters.*.ca.delivery for this cluster, or install Istio 1.16 or later",
        ));
    }
    match form {
        InstallForm::HelmValues | InstallForm::ArgoCd if !installs.charts => {
            let message = none("released Helm charts with the chart gateway");
            Some(("form", message, "use form: istiooperator for this cluster"))
        }
        InstallForm::Sail if !installs.sail => {
            let message = format!("Sail Operator does not install Istio {release} of cluster {cluster}");
            Some(("form", message, "use another form for this cluster"))
        }
        InstallForm::IstioOperator if istio.in_cluster && !installs.in_cluster => {
            let message = none("operator that reads an IstioOperator in the cluster");
            Some(("inCluster", message, "remove inCluster: a file for istioctl is rendered instead"))
        }
        InstallForm::IstioOperator if !istio.addons.is_empty() && !installs.addons => {
            Some(("addons", none("addon components"), "remove addons for this cluster, and install them on their own"))
        }
        _ => None,
    }
}

/// Labels of a gateway's pods that nothing installs: a message and a hint.
fn gateway_fault(wanted: &Wanted<'_>, gateway: &Gateway<'_>, form: InstallForm) -> Option<(String, &'static str)> {
    let labels: Vec<String> = gateway.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let (labels, cluster) = (labels.join(","), wanted.cluster);
    if gateway.name.is_none() {
        let message =
            format!("the pods of a gateway of cluster {cluster} have the labels {labels}, which name no Deployment");
        return Some((message, "add the label app with the name of the Deployment, or the label istio"));
    }
    let takes_all = form == InstallForm::IstioOperator || GATEWAY_LABELS.at(&wanted.version) == Some(true);
    let has_others = gateway.own_labels().keys().any(|key| !["app", "istio"].contains(key));
    if gateway.is_api() || takes_all || !has_others {
        return None;
    }
    let message = format!(
        "the pods of a gateway of cluster {cluster} have the labels {labels}, and the chart of Istio {} gives them app and istio alone",
        wanted.release
    );
    Some((message, "describe the gateway by the labels app and istio"))
}
