//! A Certificate of cert-manager, which issues the intermediate in the cluster: nothing is kept here, and the root is the issuer's.

use std::borrow::Cow;

use serde::Serialize;

use super::super::certificate::{INTERMEDIATE_BITS, common_name};
use super::object::{Metadata, Object, OfSecret};
use super::{Form, Wanted};
use crate::model::settings::{CertManager, Issuer, Settings};
use crate::objects::names::CACERTS;
use crate::plan::{GeneratedRoot, RootSource};

pub(super) const FORM: Form = Form {
    is_kept: false,
    kind: Some("Certificate.cert-manager.io"),
    text,
    leaves: "`delivery` is cert-manager",
    then: "delete the Secret in the cluster before the Certificate is applied, since its type cannot be changed, and restart istiod: calls fail until every workload has a new certificate, unless the issuer has the same root",
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Spec<'m> {
    common_name: String,
    duration: String,
    #[serde(rename = "isCA")]
    is_ca: bool,
    issuer_ref: IssuerRef<'m>,
    private_key: PrivateKey,
    secret_name: &'static str,
    secret_template: OfSecret<'m>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<Subject<'m>>,
    uris: [&'m str; 1],
    usages: [&'static str; 2],
}

#[derive(Serialize)]
struct IssuerRef<'m> {
    group: &'m str,
    kind: &'m str,
    name: &'m str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PrivateKey {
    algorithm: &'static str,
    rotation_policy: &'static str,
    size: u32,
}

#[derive(Serialize)]
struct Subject<'m> {
    organizations: [&'m str; 1],
}

fn text<'m>(wanted: &Wanted<'m>, settings: &Settings) -> Option<Cow<'m, str>> {
    let Wanted { virtual_mesh, root, mesh, material: _ } = wanted;
    let CertManager { issuer, lifetime_days } = settings.ca.as_ref()?.cert_manager.as_ref()?;
    let Issuer { name, kind, group } = issuer.as_ref()?;
    let organization = match root {
        RootSource::Generated(GeneratedRoot { organization, .. }) => Some(&**organization),
        RootSource::Given(_) => None,
    };
    let spec = Spec {
        common_name: common_name(&mesh.mesh.name),
        duration: format!("{}h", u64::from(lifetime_days.unwrap_or(365)) * 24),
        is_ca: true,
        issuer_ref: IssuerRef {
            group: group.as_deref().unwrap_or("cert-manager.io"),
            kind: kind.as_deref().unwrap_or("ClusterIssuer"),
            name,
        },
        private_key: PrivateKey { algorithm: "RSA", rotation_policy: "Always", size: INTERMEDIATE_BITS },
        secret_name: CACERTS,
        secret_template: OfSecret::of(mesh),
        subject: organization.map(|organization| Subject { organizations: [organization] }),
        uris: [&mesh.spiffe],
        // The usages of server and client would become an extended key usage, which limits what the CA may sign for.
        usages: ["cert sign", "crl sign"],
    };
    let metadata = Metadata::of(mesh, []);
    let object = Object { api_version: "cert-manager.io/v1", kind: "Certificate", metadata, spec };
    object.text(virtual_mesh).map(Cow::Owned)
}
