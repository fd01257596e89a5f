//! Rendered objects.

use std::collections::BTreeMap;

use super::{AddedView, Making};
use crate::built::Built;
use crate::ids::ClusterObjectRef;
use crate::objects::names;
use crate::plan::{ClusterId, TargetId};
use crate::report::traced::ObjectView;
use crate::translate;

impl Making<'_, '_> {
    /// The objects of a cluster by kind, with their number.
    pub(super) fn counts(&self, cluster: ClusterId) -> Vec<String> {
        let mut out: BTreeMap<&'static str, usize> = BTreeMap::new();
        translate::names(self.plan, cluster, |kind, _, _| *out.entry(kind.as_str()).or_default() += 1);
        out.into_iter().map(|(kind, count)| format!("{count} {kind}")).collect()
    }

    /// The objects of a cluster that no policy asks for, sorted.
    pub(super) fn added(&self, cluster: ClusterId, is_one: impl Fn(&Built) -> bool) -> Vec<AddedView> {
        let found = self.built.of(self.plan[cluster].name).iter().filter(|object| is_one(object));
        let mut out: Vec<AddedView> = found
            .map(|object| AddedView {
                object: object.id(),
                from: object.sources.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
                place: self.places.text(&object.place),
            })
            .collect();
        out.sort_by(|a, b| a.object.cmp(&b.object));
        out
    }

    /// The objects of a cluster that come from a policy, or from one of several.
    pub(super) fn from(&self, cluster: ClusterId, is_from: impl Fn(&str) -> bool) -> Vec<ObjectView> {
        let mut out = Vec::new();
        translate::translate(self.plan, cluster, |manifest| {
            if manifest.sources.iter().any(|source| is_from(source)) {
                out.push(self.object(cluster, (manifest.spec.kind().as_str(), manifest.namespace, &manifest.name)));
            }
        });
        out.sort();
        out
    }

    /// The objects that are made for a service: in its own cluster, and in those whose callers know it.
    pub(super) fn of_service(&self, target: TargetId) -> Vec<ObjectView> {
        let plan = self.plan;
        let ClusterObjectRef { cluster: _, namespace, name } = plan.service(target);
        let waypoint = names::waypoint_access(name);
        let grants = plan[target].smi.iter().flat_map(|smi| &smi.grants);
        let grants: Vec<String> =
            grants.map(|grant| names::smi_access(plan.service(target), plan[grant.policy].policy.key)).collect();
        let is_grant = |found: &str| {
            let of = |grant: &String| {
                found.strip_prefix(&**grant).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            grants.iter().any(of)
        };
        let mut out = self.named(plan[target].cluster, |in_namespace, found| {
            in_namespace == &**namespace && (found == &**name || found == waypoint || is_grant(found))
        });
        let mut clients: Vec<ClusterId> = plan.clients(target).map(|mesh| plan[mesh].cluster).collect();
        clients.sort_unstable();
        clients.dedup();
        for client in clients {
            out.extend(self.named(client, |_, found| found == plan[target].global_host));
        }
        out
    }

    /// The objects of a cluster with some namespace and name, sorted.
    pub(super) fn named(&self, cluster: ClusterId, is_one: impl Fn(&str, &str) -> bool) -> Vec<ObjectView> {
        let mut out = Vec::new();
        translate::names(self.plan, cluster, |kind, namespace, name| {
            if is_one(namespace, name) {
                out.push(self.object(cluster, (kind.as_str(), namespace, name)));
            }
        });
        out.sort();
        out
    }

    fn object(&self, cluster: ClusterId, (kind, namespace, name): (&'static str, &str, &str)) -> ObjectView {
        ObjectView { kind, namespace: namespace.to_owned(), name: name.to_owned(), cluster: self.cluster_name(cluster) }
    }
}
