//! Which policy owns each field of a target: policies claim fields in key order.

use std::collections::BTreeMap;

use super::field;
use crate::diag::Code;
use crate::ids::ObjectRef;
use crate::plan::{
    ClusterId, Feature, FeatureSet, Owner, Owners, Part, Plan, Problem, Requests, SourceMatch, TrafficId,
};

/// The conditions under which a policy's route is taken, in a form in which equal ones are equal: the number of the set of request
/// conditions, which differs for nearly all, and sources.
type Conditions<'a> = (Option<u32>, Vec<SourceMatch<'a>>);

/// What the policies on one target have claimed so far.
pub(super) struct Claims<'p, 'a> {
    plan: &'p Plan<'a>,
    cluster: ClusterId,
    /// Whether there is only one policy, so that nothing has to be compared.
    alone: bool,
    /// The owners of features of the whole service.
    whole: Vec<Owner>,
    by_conditions: BTreeMap<Conditions<'a>, usize>,
    routes: Vec<Vec<Owner>>,
}

impl<'p, 'a> Claims<'p, 'a> {
    /// No claims yet, for so many policies on a target of this cluster.
    pub(super) fn new(plan: &'p Plan<'a>, cluster: ClusterId, policies: usize) -> Self {
        let (by_conditions, routes) = (BTreeMap::new(), Vec::new());
        Self { plan, cluster, alone: policies == 1, whole: Vec::new(), by_conditions, routes }
    }

    /// Lets a policy take the fields that it sets. If one of them is taken with another value it takes none, and each such
    /// field is a problem: a policy that is not applied claims nothing.
    pub(super) fn add(&mut self, id: TrafficId) -> Vec<Problem> {
        let mut problems = Vec::new();
        let whole = self.claim(&self.whole, id, FeatureSet::SERVICE, &mut problems);
        let index = self.route(id);
        let route = index.map(|index| self.claim(&self.routes[index], id, FeatureSet::ROUTE, &mut problems));
        if problems.is_empty() {
            self.whole.extend(whole);
            if let Some((index, owner)) = index.zip(route.flatten()) {
                self.routes[index].push(owner);
            }
        }
        problems
    }

    /// The position of a policy's route. A policy without features of a route has none, and neither does a policy none of whose
    /// sources can be in the cluster.
    fn route(&mut self, id: TrafficId) -> Option<usize> {
        let policy = &self.plan[id];
        let sources = policy.makes_route().then(|| policy.sources_in(self.cluster)).flatten()?;
        let next = self.routes.len();
        let index = match self.alone {
            true => 0,
            false => *self.by_conditions.entry(conditions(&policy.requests, sources)).or_insert(next),
        };
        if index == next {
            self.routes.push(Vec::new());
        }
        Some(index)
    }

    /// Which of some features a policy would own after those before it. A feature that is taken with another value is a problem.
    fn claim(
        &self,
        before: &[Owner],
        id: TrafficId,
        features: FeatureSet,
        problems: &mut Vec<Problem>,
    ) -> Option<Owner> {
        let mine = &self.plan[id];
        let given = mine.features.given().and(features);
        if given.is_empty() {
            return None;
        }
        let mut owns = FeatureSet::default();
        for feature in given.iter() {
            match before.iter().find(|owner| owner.owns.has(feature)).map(|owner| &self.plan[owner.policy]) {
                None => owns.insert(feature),
                Some(owner) if owner.features.agree(&mine.features, feature) => {}
                Some(owner) => problems.push(conflict(feature, owner.policy.key, mine.policy.key)),
            }
        }
        Some(Owner { policy: id, owns })
    }

    /// The routes that the policies make, before ports and order, and the owners of the features of the whole service.
    pub(super) fn made(self) -> (Vec<Owners>, Owners) {
        let routes = self.routes.into_iter().filter(|owners| !owners.is_empty());
        (routes.map(|owners| Owners(owners.into())).collect(), Owners(self.whole.into()))
    }
}

fn conditions<'a>(requests: &Requests, mut sources: Vec<SourceMatch<'a>>) -> Conditions<'a> {
    sources.sort();
    sources.dedup();
    match requests {
        Requests::Any => (None, sources),
        // An empty list of request matchers drops the source matchers too.
        Requests::Dropped => (None, Vec::new()),
        Requests::OneOf { list: _, set } => (Some(*set), sources),
    }
}

fn conflict(feature: Feature, owner: &ObjectRef, loser: &ObjectRef) -> Problem {
    let name = feature.written();
    let text =
        format!("field {name} of TrafficPolicy {loser} is already set to another value by TrafficPolicy {owner}");
    // A feature of the whole service does not depend on the request.
    let (whose, or_else) = match Feature::SERVICE.contains(&feature) {
        true => ("", ""),
        false => (" for the same requests", ", or the conditions different"),
    };
    Problem { code: Code::Conflict, ..Problem::new(Part::Feature(feature), field(feature), text) }
        .plain(format!("TrafficPolicy {owner} sets {name} to another value{whose}"))
        .hint(format!(
            "make the values equal{or_else}: the first policy in key order (name, then namespace) keeps the field"
        ))
        .other(owner)
}
