//! Parts of TrafficPolicies that an Open Service Mesh does not support. It only splits requests between services of one namespace.

use std::collections::BTreeMap;

use super::ProblemsAt;
use crate::diag::{Code, Diag, FieldPath, Report};
use crate::ids::ObjectRef;
use crate::model::Object;
use crate::model::traffic_policy::TrafficPolicy;
use crate::path;
use crate::plan::{Destination, DestinationKind, Feature, Part, Plan, Problem, SmiSupport, TargetId, TrafficId};
use crate::resolve::meant::describe_services;
use crate::resolve::traffic::destinations;

/// The type that the reference's text names for a destination that is a failover service.
const FAILOVER_TYPE: &str = "*v1alpha2.TrafficPolicySpec_MultiDestination_WeightedDestination_FailoverServiceRef";

/// Checks one policy. `splits` holds the policy that shares the requests of each service, by key order.
pub(super) fn check(
    object: &Object<TrafficPolicy>,
    id: TrafficId,
    plan: &Plan<'_>,
    splits: &mut BTreeMap<TargetId, TrafficId>,
    report: &mut Report,
) -> ProblemsAt {
    let mut found = check_ports_for_istio(id, plan);
    let targets = super::selected(&plan[id].verdict, plan);
    if targets.is_empty() {
        return found;
    }
    warn_of_ignored(object, id, plan, &targets, report);
    let features = unsupported_features(object, id, plan);
    for target in targets {
        let mut problems = features.clone();
        let wrong = check_shift(id, target, plan);
        // As in Istio, a shift that is not valid claims nothing, so another policy may set it.
        if plan[id].features.shift.is_some() && wrong.is_empty() {
            match splits.get(&target) {
                Some(owner) => problems.push(second_split(plan[*owner].policy.key)),
                None => drop(splits.insert(target, id)),
            }
        }
        problems.extend(wrong);
        found.push((target, problems));
    }
    found
}

/// Warns of fields that are ignored without changing what the rest of the policy does.
fn warn_of_ignored(
    object: &Object<TrafficPolicy>,
    id: TrafficId,
    plan: &Plan<'_>,
    targets: &[TargetId],
    report: &mut Report,
) {
    let whose = describe_services(targets, plan);
    let hint = "remove it, or select only services of Istio meshes";
    let mut warn = |code: Code, field: &str, why: &str| {
        let message = format!("{field} has no effect for {whose} in an Open Service Mesh: {why}");
        report.push(Diag::new(code, object.place(path!["spec", field]), message).hint(hint));
    };
    if object.spec.http_request_matchers.as_ref().is_some_and(|matchers| !matchers.is_empty()) {
        let why = "SMI splits all requests to a service in the same way";
        warn(Code::MatchersIgnored, "httpRequestMatchers", why);
    }
    for feature in Feature::ALL.iter().filter(|feature| plan[id].written.has(**feature)) {
        if let SmiSupport::Ignored(why) = feature.smi() {
            warn(Code::FeatureIgnored, feature.written(), why);
        }
    }
}

/// The fields that SMI does not support, in the order of a status.
fn unsupported_features(object: &Object<TrafficPolicy>, id: TrafficId, plan: &Plan<'_>) -> Vec<Problem> {
    let written = plan[id].written;
    let mut unsupported_fields: Vec<(u8, &str, &str, &str)> = Feature::ALL
        .iter()
        .filter(|feature| written.has(**feature))
        .filter_map(|given| match given.smi() {
            SmiSupport::Unsupported { rank, feature, what } => Some((rank, feature, given.written(), what)),
            SmiSupport::Translated | SmiSupport::Ignored(_) => None,
        })
        .collect();
    if !object.spec.source_selector.is_empty() {
        unsupported_fields.push((u8::MAX, "SourceSelector", "sourceSelector", "source selectors for traffic policies"));
    }
    unsupported_fields.sort_unstable();
    let problem = |(_, feature, field, what): (u8, &str, &str, &str)| {
        let hint = format!("remove {field}, or select only services of Istio meshes");
        let status = format!("SMI does not support {what}");
        unsupported(&object.key, feature, &status, path!["spec", field])
            .plain(format!("Open Service Mesh uses SMI, which does not support {field}"))
            .hint(hint)
    };
    unsupported_fields.into_iter().map(problem).collect()
}

/// A problem in the reference's words for its status.
fn unsupported(key: &ObjectRef, feature: &str, reason: &str, at: FieldPath) -> Problem {
    let text = format!("Unsupported feature {feature} used on resource *v1.ObjectRef <{}>. {reason}", key.key());
    Problem::new(Part::Policy, at, text)
}

/// Checks the destinations: services of the same namespace, without port or subset.
fn check_shift(id: TrafficId, target: TargetId, plan: &Plan<'_>) -> Vec<Problem> {
    let own = plan.service(target);
    let mut problems = Vec::new();
    for (i, destination) in plan[id].destinations().iter().enumerate() {
        let at = path!["spec", "trafficShift", "destinations", i];
        let Destination { to, subset, weight: _ } = destination;
        let DestinationKind::Service { target: to, port } = *to else {
            let reason = "SMI traffic split only supports Kube destinations";
            let problem =
                Problem::new(Part::Policy, at.with("failoverServiceRef"), format!("{reason}, found {FAILOVER_TYPE}"));
            let plain = "Open Service Mesh uses SMI, which can only shift requests to services";
            problems.push(problem.plain(plain).hint("use kubeService"));
            continue;
        };
        let to = plan.service(to);
        let elsewhere = || format!("shift to services of namespace {} in cluster {}", own.namespace, own.cluster);
        for wrong in [
            subset.is_some().then(subset_of_service),
            port.is_some().then(port_of_service),
            (to.cluster != own.cluster).then(|| other_cluster(elsewhere())),
            (to.namespace != own.namespace).then(|| other_namespace(elsewhere())),
        ] {
            problems.extend(wrong.map(|wrong| wrong.problem(plan[id].policy.key, i)));
        }
    }
    problems
}

/// What a destination has that a TrafficSplit cannot have.
struct NotInSplit {
    /// The name of the field in the reference's status, with its spelling.
    feature: &'static str,
    field: &'static str,
    status: &'static str,
    plain: &'static str,
    hint: String,
}

impl NotInSplit {
    fn problem(self, policy: &ObjectRef, index: usize) -> Problem {
        let Self { feature, field, status, plain, hint } = self;
        let at = path!["spec", "trafficShift", "destinations", index, "kubeService", field];
        unsupported(policy, &format!("TrafficShift.Destination[{index}].{feature}"), status, at)
            .plain(format!("Open Service Mesh uses SMI, which cannot shift requests to {plain}"))
            .hint(hint)
    }
}

fn subset_of_service() -> NotInSplit {
    NotInSplit {
        feature: "Subest",
        field: "subset",
        status: "SMI does not support subset routing",
        plain: "a subset of a service",
        hint: "create a service for each version, and shift between these services".into(),
    }
}

fn port_of_service() -> NotInSplit {
    NotInSplit {
        feature: "Port",
        field: "port",
        status: "SMI does not support specifying a service port for traffic shifting",
        plain: "a chosen port",
        hint: "remove port: requests keep the port that was called".into(),
    }
}

fn other_cluster(hint: String) -> NotInSplit {
    NotInSplit {
        feature: "Cluster",
        field: "clusterName",
        status: "SMI does not currently support multi cluster traffic shifting",
        plain: "another cluster",
        hint,
    }
}

fn other_namespace(hint: String) -> NotInSplit {
    NotInSplit {
        feature: "Namespace",
        field: "namespace",
        status: "SMI does not support traffic split destinations in different namespaces",
        plain: "another namespace",
        hint,
    }
}

fn second_split(owner: &ObjectRef) -> Problem {
    let text = "SMI only supports one TrafficSplit per service, multiple found";
    let plain = format!("SMI supports one TrafficSplit per service, and TrafficPolicy {owner} already makes it");
    let problem = Problem::new(Part::Policy, path!["spec", "trafficShift"], text).plain(plain);
    Problem { code: Code::Conflict, ..problem.hint("put all destinations into one policy") }
}

/// Checks the ports that were not required for services of an Open Service Mesh: callers in an Istio mesh need the port of a
/// destination that has several.
fn check_ports_for_istio(id: TrafficId, plan: &Plan<'_>) -> ProblemsAt {
    let at = path!["spec", "trafficShift", "destinations"];
    let destinations = plan[id].destinations().iter().enumerate();
    let missing: Vec<Problem> = destinations
        .filter_map(|(i, destination)| match destination.to {
            DestinationKind::Service { target, port: None } if plan[target].smi.is_some() => {
                destinations::port_needed(target, plan, &at.with(i).with("kubeService"))
            }
            _ => None,
        })
        .collect();
    if missing.is_empty() {
        return Vec::new();
    }
    let in_istio = plan[id].verdict.selected.iter().filter(|target| plan[**target].mesh.is_some());
    in_istio.map(|target| (*target, missing.clone())).collect()
}
