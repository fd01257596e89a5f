//! Failover services, before and after.

use std::collections::{BTreeMap, BTreeSet};

use super::group::Finding;
use super::kinds::Kind;
use super::services::shown;
use super::{Phrase, Sides, Subject};
use crate::ids::ObjectRef;
use crate::plan::{FailoverId, FailoverService, Plan};

/// Where a failover service can be called, and what is behind it.
#[derive(PartialEq)]
struct Callable {
    clusters: BTreeSet<String>,
    host: String,
    port: u32,
    order: Vec<String>,
}

/// Finds failover services that are treated differently.
pub(super) fn changes(sides: &Sides<'_, '_, '_, '_>, out: &mut Vec<Finding>) {
    let (before, after) = (known(sides.before.plan), known(sides.after.plan));
    let keys: BTreeSet<&ObjectRef> = before.keys().chain(after.keys()).copied().collect();
    for key in keys {
        let (old, new) = (before.get(key), after.get(key));
        let name = format!("FailoverService {key}");
        let causes = sides.causes.among([name.as_str()]);
        let finding = |(kind, what)| Finding {
            kind,
            subject: Subject::Policy(name.clone()),
            phrase: Phrase::about(format!(" {what}")),
            causes: causes.clone(),
        };
        out.extend(found(old, new).into_iter().map(finding));
    }
}

fn found(old: Option<&Callable>, new: Option<&Callable>) -> Vec<(Kind, String)> {
    let joined = |clusters: &BTreeSet<String>| clusters.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let (old, new) = match (old, new) {
        (None, Some(new)) => {
            let what = format!(
                "can be called as {}:{} from {}: {}",
                new.host,
                new.port,
                joined(&new.clusters),
                new.order.join(", then ")
            );
            return vec![(Kind::FailoverAdded, what)];
        }
        (Some(old), None) => {
            return vec![(
                Kind::FailoverRemoved,
                format!("can no longer be called as {} from {}", old.host, joined(&old.clusters)),
            )];
        }
        (Some(old), Some(new)) => (old, new),
        (None, None) => return Vec::new(),
    };
    let mut out = Vec::new();
    if (&old.host, old.port) != (&new.host, new.port) {
        out.push((
            Kind::FailoverRemoved,
            format!("is called as {}:{} instead of {}:{}", new.host, new.port, old.host, old.port),
        ));
    }
    let gone: BTreeSet<String> = old.clusters.difference(&new.clusters).cloned().collect();
    if !gone.is_empty() {
        out.push((Kind::FailoverRemoved, format!("can no longer be called from {}", joined(&gone))));
    }
    let come: BTreeSet<String> = new.clusters.difference(&old.clusters).cloned().collect();
    if !come.is_empty() {
        out.push((Kind::FailoverAdded, format!("can be called from {}", joined(&come))));
    }
    if old.order != new.order {
        let what = format!("tries {} instead of {}", new.order.join(", then "), old.order.join(", then "));
        out.push((Kind::FailoverOrder, what));
    }
    out
}

/// The failover services of a plan that can be called.
fn known<'p>(plan: &'p Plan<'_>) -> BTreeMap<&'p ObjectRef, Callable> {
    let clusters = |id: FailoverId| -> BTreeSet<String> {
        let meshes = plan.meshes.iter().filter(|mesh| mesh.failovers.contains(&id));
        meshes.map(|mesh| plan[mesh.cluster].name.to_string()).collect()
    };
    let one = |(id, failover): (FailoverId, &'p FailoverService<'_>)| {
        failover.address?;
        let order =
            failover.backing.iter().map(|(target, port)| format!("{} at port {port}", shown(plan.service(*target))));
        let known = Callable {
            clusters: clusters(id),
            host: failover.host.to_owned(),
            port: failover.port,
            order: order.collect(),
        };
        Some((failover.policy.key, known))
    };
    FailoverId::all(plan.failovers.len()).zip(&plan.failovers).filter_map(one).collect()
}
