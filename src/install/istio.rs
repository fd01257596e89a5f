//! How Istio is installed in a cluster, with exactly what meshtree relies on: by the same facts that its findings are about, so that a
//! cluster that is installed by what is rendered here has none of them.

mod api_gateways;
mod argocd;
mod charts;
mod csr;
mod gateways;
mod operator;
mod refusals;
mod sail;
mod values;

use std::collections::BTreeSet;

use super::asked::{Asked, Setting};
use crate::built::BuiltObjects;
use crate::diag::Report;
use crate::discover::revision_of;
use crate::ids::{ClusterName, Text};
use crate::model::settings::{Delivery, InstallForm, Installation};
use crate::plan::MeshId;
use crate::version::table::{INSTALLS, Installs};
use crate::version::{IstioVersion, Style};

use gateways::Gateway;

/// The namespace of Istio's control plane unless another one is chosen.
const NAMESPACE: &str = "istio-system";

/// The domain of services unless the cluster has another one.
const DOMAIN: &str = "cluster.local";

/// What is known of an Istio that is to be installed.
pub(super) struct Wanted<'a> {
    istio: &'a Installation,
    cluster: &'a ClusterName,
    version: IstioVersion,
    installs: Installs,
    /// The version of its release: without the `v` before it and the variant of an image behind it.
    release: String,
    namespace: &'a str,
    /// None for the default.
    revision: Option<Text>,
    trust_domain: &'a str,
    domain: &'a str,
    style: Style,
    /// The trust domains of the other meshes of its virtual mesh.
    foreign: BTreeSet<&'a str>,
    /// Whether it shares services with other meshes.
    is_federated: bool,
    /// Whether its certificate authority gets its certificate from a virtual mesh.
    is_issued: bool,
    /// Whether istio-csr signs in its place.
    has_csr: bool,
    gateways: Vec<Gateway<'a>>,
}

/// Adds the installation of a cluster's Istios.
pub(super) fn add(asked: &Asked<'_, '_>, built: &mut BuiltObjects, report: &mut Report) {
    let Some((istio, form)) = asked.chosen.installation() else { return };
    let setting = asked.setting("istio", |objects| objects.istio.is_some());
    for mesh in asked.meshes() {
        let Some(wanted) = Wanted::new(asked, istio, mesh) else { continue };
        if refusals::check(asked, &setting, &wanted, form, report) {
            add_form(asked, &setting, &wanted, (form, built), report);
            api_gateways::add(asked, &setting, &wanted, built, report);
            csr::add(asked, &setting, &wanted, built);
        }
    }
}

fn add_form(
    asked: &Asked<'_, '_>,
    setting: &Setting,
    wanted: &Wanted<'_>,
    (form, built): (InstallForm, &mut BuiltObjects),
    report: &mut Report,
) {
    match form {
        InstallForm::IstioOperator => operator::add(asked, setting, wanted, built),
        InstallForm::HelmValues => charts::add(asked, setting, wanted, charts::all(wanted), built),
        InstallForm::ArgoCd => argocd::add(asked, setting, wanted, built, report),
        InstallForm::Sail => sail::add(asked, setting, wanted, built),
        InstallForm::None => {}
    }
}

/// The network that is written for a mesh, if its Istio is installed by what is rendered.
pub(super) fn network(asked: &Asked<'_, '_>, mesh: MeshId) -> Option<String> {
    let (istio, _) = asked.chosen.installation()?;
    values::network(&Wanted::new(asked, istio, mesh)?)
}

impl<'a> Wanted<'a> {
    /// What is known of a mesh; none if its version cannot be read, which is reported before.
    fn new(asked: &Asked<'a, '_>, istio: &'a Installation, mesh: MeshId) -> Option<Self> {
        let (plan, bound) = (asked.plan, &asked.plan[mesh]);
        let version = IstioVersion::parse(&bound.istio.version)?;
        let parent = bound.virtual_mesh.map(|parent| &plan[parent]);
        let others = parent.into_iter().flat_map(|parent| &parent.meshes);
        let is_issued = parent.is_some_and(|parent| parent.root.is_some());
        let has_csr = is_issued && asked.snapshot.settings.delivery(asked.name) == Delivery::IstioCsr;
        let mut foreign: BTreeSet<&str> = others.map(|other| &*plan[*other].istio.trust_domain).collect();
        foreign.remove(&*bound.istio.trust_domain);
        Some(Self {
            istio,
            cluster: asked.name,
            installs: INSTALLS.at(&version)?,
            release: release(&bound.istio.version),
            version,
            namespace: bound.namespace,
            revision: revision_of(bound.key, bound.namespace, asked.name).filter(|revision| !revision.is_empty()),
            trust_domain: &bound.istio.trust_domain,
            domain: plan[asked.cluster].domain,
            style: plan[asked.cluster].facts.style,
            foreign,
            is_federated: parent.is_some_and(|parent| parent.federated),
            is_issued: is_issued && !has_csr,
            has_csr,
            gateways: gateways::of(plan, mesh),
        })
    }

    /// A name that is `base` for the default revision.
    fn with_revision(&self, base: &str) -> String {
        self.revision.as_ref().map_or_else(|| base.to_owned(), |revision| format!("{base}-{revision}"))
    }
}

/// The version of the release in a version of an image.
fn release(version: &str) -> String {
    let text = version.strip_prefix('v').unwrap_or(version);
    let variant = ["-distroless", "-debug"].into_iter().find_map(|variant| text.strip_suffix(variant));
    variant.unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_have_no_variant() {
        for (version, wanted) in
            [("1.7.0", "1.7.0"), ("v1.30.3", "1.30.3"), ("1.24.2-distroless", "1.24.2"), ("1.31.0-rc.0", "1.31.0-rc.0")]
        {
            assert_eq!(release(version), wanted);
        }
    }
}
