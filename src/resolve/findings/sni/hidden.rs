//! Warns of federated services that the gateways of their mesh do not see.

use std::collections::BTreeSet;

use super::elsewhere;
use super::istiod::Istiod;
use crate::diag::{Code, Diag, Place, Report};
use crate::ids::{ObjectRef, Text};
use crate::model::Snapshot;
use crate::plan::{MeshId, Plan, TargetId};
use crate::resolve::meant::describe_services;
use crate::version::Entry;

const ANNOTATION: &str = "networking.istio.io/exportTo";

/// Warns about the services of every mesh that other clusters call: once for what annotations hide, once for what the default of
/// the mesh does.
pub(super) fn report(snapshot: &Snapshot, plan: &Plan<'_>, report: &mut Report) {
    for mesh in MeshId::all(plan.meshes.len()) {
        if !matches!(plan[mesh].entry, Entry::Sni(_)) {
            continue;
        }
        let Some(objects) = snapshot.kubernetes.get(plan[plan[mesh].cluster].name) else { continue };
        let config = Istiod::of(snapshot, plan, mesh).config;
        let default = config.as_ref().and_then(|config| config.service_visibility());
        let (mut by_annotation, mut by_default) = (Vec::new(), Vec::new());
        let gateways = gateways(plan, mesh);
        for target in plan[mesh].targets.iter().copied() {
            let service = plan.service(target);
            let key = ObjectRef { namespace: service.namespace.clone(), name: service.name.clone() };
            let raw = objects.services.get(&key);
            let annotation = raw.and_then(|raw| raw.object.metadata.annotations.export_to.as_ref());
            // An empty one is none: the default of the mesh applies.
            let annotation = annotation.filter(|annotation| !annotation.is_empty());
            let stated = annotation.map(|annotation| annotation.split(',').map(str::trim).collect());
            let Some(visible) = stated.as_ref().or(default.as_ref()) else { continue };
            if !is_visible(visible, &service.namespace, &gateways) && plan.is_federated(target) {
                if annotation.is_some() { by_annotation.push(target) } else { by_default.push(target) }
            }
        }
        if let Some(first) = by_annotation.first() {
            let place = plan[*first].known.place.clone();
            let why = format!("the annotation {ANNOTATION}");
            report.push(warning(plan, &by_annotation, place, &why, "its value"));
        }
        if let Some(config) = config.filter(|_| !by_default.is_empty()) {
            let hint = format!("defaultServiceExportTo, or the annotation {ANNOTATION} of these Services,");
            report.push(warning(plan, &by_default, config.place.clone(), "defaultServiceExportTo", &hint));
        }
    }
}

/// The namespaces of a mesh's gateways.
fn gateways<'p>(plan: &'p Plan<'_>, mesh: MeshId) -> BTreeSet<&'p Text> {
    let bound = &plan[mesh];
    bound.istio.gateways.iter().map(|gateway| gateway.namespace.as_ref().unwrap_or(bound.namespace)).collect()
}

/// Whether a service of a namespace is visible in all of some namespaces. Beside other words, `*` makes it visible everywhere, and
/// without it `~` nowhere.
fn is_visible(to: &[&str], own: &Text, namespaces: &BTreeSet<&Text>) -> bool {
    let includes = |namespace: &Text| to.iter().any(|to| *to == &**namespace || *to == "." && namespace == own);
    let is_listed = || !to.contains(&"~") && namespaces.iter().all(|namespace| includes(namespace));
    to.is_empty() || to.contains(&"*") || is_listed()
}

fn warning(plan: &Plan<'_>, services: &[TargetId], place: Place, why: &str, what: &str) -> Diag {
    let message = format!(
        "callers in {} do not get to {}: {why} hides it from the gateway",
        elsewhere(plan, services.iter().copied()),
        describe_services(services, plan)
    );
    Diag::new(Code::ServiceHidden, place, message).hint(format!("set {what} to \"*\""))
}
