//! What each form of delivery needs to know.

use std::path::Path;

use super::super::{
    Ca, CertManager, ClusterCa, Delivery, ExternalSecret, Issuer, SecretStore, Settings, StoreKind, is_certificate,
};
use super::{Wrong, path_fault};
use crate::diag::FieldPath;
use crate::ids::dns::{is_label, is_subdomain};
use crate::path;

/// The longest lifetime of an intermediate in days: ten years, as in Istio's own examples.
const LONGEST: u32 = 3650;

/// Everything that is wrong with how CA material is delivered.
pub(super) fn check(settings: &Settings, found: &mut Vec<Wrong>) {
    let Settings { ca, clusters, .. } = settings;
    let of_all = ca.iter().map(|ca| (path!["spec", "ca", "delivery"], ca.delivery));
    let of_clusters = clusters.iter().filter_map(|(name, cluster)| {
        let delivery = cluster.ca.as_ref()?.delivery?;
        Some((path!["spec", "clusters", &**name, "ca", "delivery"], delivery))
    });
    let used: Vec<_> = of_all.chain(of_clusters).collect();
    let place = |wanted| used.iter().find(|(_, delivery)| *delivery == wanted).map(|(path, _)| path.clone());
    let nothing = Ca::default();
    let Ca { external_secret, cert_manager, restart_image, .. } = ca.as_ref().unwrap_or(&nothing);
    store(external_secret.as_ref(), place(Delivery::ExternalSecret), found);
    issuer(cert_manager.as_ref(), place(Delivery::CertManager), found);
    let is_image = |image: &&str| !image.is_empty() && image.chars().all(|c| c.is_ascii_graphic());
    found.extend(restart_image.as_deref().filter(|image| !is_image(image)).map(|image| Wrong {
        path: path!["spec", "ca", "restartImage"],
        message: format!("{image:?} is not the name of an image"),
        hint: "use an image with sh, sha256sum and kubectl, with its tag or digest",
    }));
    for (name, cluster) in clusters {
        let Some(ClusterCa { delivery: _, sealing_certificate: Some(file) }) = &cluster.ca else { continue };
        let path = path!["spec", "clusters", &**name, "ca", "sealingCertificate"];
        let is_named = is_certificate(Path::new(&**file));
        let fault = if is_named { path_fault(file) } else { Some("does not end with .pem or .crt") };
        found.extend(fault.map(|fault| Wrong {
            path,
            message: format!("the path of the sealing certificate {fault}"),
            hint: "use a path below the fleet, such as clusters/kind2/sealing-cert.pem",
        }));
    }
}

fn store(settings: Option<&ExternalSecret>, used: Option<FieldPath>, found: &mut Vec<Wrong>) {
    let at = path!["spec", "ca", "externalSecret"];
    let hint = "set spec.ca.externalSecret.store.name to the store of the External Secrets Operator that has the keys";
    match settings.and_then(|settings| settings.store.as_ref()) {
        None => {
            found.extend(used.map(|path| Wrong { path, message: "external-secret requires a store".to_owned(), hint }))
        }
        Some(SecretStore { name, kind: StoreKind::ClusterSecretStore | StoreKind::SecretStore }) => {
            name_of(name, at.with("store").with("name"), hint, found);
        }
    }
    let prefix = settings.and_then(|settings| settings.key_prefix.as_ref());
    let is_bad = |prefix: &&crate::ids::Text| {
        prefix.is_empty() || prefix.starts_with('/') || prefix.ends_with('/') || prefix.contains(char::is_control)
    };
    found.extend(prefix.filter(is_bad).map(|prefix| Wrong {
        path: at.with("keyPrefix"),
        message: format!("{prefix:?} is not the beginning of a key"),
        hint: "use a text that neither begins nor ends with a slash, such as mesh/ca",
    }));
}

fn issuer(settings: Option<&CertManager>, used: Option<FieldPath>, found: &mut Vec<Wrong>) {
    let at = path!["spec", "ca", "certManager"];
    let hint = "set spec.ca.certManager.issuer.name to an issuer that has the same root in every cluster";
    match settings.and_then(|settings| settings.issuer.as_ref()) {
        None => {
            found.extend(used.map(|path| Wrong { path, message: "cert-manager requires an issuer".to_owned(), hint }))
        }
        Some(Issuer { name, kind, group }) => {
            let at = at.with("issuer");
            name_of(name, at.with("name"), hint, found);
            let is_kind = |kind: &str| is_label(&kind.to_ascii_lowercase());
            found.extend(kind.as_deref().filter(|kind| !is_kind(kind)).map(|kind| Wrong {
                path: at.with("kind"),
                message: format!("{kind:?} is not a kind"),
                hint: "use ClusterIssuer, Issuer or the kind of another issuer",
            }));
            found.extend(group.as_deref().filter(|group| !is_subdomain(group)).map(|group| Wrong {
                path: at.with("group"),
                message: format!("{group:?} is not an API group"),
                hint: "use cert-manager.io, or the group of the kind of issuer",
            }));
        }
    }
    let days = settings.and_then(|settings| settings.lifetime_days);
    found.extend(days.filter(|days| !(1..=LONGEST).contains(days)).map(|days| Wrong {
        path: at.with("lifetimeDays"),
        message: format!("{days} is out of range (1–{LONGEST})"),
        hint: "use the number of days for which an intermediate is valid, such as 365",
    }));
}

/// A name of an object that Kubernetes accepts.
fn name_of(name: &str, path: FieldPath, hint: &'static str, found: &mut Vec<Wrong>) {
    if !is_subdomain(name) {
        found.push(Wrong { path, message: format!("{name:?} is not a valid name"), hint });
    }
}
