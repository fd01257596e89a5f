//! Ambient mode: which services have pods without a proxy of their own, and what policies cannot do for these.

use crate::diag::{Code, FieldPath, Ground};
use crate::discover::DataPlaneMode;
use crate::path;
use crate::plan::{
    DestinationKind, Feature, Index, Part, Plan, Problem, ServicePlane, TargetId, TrafficPolicy, WorkloadId,
};
use crate::resolve::meant::describe_service;

/// Binds how requests get to the pods of each service.
pub(super) fn bind<'a>(index: &Index<'a>, plan: &mut Plan<'a>) {
    if !plan.workloads.iter().any(|workload| workload.known.data_plane.mode == DataPlaneMode::Ambient) {
        return;
    }
    for id in TargetId::all(plan.targets.len()) {
        let is_ambient = |workload: WorkloadId| plan[workload].known.data_plane.mode == DataPlaneMode::Ambient;
        let (ambient, others): (Vec<_>, Vec<_>) = index.behind(plan, id).partition(|workload| is_ambient(*workload));
        plan.targets[id.index()].plane = match (ambient.is_empty(), others.is_empty()) {
            (true, _) => ServicePlane::Sidecar,
            (false, true) => ServicePlane::Ambient,
            (false, false) => ServicePlane::Mixed,
        };
    }
}

/// Finds access policies with methods or paths on services for whose pods nothing enforces them. Istio drops such a rule there, and
/// with it everybody whom it lets in.
pub(super) fn check_access(plan: &mut Plan<'_>) {
    for i in 0..plan.access.len() {
        let policy = &plan.access[i];
        let field = match (policy.operation.methods.is_empty(), policy.operation.paths.is_empty()) {
            (true, true) => continue,
            (false, _) => "allowedMethods",
            (true, false) => "allowedPaths",
        };
        let is_lost = |target: &TargetId| plan.has_ambient_pods(*target) && plan.waypoint(*target).is_none();
        let found: Vec<(TargetId, Problem)> = policy
            .verdict
            .selected
            .iter()
            .filter(|target| is_lost(target))
            .map(|target| (*target, no_waypoint(plan, *target, field)))
            .collect();
        for (target, problem) in found {
            plan.access[i].verdict.at.entry(target).or_default().push(problem);
        }
    }
}

fn no_waypoint(plan: &Plan<'_>, target: TargetId, field: &'static str) -> Problem {
    let service = plan.service(target);
    let text = format!("{field} needs a waypoint for service {}", service.key());
    let (plain, hint) = match plan[target].plane {
        ServicePlane::Mixed => (
            format!(
                "{field} cannot be enforced: some pods of {} are in ambient mode and some are not",
                describe_service(service)
            ),
            "move all its workloads into one mode".to_owned(),
        ),
        _ if plan[target].known.waypoint.is_some() => (
            format!(
                "{field} cannot be enforced: before Istio 1.22 a waypoint takes no policies of {}",
                describe_service(service)
            ),
            "upgrade Istio, or remove the field".to_owned(),
        ),
        ServicePlane::Ambient | ServicePlane::Sidecar => (
            format!("{field} cannot be enforced: {} is in ambient mode and has no waypoint", describe_service(service)),
            format!(
                "add a waypoint, `istioctl waypoint apply -n {}`, and the label istio.io/use-waypoint: waypoint to the Service",
                service.namespace
            ),
        ),
    };
    let problem = Problem::new(Part::Access, path!["spec", field], text);
    Problem { code: Code::NoWaypoint, ground: Ground::Inventory, ..problem }.plain(plain).hint(hint)
}

/// Finds policies that send requests to services of other clusters with pods in ambient mode, and failover services with any.
pub(super) fn check_destinations(plan: &mut Plan<'_>) {
    if plan.targets.iter().all(|target| target.plane == ServicePlane::Sidecar) {
        return;
    }
    for i in 0..plan.traffic.len() {
        for (target, problems) in of_policy(plan, &plan.traffic[i]) {
            plan.traffic[i].verdict.at.entry(target).or_default().extend(problems);
        }
    }
    for i in 0..plan.failovers.len() {
        let backing = plan.failovers[i].verdict.backing.iter();
        let found: Vec<Problem> = backing
            .filter(|(_, target)| plan.has_ambient_pods(*target))
            .map(|(index, target)| unreachable(plan, Part::Policy, path!["spec", "backingServices", *index], *target))
            .collect();
        plan.failovers[i].verdict.problems.extend(found);
    }
}

/// The problems of one policy, for each target that has some.
fn of_policy(plan: &Plan<'_>, policy: &TrafficPolicy<'_>) -> Vec<(TargetId, Vec<Problem>)> {
    let shifted = policy.destinations().iter().enumerate().filter_map(|(j, destination)| match destination.to {
        DestinationKind::Service { target, port: _ } => {
            Some((Part::Feature(Feature::TrafficShift), path!["spec", "trafficShift", "destinations", j], target))
        }
        DestinationKind::Failover(_) => None,
    });
    let mirrored = policy.features.mirror.iter();
    let mirrored = mirrored.map(|mirror| (Part::Feature(Feature::Mirror), path!["spec", "mirror"], mirror.target));
    let ambient: Vec<(Part, FieldPath, TargetId)> =
        shifted.chain(mirrored).filter(|(_, _, to)| plan.has_ambient_pods(*to)).collect();
    if ambient.is_empty() {
        return Vec::new();
    }
    let of = |target: &TargetId| {
        let elsewhere = ambient.iter().filter(|(_, _, to)| plan[*to].cluster != plan[*target].cluster);
        let problems = elsewhere.map(|(part, at, to)| unreachable(plan, *part, at.clone(), *to));
        (*target, problems.collect::<Vec<_>>())
    };
    policy.verdict.selected.iter().map(of).filter(|(_, problems)| !problems.is_empty()).collect()
}

fn unreachable(plan: &Plan<'_>, part: Part, at: FieldPath, target: TargetId) -> Problem {
    let service = plan.service(target);
    let text = format!("kube service {} has pods in ambient mode", service.key());
    let plain = match part {
        Part::Policy => format!("{} has pods in ambient mode, which no failover can reach", describe_service(service)),
        _ => format!(
            "{} has pods in ambient mode, which callers of other clusters cannot reach",
            describe_service(service)
        ),
    };
    let hint = "give its workloads sidecars, or choose a service of the callers' own cluster";
    Problem { code: Code::AmbientDestination, ground: Ground::Inventory, ..Problem::new(part, at, text) }
        .plain(plain)
        .hint(hint)
}
