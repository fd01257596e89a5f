//! Who may call each service: one entry for each policy in force, never one for each pair.

use std::collections::BTreeMap;

use super::{Decision, Evaluator, Reason, Truth};
use crate::plan::{DefaultAccess, Rule, TargetId, WorkloadId};

/// What decides about requests to some pods of a service.
#[derive(Clone, Debug)]
pub struct Entry<'e, 'a> {
    pub target: TargetId,
    /// The pods; empty where the service as a whole decides, or the inventory knows no workload behind it.
    pub workloads: Vec<WorkloadId>,
    pub what: What<'e, 'a>,
}

/// What decides.
#[derive(Clone, Debug)]
pub enum What<'e, 'a> {
    /// No policy: everyone is treated so.
    Everyone(Decision),
    /// A policy lets some callers in.
    Rule {
        rule: Rule<'e, 'a>,
        /// The ports of the service at which it does; none where it does at every one.
        ports: Option<Vec<u32>>,
        /// The ports of the pods.
        pod_ports: Vec<u32>,
    },
}

impl<'a> Evaluator<'_, 'a> {
    /// What decides about requests to a service.
    pub fn entries(&self, target: TargetId) -> Vec<Entry<'_, 'a>> {
        let plan = self.plan;
        let Some(mesh) = plan[target].mesh else {
            let decision = Decision { allowed: Truth::Unknown, why: Reason::NotIstio };
            return vec![Entry { target, workloads: Vec::new(), what: What::Everyone(decision) }];
        };
        let mut out = Vec::new();
        for (guards, workloads) in self.groups(target) {
            let entry = |what| Entry { target, workloads: workloads.clone(), what };
            let rules: Vec<_> = guards.iter().flat_map(|guard| plan.rules(*guard).map(|rule| (*guard, rule))).collect();
            let is_gateway = workloads.iter().any(|workload| plan.is_opened_as_gateway(mesh, *workload));
            match plan.default_access(mesh) {
                DefaultAccess::Deny { by, .. } if is_gateway => {
                    out.push(entry(What::Everyone(Decision { allowed: Truth::Yes, why: Reason::Gateway(by) })));
                }
                DefaultAccess::Deny { by, .. } if rules.is_empty() => {
                    out.push(entry(What::Everyone(Decision { allowed: Truth::No, why: Reason::ShutBy(by) })));
                }
                DefaultAccess::Allow if rules.is_empty() => {
                    out.push(entry(What::Everyone(Decision { allowed: Truth::Yes, why: Reason::Open })));
                }
                DefaultAccess::Allow | DefaultAccess::Deny { .. } => {}
            }
            out.extend(rules.into_iter().filter_map(|(guard, rule)| self.at_ports(target, guard, rule)).map(entry));
        }
        out
    }

    /// The workloads behind a service by the services whose policies are in force there, and by whether they are a gateway's.
    fn groups(&self, target: TargetId) -> Vec<(Vec<TargetId>, Vec<WorkloadId>)> {
        let plan = self.plan;
        let own = || if plan.rules(target).next().is_some() { vec![target] } else { Vec::new() };
        if plan.waypoint(target).is_some() {
            return vec![(own(), Vec::new())];
        }
        let mut groups: BTreeMap<(&[TargetId], bool), Vec<WorkloadId>> = BTreeMap::new();
        for workload in self.index.behind(plan, target) {
            let is_gateway = plan[target].mesh.is_some_and(|mesh| plan.is_opened_as_gateway(mesh, workload));
            groups.entry((self.guards(workload), is_gateway)).or_default().push(workload);
        }
        if groups.is_empty() {
            return vec![(own(), Vec::new())];
        }
        groups.into_iter().map(|((guards, _), workloads)| (guards.to_vec(), workloads)).collect()
    }

    /// A rule of one service as it is for requests to another one with the same pods; none if it is for other ports of these.
    fn at_ports<'e>(&'e self, target: TargetId, guard: TargetId, rule: Rule<'e, 'a>) -> Option<What<'e, 'a>> {
        let plan = self.plan;
        if rule.operation.ports.is_empty() {
            return Some(What::Rule { rule, ports: None, pod_ports: Vec::new() });
        }
        let at_waypoint = plan.waypoint(target).is_some();
        let pod_ports = if at_waypoint { Vec::new() } else { plan.pod_ports(guard, rule.operation) };
        let allows = |number: u32| match self.pod_port(target, number) {
            _ if at_waypoint => rule.operation.ports.contains(&number),
            Some(pod_port) => pod_ports.contains(&pod_port),
            // The pods have a name for it: that of the same service's port.
            None => guard == target && rule.operation.ports.contains(&number),
        };
        let ports: Vec<u32> = plan.called_ports(target).map(|port| port.number).filter(|port| allows(*port)).collect();
        (guard == target || !ports.is_empty()).then_some(What::Rule { rule, ports: Some(ports), pod_ports })
    }
}
