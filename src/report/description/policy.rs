//! Policies.

use super::{Description, Fact, Making, TargetView, fact, one};
use crate::ids::ObjectRef;
use crate::model::Kind;
use crate::path;
use crate::plan::{AccessId, Callers, FailoverId, MeshId, Operation, Policy, TrafficId, VirtualMeshId};
use crate::resolve::status::{Approval, Status};

impl Making<'_, '_> {
    /// A policy of which the status is known.
    pub(super) fn policy(&self, status: &Status) -> Description {
        let Status { api_version, kind, key, state, errors, approvals } = status;
        let named = kind.named(key);
        let mut facts = vec![one("state", state.as_str()), one("API version", api_version)];
        facts.extend(self.place(*kind, key).map(|place| one("file", place)));
        facts.push(fact("errors", errors));
        facts.extend(self.own_facts(*kind, key));
        let target = |(name, approval): (&ObjectRef, &Approval)| {
            let Approval { acceptance_order, errors, state } = approval;
            let order = errors.is_empty().then_some(*acceptance_order);
            TargetView { name: self.target_name(name), state: state.as_str(), order, errors: errors.clone() }
        };
        let clusters = self.plan.cluster_ids().filter(|id| self.plan.is_rendered(*id));
        Description {
            thing: kind.as_str().to_owned(),
            name: key.to_string(),
            facts,
            targets: approvals.iter().map(target).collect(),
            objects: clusters.flat_map(|id| self.from(id, |source| *source == *named)).collect(),
            ..Description::default()
        }
    }

    /// A service or a mesh as commands name it.
    fn target_name(&self, key: &ObjectRef) -> String {
        let found = self.plan.targets.binary_search_by(|target| target.key.cmp(key));
        let service = found.ok().map(|at| self.plan.service_name(crate::plan::TargetId::at(at)));
        service.unwrap_or_else(|| key.to_string())
    }

    fn place(&self, kind: Kind, key: &ObjectRef) -> Option<String> {
        let plan = self.plan;
        let all = [
            plan.traffic.iter().map(|one| &one.policy).collect::<Vec<&Policy<'_>>>(),
            plan.access.iter().map(|one| &one.policy).collect(),
            plan.virtual_meshes.iter().map(|one| &one.policy).collect(),
            plan.failovers.iter().map(|one| &one.policy).collect(),
        ];
        let policy = all.into_iter().flatten().find(|policy| policy.kind == kind && policy.key == key)?;
        self.places.text(&policy.place(path!["metadata", "name"]))
    }

    fn own_facts(&self, kind: Kind, key: &ObjectRef) -> Vec<Fact> {
        let plan = self.plan;
        match kind {
            Kind::TrafficPolicy => {
                let found = TrafficId::all(plan.traffic.len()).find(|id| plan[*id].policy.key == key);
                found.map(|id| self.traffic(id)).unwrap_or_default()
            }
            Kind::AccessPolicy => {
                let found = AccessId::all(plan.access.len()).find(|id| plan[*id].policy.key == key);
                found.map(|id| self.allowing(id)).unwrap_or_default()
            }
            Kind::VirtualMesh => {
                let found = VirtualMeshId::all(plan.virtual_meshes.len()).find(|id| plan[*id].policy.key == key);
                found.map(|id| self.grouping(id)).unwrap_or_default()
            }
            Kind::FailoverService => plan.failover(key).map(|id| self.failing(id)).unwrap_or_default(),
            Kind::Cluster | Kind::KubernetesCluster | Kind::Mesh | Kind::Workload | Kind::TrafficTarget => Vec::new(),
        }
    }

    fn traffic(&self, id: TrafficId) -> Vec<Fact> {
        let policy = &self.plan[id];
        let sources = if policy.sources.is_empty() { "every caller" } else { "some callers" };
        vec![one("for", sources), fact("sets", policy.features.given().iter().map(|feature| feature.written()))]
    }

    fn allowing(&self, id: AccessId) -> Vec<Fact> {
        let policy = &self.plan[id];
        let Operation { methods, paths, ports } = &policy.operation;
        let everyone = policy.callers.default.is_empty() && policy.callers.by_group.is_empty();
        let mut callers: Vec<String> = Vec::new();
        for some in policy.callers.by_group.values().flatten().chain(&policy.callers.default) {
            let names: Vec<String> = match some {
                Callers::Namespaces(names) => names.iter().map(|name| format!("namespace {name}")).collect(),
                Callers::Identities(identities) => identities.names().to_vec(),
            };
            callers.extend(names);
        }
        callers.sort();
        callers.dedup();
        vec![
            fact("allows", everyone.then_some("everyone")),
            fact("allows callers", callers),
            fact("methods", methods),
            fact("paths", *paths),
            fact("ports", *ports),
        ]
    }

    fn grouping(&self, id: VirtualMeshId) -> Vec<Fact> {
        let parent = &self.plan[id];
        let access = if parent.deny_by_default { "refused" } else { "allowed" };
        let federation = match (parent.federated, &parent.restriction) {
            (false, _) => "none",
            (true, None) => "all services",
            (true, Some(_)) => "the services that its selectors name",
        };
        vec![
            fact("meshes", parent.meshes.iter().map(|mesh: &MeshId| self.mesh_name(*mesh))),
            one("federation", federation),
            one("requests that no AccessPolicy is for", access),
            one("issues certificates", if parent.root.is_some() { "yes" } else { "no" }),
        ]
    }

    fn failing(&self, id: FailoverId) -> Vec<Fact> {
        let failover = &self.plan[id];
        let backing = failover.backing.iter().enumerate();
        let backing =
            backing.map(|(order, (target, port))| format!("{}. {}:{port}", order + 1, self.plan.service_name(*target)));
        vec![one("host", format!("{}:{}", failover.host, failover.port)), fact("tries", backing)]
    }
}
