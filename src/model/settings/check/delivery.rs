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
    found.extend(restart_image.as_deref().filter(|image| !is_image(image)).map(|image| Wrong {
        path: path!["spec", "ca", "restartImage"],
        message: format!("{image:?} is not the name of an image"),
        hint: "use an image with sh, sha256sum, cut and kubectl, with its tag or with its digest: NAME@sha256: and 64 hexadecimal digits",
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

/// Whether a text names an image; one with a digest that is cut short would never be pulled.
fn is_image(image: &str) -> bool {
    let (name, digest) = image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
    let is_hex = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    let is_digest = |digest: &str| match digest.split_once(':') {
        Some(("sha256", digits)) => digits.len() == 64 && is_hex(digits),
        Some(("sha512", digits)) => digits.len() == 128 && is_hex(digits),
        _ => false,
    };
    !name.is_empty() && name.chars().all(|c| c.is_ascii_graphic()) && digest.is_none_or(is_digest)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_have_a_tag_or_a_whole_digest() {
        let digest = "8f1c0c4a0c6d0f4b7f3c8e2d9a1b5c6e7f8091a2b3c4d5e6f708192a3b4c5d6e";
        for image in ["alpine/k8s:1.34.1", "kubectl", "registry.example.com:5000/tools/kubectl:1"] {
            assert!(is_image(image) && is_image(&format!("{image}@sha256:{digest}")), "{image}");
            assert!(is_image(&format!("{image}@sha512:{digest}{digest}")), "{image}");
        }
        let (short, upper) = (&digest[1..], digest.to_uppercase());
        for image in ["", "a b", "@", "a@", "a@sha256:", "a@latest"] {
            assert!(!is_image(image), "{image}");
        }
        for digest in [format!("sha256:{short}"), format!("sha256:{upper}"), format!("md5:{digest}"), digest.to_owned()]
        {
            assert!(!is_image(&format!("a@{digest}")), "{digest}");
        }
    }
}
