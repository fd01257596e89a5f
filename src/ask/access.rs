//! Who may call what.

use super::admits::admits;
use super::{Caller, Evaluator, HttpRequest, Truth};
use crate::discover::TargetPort;
use crate::plan::{AccessId, DefaultAccess, MeshId, Rule, TargetId, VirtualMeshId, WorkloadId};

/// Whether a request is let in, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub allowed: Truth,
    pub why: Reason,
}

/// Why a request is let in, or is not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// It is in no Istio, of which alone it is known who is let in.
    NotIstio,
    /// No policy is in force, and the mesh lets everyone in.
    Open,
    /// No policy is in force, and a virtual mesh refuses everyone.
    ShutBy(VirtualMeshId),
    /// The pods are those of a gateway, which a virtual mesh that refuses everyone leaves open.
    Gateway(VirtualMeshId),
    /// These policies let it in; if it is refused, no one of these does; if that is unknown, it depends on these.
    Policies(Vec<AccessId>),
}

/// What is known of a mesh that is not an Istio.
const NOT_ISTIO: Decision = Decision { allowed: Truth::Unknown, why: Reason::NotIstio };

impl Evaluator<'_, '_> {
    /// Whether pods let a request in at one of their ports; no port is one whose number the inventory does not say.
    pub fn at_pods(
        &self,
        workload: WorkloadId,
        caller: Caller<'_>,
        request: &HttpRequest,
        port: Option<u32>,
    ) -> Decision {
        let plan = self.plan;
        let Some(mesh) = plan[workload].mesh else { return NOT_ISTIO };
        let rules = self.guards(workload).iter().flat_map(|target| plan.rules(*target).map(|rule| (*target, rule)));
        let admits = |(target, rule): (TargetId, Rule<'_, '_>)| {
            (rule.by, admits(&rule, caller, request, port, &plan.pod_ports(target, rule.operation)))
        };
        match self.decide(rules.map(admits).collect(), mesh) {
            Decision { allowed, why: _ } if allowed != Truth::Yes && plan.is_opened_as_gateway(mesh, workload) => {
                self.opened(mesh)
            }
            decision => decision,
        }
    }

    /// What a gateway's pods do, which a mesh never shuts.
    fn opened(&self, mesh: MeshId) -> Decision {
        match self.plan.default_access(mesh) {
            DefaultAccess::Deny { by, .. } => Decision { allowed: Truth::Yes, why: Reason::Gateway(by) },
            DefaultAccess::Allow => Decision { allowed: Truth::Yes, why: Reason::Open },
        }
    }

    /// Whether a service lets a request in at one of its ports, as far as its own policies decide: those at its waypoint, or those
    /// at pods of which the inventory knows nothing else.
    pub fn at_service(&self, target: TargetId, caller: Caller<'_>, request: &HttpRequest, port: u32) -> Decision {
        let plan = self.plan;
        let Some(mesh) = plan[target].mesh else { return NOT_ISTIO };
        let is_waypoint = plan.waypoint(target).is_some();
        let at = if is_waypoint { Some(port) } else { self.pod_port(target, port) };
        let admits = |rule: Rule<'_, '_>| {
            let of_pods = || plan.pod_ports(target, rule.operation);
            let ports = if is_waypoint { rule.operation.ports.to_vec() } else { of_pods() };
            (rule.by, admits(&rule, caller, request, at, &ports))
        };
        self.decide(plan.rules(target).map(admits).collect(), mesh)
    }

    /// What follows from whether each policy in force lets a request in.
    fn decide(&self, admitting: Vec<(AccessId, Truth)>, mesh: MeshId) -> Decision {
        if admitting.is_empty() {
            return match self.plan.default_access(mesh) {
                DefaultAccess::Allow => Decision { allowed: Truth::Yes, why: Reason::Open },
                DefaultAccess::Deny { by, .. } => Decision { allowed: Truth::No, why: Reason::ShutBy(by) },
            };
        }
        let allowed = admitting.iter().fold(Truth::No, |all, (_, one)| all.or(*one));
        let mut by: Vec<AccessId> =
            admitting.into_iter().filter(|(_, one)| *one == allowed).map(|(by, _)| by).collect();
        by.sort_unstable();
        by.dedup();
        Decision { allowed, why: Reason::Policies(by) }
    }

    /// The port of a service's pods to which one of its ports leads; none if that is a name.
    pub fn pod_port(&self, target: TargetId, port: u32) -> Option<u32> {
        let known = self.plan[target].known.ports.iter().find(|known| known.number == port);
        match known.and_then(|known| known.target.as_ref()) {
            Some(TargetPort::Number(number)) => Some(*number),
            Some(TargetPort::Name(_)) => None,
            None => Some(port),
        }
    }
}
