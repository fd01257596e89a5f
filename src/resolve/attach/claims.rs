//! Who gives each field of a target, and who comes too late: policies claim in key order.

use std::collections::BTreeMap;

use super::conditions::{Conditions, Requests, conditions};
use crate::diag::Code;
use crate::ids::{ObjectRef, Text};
use crate::path;
use crate::plan::{Plan, Route, SourceMatch, Traffic, TrafficId};
use crate::resolve::traffic::sources_in;
use crate::resolve::verdict::{Part, Problem};

/// What the policies on one target have claimed so far.
pub(super) struct Claims<'p, 'a> {
    plan: &'p Plan<'a>,
    requests: &'p [Requests],
    cluster: &'p Text,
    /// Whether there is no more than one policy, so that nothing needs to be compared.
    alone: bool,
    outlier: Option<TrafficId>,
    tls: Option<TrafficId>,
    by_conditions: BTreeMap<Conditions<'a>, usize>,
    routes: Vec<Draft<'a>>,
}

impl<'p, 'a> Claims<'p, 'a> {
    /// No claims yet, for so many policies on a target of this cluster.
    pub(super) fn new(plan: &'p Plan<'a>, requests: &'p [Requests], cluster: &'p Text, policies: usize) -> Self {
        let (by_conditions, routes) = (BTreeMap::new(), Vec::new());
        Self { plan, requests, cluster, alone: policies == 1, outlier: None, tls: None, by_conditions, routes }
    }

    /// Lets a policy take the fields that it sets. If one of them is taken with another value it takes none, and each such
    /// field is a problem: what is not applied keeps nobody else out.
    pub(super) fn add(&mut self, id: TrafficId) -> Vec<Problem> {
        let policy = &self.plan[id];
        let mut problems = Vec::new();
        problems.extend(self.taken(self.outlier, policy, |p| p.outlier, Part::OutlierDetection, "outlierDetection"));
        problems.extend(self.taken(self.tls, policy, |p| p.tls, Part::Mtls, "mtls"));
        let route = self.route(id);
        if let Some((conditions, sources)) = route {
            let index = match conditions {
                Some(conditions) => *self.by_conditions.entry(conditions).or_insert(self.routes.len()),
                None => 0,
            };
            if index == self.routes.len() {
                self.routes.push(Draft { sources, ..Draft::default() });
            }
            self.routes[index].claim(self.plan, id, &mut problems);
        }
        if problems.is_empty() {
            self.outlier = self.outlier.or(policy.outlier.map(|_| id));
            self.tls = self.tls.or(policy.tls.map(|_| id));
        }
        problems
    }

    /// The conditions of a policy's route, unless they need not be compared, and the sources among them. A policy that says
    /// nothing of routes has none, and so has one of whose sources none can be in the cluster.
    fn route(&self, id: TrafficId) -> Option<(Option<Conditions<'a>>, Vec<SourceMatch<'a>>)> {
        let policy = &self.plan[id];
        let sources = sources_in(policy.sources, self.cluster).filter(|_| policy.makes_route())?;
        let compared = || conditions(self.requests[id.index()], &sources);
        Some(((!self.alone).then(compared), sources))
    }

    /// The problem of a policy that sets a field of the whole target to another value than the one who has it.
    fn taken<T: PartialEq>(
        &self,
        owner: Option<TrafficId>,
        policy: &Traffic<'_>,
        field: impl Fn(&Traffic<'_>) -> Option<T>,
        part: Part,
        name: &str,
    ) -> Option<Problem> {
        let (owner, mine) = (&self.plan[owner?], field(policy)?);
        (field(owner).as_ref() != Some(&mine)).then(|| conflict(part, name, owner.key, policy.key))
    }

    /// The routes that the policies make, before ports and order: policies with equal conditions share one.
    pub(super) fn routes(self) -> Vec<Route<'a>> {
        let made = self.routes.into_iter().filter(|draft| !draft.policies.is_empty());
        made.map(|Draft { policies, sources, .. }| Route { policies: policies.into(), sources: sources.into() })
            .collect()
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

impl Traffic<'_> {
    /// Whether the policy says where requests go, and rightly.
    pub(in crate::resolve) fn shifts(&self) -> bool {
        !self.shift.is_empty() && !self.shift_refused
    }

    /// Whether the policy says anything of routes.
    pub(in crate::resolve) fn makes_route(&self) -> bool {
        self.shifts()
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

impl Draft<'_> {
    /// Lets a policy take the fields that it sets, unless there are problems with it: then it takes none. Each field that is
    /// taken with another value is one more.
    fn claim(&mut self, plan: &Plan<'_>, id: TrafficId, problems: &mut Vec<Problem>) {
        let mine = &plan[id];
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
            shift mine.shifts(), TrafficShift "trafficShift";
            cors mine.cors.is_some(), Cors "corsPolicy";
            fault mine.fault.is_some(), FaultInjection "faultInjection";
            headers mine.headers.is_some(), HeaderManipulation "headerManipulation";
            mirror mine.mirror.is_some(), Mirror "mirror";
            retries mine.retries.is_some(), Retries "retries";
            timeout mine.timeout.is_some(), Timeout "requestTimeout";
        }
        if problems.is_empty() {
            self.policies.push(id);
        }
    }
}
