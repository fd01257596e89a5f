//! What there is to say about who gets `cacerts` in which way.

use std::collections::BTreeMap;

use super::form;
use crate::diag::listing::{clusters, shortened};
use crate::diag::{Code, Diag, Place, Report};
use crate::model::Snapshot;
use crate::model::settings::Delivery;
use crate::path;
use crate::plan::{Authority, Plan};
use crate::version::IstioVersion;
use crate::version::table::TLS_CACERTS;

/// Reports forms that a cluster's Istio cannot use, meshes of one VirtualMesh whose certificates come from several places, and what
/// has to be there for the forms that render nothing.
pub(in crate::ca) fn check(snapshot: &Snapshot, plan: &Plan<'_>, report: &mut Report) {
    let settings = &snapshot.settings;
    let place = |cluster: &str| {
        let of_cluster = settings.clusters.get(cluster).and_then(|settings| settings.ca.as_ref()?.delivery);
        snapshot.settings_place(match of_cluster {
            Some(_) => path!["spec", "clusters", cluster, "ca", "delivery"],
            None => path!["spec", "ca", "delivery"],
        })
    };
    let asked = plan.ca_plan();
    for Authority { virtual_mesh, root: _, meshes } in &asked.authorities {
        let mut ways: BTreeMap<Delivery, Vec<&str>> = BTreeMap::new();
        for mesh in meshes {
            ways.entry(settings.delivery(&mesh.cluster)).or_default().push(mesh.cluster.as_str());
        }
        let is_kept = |delivery: &Delivery| form(*delivery).is_kept;
        let kept = ways.keys().filter(|delivery| is_kept(delivery)).count();
        let others: Vec<_> = ways.iter().filter(|(delivery, _)| !is_kept(delivery)).collect();
        if let Some((_, first)) = others.first().filter(|_| kept > 0 || others.len() > 1) {
            let named: Vec<_> = ways.iter().map(|(way, of)| format!("{} ({})", way.as_str(), shortened(of))).collect();
            let message = format!(
                "the meshes of VirtualMesh {virtual_mesh} get their certificates in several ways: {}",
                named.join(", ")
            );
            report.push(Diag::new(Code::SeveralIssuers, first.first().map_or(Place::Nowhere, |cluster| place(cluster)), message).hint(
                "make sure that the issuers of all of them have the same root: workloads under different roots do not trust each other",
            ));
        }
        for (delivery, of) in ways {
            let Some(step) = step(delivery) else { continue };
            let message = format!("VirtualMesh {virtual_mesh}, {}: {step}", clusters(&of));
            report.push(Diag::new(
                Code::CaDelivery,
                of.first().map_or(Place::Nowhere, |cluster| place(cluster)),
                message,
            ));
        }
    }
    for mesh in &plan.meshes {
        let cluster = plan[mesh.cluster].name;
        let reads = IstioVersion::parse(&mesh.istio.version).and_then(|version| TLS_CACERTS.at(&version));
        let is_asked = asked.authorities.iter().any(|asked| asked.meshes.iter().any(|of| of.mesh == *mesh.key));
        if settings.delivery(cluster) == Delivery::CertManager && reads == Some(false) && is_asked {
            let message = format!(
                "mesh {} has Istio {}, which does not read the Secret that cert-manager makes",
                mesh.key, mesh.istio.version
            );
            report.push(Diag::new(Code::DeliveryUnread, place(cluster.as_str()), message).hint(
                "istiod reads a cacerts of type kubernetes.io/tls from 1.15 on; before, it ignores it and creates a root of its own. Set spec.clusters.*.ca.delivery of this cluster to another form",
            ));
        }
    }
}

/// What has to be there for a form to have an effect.
fn step(delivery: Delivery) -> Option<&'static str> {
    match delivery {
        Delivery::CertManager => Some(
            "cert-manager issues cacerts; the issuer must have the same root in every cluster and put it into `ca.crt`, and istiod must be restarted when cacerts is there for the first time",
        ),
        Delivery::IstioCsr => Some(
            "istio-csr signs in the place of istiod; it must be installed before Istio, with the same root in every cluster, and istiod needs `ENABLE_CA_SERVER=false` and `global.caAddress`",
        ),
        Delivery::None => Some(
            "somebody else delivers cacerts: before istiod starts, the Secret must be in its namespace with ca-cert.pem, ca-key.pem, cert-chain.pem and root-cert.pem, and the intermediates of all clusters must be under the same root",
        ),
        Delivery::Sops | Delivery::SealedSecret | Delivery::ExternalSecret => None,
    }
}
