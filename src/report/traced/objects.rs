//! The rendered objects that make each step of a request. Only objects that are rendered are named.

use std::collections::{BTreeMap, BTreeSet};

use super::ObjectView;
use crate::objects::{ObjectKind, names};
use crate::plan::{ClusterId, FailoverId, MeshId, Plan, TargetId, WorkloadId};
use crate::translate;

/// Kind, namespace and name.
type Name = (&'static str, String, String);

/// The names of what is rendered for each cluster that was asked for.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<ClusterId, BTreeSet<Name>>);

impl Names {
    fn of(&mut self, plan: &Plan<'_>, cluster: ClusterId) -> &BTreeSet<Name> {
        self.0.entry(cluster).or_insert_with(|| {
            let mut out = BTreeSet::new();
            translate::names(plan, cluster, |kind, namespace, name| {
                out.insert((kind.as_str(), namespace.to_owned(), name.to_owned()));
            });
            out
        })
    }

    /// Those of some objects that are rendered for a cluster.
    fn rendered<'n>(
        &mut self,
        plan: &Plan<'_>,
        cluster: ClusterId,
        wanted: impl IntoIterator<Item = (ObjectKind, &'n str, String)>,
    ) -> Vec<ObjectView> {
        let known = self.of(plan, cluster);
        let wanted = wanted.into_iter().map(|(kind, namespace, name)| (kind.as_str(), namespace.to_owned(), name));
        wanted.filter(|name| known.contains(name)).map(|name| view(plan, cluster, name)).collect()
    }

    /// The routes of a service for callers in a mesh.
    pub(super) fn routes(&mut self, plan: &Plan<'_>, target: TargetId, client: Option<MeshId>) -> Vec<ObjectView> {
        let at = Client::of(plan, target, client);
        self.rendered(plan, at.cluster, [(ObjectKind::VirtualService, at.namespace, at.name.to_owned())])
    }

    /// What makes a service known to callers in a mesh.
    pub(super) fn service(&mut self, plan: &Plan<'_>, target: TargetId, client: Option<MeshId>) -> Vec<ObjectView> {
        let at = Client::of(plan, target, client);
        let kinds = match at.cluster == plan[target].cluster {
            true => &[ObjectKind::DestinationRule][..],
            false => &[ObjectKind::ServiceEntry, ObjectKind::DestinationRule],
        };
        self.rendered(plan, at.cluster, kinds.iter().map(|kind| (*kind, at.namespace, at.name.to_owned())))
    }

    /// What makes a failover service known to callers in a mesh.
    pub(super) fn failover(&mut self, plan: &Plan<'_>, id: FailoverId, mesh: MeshId) -> Vec<ObjectView> {
        let name = || plan[id].policy.key.name.to_string();
        let wanted = [
            (ObjectKind::ServiceEntry, &*plan.hub, name()),
            (ObjectKind::DestinationRule, &*plan.hub, name()),
            (ObjectKind::EnvoyFilter, &**plan[mesh].namespace, name()),
        ];
        self.rendered(plan, plan[mesh].cluster, wanted)
    }

    /// What lets requests from other clusters in at the gateways of a mesh.
    pub(super) fn entry(&mut self, plan: &Plan<'_>, mesh: MeshId) -> Vec<ObjectView> {
        let Some(parent) = plan[mesh].virtual_mesh else { return Vec::new() };
        let key = plan[parent].policy.key;
        let (gateway, filter) = (names::federation_gateway(key), names::federation_filter(key));
        let more = format!("{gateway}-");
        let is_entry = |(kind, _, name): &&Name| match *kind {
            "Gateway" => *name == gateway || name.starts_with(&more),
            "EnvoyFilter" => *name == filter,
            _ => false,
        };
        let cluster = plan[mesh].cluster;
        let known: Vec<Name> = self.of(plan, cluster).iter().filter(is_entry).cloned().collect();
        let mut out: Vec<ObjectView> = known.into_iter().map(|name| view(plan, cluster, name)).collect();
        out.sort_by_key(|object| object.kind != ObjectKind::Gateway.as_str());
        out
    }

    /// What decides who may call the pods of a workload, or a service of which no workload is known.
    pub(super) fn access(
        &mut self,
        plan: &Plan<'_>,
        (target, guards): (TargetId, &[TargetId]),
        workload: Option<WorkloadId>,
    ) -> Vec<ObjectView> {
        let guards = if workload.is_none() || plan.waypoint(target).is_some() { &[target] } else { guards };
        let mut wanted = Vec::new();
        for guard in guards {
            let service = plan.service(*guard);
            let own = (ObjectKind::AuthorizationPolicy, &*service.namespace, service.name.to_string());
            let at_waypoint = names::waypoint_access(&service.name);
            wanted.extend(plan.waypoint(*guard).map(|_| (own.0, own.1, at_waypoint)));
            wanted.push(own);
        }
        let cluster = plan[target].cluster;
        let found = self.rendered(plan, cluster, wanted);
        match plan[target].mesh {
            Some(mesh) if found.is_empty() => {
                let all = (ObjectKind::AuthorizationPolicy, &**plan[mesh].namespace, names::GLOBAL_ACCESS.to_owned());
                self.rendered(plan, cluster, [all])
            }
            _ => found,
        }
    }
}

/// Where the objects of a service are that callers in a mesh read, and how they are named.
struct Client<'p> {
    cluster: ClusterId,
    namespace: &'p str,
    name: &'p str,
}

impl<'p> Client<'p> {
    fn of(plan: &'p Plan<'_>, target: TargetId, client: Option<MeshId>) -> Self {
        let service = plan.service(target);
        match client.filter(|mesh| plan[*mesh].cluster != plan[target].cluster) {
            Some(mesh) => {
                Self { cluster: plan[mesh].cluster, namespace: plan[mesh].namespace, name: &plan[target].global_host }
            }
            None => Self { cluster: plan[target].cluster, namespace: &service.namespace, name: &service.name },
        }
    }
}

fn view(plan: &Plan<'_>, cluster: ClusterId, (kind, namespace, name): Name) -> ObjectView {
    ObjectView { kind, namespace, name, cluster: plan[cluster].name.to_string() }
}
