//! Which pods of a service are of which version.

use std::collections::BTreeSet;

use super::Labels;
use crate::ask::Evaluator;
use crate::ids::Text;
use crate::plan::TargetId;
use crate::scaffold::Problem;

/// The label that names the version of pods, by Istio's convention.
const VERSION: &str = "version";

/// The labels of the pods that requests go to now, and of those that some of them are to go to.
pub(super) fn of(
    evaluator: &Evaluator<'_, '_>,
    service: TargetId,
    from: Option<&Labels>,
    to: Option<&Labels>,
) -> Result<(Labels, Labels), Problem> {
    let known = known(evaluator, service);
    let labels = |version: &Text| Labels::from([(Text::from(VERSION), version.clone())]);
    let other = |than: Option<&Labels>, versions: &mut dyn Iterator<Item = &Text>| {
        versions.map(labels).find(|labels| Some(labels) != than)
    };
    let to = to.cloned().or_else(|| other(from, &mut known.iter().rev()));
    let from = from.cloned().or_else(|| other(to.as_ref(), &mut known.iter()));
    match (from, to) {
        (Some(from), Some(to)) if from != to => Ok((from, to)),
        _ => Err(too_few(&evaluator.plan.service_name(service), &known)),
    }
}

/// The versions of the workloads behind a service.
fn known(evaluator: &Evaluator<'_, '_>, service: TargetId) -> BTreeSet<Text> {
    let workloads = evaluator.index.behind(evaluator.plan, service);
    workloads.filter_map(|workload| evaluator.plan[workload].known.labels.get(VERSION).cloned()).collect()
}

fn too_few(service: &str, known: &BTreeSet<Text>) -> Problem {
    let found: Vec<&str> = known.iter().map(|version| &**version).collect();
    let message = match found.as_slice() {
        [] => format!("no workload behind {service} has the label version"),
        [one] => format!("all workloads behind {service} have the label version={one}"),
        _ => format!("the two versions of {service} have the same labels"),
    };
    Problem::new(message, "name the labels of both versions: --from version=v1 --to version=v2")
}

/// Labels as people write them.
pub(super) fn shown(labels: &Labels) -> String {
    labels.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}
