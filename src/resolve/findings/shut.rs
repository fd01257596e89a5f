//! Warns of services that a mesh-wide refusal shuts to callers who can have no identity, or whose requests leave the mesh.

use std::collections::BTreeSet;

use crate::diag::{Code, Diag, Ground, Report};
use crate::discover::{Gateway, GatewayPods, GatewayRole};
use crate::ids::ClusterObjectRef;
use crate::model::Kind;
use crate::path;
use crate::plan::{ClusterId, DefaultAccess, Index, MeshId, Plan, TargetId, VirtualMeshId, WorkloadId};
use crate::resolve::meant::{Names, describe_service};

/// Warns about the services of every mesh that refuses requests by default.
pub(super) fn report<'a>(plan: &Plan<'a>, names: &Names<'_, 'a>, report: &mut Report) {
    let index = names.index;
    // An AccessPolicy that could not be read may be the one that is missing.
    let ground = if names.unread.has(Kind::AccessPolicy) { Ground::Unread } else { Ground::Inventory };
    let egress = egress(plan);
    for mesh in MeshId::all(plan.meshes.len()) {
        let DefaultAccess::Deny { by, gateways, others } = plan.default_access(mesh) else { continue };
        // Only these can be used in vain; what is behind a service is not looked up for any other.
        let is_used = |target: &TargetId| {
            let bound = &plan[*target];
            bound.access.is_empty()
                && (bound.known.external || egress.contains(&(bound.cluster, &*bound.known.service.namespace)))
        };
        let used: Vec<TargetId> = plan[mesh].targets.iter().copied().filter(is_used).collect();
        if used.is_empty() {
            continue;
        }
        let shut = Shut { plan, index, gateways, others, allowed: allowed(plan, index, mesh) };
        for target in used {
            if let Some(what) = shut.what(target) {
                report.push(shut.warning(target, by, what).on(ground));
            }
        }
    }
}

/// The namespaces with pods of egress gateways.
fn egress<'p>(plan: &'p Plan<'_>) -> BTreeSet<(ClusterId, &'p str)> {
    let pods = plan.workloads.iter().filter(|workload| workload.known.gateway == Some(GatewayRole::Egress));
    pods.map(|workload| (workload.cluster, &*workload.known.controller.namespace)).collect()
}

/// The workloads of a mesh that some access policy is for.
fn allowed<'a>(plan: &Plan<'a>, index: &Index<'a>, mesh: MeshId) -> BTreeSet<WorkloadId> {
    let selected = plan[mesh].targets.iter().filter(|target| !plan[**target].access.is_empty());
    selected.flat_map(|target| index.behind(plan, *target)).collect()
}

/// What decides whether a service of one mesh is shut.
struct Shut<'p, 'a> {
    plan: &'p Plan<'a>,
    index: &'p Index<'a>,
    gateways: &'p [Gateway],
    others: &'p [GatewayPods],
    allowed: BTreeSet<WorkloadId>,
}

impl Shut<'_, '_> {
    /// How a service without access policies is used in vain; none if it is not, or if some access policy is for all of its pods.
    fn what(&self, target: TargetId) -> Option<&'static str> {
        let behind: Vec<WorkloadId> = self.index.behind(self.plan, target).collect();
        let is_allowed = !behind.is_empty() && behind.iter().all(|workload| self.allowed.contains(workload));
        if is_allowed {
            return None;
        }
        let is = |role| move |workload: &WorkloadId| self.plan[*workload].known.gateway == Some(role);
        if behind.iter().any(is(GatewayRole::Egress)) {
            return Some("is an egress gateway");
        }
        let is_open = match behind.is_empty() {
            true => self.is_open(target),
            false => behind.iter().all(is(GatewayRole::Ingress)),
        };
        (self.plan[target].known.external && !is_open).then_some("takes requests from outside the mesh")
    }

    /// Whether the pods that a service selects are a gateway's, although no file has them.
    fn is_open(&self, target: TargetId) -> bool {
        let known = self.plan[target].known;
        let has = |(key, value)| known.selector.get(key) == Some(value);
        self.gateways.iter().any(|gateway| gateway.labels.iter().all(has))
            || self.others.iter().any(|pods| pods.namespace == known.service.namespace && pods.labels.iter().all(has))
    }

    fn warning(&self, target: TargetId, by: VirtualMeshId, what: &str) -> Diag {
        let known = self.plan[target].known;
        let policy = &self.plan[by].policy;
        let message = format!(
            "{} {what}, but {} refuses every request to it, because no AccessPolicy selects it",
            describe_service(&known.service),
            policy.named
        );
        let ClusterObjectRef { cluster, namespace, name } = &known.service;
        let hint = format!(
            "allow the requests: {{apiVersion: networking.smh.solo.io/v1alpha2, kind: AccessPolicy, metadata: {{name: {name}, \
             namespace: {namespace}}}, spec: {{destinationSelector: [{{kubeServiceRefs: {{services: [{{name: {name}, namespace: \
             {namespace}, clusterName: {cluster}}}]}}}}]}}}}"
        );
        Diag::new(Code::ShutToOutside, known.place.clone(), message)
            .related(policy.place(path!["spec", "globalAccessPolicy"]), "requests are refused by default here")
            .hint(hint)
    }
}
