//! Objects in a cluster's own files that make the Secret from which istiod takes its certificate authority, beside the one that is
//! rendered for it.

use super::named;
use crate::ca::Promised;
use crate::diag::{Code, Diag, Report};
use crate::ids::ClusterName;
use crate::model::existing::{Content, Existing};
use crate::objects::names::CACERTS;
use crate::path;
use crate::plan::Plan;

/// Reports what makes a `cacerts` that is made already. Objects of the same kind and name are found as all others are.
pub(super) fn check(
    plan: &Plan<'_>,
    foreign: &[&Existing],
    (cluster, promised): (&ClusterName, &[Promised]),
    report: &mut Report,
) {
    for object in foreign {
        // A Secret in a dump may be what the rendered object made.
        let is_secret = object.is_cacerts() && !object.is_stored;
        if !is_secret && object.content != Content::MakesCacerts {
            continue;
        }
        let is_same =
            |promised: &&Promised| promised.cluster == *cluster && *promised.namespace == *object.key.namespace;
        for Promised { cluster: _, kind, namespace, virtual_mesh } in promised.iter().filter(is_same) {
            let (ours, theirs) = (format!("{kind} {namespace}/{CACERTS}"), named(object));
            if ours == theirs {
                continue;
            }
            let origin = format!("{ours}, which is rendered from VirtualMesh {virtual_mesh}");
            let message = if is_secret {
                format!("{theirs} of cluster {cluster} is made by {origin}, as well")
            } else {
                format!("{theirs} of cluster {cluster} makes the Secret {namespace}/{CACERTS}, and so does {origin}")
            };
            let hint = format!(
                "remove {theirs}, or set this in meshtree.yaml: spec: {{clusters: {{{cluster}: {{ca: {{delivery: none}}}}}}}}"
            );
            let diag = Diag::new(Code::SecondSource, object.place.clone(), message).hint(hint);
            let policies = plan.virtual_meshes.iter().map(|mesh| &mesh.policy);
            let place = policies
                .filter(|policy| policy.key == virtual_mesh)
                .map(|policy| policy.place(path!["metadata", "name"]));
            let origin = format!("VirtualMesh {virtual_mesh}, for which the other object is rendered, is here");
            report.push(place.fold(diag, |diag, place| diag.related(place, &*origin)));
        }
    }
}
