//! Who may call what, before and after.

use std::collections::{BTreeMap, BTreeSet};

use super::admissions::{Content, Contents};
use super::callers::Known;
use super::group::Finding;
use super::kinds::Kind;
use super::services::Paired;
use super::{Phrase, PolicyCause, Sides, Subject};
use crate::ask::Evaluator;
use crate::ask::space::{AccessDifference, Admission, Comparison, Mentioned, Revision, compare};
use crate::ids::ClusterObjectRef;
use crate::plan::{Group, Plan, TargetId, VirtualMeshId, WorkloadId};

/// What pods of a service let in: by workload, if any is known.
type Doors<'p> = BTreeMap<Option<&'p ClusterObjectRef>, Admission<'p>>;

/// The texts of a comparison, for callers of a group of clusters.
type Texts = Vec<(Kind, Phrase)>;

/// Compares what pods let in, each pair of contents once.
pub(super) struct Search<'s, 'e, 'p, 'b, 'a> {
    sides: &'s Sides<'e, 'p, 'b, 'a>,
    contents: Contents<'p>,
    known: [Known<'p>; 2],
    done: BTreeMap<(Content, Content, Group, Group), Texts>,
}

/// Finds who is let in that was not, and the other way round.
pub(super) fn changes<'p>(sides: &Sides<'_, 'p, '_, '_>, services: &Paired<'p>, out: &mut Vec<Finding>) {
    let mut search = Search::new(sides);
    for (service, paired) in services {
        if let (Some(before), Some(after)) = paired {
            search.of_service(service, *before, *after, out);
        }
    }
}

impl<'s, 'e, 'p, 'b, 'a> Search<'s, 'e, 'p, 'b, 'a> {
    pub(super) fn new(sides: &'s Sides<'e, 'p, 'b, 'a>) -> Self {
        let known = [Known::of(sides.before), Known::of(sides.after)];
        Self { sides, contents: Contents::default(), known, done: BTreeMap::new() }
    }
}

impl<'p> Search<'_, '_, 'p, '_, '_> {
    pub(super) fn of_workload(
        &mut self,
        name: &ClusterObjectRef,
        before: WorkloadId,
        after: WorkloadId,
        out: &mut Vec<Finding>,
    ) {
        let (old, new) = (self.sides.before.admission(before), self.sides.after.admission(after));
        let groups = (group(self.sides.before.plan, before), group(self.sides.after.plan, after));
        let texts = self.texts(&old, &new, groups);
        let causes = if texts.is_empty() { Vec::new() } else { self.causes(&old, &new) };
        let subject = || Subject::Workload(name.clone());
        out.extend(texts.into_iter().map(|(kind, phrase)| Finding {
            kind,
            subject: subject(),
            phrase,
            causes: causes.clone(),
        }));
    }

    fn of_service(&mut self, service: &ClusterObjectRef, before: TargetId, after: TargetId, out: &mut Vec<Finding>) {
        let groups = (self.sides.before.plan.group(before), self.sides.after.plan.group(after));
        let (old, new) = (doors(self.sides.before, before), doors(self.sides.after, after));
        let mut found: BTreeMap<(Texts, Vec<PolicyCause>), BTreeSet<Option<&ClusterObjectRef>>> = BTreeMap::new();
        for (workload, admission) in &new {
            let Some(earlier) = old.get(workload).or_else(|| old.values().next()) else { continue };
            let texts = self.texts(earlier, admission, groups);
            if !texts.is_empty() {
                found.entry((texts, self.causes(earlier, admission))).or_default().insert(*workload);
            }
        }
        for ((texts, causes), workloads) in found {
            // If the pods are not treated alike, those that a consequence is for are named.
            let names = || workloads.iter().flatten().map(|workload| workload.name.to_string()).collect();
            let pods = if workloads.len() == new.len() { Vec::new() } else { names() };
            let subject = Subject::Service(service.clone(), pods);
            let finding = |(kind, phrase)| Finding { kind, subject: subject.clone(), phrase, causes: causes.clone() };
            out.extend(texts.into_iter().map(finding));
        }
    }

    fn texts(&mut self, before: &Admission<'p>, after: &Admission<'p>, (old, new): (Group, Group)) -> Texts {
        let (first, second) = (self.contents.of(before), self.contents.of(after));
        if first == second {
            return Texts::new();
        }
        let key = (first, second, old, new);
        if let Some(done) = self.done.get(&key) {
            return done.clone();
        }
        let texts = self.compared(before, after, (old, new));
        self.done.insert(key, texts.clone());
        texts
    }

    fn compared(&self, before: &Admission<'p>, after: &Admission<'p>, (old, new): (Group, Group)) -> Texts {
        let Comparison { differences, mentioned } = compare(before, after);
        if differences.is_empty() {
            return Texts::new();
        }
        let so_far = || self.admitted(0, before, old);
        if is_for_all(after) {
            return vec![(Kind::Opened, opened(after, &so_far()))];
        }
        let admits_nobody = after.is_shut() || compare(&NOBODY, after).differences.is_empty();
        if admits_nobody {
            return vec![(Kind::Shut, shut(after, &so_far()))];
        }
        if is_for_all(before) {
            let before = format!("only {} may call ", self.admitted(1, after, new));
            return vec![(Kind::Restricted, Phrase { before, after: "; so far any caller".to_owned() })];
        }
        let texts = |difference: &AccessDifference<'p>| match difference.by {
            Revision::Before => (Kind::Refused, self.change(difference, &mentioned, (0, old), (before, after))),
            Revision::After => (Kind::Allowed, self.change(difference, &mentioned, (1, new), (before, after))),
        };
        differences.iter().map(texts).collect()
    }

    /// What callers may no longer do, or may do now.
    fn change(
        &self,
        difference: &AccessDifference<'p>,
        mentioned: &Mentioned<'p>,
        (side, group): (usize, Group),
        (before, after): (&Admission<'p>, &Admission<'p>),
    ) -> Phrase {
        let who = self.known[side].words(group, difference, mentioned);
        let (was, is) = (left(before, difference), left(after, difference));
        let (verb, now) = match (difference.by, was, is) {
            (Revision::Before, _, None) => ("may no longer call", String::new()),
            (Revision::After, None, Some(is)) => ("may now call", is),
            (_, was, is) => {
                let text = |what: Option<String>| {
                    what.filter(|what| !what.is_empty()).unwrap_or_else(|| " with any request".to_owned())
                };
                ("may call", format!("{} instead of{}", text(is), text(was)))
            }
        };
        Phrase { before: format!("{who} {verb} "), after: now }
    }

    /// Everyone whom an admission admits, with what they may do.
    fn admitted(&self, side: usize, admission: &Admission<'p>, group: Group) -> String {
        let Comparison { differences, mentioned } = compare(&NOBODY, admission);
        let one = |difference: &AccessDifference<'p>| {
            let who = self.known[side].words(group, difference, &mentioned);
            format!("{who}{}", operations(difference))
        };
        let all: Vec<String> = differences.iter().map(one).collect();
        if all.is_empty() { "nobody".to_owned() } else { all.join("; ") }
    }

    /// The policies that make the difference.
    fn causes(&mut self, before: &Admission<'p>, after: &Admission<'p>) -> Vec<PolicyCause> {
        // What a virtual mesh does by default matters where no policy is in force on a side.
        let is_default = before.allowed.is_empty() || after.allowed.is_empty();
        let mut names = |plan: &'p Plan<'_>, admission: &Admission<'p>| -> BTreeMap<&'p str, BTreeSet<usize>> {
            let mut out: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
            for allow in &admission.allowed {
                out.entry(&plan[allow.by].policy.named).or_default().insert(self.contents.rule(allow));
            }
            let shut = admission.shut_by.filter(|_| is_default);
            shut.into_iter().for_each(|by| {
                out.entry(&plan[by].policy.named).or_default().insert(usize::MAX);
            });
            out
        };
        let (before, after) = (names(self.sides.before.plan, before), names(self.sides.after.plan, after));
        let differs = |name: &&&str| before.get(**name) != after.get(**name);
        let all: BTreeSet<&str> = before.keys().chain(after.keys()).filter(differs).copied().collect();
        self.sides.causes.among(all)
    }
}

/// The group of a workload, as of the services in its mesh.
fn group(plan: &Plan<'_>, workload: WorkloadId) -> Group {
    let parent = plan[workload].mesh.and_then(|mesh| plan[mesh].virtual_mesh);
    parent.map_or(Group::Cluster(plan[workload].cluster), Group::VirtualMesh)
}

/// What the pods of a service let in.
fn doors<'p>(evaluator: &Evaluator<'p, '_>, target: TargetId) -> Doors<'p> {
    let plan = evaluator.plan;
    let alone = || [(None, evaluator.service_admission(target))].into();
    if plan.waypoint(target).is_some() {
        return alone();
    }
    let of = |workload: WorkloadId| (Some(&plan[workload].known.controller), evaluator.admission(workload));
    let found: Doors<'p> = evaluator.index.behind(plan, target).map(of).collect();
    if found.is_empty() { alone() } else { found }
}

/// Whether every request of everyone is let in.
fn is_for_all(admission: &Admission<'_>) -> bool {
    let is_everything = |allow: &crate::ask::space::Allow<'_>| {
        allow.callers.is_empty() && allow.methods.is_empty() && allow.paths.is_empty() && allow.ports.is_empty()
    };
    admission.is_open() || admission.allowed.iter().any(is_everything)
}

fn opened(after: &Admission<'_>, so_far: &str) -> Phrase {
    let why = if after.is_open() { "no AccessPolicy is left" } else { "an AccessPolicy names no callers" };
    Phrase { before: "any caller may now call ".to_owned(), after: format!(": {why}; so far only {so_far}") }
}

fn shut(after: &Admission<'_>, so_far: &str) -> Phrase {
    let why = match after.is_shut() {
        true => ": no AccessPolicy is left, and the VirtualMesh denies by default",
        false => "",
    };
    Phrase { before: "no caller may call ".to_owned(), after: format!(" any longer{why}; so far {so_far}") }
}

/// What the callers of a difference may do by an admission, as what follows `call`; nothing if they may do nothing, or not all of
/// them the same.
fn left(admission: &Admission<'_>, difference: &AccessDifference<'_>) -> Option<String> {
    let Comparison { differences, mentioned: _ } = compare(&NOBODY, admission);
    let includes = |found: &&AccessDifference<'_>| {
        found.is_everyone
            || difference.callers.iter().all(|part| found.callers.iter().any(|known| part.is_within(*known)))
    };
    differences.iter().find(includes).map(operations)
}

/// What follows `call` for what a difference is about.
fn operations(difference: &AccessDifference<'_>) -> String {
    difference.operations.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or")
}

/// What admits nobody, to compare with.
const NOBODY: Admission<'static> = Admission { allowed: Vec::new(), shut_by: Some(VirtualMeshId(0)) };
