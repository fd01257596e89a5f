//! Binds the destinations that TrafficPolicies send or copy requests to.

use std::collections::BTreeMap;

use super::{patterns, percent};
use crate::diag::listing::choices;
use crate::diag::{Code, Diag, FieldPath, Ground, Report};
use crate::ids::{ClusterObjectRef, ObjectRef, Text};
use crate::model::traffic_policy::{
    FailoverDestination, KubeDestination, Mirror as WrittenMirror, MirrorDestination, ShiftDestination, ShiftTarget,
    TrafficPolicy, TrafficShift,
};
use crate::model::{Kind, Object};
use crate::path;
use crate::plan::{Destination, DestinationKind, Feature, Mirror, Part, Plan, Problem, TargetId};
use crate::resolve::meant::{Names, describe_service};
use crate::resolve::problems::{both, keep_first_in_status};

/// Labels of pods.
type Labels = BTreeMap<Text, Text>;

/// A traffic shift as bound.
#[derive(Default)]
pub(super) struct Shift<'a> {
    /// Its destinations, if it is valid and has any.
    pub(super) destinations: Option<Box<[Destination<'a>]>>,
    /// Its destinations, if each is valid but their weights are not.
    pub(super) refused: Box<[Destination<'a>]>,
    pub(super) problems: Vec<Problem>,
}

/// Binds a traffic shift, and reports what is wrong with it. If a destination is not valid, none is bound.
pub(super) fn shift<'a>(
    object: &Object<TrafficPolicy>,
    shift: &'a TrafficShift,
    names: &Names<'_, 'a>,
    plan: &Plan<'a>,
    report: &mut Report,
) -> Shift<'a> {
    let at = path!["spec", "trafficShift", "destinations"];
    if shift.destinations.is_empty() && !object.faults.iter().any(|fault| fault.is_null) {
        let message = "trafficShift has no destinations, so it has no effect";
        report.push(Diag::new(Code::EmptyShift, object.place(path!["spec", "trafficShift"]), message));
    }
    let (mut bound, mut problems) = (Vec::with_capacity(shift.destinations.len()), Vec::new());
    for (i, destination) in shift.destinations.iter().enumerate() {
        match bind(destination, at.with(i), names, plan) {
            Ok(destination) => bound.push(destination),
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        bound.clear();
    }
    problems.extend(check_weights(&shift.destinations));
    keep_first_in_status(&mut problems);
    match problems.is_empty() {
        true => Shift { destinations: (!bound.is_empty()).then(|| bound.into()), refused: Box::default(), problems },
        false => Shift { destinations: None, refused: bound.into(), problems },
    }
}

/// The weights of several destinations add up to 100; a single destination has all of it, with or without a weight.
fn check_weights(destinations: &[ShiftDestination]) -> Option<Problem> {
    let sum: u64 = destinations.iter().map(|d| u64::from(d.weight)).sum();
    let right = match destinations.len() {
        0 => true,
        1 => sum == 0 || sum == 100,
        _ => sum == 100,
    };
    if right {
        return None;
    }
    let at = path!["spec", "trafficShift", "destinations"];
    let text = format!("the weights of the destinations sum to {sum}, not to 100");
    Some(
        Problem::new(Part::Feature(Feature::TrafficShift), at, text)
            .hint("make the weights add up to 100; a single destination needs no weight"),
    )
}

fn bind<'a>(
    destination: &'a ShiftDestination,
    at: FieldPath,
    names: &Names<'_, 'a>,
    plan: &Plan<'a>,
) -> Result<Destination<'a>, Problem> {
    let ShiftDestination { weight, destination } = destination;
    let (to, subset) = match destination {
        None => {
            let text = "must set a destination type on traffic shift destination";
            let plain = format!("{at} does not name a destination");
            let problem = Problem::new(Part::Feature(Feature::TrafficShift), at, text).plain(plain);
            return Err(problem.hint("set kubeService or failoverServiceRef"));
        }
        Some(ShiftTarget::KubeService(service)) => bind_service(service, &at.with("kubeService"), names, plan)?,
        Some(ShiftTarget::FailoverService(key)) => {
            (bind_failover(key, at.with("failoverServiceRef"), names, plan)?, None)
        }
        Some(ShiftTarget::FailoverDestination(FailoverDestination { name, namespace, subset })) => {
            let key = ObjectRef::new(namespace.clone(), name.clone());
            (bind_failover(&key, at.with("failoverService"), names, plan)?, Some(subset))
        }
    };
    let wrong = subset.iter().flat_map(|labels| {
        let at = match destination {
            Some(ShiftTarget::FailoverDestination(_)) => at.with("failoverService"),
            _ => at.with("kubeService"),
        };
        patterns::labels(labels, "subset", Part::Feature(Feature::TrafficShift), &at.with("subset"))
    });
    if let Some(problem) = wrong.into_iter().next() {
        return Err(problem);
    }
    // A subset without labels is every endpoint.
    Ok(Destination { to, subset: subset.filter(|subset| !subset.is_empty()), weight: *weight })
}

fn bind_service<'a>(
    written: &'a KubeDestination,
    at: &FieldPath,
    names: &Names<'_, 'a>,
    plan: &Plan<'a>,
) -> Result<(DestinationKind, Option<&'a Labels>), Problem> {
    let KubeDestination { name, namespace, cluster_name, subset, port } = written;
    let service = ClusterObjectRef::new(cluster_name.clone(), namespace.clone(), name.clone());
    let Some(target) = names.index.service(&service) else {
        let key = service.key();
        let text = format!("invalid traffic shift destination {key}: TrafficTarget not found for kube service {key}");
        return Err(names.not_found(
            Problem::unknown(Part::Feature(Feature::TrafficShift), at.clone(), text),
            "trafficShift names",
            &service,
        ));
    };
    let port = check_port(*port, target, plan, at, &Wording::Shift)?;
    Ok((DestinationKind::Service { target, port }, Some(subset)))
}

/// Which feature a port belongs to: status texts differ.
enum Wording {
    Shift,
    Mirror,
}

/// Checks that a port is one of the service's, or that none is required. Port 0 counts as absent.
fn check_port(
    port: u32,
    target: TargetId,
    plan: &Plan<'_>,
    at: &FieldPath,
    wording: &Wording,
) -> Result<Option<u32>, Problem> {
    let known = plan[target].known;
    let (part, what) = match wording {
        Wording::Shift => (Part::Feature(Feature::TrafficShift), "traffic shift destination"),
        Wording::Mirror => (Part::Feature(Feature::Mirror), "mirror destination"),
    };
    let key = known.service.key();
    if port != 0 {
        if known.ports.iter().any(|p| p.number == port) {
            return Ok(Some(port));
        }
        let text = format!("specified port {port} does not exist for {what} service {key}");
        let plain = format!("{} has no port {port}", describe_service(&known.service));
        let hint = format!("use one of its ports: {}", port_numbers(target, plan));
        return Err(Problem::unknown(part, at.with("port"), text).plain(plain).hint(hint));
    }
    match wording {
        // SMI has no ports, so whether one is required depends on the caller's mesh.
        Wording::Shift if plan[target].smi.is_some() => Ok(None),
        Wording::Shift | Wording::Mirror => needed(target, plan, at, part, what).map_or(Ok(None), Err),
    }
}

/// The problem of a traffic shift that names no port of a service with several.
pub(in crate::resolve) fn port_needed(target: TargetId, plan: &Plan<'_>, at: &FieldPath) -> Option<Problem> {
    needed(target, plan, at, Part::Feature(Feature::TrafficShift), "traffic shift destination")
}

fn needed(target: TargetId, plan: &Plan<'_>, at: &FieldPath, part: Part, what: &str) -> Option<Problem> {
    let known = plan[target].known;
    let (key, count) = (known.service.key(), known.ports.len());
    let text = format!("must provide port for {what} service {key} with multiple ports ({count}) defined");
    let plain = format!("{} has {count} ports, so port is required", describe_service(&known.service));
    let hint = format!("add port: one of {}", port_numbers(target, plan));
    let problem = || Problem::new(part, at.clone(), text).plain(plain).hint(hint);
    (count > 1).then(problem)
}

fn port_numbers(target: TargetId, plan: &Plan<'_>) -> String {
    choices(plan[target].known.distinct_ports().map(|port| port.number.to_string()))
}

fn bind_failover(
    key: &ObjectRef,
    at: FieldPath,
    names: &Names<'_, '_>,
    plan: &Plan<'_>,
) -> Result<DestinationKind, Problem> {
    if let Some(failover) = plan.failover(key) {
        return Ok(DestinationKind::Failover(failover));
    }
    let id = format!("{}.{}.", key.name, key.namespace);
    let text = format!(
        "invalid traffic shift destination {id}, FailoverService not found: *v1alpha2.FailoverService with id {id} not found"
    );
    Err(Problem::unknown(Part::Feature(Feature::TrafficShift), at, text)
        .plain(format!("trafficShift names FailoverService {key}, which does not exist"))
        .on(if names.unread.may_have(Kind::FailoverService, key) { Ground::Unread } else { Ground::Itself })
        .maybe_hint(names.near_object(key, plan.failovers.iter().map(|failover| failover.policy.key))))
}

/// Binds a mirror.
pub(super) fn mirror(written: &WrittenMirror, names: &Names<'_, '_>, plan: &Plan<'_>) -> Result<Mirror, Vec<Problem>> {
    let WrittenMirror { percentage, port, destination } = written;
    let at = path!["spec", "mirror"];
    let percentage = percent(*percentage, Feature::Mirror, at.with("percentage"));
    let bound = both(mirror_service(destination.as_ref(), *port, &at, names, plan), percentage);
    bound.map(|((target, port), percentage)| Mirror { target, port, percentage })
}

/// The service that requests are copied to, and its port.
fn mirror_service(
    destination: Option<&MirrorDestination>,
    port: u32,
    at: &FieldPath,
    names: &Names<'_, '_>,
    plan: &Plan<'_>,
) -> Result<(TargetId, Option<u32>), Problem> {
    let Some(MirrorDestination::KubeService(service)) = destination else {
        return Err(Problem::new(Part::Feature(Feature::Mirror), at.clone(), "must provide mirror destination")
            .plain("mirror does not name a service")
            .hint("set kubeService"));
    };
    let Some(target) = names.index.service(service) else {
        let text = format!("invalid mirror destination: TrafficTarget not found for kube service {}", service.key());
        return Err(names.not_found(
            Problem::unknown(Part::Feature(Feature::Mirror), at.with("kubeService"), text),
            "mirror names",
            service,
        ));
    };
    Ok((target, check_port(port, target, plan, at, &Wording::Mirror)?))
}
