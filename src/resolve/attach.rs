//! Attaches policies to targets in their order, and decides what falls: the only owner of precedence.
//!
//! Conflicts are decided once, in key order. What falls later for another reason only removes: it revives no loser.

mod conditions;

use std::collections::{BTreeMap, BTreeSet};

use conditions::{Conditions, Requests, conditions, number_requests};

use super::failover::{FailoverVerdict, no_outlier_detection, same_name};
use super::plan::{AccessId, DestinationKind, Plan, Route, SourceMatch, TargetId, Traffic, TrafficId};
use super::traffic::sources_in;
use super::verdict::{Part, Problem, Verdict};
use crate::diag::{Code, FieldPath};
use crate::ids::{ObjectRef, Text};
use crate::path;

/// Verdicts of the policies, in the order of the plan's lists.
#[derive(Debug, Default)]
pub struct Attached {
    /// Of the traffic policies.
    pub traffic: Vec<Verdict>,
    /// Of the access policies.
    pub access: Vec<Verdict>,
    /// Of the failover services, by key.
    pub failovers: BTreeMap<ObjectRef, FailoverVerdict>,
}

/// Puts every policy on the targets that it selects, in key order of the policies.
pub(super) fn attach(plan: &mut Plan<'_>, attached: &Attached) {
    for (i, verdict) in attached.traffic.iter().enumerate() {
        for target in &verdict.selected {
            plan.targets[target.index()].traffic.push(TrafficId::at(i));
        }
    }
    for (i, verdict) in attached.access.iter().enumerate() {
        for target in verdict.selected.iter().filter(|target| verdict.accepts(**target)) {
            plan.targets[target.index()].access.push(AccessId::at(i));
        }
    }
}

/// Finds the policies that set a field which an earlier one has set otherwise.
pub(super) fn find_conflicts(plan: &Plan<'_>, attached: &mut Attached) {
    let requests = number_requests(plan);
    for (i, target) in plan.targets.iter().enumerate().filter(|(_, target)| target.mesh.is_some()) {
        let mut lost: Vec<(TrafficId, Problem)> = Vec::new();
        whole_conflicts(plan, &target.traffic, |p| p.outlier, Part::OutlierDetection, "outlierDetection", &mut lost);
        whole_conflicts(plan, &target.traffic, |p| p.tls, Part::Mtls, "mtls", &mut lost);
        if target.traffic.len() > 1 {
            let cluster = &plan[target.cluster].name.0;
            routes(plan, &target.traffic, &requests, cluster, |policy, problem| lost.push((policy, problem)));
        }
        for (policy, problem) in lost {
            attached.traffic[policy.index()].at.entry(TargetId::at(i)).or_default().push(problem);
        }
    }
}

/// Conflicts in a field that is the target's, whatever the conditions on requests.
fn whole_conflicts<T: PartialEq>(
    plan: &Plan<'_>,
    policies: &[TrafficId],
    field: impl Fn(&Traffic<'_>) -> Option<T>,
    part: Part,
    name: &str,
    lost: &mut Vec<(TrafficId, Problem)>,
) {
    let mut setters = policies.iter().filter_map(|id| Some((*id, field(&plan[*id])?)));
    let Some((owner, value)) = setters.next() else { return };
    for (other, _) in setters.filter(|(_, theirs)| *theirs != value) {
        lost.push((other, conflict(part, name, plan[owner].key, plan[other].key)));
    }
}

fn conflict(part: Part, field: &str, owner: &ObjectRef, loser: &ObjectRef) -> Problem {
    let text =
        format!("field {field} of TrafficPolicy {loser} is already set to another value by TrafficPolicy {owner}");
    // Outlier detection and encryption are the service's, whatever the requests.
    let (whose, or_else) = match part {
        Part::OutlierDetection | Part::Mtls => ("", ""),
        _ => (" for the same requests", ", or the conditions different"),
    };
    Problem { code: Code::Conflict, ..Problem::new(part, path!["spec", field], text) }
        .plain(format!("TrafficPolicy {owner} sets {field} to another value{whose}"))
        .hint(format!("the first in key order (name, then namespace) keeps the field; make the values equal{or_else}"))
        .other(owner)
}

/// The routes that a target's policies make: policies with equal conditions share one. A policy that only says when an
/// endpoint is left out makes none.
fn routes<'a>(
    plan: &Plan<'a>,
    policies: &[TrafficId],
    requests: &[Requests],
    cluster: &Text,
    mut lost: impl FnMut(TrafficId, Problem),
) -> Vec<Draft<'a>> {
    let mut by_conditions: BTreeMap<Conditions<'a>, usize> = BTreeMap::new();
    let mut out: Vec<Draft<'a>> = Vec::new();
    let only = policies.len() == 1;
    for id in policies {
        let policy = &plan[*id];
        if !policy.makes_route() {
            continue;
        }
        let Some(sources) = sources_in(policy.sources, cluster) else { continue };
        let index = match only {
            true => 0,
            false => *by_conditions.entry(conditions(requests[id.index()], &sources)).or_insert(out.len()),
        };
        if index == out.len() {
            out.push(Draft { sources, ..Draft::default() });
        }
        let problems = out[index].claim(plan, *id);
        if problems.is_empty() {
            out[index].policies.push(*id);
        }
        problems.into_iter().for_each(|problem| lost(*id, problem));
    }
    out
}

impl Traffic<'_> {
    /// Whether the policy says anything of routes.
    pub(super) fn makes_route(&self) -> bool {
        !self.shift.is_empty()
            || self.fault.is_some()
            || self.timeout.is_some()
            || self.retries.is_some()
            || self.cors.is_some()
            || self.mirror.is_some()
            || self.headers.is_some()
    }
}

/// A route that policies are being put on, with the first of them that sets each field.
#[derive(Default)]
struct Draft<'a> {
    policies: Vec<TrafficId>,
    sources: Vec<SourceMatch<'a>>,
    shift: Option<TrafficId>,
    cors: Option<TrafficId>,
    fault: Option<TrafficId>,
    headers: Option<TrafficId>,
    mirror: Option<TrafficId>,
    retries: Option<TrafficId>,
    timeout: Option<TrafficId>,
}

impl<'a> From<Draft<'a>> for Route<'a> {
    fn from(draft: Draft<'a>) -> Self {
        Self { policies: draft.policies.into(), sources: draft.sources.into() }
    }
}

impl Draft<'_> {
    /// Lets a policy take the fields that it sets, unless one of them is taken with another value: then it takes none, and
    /// each such field is a problem.
    fn claim(&mut self, plan: &Plan<'_>, id: TrafficId) -> Vec<Problem> {
        let mine = &plan[id];
        let mut problems = Vec::new();
        macro_rules! fields {
            ($($field:ident $sets:expr, $part:ident $name:literal;)*) => {
                $(if let Some(owner) = self.$field.filter(|owner| $sets && plan[*owner].$field != mine.$field) {
                    problems.push(conflict(Part::$part, $name, plan[owner].key, mine.key));
                })*
                if problems.is_empty() {
                    $(if $sets && self.$field.is_none() {
                        self.$field = Some(id);
                    })*
                }
            };
        }
        fields! {
            shift !mine.shift.is_empty(), TrafficShift "trafficShift";
            cors mine.cors.is_some(), Cors "corsPolicy";
            fault mine.fault.is_some(), FaultInjection "faultInjection";
            headers mine.headers.is_some(), HeaderManipulation "headerManipulation";
            mirror mine.mirror.is_some(), Mirror "mirror";
            retries mine.retries.is_some(), Retries "retries";
            timeout mine.timeout.is_some(), Timeout "requestTimeout";
        }
        problems
    }
}

/// Lets fall, until nothing changes any more, the failover services whose backing services have lost their outlier detection,
/// those whose name an earlier one has, and the policies that shift to an INVALID failover service.
pub(super) fn settle(plan: &Plan<'_>, attached: &mut Attached) {
    let detection = outlier_detection(plan, attached);
    loop {
        let fallen_failovers = let_failovers_fall(plan, &detection, attached);
        let fallen_policies = let_policies_fall(plan, attached);
        // Last, since what has fallen for another reason takes no name.
        if !fallen_failovers && !fallen_policies && !let_same_names_fall(attached) {
            return;
        }
    }
}

/// In one mesh, failover services of one name would have one ServiceEntry and one EnvoyFilter: the first in key order has
/// them.
fn let_same_names_fall(attached: &mut Attached) -> bool {
    let mut changed = false;
    let mut owners: BTreeMap<(ObjectRef, Text), ObjectRef> = BTreeMap::new();
    for (key, verdict) in &mut attached.failovers {
        if !verdict.everywhere.is_empty() {
            continue;
        }
        let places = || verdict.known.iter().map(|mesh| (mesh.clone(), key.name.clone()));
        if let Some(first) = places().find_map(|place| owners.get(&place)) {
            let problem = same_name(first);
            verdict.everywhere.push(problem);
            changed = true;
            continue;
        }
        owners.extend(places().map(|place| (place, key.clone())));
    }
    changed
}

/// The policies that give outlier detection to the services behind failover services.
fn outlier_detection(plan: &Plan<'_>, attached: &Attached) -> BTreeMap<TargetId, Vec<TrafficId>> {
    let backing = attached.failovers.values().flat_map(|verdict| &verdict.backing).map(|(_, target)| *target);
    let backing: BTreeSet<TargetId> = backing.collect();
    let givers =
        |target: TargetId| plan[target].traffic.iter().copied().filter(|id| plan[*id].outlier.is_some()).collect();
    backing.into_iter().map(|target| (target, givers(target))).collect()
}

fn let_failovers_fall(
    plan: &Plan<'_>,
    detection: &BTreeMap<TargetId, Vec<TrafficId>>,
    attached: &mut Attached,
) -> bool {
    let mut changed = false;
    for verdict in attached.failovers.values_mut() {
        for (index, target) in &verdict.backing {
            let gives = |id: &TrafficId| attached.traffic[id.index()].accepts(*target);
            if !detection.get(target).is_some_and(|policies| policies.iter().any(gives)) {
                let problem = no_outlier_detection(*index, plan.service(*target));
                if !verdict.everywhere.contains(&problem) {
                    verdict.everywhere.push(problem);
                    changed = true;
                }
            }
        }
    }
    changed
}

fn let_policies_fall(plan: &Plan<'_>, attached: &mut Attached) -> bool {
    let mut changed = false;
    for (i, verdict) in attached.traffic.iter_mut().enumerate() {
        let policy = &plan[TrafficId::at(i)];
        for (j, destination) in policy.shift.iter().enumerate() {
            let DestinationKind::Failover { key, host: _, port: _, subset: _ } = destination.to else { continue };
            let Some(failover) = attached.failovers.get(key).filter(|failover| !failover.is_accepted()) else {
                continue;
            };
            let at: FieldPath = path!["spec", "trafficShift", "destinations", j, "failoverServiceRef"];
            let text = format!(
                "invalid traffic shift destination {}.{}., FailoverService is INVALID",
                key.name, key.namespace
            );
            let why = failover.everywhere.iter().chain(failover.at.values().flatten()).next();
            let plain = format!("traffic shift to FailoverService {key}, which is INVALID");
            let problem = Problem::new(Part::TrafficShift, at, text).plain(plain);
            let problem = problem.maybe_hint(
                why.map(|why| format!("the failover service: {}", why.plain.as_ref().unwrap_or(&why.text))),
            );
            if !verdict.everywhere.iter().any(|known| known.text == problem.text) {
                verdict.everywhere.push(problem);
                changed = true;
            }
        }
    }
    changed
}

/// Fills in what the applied policies make of each target: routes, outlier detection, subsets.
pub(super) fn apply(plan: &mut Plan<'_>, attached: &Attached) {
    let requests = number_requests(plan);
    for i in 0..plan.targets.len() {
        let id = TargetId::at(i);
        let all = std::mem::take(&mut plan.targets[i].traffic);
        let applied: Vec<TrafficId> =
            all.into_iter().filter(|policy| attached.traffic[policy.index()].accepts(id)).collect();
        let cluster = plan[plan.targets[i].cluster].name.0.clone();
        let routes = routes(plan, &applied, &requests, &cluster, |_, _| {}).into_iter().map(Route::from).collect();
        let outlier = applied.iter().copied().filter(|policy| plan[*policy].outlier.is_some()).collect();
        let tls = applied.iter().copied().filter(|policy| plan[*policy].tls.is_some()).collect();
        let target = &mut plan.targets[i];
        (target.traffic, target.routes, target.outlier, target.tls) = (applied, routes, outlier, tls);
        // There are as many of these as policies on services.
        target.routes.shrink_to_fit();
        target.traffic.shrink_to_fit();
        target.access.shrink_to_fit();
    }
    request_subsets(plan);
}

/// Collects which named parts of which targets' endpoints applied policies ask for: targets, policies and destinations in
/// their orders, each part where it is first asked for.
fn request_subsets(plan: &mut Plan<'_>) {
    let mut order: Vec<TrafficId> = Vec::new();
    let mut seen = vec![false; plan.traffic.len()];
    for policy in plan.targets.iter().filter(|target| target.mesh.is_some()).flat_map(|target| &target.traffic) {
        if !std::mem::replace(&mut seen[policy.index()], true) {
            order.push(*policy);
        }
    }
    for policy in order {
        for destination in plan.traffic[policy.index()].shift.clone() {
            match destination.to {
                DestinationKind::Service { target, port: _, subset: Some(labels) } => {
                    plan.targets[target.index()].subsets.request(labels, policy);
                }
                DestinationKind::Failover { key, host: _, port: _, subset: Some(labels) } => {
                    // What is asked of a failover service is asked of every service behind it.
                    let Some(id) = plan.failover(key) else { continue };
                    let failover = &mut plan.failovers[id.index()];
                    failover.subsets.request(labels, policy);
                    for (target, _) in &failover.backing {
                        plan.targets[target.index()].subsets.request(labels, policy);
                    }
                }
                DestinationKind::Service { target: _, port: _, subset: None }
                | DestinationKind::Failover { key: _, host: _, port: _, subset: None } => {}
            }
        }
    }
}
