//! Warns of services that state different protocols for one port of the same pods.

use std::collections::{BTreeMap, BTreeSet};

use super::is_current;
use crate::diag::{Code, Diag, Ground, Report};
use crate::discover::TargetPort;
use crate::plan::{ClusterId, Plan, Spoken, TargetId, WorkloadId, stated_protocol};
use crate::resolve::meant::Names;

/// A port of pods: what the first service says of it.
type First<'p> = BTreeMap<(WorkloadId, u32), (TargetId, Spoken, &'p str)>;

/// Warns once for each cluster: of the first two services, with the number of others.
pub(super) fn report<'a>(plan: &Plan<'a>, names: &Names<'_, 'a>, report: &mut Report) {
    for cluster in plan.cluster_ids().filter(|cluster| is_current(plan, *cluster)) {
        let mut first = First::new();
        let mut found: BTreeSet<(TargetId, TargetId)> = BTreeSet::new();
        let mut shown = None;
        for target in plan[cluster].targets.iter().copied().filter(|target| plan[*target].mesh.is_some()) {
            let ports = plan[target].known.ports.iter().filter(|port| port.is_passed_on());
            let numbers = ports.filter_map(|port| match port.target {
                Some(TargetPort::Number(number)) => Some((number, Spoken::of_port(port)?, stated_protocol(port))),
                Some(TargetPort::Name(_)) | None => None,
            });
            let stated: Vec<_> = numbers.collect();
            let behind = stated.iter().take(1).flat_map(|_| names.index.behind(plan, target));
            for workload in behind {
                for (number, spoken, protocol) in &stated {
                    let (other, of_other, its) =
                        *first.entry((workload, *number)).or_insert((target, *spoken, protocol));
                    if of_other != *spoken && other != target && found.insert((other, target)) {
                        shown.get_or_insert((other, target, *number, its, *protocol));
                    }
                }
            }
        }
        if let Some(shown) = shown {
            report.push(warning(plan, cluster, shown, found.len() - 1));
        }
    }
}

fn warning(
    plan: &Plan<'_>,
    cluster: ClusterId,
    (one, other, port, of_one, of_other): (TargetId, TargetId, u32, &str, &str),
    more: usize,
) -> Diag {
    let name = |target: TargetId| format!("{}/{}", plan.service(target).namespace, plan.service(target).name);
    let more = match more {
        0 => String::new(),
        1 => "; the same is true of another pair of services".to_owned(),
        more => format!("; the same is true of {more} other pairs of services"),
    };
    let message = format!(
        "services {} and {} of cluster {} lead to port {port} of the same pods, and one states {of_one}, the other {of_other}: Istio \
         uses one of them for both{more}",
        name(one),
        name(other),
        plan[cluster].name
    );
    Diag::new(Code::ProtocolConflict, plan[other].known.place.clone(), message)
        .related(plan[one].known.place.clone(), "the other service is defined here")
        .hint("state the same protocol in both Services")
        .on(Ground::Inventory)
}
