//! The services of both sides.

use std::collections::BTreeMap;

use super::Sides;
use super::group::Finding;
use super::kinds::Kind;
use super::{Phrase, Subject};
use crate::ids::ClusterObjectRef;
use crate::plan::{Plan, TargetId};

/// A service, as each side has it.
pub(super) type Paired<'p> = BTreeMap<&'p ClusterObjectRef, (Option<TargetId>, Option<TargetId>)>;

/// The services of two plans by their names.
pub(super) fn pair<'p>(before: &'p Plan<'_>, after: &'p Plan<'_>) -> Paired<'p> {
    let mut out: Paired<'p> = BTreeMap::new();
    let targets = |plan: &Plan<'_>| TargetId::all(plan.targets.len());
    targets(before).for_each(|target| out.entry(before.service(target)).or_default().0 = Some(target));
    targets(after).for_each(|target| out.entry(after.service(target)).or_default().1 = Some(target));
    out
}

/// A service as people read it.
pub(super) fn shown(service: &ClusterObjectRef) -> String {
    let ClusterObjectRef { cluster, namespace, name } = service;
    format!("{namespace}/{name} ({cluster})")
}

/// A service as what a consequence is for.
pub(super) fn subject(service: &ClusterObjectRef) -> Subject {
    Subject::Service(service.clone(), Vec::new())
}

/// The services that one side alone has.
pub(super) fn changes(sides: &Sides<'_, '_, '_, '_>, services: &Paired<'_>, out: &mut Vec<Finding>) {
    for (service, paired) in services {
        let (kind, what) = match paired {
            (None, Some(target)) => (Kind::ServiceAdded, added(sides, *target)),
            (Some(_), None) => (Kind::ServiceRemoved, " is no longer a service of a mesh".to_owned()),
            (Some(_), Some(_)) | (None, None) => continue,
        };
        out.push(Finding { kind, subject: subject(service), phrase: Phrase::about(what), causes: Vec::new() });
    }
}

fn added(sides: &Sides<'_, '_, '_, '_>, target: TargetId) -> String {
    let admission = sides.after.service_admission(target);
    let who = match (admission.is_open(), admission.is_shut()) {
        (true, _) => "it admits any caller",
        (_, true) => "it admits no caller, since no AccessPolicy is for it",
        (false, false) => "AccessPolicies say who may call it",
    };
    format!(" is new: {who}")
}
