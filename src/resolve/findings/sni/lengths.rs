//! Warns of server names that are too long for TLS.

use super::elsewhere;
use crate::diag::{Code, Diag, Place, Report};
use crate::path;
use crate::plan::{DestinationKind, Plan, Subset, TargetId, TrafficId, hosts};
use crate::resolve::meant::describe_service;
use crate::version::Entry;

/// The longest server name that Envoy's TLS library sends.
const LONGEST: usize = 255;

/// Warns about the services that are called by server name, and about the subsets of these that policies ask for.
pub(super) fn report(plan: &Plan<'_>, report: &mut Report) {
    for id in TargetId::all(plan.targets.len()) {
        let bound = &plan[id];
        let Some(mesh) = bound.mesh else { continue };
        if !matches!(plan[mesh].entry, Entry::Sni(_)) {
            continue;
        }
        let ports = bound.known.distinct_ports().filter(|port| port.is_passed_on());
        let Some(port) = ports.map(|port| port.number).max() else { continue };
        let length = |subset: &str| plan.sni(id, port, subset).len();
        let longest = bound.subsets.iter().map(|subset| subset.name.len()).max().unwrap_or_default();
        let plain = length(hosts::NO_SUBSET);
        if plain + longest <= LONGEST || !plan.is_federated(id) {
            continue;
        }
        if plain > LONGEST {
            report.push(warning(plan, id, bound.known.place.clone(), plain, None));
            continue;
        }
        for subset in bound.subsets.iter().filter(|subset| plain + subset.name.len() > LONGEST) {
            for by in &subset.policies {
                let place = place(plan, *by, id, subset);
                report.push(warning(plan, id, place, plain + subset.name.len(), Some(&subset.name)));
            }
        }
    }
}

/// Where a policy asks for a subset of a service, by itself or by a failover service.
fn place(plan: &Plan<'_>, by: TrafficId, id: TargetId, subset: &Subset<'_>) -> Place {
    let asks = |to: DestinationKind| match to {
        DestinationKind::Service { target, port: _ } => target == id,
        DestinationKind::Failover(failover) => plan[failover].backing.iter().any(|(target, _)| *target == id),
    };
    let destinations = plan[by].destinations();
    let found = destinations.iter().enumerate().find(|(_, to)| to.subset == Some(subset.labels) && asks(to.to));
    let at = path!["spec", "trafficShift", "destinations"];
    plan[by].policy.place(found.map_or_else(
        || at.clone(),
        |(j, to)| {
            let member = match to.to {
                DestinationKind::Service { .. } => "kubeService",
                DestinationKind::Failover(_) => "failoverService",
            };
            at.with(j).with(member).with("subset")
        },
    ))
}

fn warning(plan: &Plan<'_>, id: TargetId, place: Place, length: usize, subset: Option<&str>) -> Diag {
    let subset = subset.map(|subset| format!("subset {subset} of ")).unwrap_or_default();
    let message = format!(
        "callers in {} cannot call {subset}{}: the server name by which they ask for it has {length} bytes, and TLS allows \
         {LONGEST}",
        elsewhere(plan, [id]),
        describe_service(plan.service(id))
    );
    let hint = match subset.is_empty() {
        true => "use a shorter name, namespace or cluster domain",
        false => "use fewer or shorter labels for the subset",
    };
    Diag::new(Code::ServerNameTooLong, place, message).hint(hint)
}
