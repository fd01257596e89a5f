//! What is let in at some pods.

use crate::ask::Evaluator;
use crate::plan::{AccessId, Callers, DefaultAccess, Operation, Rule, TargetId, VirtualMeshId, WorkloadId};

/// What is let in at some pods, or at the waypoint before them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission<'p> {
    /// What the policies in force allow. Nothing else is let in if there are any, whatever `shut_by` is.
    pub allowed: Vec<Allow<'p>>,
    /// The virtual mesh that refuses everyone where no policy is in force.
    pub shut_by: Option<VirtualMeshId>,
}

/// What a policy allows at some pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allow<'p> {
    pub by: AccessId,
    /// Who may call; an empty list allows everyone.
    pub callers: &'p [Callers<'p>],
    pub methods: &'p [&'static str],
    pub paths: Vec<&'p str>,
    /// Ports of the pods, or of the service at its waypoint.
    pub ports: Vec<u32>,
}

impl Admission<'_> {
    /// Whether everyone is let in, since no policy is in force.
    pub fn is_open(&self) -> bool {
        self.allowed.is_empty() && self.shut_by.is_none()
    }

    /// Whether everyone is refused, since no policy is in force.
    pub fn is_shut(&self) -> bool {
        self.allowed.is_empty() && self.shut_by.is_some()
    }
}

impl<'p> Evaluator<'p, '_> {
    /// What a workload's pods let in.
    pub fn admission(&self, workload: WorkloadId) -> Admission<'p> {
        let plan = self.plan;
        let of = |target: TargetId| {
            plan.rules(target).map(move |rule| self.allow(&rule, plan.pod_ports(target, rule.operation)))
        };
        let mut allowed: Vec<Allow<'p>> = self.guards(workload).iter().flat_map(|target| of(*target)).collect();
        let mesh = plan[workload].mesh;
        if mesh.is_some_and(|mesh| plan.is_opened_as_gateway(mesh, workload)) {
            // Whatever else is in force, everyone is let in.
            allowed.clear();
            return Admission { allowed, shut_by: None };
        }
        Admission { allowed, shut_by: mesh.and_then(|mesh| self.shut_by(mesh)) }
    }

    /// What a service lets in by its own policies: at its waypoint, or at pods of which nothing else is known.
    pub fn service_admission(&self, target: TargetId) -> Admission<'p> {
        let plan = self.plan;
        let is_waypoint = plan.waypoint(target).is_some();
        let ports = |operation: &Operation<'p>| match is_waypoint {
            true => operation.ports.to_vec(),
            false => plan.pod_ports(target, operation),
        };
        let allowed = plan.rules(target).map(|rule| self.allow(&rule, ports(rule.operation))).collect();
        Admission { allowed, shut_by: plan[target].mesh.and_then(|mesh| self.shut_by(mesh)) }
    }

    fn shut_by(&self, mesh: crate::plan::MeshId) -> Option<VirtualMeshId> {
        match self.plan.default_access(mesh) {
            DefaultAccess::Allow => None,
            DefaultAccess::Deny { by, .. } => Some(by),
        }
    }

    fn allow(&self, rule: &Rule<'p, 'p>, ports: Vec<u32>) -> Allow<'p> {
        let Rule { by, callers, operation } = *rule;
        let paths = operation.paths.iter().map(|path| &**path).collect();
        Allow { by, callers, methods: &operation.methods, paths, ports }
    }
}
