//! Which services are callable from other clusters, before and after.

use std::collections::BTreeSet;

use super::group::Finding;
use super::kinds::Kind;
use super::services::{Paired, subject};
use super::{Phrase, Sides};
use crate::plan::{Plan, TargetId};

/// Finds services that callers of other clusters know on one side only.
pub(super) fn changes(sides: &Sides<'_, '_, '_, '_>, services: &Paired<'_>, out: &mut Vec<Finding>) {
    for (service, (before, after)) in services {
        let (old, new) = (clients(sides.before.plan, *before), clients(sides.after.plan, *after));
        let mut add = |kind: Kind, verb: &str, clusters: Vec<&String>| {
            if clusters.is_empty() {
                return;
            }
            let names: Vec<&str> = clusters.iter().map(|name| name.as_str()).collect();
            let causes = sides.causes.among(virtual_meshes(sides, *before, *after).iter().map(String::as_str));
            let phrase = Phrase::about(format!(" {verb} from {}", names.join(", ")));
            out.push(Finding { kind, subject: subject(service), phrase, causes });
        };
        // A service that is gone is reported as such.
        if after.is_some() {
            add(Kind::Unfederated, "can no longer be called", old.difference(&new).collect());
        }
        add(Kind::Federated, "can now be called", new.difference(&old).collect());
    }
}

/// The clusters whose callers know a service of another one.
fn clients(plan: &Plan<'_>, target: Option<TargetId>) -> BTreeSet<String> {
    let meshes = target.into_iter().flat_map(|target| plan.clients(target));
    meshes.map(|mesh| plan[plan[mesh].cluster].name.to_string()).collect()
}

/// The virtual meshes that a service is part of, on either side, where they are not the same.
fn virtual_meshes(
    sides: &Sides<'_, '_, '_, '_>,
    before: Option<TargetId>,
    after: Option<TargetId>,
) -> BTreeSet<String> {
    let of = |plan: &Plan<'_>, target: Option<TargetId>| {
        let parent = target.and_then(|target| plan[target].mesh).and_then(|mesh| plan[mesh].virtual_mesh);
        parent.map(|parent| plan[parent].policy.named.to_string())
    };
    of(sides.before.plan, before)
        .into_iter()
        .chain(of(sides.after.plan, after))
        .filter(|name| sides.causes.is_changed(name))
        .collect()
}
